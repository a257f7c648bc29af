package notify_test

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/notify"
)

// The receivers that the documentation shows run as they are printed: they take what
// docjobs sends, also while a secret is being changed, and nothing else.
func TestTheExamplesVerify(t *testing.T) {
	t.Parallel()
	for language, file := range map[string]string{"go": "main.go", "python": "receiver.py", "js": "receiver.mjs"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			ours, other := secret("a", 24), secret("b", 64)
			r := startReceiver(t, example(t, language), file, ours)

			require.True(t, r.deliver(t, ours).Delivered)
			require.True(t, r.out.Scan())
			require.Contains(t, r.out.Text(), "job.completed")
			require.Contains(t, r.out.Text(), "publish-3f9k2m7qx1ab")
			require.True(t, r.deliver(t, other, ours).Delivered, "the secret is being changed, and ours is the new one")
			require.True(t, r.deliver(t, ours, other).Delivered, "the secret is being changed, and ours is the old one")
			v := r.deliver(t, other)
			require.False(t, v.Delivered, "another key")
			require.Equal(t, http.StatusUnauthorized, v.Try.Status)

			now, body := time.Now(), message
			signed := func(at time.Time) string { return notify.Sign([]notify.Key{key(t, ours)}, "msg_docs", at, body) }
			require.Equal(t, http.StatusNoContent, r.post(t, "msg_docs", now, signed(now), body), "what the others are made from")
			for name, status := range map[string]int{
				"another body":       r.post(t, "msg_docs", now, signed(now), bytes.Replace(body, []byte("completed"), []byte("cancelled"), 1)),
				"another ID":         r.post(t, "msg_other", now, signed(now), body),
				"another time":       r.post(t, "msg_docs", now.Add(time.Minute), signed(now), body),
				"too old":            r.post(t, "msg_docs", now.Add(-6*time.Minute), signed(now.Add(-6*time.Minute)), body),
				"from the future":    r.post(t, "msg_docs", now.Add(6*time.Minute), signed(now.Add(6*time.Minute)), body),
				"no signature":       r.post(t, "msg_docs", now, "", body),
				"half a signature":   r.post(t, "msg_docs", now, signed(now)[:20], body),
				"another version":    r.post(t, "msg_docs", now, strings.Replace(signed(now), "v1,", "v2,", 1), body),
				"no ASCII":           r.post(t, "msg_docs", now, "v1,\xe9\xff", body),
				"nothing in headers": r.ask(t, http.Header{}, body),
				"no number as time":  r.ask(t, http.Header{"Webhook-Timestamp": {"soon"}, "Webhook-Id": {"msg_docs"}, "Webhook-Signature": {signed(now)}}, body),
			} {
				require.Equal(t, http.StatusUnauthorized, status, name)
			}
			r.breakOff(t)
			require.True(t, r.deliver(t, ours).Delivered, "it goes on")
		})
	}
}

var message = []byte(`{"type":"job.completed","data":{"job_id":"publish-3f9k2m7qx1ab"}}`)

// example returns the program in a language that the page about webhooks shows.
func example(t *testing.T, language string) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "docs", "webhooks.md"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(page), "\n```"+language+"\n")
	require.True(t, found)
	program, more, _ := strings.Cut(rest, "```\n")
	require.NotContains(t, more, "\n```"+language+"\n", "one is run")
	return program
}

// A receiver is a program that listens for webhooks.
type receiver struct {
	address string
	out     *bufio.Scanner // what it prints
}

// startReceiver runs a program that holds a secret until the test ends.
func startReceiver(t *testing.T, program, file, secret string) *receiver {
	t.Helper()
	source := filepath.Join(t.TempDir(), file)
	require.NoError(t, os.WriteFile(source, []byte(program), 0o600))
	var argv []string
	switch filepath.Ext(file) {
	case ".go":
		argv = []string{filepath.Join(t.TempDir(), "receiver")}
		out, err := exec.CommandContext(t.Context(), "go", "build", "-o", argv[0], source).CombinedOutput()
		require.NoError(t, err, string(out))
	case ".py":
		argv = []string{interpreter(t, "python3"), source}
	default:
		argv = []string{interpreter(t, "node"), source}
	}
	address := freeAddress(t)
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)

	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "PORT="+port, "HANDBOOK_HOOK_SECRET="+secret)
	read, write, err := os.Pipe()
	require.NoError(t, err)
	cmd.Stdout, cmd.Stderr = write, write
	if filepath.Ext(file) == ".py" {
		cmd.Stderr = nil // a line for every request
	}
	require.NoError(t, cmd.Start())
	require.NoError(t, write.Close())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = read.Close()
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", address)
		return err == nil && conn.Close() == nil
	}, time.Minute, 10*time.Millisecond, "%s does not listen", file)
	return &receiver{address, bufio.NewScanner(read)}
}

// freeAddress is an address of this machine that nobody listens on. Its port is not one
// that the system gives to whoever asks for any, which these tests do all the time: it
// is still free when a program comes to listen on it.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(10_000))
		if l, err := net.Listen("tcp", address); err == nil {
			require.NoError(t, l.Close())
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

// interpreter finds the program that runs an example.
func interpreter(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		require.Empty(t, os.Getenv("CI"), "%s, which runs the example, is not installed; make docs-tools installs it", name)
		t.Skipf("%s, which runs the example, is not installed", name)
	}
	return path
}

// deliver sends the message as docjobs does, to an endpoint with these secrets.
func (r *receiver) deliver(t *testing.T, secrets ...string) notify.Verdict {
	t.Helper()
	endpoint := notify.Endpoint{URL: "http://" + r.address + "/docjobs"}
	for i, secret := range secrets {
		file := filepath.Join(t.TempDir(), strconv.Itoa(i))
		require.NoError(t, os.WriteFile(file, []byte(secret), 0o600))
		endpoint.Secrets = append(endpoint.Secrets, notify.SecretSource{File: file})
	}
	endpoints := notify.Endpoints{
		Named: map[string]notify.Endpoint{"ops": endpoint}, AllowHTTP: true,
		AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	}
	require.NoError(t, endpoints.Validate())
	v, err := notify.NewSender(endpoints, "docjobs/test").Send(t.Context(), notify.Outgoing{Endpoint: "ops", ID: "msg_docs", Body: message})
	require.NoError(t, err)
	return v
}

// post sends a body with the headers of a webhook, and returns the status.
func (r *receiver) post(t *testing.T, id string, at time.Time, signature string, body []byte) int {
	t.Helper()
	return r.ask(t, http.Header{
		"Webhook-Id": {id}, "Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)}, "Webhook-Signature": {signature},
	}, body)
}

func (r *receiver) ask(t *testing.T, header http.Header, body []byte) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+r.address+"/docjobs", bytes.NewReader(body))
	require.NoError(t, err)
	req.Header = header
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

// breakOff sends a part of a request and closes the connection.
func (r *receiver) breakOff(t *testing.T) {
	t.Helper()
	conn, err := net.Dial("tcp", r.address)
	require.NoError(t, err)
	fmt.Fprintf(conn, "POST /docjobs HTTP/1.1\r\nHost: %s\r\nContent-Length: 100\r\n\r\n{", r.address)
	require.NoError(t, conn.Close())
}
