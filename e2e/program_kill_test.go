package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/job"
)

// bigPages is how many pages a bigSite has beside its first.
const bigPages = 1500

// bigSite is a Hugo site that is small as a source and takes every step a
// while; the check, by the number of links on a page. Every page says the
// edition.
func bigSite(edition string, links int) map[string]string {
	return map[string]string{
		"hugo.toml":               "title = 'Big'\ndisableKinds = ['taxonomy', 'term', 'RSS', 'sitemap']\n",
		"content/_index.md":       "Hello.\n",
		"content/_content.gotmpl": fmt.Sprintf(`{{ range seq %d }}{{ $.AddPage (dict "path" (printf "p%%d" .) "title" (printf "Page %%d" .) "kind" "page") }}{{ end }}`, bigPages),
		"layouts/all.html": `<!doctype html><html lang="en"><title>{{ .Title }}</title><p>edition-` + edition + `</p>
{{ range seq ` + fmt.Sprint(links) + ` }}<a href=.>{{ end }}{{ if .IsHome }}{{ range seq 1500 }}{{ range seq 1500 }}{{ end }}{{ end }}{{ end }}</html>`,
	}
}

// A stage is where every step of a publish can be caught: docjobs up with one
// target, which readers find behind a proxy with a gate, and a repository
// behind another.
type stage struct {
	*program
	t      *testing.T
	data   string
	config string
	target string // folder of the target
	fetch  *gate
	verify *gate
	repo   *repository
	api    atomic.Pointer[url.URL]
}

func newStage(t *testing.T) *stage {
	s := &stage{t: t, data: t.TempDir(), fetch: closedGate(t), verify: closedGate(t)}
	s.target = filepath.Join(s.data, "targets", "site")
	s.repo = newRepository(t, s.fetch)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(s.api.Load())
		r.Out.URL.Path = "/sites/site" + r.In.URL.Path
	}}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.verify.pass(r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(front.Close)
	s.config = write(t, s.repo.config()+"targets:\n  site:\n    type: file\n    path: "+s.target+"\n    url: "+front.URL+"\n")
	s.start(up(t, s.data, "--config", s.config))
	return s
}

func (s *stage) start(p *program) {
	s.t.Helper()
	s.program = p
	address, err := url.Parse(p.addresses.HTTP)
	require.NoError(s.t, err)
	s.api.Store(address)
}

// submit publishes what is in the repository.
func (s *stage) submit() *job.Receipt {
	s.t.Helper()
	receipt, err := s.Submit(s.t.Context(), job.Submission{Params: &job.Publish{
		Source: job.Source{Git: s.repo.url(), Ref: "main"}, Target: "site", Links: job.LinksWarn,
	}})
	require.NoError(s.t, err)
	return receipt
}

// catch waits until a worker is in the middle of a step.
func (s *stage) catch(id job.ID, step string) {
	s.t.Helper()
	switch step {
	case "fetch":
		s.fetch.await(s.t)
	case "build":
		waitFor(s.t, "the site generator", func() bool { return len(generators(s.t, s.data)) > 0 })
	case "verify":
		s.verify.await(s.t)
	}
	s.until(id, step)
	if step == "release" {
		waitFor(s.t, "a release in the making", func() bool {
			making, _ := filepath.Glob(filepath.Join(s.target, "tmp", "*", "blobs", "*"))
			return len(making) > 0
		})
	}
}

