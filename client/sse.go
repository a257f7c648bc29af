package client

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// message is one message of an event stream.
type message struct {
	id    string // the last that came, in this message or before
	event string // "" for one without a name
	data  []byte
}

// messages reads server-sent events (HTML Living Standard, section 9.2.6).
// It is a reader of its own because the libraries connect, repeat and call
// back by rules of theirs, and the reading itself is this little.
type messages struct {
	lines *bufio.Scanner
	id    string
	first bool
}

// maxMessage bounds one line of a stream, and the data of one message, in bytes.
const maxMessage = 1 << 20

var errMessageTooLong = errors.New("a message of the event stream is too long")

func newMessages(r io.Reader) *messages {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), maxMessage)
	lines.Split(splitLines)
	return &messages{lines: lines, first: true}
}

// next returns the next message. At the end of the stream it returns io.EOF; a
// message that is not complete then is dropped, as the standard demands.
func (m *messages) next() (message, error) {
	var msg message
	var seen bool
	for m.lines.Scan() {
		line := m.lines.Bytes()
		if m.first {
			line, m.first = bytes.TrimPrefix(line, []byte("\xEF\xBB\xBF")), false
		}
		if len(line) == 0 {
			if seen {
				msg.id = m.id
				return msg, nil
			}
			msg = message{} // a message without data is none
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(name) {
		case "data":
			if seen {
				msg.data = append(msg.data, '\n')
			}
			msg.data, seen = append(msg.data, value...), true
			if len(msg.data) > maxMessage {
				return message{}, errMessageTooLong
			}
		case "event":
			msg.event = string(value)
		case "id":
			if bytes.IndexByte(value, 0) < 0 {
				m.id = string(value)
			}
		}
	}
	if err := m.lines.Err(); err != nil {
		return message{}, err
	}
	return message{}, io.EOF
}

// splitLines splits at line feeds, carriage returns, and both together.
func splitLines(data []byte, atEOF bool) (advance int, line []byte, err error) {
	i := bytes.IndexAny(data, "\r\n")
	switch {
	case i < 0 && atEOF && len(data) > 0:
		return len(data), data, nil
	case i < 0:
		return 0, nil, nil
	case data[i] == '\n':
		return i + 1, data[:i], nil
	case i+1 < len(data):
		if data[i+1] == '\n' {
			return i + 2, data[:i], nil
		}
		return i + 1, data[:i], nil
	case atEOF:
		return i + 1, data[:i], nil
	}
	return 0, nil, nil // a line feed may follow
}
