package activities

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/engine/site"
	"github.com/docjobs/docjobs/engine/site/plain"
	"github.com/docjobs/docjobs/engine/site/sourceconfig"
	"github.com/docjobs/docjobs/engine/source"
	"github.com/docjobs/docjobs/engine/source/gitsource"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/upload"
)

// A rig is the group of a publish job's activities over real stores, with a
// target that is served on loopback.
type rig struct {
	*Publish
	t   *testing.T
	env *testsuite.TestActivityEnvironment
	// serve answers for the released site.
	serve http.Handler
}

func newRig(t *testing.T) *rig {
	t.Helper()
	store, err := artifact.Open(t.Context(), "file://"+t.TempDir(), artifact.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	target, err := release.OpenFile(t.TempDir(), release.Options{Name: "local"})
	require.NoError(t, err)
	r := &rig{t: t, serve: release.NewHandler(target)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { r.serve.ServeHTTP(w, req) }))
	t.Cleanup(server.Close)
	r.Publish = &Publish{
		Store: store, Limits: source.DefaultLimits(), Workspace: newWorkspace(t), HTTP: server.Client(),
		Uploads: upload.New(upload.Config{Blobs: store, Documents: store.Documents(), Limits: source.DefaultLimits(), MaxSize: 1 << 20}),
		Targets: map[string]Target{"local": {Target: target, URL: server.URL + "/"}},
	}
	var suite testsuite.WorkflowTestSuite
	r.env = suite.NewTestActivityEnvironment()
	r.env.RegisterActivity(r.Publish)
	return r
}

// do runs an activity and returns why it failed, or nil.
func do[R any](r *rig, activity, input any) (result R, failed *job.Error) {
	r.t.Helper()
	value, err := r.env.ExecuteActivity(activity, input)
	if err != nil {
		failed = Failure(err)
		require.NotNil(r.t, failed, "%v", err)
		var app *temporal.ApplicationError
		require.True(r.t, errors.As(err, &app))
		require.Equal(r.t, !failed.Retryable, app.NonRetryable())
		require.Equal(r.t, string(failed.Code), app.Type())
		return result, failed
	}
	require.NoError(r.t, value.Get(&result))
	return result, nil
}

var testJob = Job{ID: testID, Attempt: 1}

// built stores a site as a build would.
func (r *rig) built(files map[string]string) artifact.TreeRef {
	r.t.Helper()
	dir := r.t.TempDir()
	for name, content := range files {
		require.NoError(r.t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(r.t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	ref, err := r.Store.Trees().Put(r.t.Context(), dir, artifact.TreeOptions{})
	require.NoError(r.t, err)
	return ref
}

// released releases a site.
func (r *rig) released(site artifact.TreeRef) job.Release {
	r.t.Helper()
	result, failed := do[ReleaseResult](r, r.Release, ReleaseInput{Job: testJob, Site: site, Target: "local", Digest: "d"})
	require.Nil(r.t, failed)
	return result.Release
}

var smallSite = map[string]string{"index.html": "<p>Home", "guide/index.html": "<p>Guide", "odd name #1.txt": "plain text"}

func TestReleaseCanBeRepeated(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	site := r.built(smallSite)
	first := r.released(site)
	require.Equal(t, 3, first.New)
	second := r.released(site)
	require.Equal(t, first.ID, second.ID)
	history, err := r.Targets["local"].History(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, history, 1, "the switch happened once")
	require.True(t, strings.HasPrefix(first.ID, string(testID)))

	_, failed := do[ReleaseResult](r, r.Release, ReleaseInput{Job: testJob, Site: site, Target: "nowhere"})
	require.Equal(t, job.CauseConfiguration, failed.Cause)
}

func TestOldReleasesAreRemoved(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var last job.Release
	for i := range DefaultKeep + 3 {
		last = r.released(r.built(map[string]string{"index.html": fmt.Sprint(i)}))
	}
	releases, err := r.Targets["local"].Releases(t.Context())
	require.NoError(t, err)
	require.Len(t, releases, DefaultKeep)
	require.Equal(t, last.ID, releases[0].ID)
	require.True(t, releases[0].Live)
}

func TestVerifyLooksAtWhatReadersGet(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer func(r *rig) http.Handler
		want   string // part of the message; "" when nothing is wrong
	}{
		"as built": {func(r *rig) http.Handler { return r.serve }, ""},
		"another content": {func(*rig) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<p>Hacked") })
		}, "not what was built"},
		"cut off": {func(*rig) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "100")
				fmt.Fprint(w, "<p>")
			})
		}, "breaks off"},
		"missing":     {func(*rig) http.Handler { return http.NotFoundHandler() }, "404"},
		"server away": {func(r *rig) http.Handler { return http.HandlerFunc(hangUp) }, "cannot be fetched"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			site := r.built(smallSite)
			released := r.released(site)
			r.serve = c.answer(r)
			result, failed := do[VerifyResult](r, r.Verify, VerifyInput{Job: testJob, Site: site, Release: released})
			if c.want == "" {
				require.Nil(t, failed)
				require.Equal(t, "3 of 3 files fetched, all as built", result.Summary)
				return
			}
			require.Equal(t, job.CodeVerifyFailed, failed.Code)
			require.Contains(t, failed.Message, c.want)
			require.True(t, failed.Retryable, "whatever serves the site may recover")
		})
	}
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		conn.Close()
	}
}

