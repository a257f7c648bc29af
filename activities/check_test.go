package activities

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/source"
	"github.com/docjobs/docjobs/job"
)

// uploaded stores a source.
func (r *rig) uploaded(files map[string]string) SourceRef {
	r.t.Helper()
	dir := r.t.TempDir()
	for name, content := range files {
		require.NoError(r.t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	var archive bytes.Buffer
	_, err := source.Pack(r.t.Context(), dir, &archive, source.PackOptions{})
	require.NoError(r.t, err)
	u, _, err := r.Uploads.Receive(r.t.Context(), &archive)
	require.NoError(r.t, err)
	return SourceRef{Upload: u.ID}
}

// checked checks a site that was made from the files of a source.
func (r *rig) checked(settings string, site map[string]string, change func(*CheckInput)) CheckResult {
	r.t.Helper()
	built := BuildResult{Site: r.built(site)}
	require.NoError(r.t, r.storePages(r.t.Context(), &built, nil))
	in := CheckInput{
		Job: testJob, Source: r.uploaded(map[string]string{"docjobs.yaml": settings}),
		Site: built.Site, Pages: built.Pages, Target: "local", Policy: job.LinksNew,
	}
	if change != nil {
		change(&in)
	}
	result, failed := do[CheckResult](r, r.Check, in)
	require.Nil(r.t, failed)
	return result
}

func TestCheckTellsNewBreakageFromKnown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	old := map[string]string{"index.html": `<a href="gone/">`}
	first := r.checked("", old, nil)
	require.Equal(t, []int{1, 1}, []int{first.Broken, first.New}, "before the first release all breakage is new")
	require.Equal(t, job.ItemCounts{Total: 1, Failed: 1}, *first.Items)
	require.Equal(t, "1 broken link to 1 target", first.Summary)
	release := r.released(r.built(old))

	again := r.checked("", map[string]string{"index.html": `<p><a href="gone/">`}, nil)
	require.Equal(t, []int{1, 0}, []int{again.Broken, again.New})
	require.Equal(t, release.ID, again.Live)
	require.Equal(t, job.ItemCounts{Total: 1, Completed: 1, Warnings: 1}, *again.Items)
	require.Equal(t, "1 broken link to 1 target, 0 new", again.Summary)

	worse := map[string]string{"index.html": `<a href="gone/"></a><a href="lost/">`}
	result := r.checked("", worse, nil)
	require.Equal(t, []int{2, 1}, []int{result.Broken, result.New})
	require.Contains(t, result.First.Detail, "lost/", "the error names a new one")

	all := r.checked("", old, func(in *CheckInput) { in.Policy = job.LinksAll })
	require.Equal(t, 1, all.Items.Failed, "whatever is live")
	nowhere := r.checked("", old, func(in *CheckInput) { in.Target = "" })
	require.Equal(t, 1, nowhere.New, "without a target there is nothing to compare with")
}

func TestIgnoresOfTheSource(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	result := r.checked("links:\n  ignore: [/gone/, /never/]\n", map[string]string{"index.html": `<a href="gone/">`}, nil)
	require.Zero(t, result.Broken)
	require.Equal(t, "1 link in 1 page, none broken, 1 ignored", result.Summary)
	page, err := r.Store.Logs().Read(t.Context(), string(testID), artifact.LogQuery{})
	require.NoError(t, err)
	require.Contains(t, page.Lines[len(page.Lines)-2].Message, "matches no broken link and can be removed: /never/")
}

func TestOldBaselinesAreForgotten(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	site := map[string]string{"index.html": `<a href="gone/">`}
	r.checked("", site, nil)
	r.released(r.built(site))
	left := func() (n int) {
		for _, err := range r.Store.Documents().List(t.Context(), baselineFolder+"local") {
			require.NoError(t, err)
			n++
		}
		return n
	}
	for i := range keptBaselines {
		at := time.Now().Add(-baselineAge - time.Hour)
		if i < 5 {
			at = time.Now()
		}
		require.NoError(t, r.Store.Documents().Put(t.Context(), baselineKey("local", fmt.Sprint(i)), baseline{At: at}))
	}
	require.Equal(t, keptBaselines+1, left())
	require.NoError(t, r.forgetBaselines(t.Context(), "local", r.Targets["local"], time.Now()))
	require.Equal(t, 6, left(), "what is young or live stays")
	again := r.checked("", map[string]string{"index.html": site["index.html"], "more.html": "<p>"}, nil)
	require.Zero(t, again.New, "and the live one is known")
	require.NotEmpty(t, again.Live)
	same := r.checked("", site, nil)
	require.Equal(t, 1, same.New, "what the job itself has released is compared with what was there before")
	require.Empty(t, same.Live)
}
