// Package s3test runs a real S3 server for tests: versitygw on a folder.
package s3test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The key of the server.
const (
	AccessKey = "docjobs-test"
	SecretKey = "docjobs-test-secret"
)

// Server is a running server. It ends with the test.
type Server struct {
	URL     string // of the S3 endpoint
	Website string // of the website endpoint: a bucket is served under its name as host
	dir     string
}

// Start starts a server. Where it is not installed (make tools does that) the test is
// skipped, or fails with CI set in the environment.
func Start(tb testing.TB) *Server {
	tb.Helper()
	program := find()
	if program == "" {
		const missing = "versitygw, an S3 server, is not installed; run make tools"
		if os.Getenv("CI") != "" {
			tb.Fatal(missing)
		}
		tb.Skip(missing)
	}
	s := &Server{dir: tb.TempDir()}
	api, site := freeAddress(tb), freeAddress(tb)
	s.URL, s.Website = "http://"+api, "http://"+site
	cmd := exec.Command(program, "--quiet", "--keep-alive", "--port", api, "--website", site, "posix", s.dir)
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+AccessKey, "ROOT_SECRET_KEY="+SecretKey)
	cmd.Dir = tb.TempDir()
	require.NoError(tb, cmd.Start())
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	ctx, cancel := context.WithTimeout(tb.Context(), 30*time.Second)
	defer cancel()
	for _, address := range []string{api, site} {
		require.NoError(tb, answers(ctx, address), "versitygw does not answer")
	}
	return s
}

// Bucket makes a bucket and returns its folder.
func (s *Server) Bucket(tb testing.TB, name string) (folder string) {
	tb.Helper()
	folder = filepath.Join(s.dir, name)
	require.NoError(tb, os.Mkdir(folder, 0o755)) // a folder is a bucket to it
	return folder
}

// find returns the program that make tools has built, or that is installed.
func find() string {
	_, here, _, _ := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(here), "..", "..", "..", "..")
	built := filepath.Join(root, ".tools", "versitygw")
	if _, err := os.Stat(built); err == nil {
		return built
	}
	installed, _ := exec.LookPath("versitygw")
	return installed
}

func freeAddress(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	defer l.Close()
	return l.Addr().String()
}

// answers waits until somebody answers HTTP at an address.
func answers(ctx context.Context, address string) error {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/", nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			return resp.Body.Close()
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(5 * time.Millisecond):
		}
	}
}
