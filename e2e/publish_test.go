package e2e_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/job"
)

// handbook is a plain folder of Markdown whose pages say what they are told.
func handbook(says string) map[string]string {
	return map[string]string{
		"README.md":       "# Handbook\n\nSee the [set-up](guide/setup.md).\n",
		"guide/setup.md":  "# Set-up\n\n" + says + "\n\n![A picture](dot.svg)\n",
		"guide/dot.svg":   `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>`,
		"guide/README.md": "# Guide\n\nStart with [set-up](setup.md#set-up).\n",
	}
}

func (e *engine) publish(source job.Source, links job.LinkPolicy) job.Submission {
	return job.Submission{Params: &job.Publish{Source: source, Target: "local", Links: links}}
}

// requireCompleted fails the test with all that is known of why a job failed.
func requireCompleted(t *testing.T, status *job.Status) {
	t.Helper()
	if status.Error != nil {
		require.Equal(t, job.StateCompleted, status.State, "%s: %s", status.Error, status.Error.Detail)
	}
	require.Equal(t, job.StateCompleted, status.State)
}

func stepNames(s *job.Status, state job.StepState) (names []string) {
	for _, step := range s.Steps {
		if step.State == state {
			names = append(names, step.Name)
		}
	}
	return names
}

func TestPublishAPlainFolder(t *testing.T) {
	e := newEngine(t)
	e.work()
	receipt := e.submit(e.publish(e.upload(handbook("Version one.")), ""))
	status := e.ended(receipt.ID)
	requireCompleted(t, status)
	require.Equal(t, []string{"fetch", "build", "check", "release", "verify"}, stepNames(status, job.StepCompleted))

	code, page := get(t, status.Release.URL+"guide/setup/")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, page, "Version one.")
	require.NotContains(t, page, string(receipt.ID), "the same source makes the same site")
	head, err := e.targets["local"].Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, string(receipt.ID), head.JobID)

	items, err := e.Items(t.Context(), receipt.ID, job.ItemQuery{})
	require.NoError(t, err)
	var documents []string
	for _, item := range items.Items {
		require.Equal(t, job.StepCompleted, item.State)
		documents = append(documents, item.Document)
	}
	require.Subset(t, documents, []string{"README.md", "guide/README.md", "guide/setup.md"})
	require.Equal(t, len(items.Items), status.Items.Completed)

	steps := map[string]bool{}
	for line, err := range e.Logs(t.Context(), receipt.ID, job.LogQuery{Follow: true}) {
		require.NoError(t, err)
		steps[line.Step] = true
	}
	require.Len(t, steps, 5, "every step has its log: %v", steps)
	require.Contains(t, outputPaths(status), "reports/links.html")
	requireEmpty(t, filepath.Join(e.workspace, "jobs"))
}

func outputPaths(s *job.Status) (paths []string) {
	for _, o := range s.Outputs {
		paths = append(paths, o.Path)
	}
	return paths
}

func TestABrokenLinkStopsAPublish(t *testing.T) {
	e := newEngine(t)
	e.work()
	files := handbook("See [the appendix](appendix.md).")
	source := e.upload(files)
	status := e.ended(e.submit(e.publish(source, job.LinksNew)).ID)
	require.Equal(t, job.StateFailed, status.State)
	require.Equal(t, job.CodeLinksBroken, status.Error.Code)
	require.Equal(t, "guide/setup.md:3", status.Error.Place())
	require.Contains(t, outputPaths(status), "reports/links.json")
	require.Equal(t, 1, status.Items.Failed)
	_, err := e.targets["local"].Head(t.Context())
	require.ErrorIs(t, err, release.ErrNoRelease, "nothing was released")

	again := e.submit(e.publish(source, job.LinksNew))
	require.Equal(t, status.ID, again.ID)
	require.Equal(t, 2, again.Attempt)
	second := e.ended(again.ID)
	require.True(t, second.Step("build").Reused)
	require.True(t, second.Step("check").Reused)

	warned := e.ended(e.submit(e.publish(source, job.LinksWarn)).ID)
	require.Equal(t, job.StateCompleted, warned.State)
	require.Equal(t, 1, warned.Items.Warnings)

	// From now on only what gets worse stops a publish.
	files["guide/README.md"] += "\nMore.\n"
	known := e.ended(e.submit(e.publish(e.upload(files), job.LinksNew)).ID)
	requireCompleted(t, known)
	require.Equal(t, 1, known.Items.Warnings)
	files["guide/README.md"] += "\n[Worse](worse.md)\n"
	worse := e.ended(e.submit(e.publish(e.upload(files), job.LinksNew)).ID)
	require.Equal(t, job.StateFailed, worse.State)
	require.Equal(t, "guide/README.md:7", worse.Error.Place())
	require.Contains(t, worse.Error.Message, "2 broken links to 2 targets, 1 new; the site was not released")
	files["docjobs.yaml"] = "links: {ignore: [/guide/worse.md]}"
	requireCompleted(t, e.ended(e.submit(e.publish(e.upload(files), job.LinksNew)).ID))
}