// A job whose server is killed in the middle of each of its steps, one after
// the other, goes on every time, and readers never see anything but whole
// releases.
func TestKilledInTheMiddleOfEveryStep(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.fetch.open()
	s.verify.open()
	s.repo.commit(bigSite("one", 300))
	requireCompleted(t, s.finished(s.submit().ID))
	reading := s.read()

	s.fetch.shut()
	s.verify.shut()
	s.repo.commit(bigSite("two", 300))
	receipt := s.submit()
	waited := s.follow(receipt.ID)
	for _, step := range []string{"fetch", "build", "check", "release", "verify"} {
		s.catch(receipt.ID, step)
		s.kill()
		waitFor(t, "the end of the site generator", func() bool { return len(generators(t, s.data)) == 0 })
		requireWholeRelease(t, s.target)
		switch step {
		case "fetch":
			s.fetch.open()
		case "verify":
			s.verify.open()
		}
		s.start(s.again(s.data, "--config", s.config))
		t.Logf("ready %v after a kill during %s", s.ready.Round(time.Millisecond), step)
		require.Less(t, s.ready, 10*time.Second)
		status, err := s.Get(t.Context(), receipt.ID, job.StatusQuery{})
		require.NoError(t, err)
		require.Equal(t, 1, status.Attempt)
		require.Equal(t, job.StateProcessing, status.State)
	}
	status := s.finished(receipt.ID)
	requireCompleted(t, status)
	require.Equal(t, 1, status.Attempt)
	requireOrdered(t, s.events(receipt.ID))
	requireTriedAgain(t, s.program, receipt.ID)
	requireTidy(t, s.data)
	reading.stop()
	require.Contains(t, reading.editions(), "two", "the new release is live")
	out := <-waited
	require.Zero(t, out.code, "docjobs wait outlives its server: %s", out.err)
	require.Positive(t, reading.pages.Load())
	t.Logf("%d pages read, %d times nobody answered", reading.pages.Load(), reading.refused.Load())
}

// follow runs docjobs wait for the job, and returns once that has seen it.
func (s *stage) follow(id job.ID) (ended <-chan outcome) {
	s.t.Helper()
	cmd := command(limited(s.t, 5*time.Minute), s.t, "wait", string(id), "--server", s.addresses.HTTP)
	told, done := &lines{}, make(chan outcome, 1)
	cmd.Stderr = told
	require.NoError(s.t, cmd.Start())
	go func() {
		_ = cmd.Wait()
		done <- outcome{err: told.String(), code: cmd.ProcessState.ExitCode()}
	}()
	waitFor(s.t, "docjobs wait", func() bool { return strings.Contains(told.String(), "fetch started") })
	return done
}

// requireOrdered checks that every step began and ended once, in order.
func requireOrdered(t *testing.T, events []job.Event) {
	t.Helper()
	var told []string
	for _, e := range events {
		told = append(told, strings.TrimSpace(e.Type+" "+e.Step))
	}
	require.Equal(t, []string{
		"job.queued", "job.processing", "step.started fetch", "step.completed fetch", "step.started build", "step.completed build",
		"step.started check", "step.completed check", "step.started release", "step.completed release", "publish.released release",
		"step.started verify", "step.completed verify", "job.completed",
	}, told)
}

// requireTriedAgain checks that every step was begun more than once, by its log.
func requireTriedAgain(t *testing.T, p *program, id job.ID) {
	t.Helper()
	tries := map[string]int{}
	for line, err := range p.Logs(limited(t, time.Minute), id, job.LogQuery{}) {
		require.NoError(t, err)
		tries[line.Step] = max(tries[line.Step], line.Try)
	}
	for _, step := range []string{"fetch", "build", "check", "release", "verify"} {
		require.Greater(t, tries[step], 1, "%s was not in the middle of its work: %v", step, tries)
	}
}

// requireWholeRelease checks on disk that what is live has all of its files.
func requireWholeRelease(t *testing.T, target string) {
	t.Helper()
	live, err := filepath.EvalSymlinks(filepath.Join(target, "current"))
	require.NoError(t, err)
	data, err := os.ReadFile(filepath.Join(filepath.Dir(live), "manifest.json"))
	require.NoError(t, err)
	var manifest release.Manifest
	require.NoError(t, json.Unmarshal(data, &manifest))
	require.Equal(t, bigPages+1, len(manifest.Files))
	for _, f := range manifest.Files {
		info, err := os.Stat(filepath.Join(live, filepath.FromSlash(f.Path)))
		require.NoError(t, err)
		require.Equal(t, f.Size, info.Size(), f.Path)
	}
}

// A reading is a reader who goes through the site page by page all the time.
type reading struct {
	stop           func()
	pages, refused atomic.Int64
	mu             sync.Mutex
	seen           map[string]string // edition by release
}

func (r *reading) editions() (all []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, edition := range r.seen {
		all = append(all, edition)
	}
	return all
}

