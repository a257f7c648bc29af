package notify_test

import (
	"bufio"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/notify"
)

// TestTheExampleVerifies runs the receiver that the documentation shows, and sends
// to it with the right secret and with another one.
func TestTheExampleVerifies(t *testing.T) {
	t.Parallel()
	address, log := example(t)
	s, file := sender(t, "http://"+address+"/docjobs", true)
	v, err := s.Send(t.Context(), notify.Outgoing{Endpoint: "ops", ID: "msg_docs", Body: []byte(`{"type":"job.completed"}`)})
	require.NoError(t, err)
	require.True(t, v.Delivered, "%+v", v.Try)
	require.True(t, log.Scan())
	require.Contains(t, log.Text(), `msg_docs: {"type":"job.completed"}`)

	require.NoError(t, os.WriteFile(file, []byte(secret("b", 24)), 0o600))
	v, err = s.Send(t.Context(), notify.Outgoing{Endpoint: "ops", ID: "msg_docs", Body: []byte(`{"type":"job.completed"}`)})
	require.NoError(t, err)
	require.Equal(t, http.StatusUnauthorized, v.Try.Status)
}

// example builds and starts the first Go program of the page about webhooks. It
// returns its address and what it logs.
func example(t *testing.T) (address string, log *bufio.Scanner) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "docs", "webhooks.md"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(page), "```go\n")
	require.True(t, found)
	program, _, _ := strings.Cut(rest, "```")
	dir := t.TempDir()
	source, binary := filepath.Join(dir, "main.go"), filepath.Join(dir, "receiver")
	require.NoError(t, os.WriteFile(source, []byte(program), 0o600))
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, source).CombinedOutput()
	require.NoError(t, err, string(out))

	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address = free.Addr().String()
	require.NoError(t, free.Close())
	cmd := exec.CommandContext(t.Context(), binary)
	cmd.Env = append(os.Environ(), "LISTEN="+address, "HANDBOOK_HOOK_SECRET="+secret("a", 24))
	stderr, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for t.Context().Err() == nil {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			require.NoError(t, conn.Close())
			break
		}
	}
	return address, bufio.NewScanner(stderr)
}
