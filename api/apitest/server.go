package apitest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/api"
	"github.com/docjobs/docjobs/job"
)

// Server is docjobs in memory. It is safe for concurrent use.
type Server struct {
	mu        sync.Mutex
	jobs      map[job.ID]*entry
	order     []job.ID // oldest first
	uploads   map[string]*job.Upload
	files     map[string][]byte // by SHA-256
	targets   map[string]*job.Target
	schedules map[string]job.Schedule // by tenant and name
	changed   chan struct{}           // closed and replaced at every change
	clock     time.Time
	broken    error
}

// entry is one job: its attempts, and its events through all of them.
type entry struct {
	submission job.Submission
	attempts   []*attempt
	events     []job.Event
}

type attempt struct {
	status job.Status
	logs   []job.LogLine
	items  []job.Item
}

var (
	_ job.Service   = (*Server)(nil)
	_ api.Uploads   = (*Server)(nil)
	_ api.Artifacts = (*Server)(nil)
)

// New returns a server without jobs. Its clock begins at the first of January
// 2026 and goes on by a second at every change.
func New() *Server {
	return &Server{
		jobs: map[job.ID]*entry{}, uploads: map[string]*job.Upload{}, files: map[string][]byte{},
		targets:   newTargets(),
		schedules: map[string]job.Schedule{},
		changed:   make(chan struct{}),
		clock:     time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
}

// Config returns a configuration of the API that stands on s and logs nothing.
func (s *Server) Config() api.Config {
	return api.Config{
		Service: s, Schedules: s, Uploads: s, Artifacts: s,
		Logger: slog.New(slog.DiscardHandler), UI: "http://127.0.0.1:8233", Version: "1.2.3",
	}
}

// Start serves the API with this configuration on a loopback address until the
// test ends, and returns the address.
func Start(t testing.TB, config api.Config) string {
	t.Helper()
	handler, err := api.New(config)
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(nil)
	server.Config = api.Server(handler)
	server.Start()
	t.Cleanup(func() {
		// Close waits for connections, and Shutdown ends the streams on them.
		_ = server.Config.Shutdown(t.Context())
		server.Close()
	})
	return server.URL
}

// Break makes every call fail with err, until it is called with nil.
func (s *Server) Break(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = err
	s.announce()
}

// announce wakes whoever waits for a change. s.mu is held.
func (s *Server) announce() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// tick returns the next time of the clock. s.mu is held.
func (s *Server) tick() time.Time {
	s.clock = s.clock.Add(time.Second)
	return s.clock
}

// store keeps content and returns its SHA-256. s.mu is held.
func (s *Server) store(content []byte) string {
	sum := sha256.Sum256(content)
	digest := hex.EncodeToString(sum[:])
	s.files[digest] = content
	return digest
}

// nopCloser closes nothing.
type nopCloser struct{ *bytes.Reader }

func (nopCloser) Close() error { return nil }

var _ io.ReadSeekCloser = nopCloser{}
