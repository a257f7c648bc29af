package cli_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/docjobs/docjobs/api"
	"github.com/docjobs/docjobs/api/apitest"
	"github.com/docjobs/docjobs/cmd/docjobs/cli"
	"github.com/docjobs/docjobs/job"
)

var update = flag.Bool("update", false, "write the golden files")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A world is docjobs in memory behind its real HTTP API, and a terminal.
type world struct {
	*apitest.Server
	t       testing.TB
	address string
	tty     bool              // both outputs are terminals
	env     map[string]string // beside DOCJOBS_SERVER

	// onSubmit and onGet are called when the API has taken a job or is asked
	// for one, before it answers.
	onSubmit, onGet func(job.ID)
}

// hooks is the service as the API calls it.
type hooks struct{ *world }

// Submit implements job.Service.
func (h hooks) Submit(ctx context.Context, s job.Submission) (*job.Receipt, error) {
	r, err := h.Server.Submit(ctx, s)
	if err == nil && h.onSubmit != nil {
		h.onSubmit(r.ID)
	}
	return r, err
}

// Get implements job.Service.
func (h hooks) Get(ctx context.Context, id job.ID, q job.StatusQuery) (*job.Status, error) {
	if h.onGet != nil {
		h.onGet(id)
	}
	return h.Server.Get(ctx, id, q)
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{Server: apitest.New(), t: t, env: map[string]string{"USER": "ada"}}
	w.start(w.Config())
	return w
}

// start serves the API with this configuration from now on.
func (w *world) start(c api.Config) {
	c.Service = hooks{w}
	w.address = apitest.Start(w.t, c)
}

// A buffer is safe for concurrent use: progress bars write from elsewhere.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// outcome is what a command left behind.
type outcome struct {
	code     int
	out, err string
}

// io returns the terminal, which writes to the two buffers.
func (w *world) io(out, errs *buffer) cli.IO {
	return cli.IO{
		Out: out, Err: errs, OutTTY: w.tty, ErrTTY: w.tty,
		Env: func(name string) string {
			if name == "DOCJOBS_SERVER" {
				return w.address
			}
			return w.env[name]
		},
		Zone: time.UTC,
		Now:  func() time.Time { return time.Date(2026, 1, 1, 1, 2, 3, 0, time.UTC) },
	}
}

// run runs a command to its end.
func (w *world) run(args ...string) outcome { return w.runIn(w.t.Context(), args...) }

func (w *world) runIn(ctx context.Context, args ...string) outcome {
	var out, errs buffer
	code := cli.Execute(ctx, cli.Root(w.io(&out, &errs)), args)
	return outcome{code, out.String(), errs.String()}
}

// submitted submits a probe behind the command's back.
func (w *world) submitted(nonce string) job.ID {
	w.t.Helper()
	receipt, err := w.Submit(w.t.Context(), job.Submission{Params: &job.Probe{Nonce: nonce}, Submitter: "ada"})
	require.NoError(w.t, err)
	return receipt.ID
}

// published submits a publish job behind the command's back.
func (w *world) published(label string) job.ID {
	w.t.Helper()
	receipt, err := w.Submit(w.t.Context(), job.Submission{
		Params:    &job.Publish{Source: job.Source{Git: "https://docs.example/" + label + ".git", Ref: "main"}, Target: "local", Title: label},
		Submitter: "grace", Labels: []string{label},
	})
	require.NoError(w.t, err)
	return receipt.ID
}

// writeTree writes files below a new folder and returns it.
func writeTree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return dir
}

// golden compares text with a file in testdata. Places stand for what differs
// from run to run.
func golden(t *testing.T, name, got string, places ...string) {
	t.Helper()
	got = strings.NewReplacer(places...).Replace(got)
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "write the golden files with: go test -update")
	require.Equal(t, string(want), got)
}