func TestVerifyOfAReplacedReleaseIsNoFailure(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	old := r.built(smallSite)
	released := r.released(old)
	r.released(r.built(map[string]string{"index.html": "<p>New"}))
	result, failed := do[VerifyResult](r, r.Verify, VerifyInput{Job: testJob, Site: old, Release: released})
	require.Nil(t, failed)
	require.Contains(t, result.Summary, "replaced meanwhile by release")
}

func TestFetchAnUpload(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "README.md"), []byte("# Hello"), 0o644))
	var archive bytes.Buffer
	_, err := source.Pack(t.Context(), dir, &archive, source.PackOptions{})
	require.NoError(t, err)
	u, _, err := r.Uploads.Receive(t.Context(), &archive)
	require.NoError(t, err)

	result, failed := do[FetchResult](r, r.Fetch, FetchInput{Job: testJob, Source: job.Source{Upload: u.ID}})
	require.Nil(t, failed)
	require.Equal(t, u.ID, result.Source.Upload)
	require.Equal(t, "1 file, 7 bytes", result.Summary)
	page, err := r.Store.Logs().Read(t.Context(), string(testID), artifact.LogQuery{})
	require.NoError(t, err)
	require.NotEmpty(t, page.Lines, "the step has a log")
	require.Equal(t, "fetch", page.Lines[0].Step)

	_, failed = do[FetchResult](r, r.Fetch, FetchInput{Job: testJob, Source: job.Source{Upload: upload.ID(strings.Repeat("0", 64))}})
	require.Equal(t, job.CodeNotFound, failed.Code)
	require.False(t, failed.Retryable)
	require.Nil(t, func() error { _, err := r.env.ExecuteActivity(r.Cleanup, testJob); return err }())
	require.NoDirExists(t, filepath.Join(r.Workspace.dir, string(testID)))
}

func TestCheckReportsPlaces(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "home.md"), []byte("# Home\n\nA [link](gone/).\n"), 0o644))
	var archive bytes.Buffer
	_, err := source.Pack(t.Context(), dir, &archive, source.PackOptions{})
	require.NoError(t, err)
	u, _, err := r.Uploads.Receive(t.Context(), &archive)
	require.NoError(t, err)
	built := BuildResult{Site: r.built(map[string]string{
		"index.html": `<p><a href="gone/">link</a> <a href="ok.html">ok</a>`, "ok.html": "<p>fine",
	})}
	require.NoError(t, r.storePages(t.Context(), &built, map[string]string{"index.html": "home.md"}))
	in := CheckInput{
		Job: testJob, Source: SourceRef{Upload: u.ID}, Site: built.Site, Pages: built.Pages, Target: "local", Policy: job.LinksNew,
	}
	result, failed := do[CheckResult](r, r.Check, in)
	require.Nil(t, failed, "broken links are a result")
	require.Equal(t, 1, result.Broken)
	require.Equal(t, "home.md", result.First.File)
	require.Equal(t, 3, result.First.Line)
	require.Equal(t, job.ItemCounts{Total: 1, Failed: 1}, *result.Items)
	require.Len(t, result.Outputs, 3)
	require.False(t, result.Reused)

	again, failed := do[CheckResult](r, r.Check, in)
	require.Nil(t, failed)
	require.True(t, again.Reused)
	require.Equal(t, result.Outputs, again.Outputs)
	require.NoError(t, r.Store.Delete(t.Context(), artifact.Ref{SHA256: result.Outputs[0].SHA256, Size: result.Outputs[0].Size}))
	again, failed = do[CheckResult](r, r.Check, in)
	require.Nil(t, failed)
	require.False(t, again.Reused, "a report that is gone is made again")
}

func TestErrorsAreClassifiedOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err       error
		code      job.Code
		cause     job.Cause
		retryable bool
	}{
		"refused source":     {&source.Refused{Reason: source.ReasonLink, Path: "a", Detail: "x"}, job.CodeSourceRefused, job.CauseContent, false},
		"repository away":    {&gitsource.Error{Kind: gitsource.KindUnreachable}, job.CodeSourceUnavailable, job.CauseService, true},
		"no such repository": {&gitsource.Error{Kind: gitsource.KindNotFound}, job.CodeSourceUnavailable, job.CauseRequest, false},
		"no access":          {&gitsource.Error{Kind: gitsource.KindAuth}, job.CodeSourceUnavailable, job.CauseConfiguration, false},
		"docjobs.yaml":       {&sourceconfig.Error{Path: "docjobs.yaml", Line: 2, Problem: "x"}, job.CodeBuildFailed, job.CauseContent, false},
		"missing generator":  {&site.MissingError{What: "mkdocs", Why: "x", How: "install it"}, job.CodeBuildFailed, job.CauseConfiguration, false},
		"no sandbox":         {&site.UnsafeError{Generator: site.Hugo, Why: "x"}, job.CodeBuildFailed, job.CauseConfiguration, false},
		"build error":        {&site.BuildError{File: "a.md", Line: 3, Message: "x"}, job.CodeBuildFailed, job.CauseContent, false},
		"bad document":       {&plain.DocumentErrors{List: []*plain.DocumentError{{Path: "a.md", Problem: "x"}}}, job.CodeBuildFailed, job.CauseContent, false},
		"nothing to build":   {&site.NotASiteError{}, job.CodeBuildFailed, job.CauseContent, false},
		"build too large":    {&site.LimitError{What: "time", Max: "1m"}, job.CodeBuildCrashed, job.CauseContent, false},
		"folder too large":   {&plain.LimitError{What: "pages", Max: 1}, job.CodeBuildCrashed, job.CauseContent, false},
		"bad variable":       {&site.EnvironmentError{Name: "PATH"}, job.CodeBuildFailed, job.CauseRequest, false},
		"generator killed":   {&site.CrashError{Signal: "killed"}, job.CodeBuildCrashed, job.CauseService, true},
		"generator panicked": {&site.CrashError{Panic: "nil map"}, job.CodeBuildCrashed, job.CauseContent, false},
		"bad site":           {&release.SourceError{}, job.CodeReleaseFailed, job.CauseContent, false},
		"target in use":      {&release.LockedError{}, job.CodeReleaseFailed, job.CauseService, true},
		"damaged artifact":   {&artifact.DamagedError{}, job.CodeInternal, job.CauseService, true},
		"lost artifact":      {fmt.Errorf("x: %w", artifact.ErrNotFound), job.CodeInternal, job.CauseService, true},
		"anything else":      {errors.New("disk on fire"), job.CodeInternal, job.CauseService, true},
		"our own":            {&job.Error{Code: job.CodeVerifyFailed, Message: "x", Hint: "y", Cause: job.CauseService}, job.CodeVerifyFailed, job.CauseService, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := classify(fmt.Errorf("while working: %w", c.err))
			require.Equal(t, c.code, got.Code)
			require.Equal(t, c.cause, got.Cause)
			require.Equal(t, c.retryable, got.Retryable)
			require.NotEmpty(t, got.Message)
			require.NotEmpty(t, got.Hint)
		})
	}
}

func TestResolveRefusesByName(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := &Sources{Uploads: r.Uploads.Callers()}
	_, err := s.Resolve(t.Context(), job.Source{Upload: upload.ID(strings.Repeat("a", 64))})
	require.True(t, errors.Is(err, &job.Error{Code: job.CodeNotFound}), "%v", err)
	for _, url := range []string{
		"-upload-pack=x", "ssh://git@example.com/x", "file:///etc", "ext::sh -c x", "https://user:secret@example.com/x",
		"http://example.com/x", "https://127.0.0.1/x", "https://[::1]/x", "https://169.254.169.254/x",
	} {
		_, err := s.Resolve(t.Context(), job.Source{Git: url})
		var refused *job.Error
		require.ErrorAs(t, err, &refused, url)
		require.Equal(t, job.CodeInvalid, refused.Code, "%s: %v", url, err)
		require.Equal(t, "source.git", refused.Faults[0].Field)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestSamplesAreSpreadEvenly(t *testing.T) {
	t.Parallel()
	files := make([]artifact.File, 2500)
	for i := range files {
		files[i].Path = fmt.Sprint(i)
	}
	some := sample(files, 1000)
	require.Len(t, some, 1000)
	require.Equal(t, "0", some[0].Path)
	require.Equal(t, "2497", some[999].Path)
	require.Len(t, sample(files[:10], 1000), 10)
	require.Equal(t, "a%20b/%23c/", pageURL("a b/#c/index.html"))
	require.Equal(t, "", pageURL("index.html"))
	require.Equal(t, "x.html", pageURL("x.html"))
}