// read begins to read. A page that is missing, or is not of the release that
// answers, fails the test; that the server is away does not.
func (s *stage) read() *reading {
	r := &reading{seen: map[string]string{}}
	quit, done := make(chan struct{}), make(chan struct{})
	r.stop = sync.OnceFunc(func() { close(quit); <-done })
	s.t.Cleanup(r.stop)
	go func() {
		defer close(done)
		for page := 0; ; page++ {
			select {
			case <-quit:
				return
			case <-time.After(time.Millisecond): // a reader, not a flood
			}
			r.one(s.t, fmt.Sprintf("%s/sites/site/p%d/", s.api.Load(), page%bigPages+1))
		}
	}()
	return r
}

func (r *reading) one(t *testing.T, address string) {
	resp, err := http.Get(address)
	if err != nil {
		r.refused.Add(1)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		r.refused.Add(1)
		return
	}
	_, rest, _ := strings.Cut(string(body), "<p>edition-")
	edition, _, _ := strings.Cut(rest, "<")
	id := resp.Header.Get(release.Header)
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.seen[id]; resp.StatusCode != http.StatusOK || edition == "" || id == "" || ok && known != edition {
		t.Errorf("%s: %s of release %q has edition %q, others of it %q", address, resp.Status, id, edition, known)
	}
	r.seen[id] = edition
	r.pages.Add(1)
}

// A job that is cancelled during a step has stopped when cancel says so, and
// the next attempt does only what is missing.
func TestCancelledInTheMiddleOfEveryStep(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.repo.commit(bigSite("one", 6000))
	receipt := s.submit()
	var release func() error
	for i, step := range []string{"fetch", "build", "check", "release", "verify"} {
		if step == "check" { // somebody else is at the target when its turn comes
			release = s.hold()
		}
		s.catchHeld(receipt.ID, step)
		start := time.Now()
		// A command takes a while to start. Cancelling twice is the same.
		_, err := s.Cancel(t.Context(), receipt.ID, "")
		require.NoError(t, err)
		out := s.run("cancel", string(receipt.ID), "--json")
		took := time.Since(start)
		require.Zero(t, out.code, out.err)
		t.Logf("cancelled during %s after %v", step, took.Round(time.Millisecond))
		require.Less(t, took, 10*time.Second)
		var status job.Status
		require.NoError(t, json.Unmarshal([]byte(out.out), &status))
		require.Equal(t, job.StateCancelled, status.State)
		require.Equal(t, i+1, status.Attempt)
		require.Equal(t, []string{step}, stepNames(&status, job.StepCancelled), out.out)
		requireTidy(t, s.data)
		switch step {
		case "fetch":
			s.fetch.open()
		case "release":
			require.NoError(t, release())
		case "verify":
			s.verify.open()
		}
		out = s.run("resubmit", string(receipt.ID), "--json")
		require.Zero(t, out.code, out.err)
	}
	status := s.finished(receipt.ID)
	requireCompleted(t, status)
	require.Equal(t, 6, status.Attempt)
	for _, step := range []string{"fetch", "build", "check"} {
		require.True(t, status.Step(step).Reused, step)
	}
	s.events(receipt.ID)
	requireTidy(t, s.data)
}

// hold takes the target's lock, as another publish does.
func (s *stage) hold() (letGo func() error) {
	s.t.Helper()
	lock := flock.New(filepath.Join(s.target, "lock"))
	held, err := lock.TryLock()
	require.NoError(s.t, err)
	require.True(s.t, held)
	return lock.Close
}

// catchHeld is catch, for a release that is held up by the target's lock, and
// for a build that gets no further.
func (s *stage) catchHeld(id job.ID, step string) {
	s.t.Helper()
	switch step {
	case "release":
		s.until(id, step)
	case "build":
		waitFor(s.t, "the site generator", func() bool {
			found := generators(s.t, s.data)
			for _, pid := range found {
				_ = syscall.Kill(pid, syscall.SIGSTOP) // one that has just ended fails the test later on
			}
			return len(found) > 0
		})
		s.until(id, step)
	default:
		s.catch(id, step)
	}
}