func TestACheckReleasesNothing(t *testing.T) {
	e := newEngine(t)
	e.work()
	source := e.upload(handbook("See [the appendix](appendix.md)."))
	check := func(links job.LinkPolicy, target string) *job.Status {
		return e.ended(e.submit(job.Submission{Params: &job.Publish{Source: source, Links: links, Target: target, CheckOnly: true}}).ID)
	}
	failed := check(job.LinksNew, "")
	require.Equal(t, job.CodeLinksBroken, failed.Error.Code)
	require.Len(t, failed.Steps, 3)
	require.Contains(t, outputPaths(failed), "reports/links.html")
	requireCompleted(t, check(job.LinksWarn, ""))
	requireCompleted(t, check(job.LinksWarn, "local"))
	_, err := e.targets["local"].Head(t.Context())
	require.ErrorIs(t, err, release.ErrNoRelease)
	requireCompleted(t, e.ended(e.submit(e.publish(source, job.LinksWarn)).ID))
	requireCompleted(t, check(job.LinksNew, "local"))
}

func TestAFailedBuildNamesThePlace(t *testing.T) {
	e := newEngine(t)
	e.work()
	files := handbook("x")
	files["guide/setup.md"] = "---\ntitle: [unclosed\n---\n\n# Set-up\n"
	status := e.ended(e.submit(e.publish(e.upload(files), "")).ID)
	require.Equal(t, job.StateFailed, status.State)
	require.Equal(t, job.CodeBuildFailed, status.Error.Code)
	require.Equal(t, "guide/setup.md", status.Error.File)
	require.NotZero(t, status.Error.Line)
	require.Equal(t, "build", status.Error.Step)

	files = map[string]string{"hugo.toml": "", "content/a.md": "{{< nope >}}", "layouts/all.html": "{{ .Content }}"}
	status = e.ended(e.submit(e.publish(e.upload(files), "")).ID)
	require.Equal(t, "content/a.md:1", strings.Join(strings.Split(status.Error.Place(), ":")[:2], ":"))
	requireEmpty(t, filepath.Join(e.workspace, "jobs"))
}

// A publish is the same work only while its release is live.
func TestWhatIsLiveDecidesWhatIsTheSame(t *testing.T) {
	e := newEngine(t)
	e.work()
	one, two := e.upload(handbook("One.")), e.upload(handbook("Two."))
	publish := func(source job.Source) *job.Receipt {
		receipt := e.submit(e.publish(source, ""))
		requireCompleted(t, e.ended(receipt.ID))
		return receipt
	}
	first := publish(one)
	require.True(t, publish(one).Deduplicated)
	publish(two)
	again := publish(one)
	require.False(t, again.Deduplicated, "another release was live")
	require.NotEqual(t, first.ID, again.ID)
	require.True(t, publish(one).Deduplicated)
	_, page := get(t, e.targets["local"].URL+"guide/setup/")
	require.Contains(t, page, "One.")

	head, err := e.targets["local"].Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, string(again.ID), head.JobID)
	_, err = e.targets["local"].Rollback(t.Context(), release.RollbackOptions{
		Meta: release.Meta{JobID: "rollback-3f9k2m7qx1ab", Attempt: 1}, Release: head.Previous,
	})
	require.NoError(t, err)
	require.False(t, publish(one).Deduplicated, "it was rolled back")
}

// A job that is cancelled while it verifies goes on from there when it is
// resubmitted, under the same ID.
func TestTheNextAttemptDoesOnlyWhatIsMissing(t *testing.T) {
	e := newEngine(t)
	var blocked atomic.Bool
	blocked.Store(true)
	asked := make(chan struct{}, 1)
	handler := release.NewHandler(e.targets["local"].Target.(*release.FileTarget))
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if blocked.Load() {
			select {
			case asked <- struct{}{}:
			default:
			}
			<-r.Context().Done()
			return
		}
		handler.ServeHTTP(w, r)
	}))
	e.targets["local"] = activities.Target{Target: e.targets["local"].Target, URL: url + "/"}
	e.work()

	receipt := e.submit(e.publish(e.upload(handbook("x")), ""))
	select {
	case <-asked:
	case <-time.After(time.Minute):
		requireCompleted(t, e.ended(receipt.ID))
		t.Fatal("nothing was verified")
	}
	cancelled, err := e.Cancel(t.Context(), receipt.ID, "wrong version")
	require.NoError(t, err)
	require.Equal(t, job.StateCancelled, cancelled.State)
	require.NotNil(t, cancelled.FinishedAt, "it has stopped when cancel answers")
	require.Equal(t, []string{"verify"}, stepNames(cancelled, job.StepCancelled))
	requireEmpty(t, filepath.Join(e.workspace, "jobs"))

	blocked.Store(false)
	second, err := e.Resubmit(t.Context(), receipt.ID, job.Resubmission{})
	require.NoError(t, err)
	require.Equal(t, receipt.ID, second.ID)
	status := e.ended(receipt.ID)
	require.Equal(t, job.StateCompleted, status.State)
	require.Equal(t, 2, status.Attempt)
	require.True(t, status.Step("build").Reused)
	require.True(t, status.Step("check").Reused)
	e.events(receipt.ID, job.EventQuery{})
}
