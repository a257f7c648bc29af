package release

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReadersNeverSeeHalfARelease lets readers ask for pages over loopback
// HTTP while a writer publishes, switches back and forth and prunes. Every
// answer must be of one release entirely: the page carries the number of its
// release, and so does the release ID in the header. What one reader sees on
// the way from page to page may change, what one answer holds may not.
func TestReadersNeverSeeHalfARelease(t *testing.T) {
	t.Parallel()
	const releases, flipsEach, readers = 40, 8, 4
	target := newTarget(t)
	target.sync = volatile{} // power failures are not the subject here
	server := httptest.NewServer(http.StripPrefix("/sites/local", NewHandler(target)))
	defer server.Close()

	publishNumbered(t, target, 0)
	var done atomic.Bool
	var answers atomic.Int64
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			for n := 0; !done.Load() || n < 100; n++ {
				for _, page := range []string{"/", "/guide/", "/nothing"} {
					if !readOne(t, server, page) {
						return
					}
					answers.Add(1)
				}
			}
		})
	}
	flips := 1
	for n := 1; n < releases && !t.Failed(); n++ {
		flips += writeOne(t, target, n, flipsEach)
	}
	done.Store(true)
	wg.Wait()
	t.Logf("%d answers over %d switches", answers.Load(), flips)
}

// writeOne publishes release n, switches between it and its predecessor, and
// prunes everything else.
func writeOne(t *testing.T, target *FileTarget, n, flips int) int {
	previous, err := target.LiveID()
	require.NoError(t, err)
	ids := []string{previous, publishNumbered(t, target, n)}
	for i := range flips {
		_, err := target.Rollback(t.Context(), RollbackOptions{Meta: Meta{JobID: "rollback", Attempt: n*flips + i + 1}, Release: ids[i%2]})
		require.NoError(t, err)
	}
	_, err = target.Prune(t.Context(), PruneOptions{Keep: 1})
	require.NoError(t, err)
	return flips + 1
}

// publishNumbered publishes a site of which every page names its release by
// the job's number. Pages have different lengths, and some are large, so that
// an answer mixed of two releases would show.
func publishNumbered(t *testing.T, target *FileTarget, n int) string {
	mark := fmt.Sprintf("[publish-%d]", n)
	site := map[string]string{
		"index.html":       mark + "home",
		"guide/index.html": strings.Repeat(mark, 1000+n*100),
		"404.html":         mark + "nothing here",
		"style.css":        "the same in all of them",
	}
	return publish(t, target, fmt.Sprintf("publish-%d", n), site).ID
}

func readOne(t *testing.T, server *httptest.Server, page string) bool {
	resp, body, err := ask(t.Context(), http.MethodGet, server.URL+"/sites/local"+page)
	if err != nil {
		t.Errorf("%s: %v", page, err)
		return false
	}
	id := resp.Header.Get(Header)
	job := id[:max(0, strings.LastIndexByte(id, '.'))]
	mark := "[" + job + "]"
	want := map[string]int{"/": 200, "/guide/": 200, "/nothing": 404}[page]
	switch {
	case resp.StatusCode != want:
		t.Errorf("%s: status %d: %.200s", page, resp.StatusCode, body)
	case !strings.HasPrefix(body, mark):
		t.Errorf("%s: the header says %s, the page %.40s", page, id, body)
	case page == "/guide/" && strings.ReplaceAll(body, mark, "") != "":
		t.Errorf("%s: the page holds more than one release", page)
	default:
		return true
	}
	return false
}
