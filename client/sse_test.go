package client

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMessages(t *testing.T) {
	t.Parallel()
	stream := "\xEF\xBB\xBF: comment\n\nid: 1\ndata: one\n\n" +
		"event: other\rdata:two\rdata: lines\r\r" + // carriage returns
		"id: 3\r\n\r\n" + // no data: no message, but the ID counts
		"data\r\n\r\n" + // a field without a colon is empty
		"data: cut off"
	reader := newMessages(strings.NewReader(stream))
	var got []message
	for {
		msg, err := reader.next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		got = append(got, msg)
	}
	require.Equal(t, []message{
		{id: "1", data: []byte("one")},
		{id: "1", event: "other", data: []byte("two\nlines")},
		{id: "3", data: []byte{}},
	}, normalize(got))
}

func normalize(messages []message) []message {
	for i := range messages {
		messages[i].data = append([]byte{}, messages[i].data...)
	}
	return messages
}

func TestMessagesAreBounded(t *testing.T) {
	t.Parallel()
	_, err := newMessages(strings.NewReader("data: " + strings.Repeat("x", maxMessage+1))).next()
	require.Error(t, err)
	_, err = newMessages(strings.NewReader(strings.Repeat("data: "+strings.Repeat("x", 1<<16)+"\n", 20))).next()
	require.ErrorIs(t, err, errMessageTooLong)
}

func FuzzMessages(f *testing.F) {
	f.Add("id: 1\ndata: one\n\n")
	f.Add("\xEF\xBB\xBFdata\r\rdata:\r\n\r\nevent: x\n\n")
	f.Fuzz(func(t *testing.T, stream string) {
		whole := read(strings.NewReader(stream))
		// Where the network cuts the bytes must make no difference.
		require.Equal(t, whole, read(&dripping{stream}))
	})
}

func read(r io.Reader) (messages []message) {
	reader := newMessages(r)
	for {
		msg, err := reader.next()
		if err != nil {
			return normalize(messages)
		}
		messages = append(messages, msg)
	}
}

// dripping reads one byte at a time.
type dripping struct{ rest string }

func (d *dripping) Read(b []byte) (int, error) {
	if d.rest == "" {
		return 0, io.EOF
	}
	b[0], d.rest = d.rest[0], d.rest[1:]
	return 1, nil
}
