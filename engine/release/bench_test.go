package release

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const benchFiles = 10_000

// largeSite writes a site of the shape of a real one: small pages in folders
// of a few dozen.
func largeSite(tb testing.TB) string {
	dir := tb.TempDir()
	filler := make([]byte, 4<<10)
	for i := range filler {
		filler[i] = byte('a' + i%26)
	}
	for i := range benchFiles {
		p := filepath.Join(dir, fmt.Sprintf("guide%03d", i/40), fmt.Sprintf("page%02d", i%40), "index.html")
		require.NoError(tb, os.MkdirAll(filepath.Dir(p), 0o755))
		require.NoError(tb, os.WriteFile(p, fmt.Appendf(nil, "<p>page %d</p>%s", i, filler), 0o644))
	}
	return dir
}

func publishDir(tb testing.TB, t *FileTarget, dir string, meta Meta) Result {
	src, err := Dir(tb.Context(), dir)
	require.NoError(tb, err)
	defer src.Close()
	r, err := t.Publish(tb.Context(), src, meta, nil)
	require.NoError(tb, err)
	return r
}

// The first release of a site: everything is hashed, copied and linked.
func BenchmarkFirstRelease(b *testing.B) {
	for _, sync := range []syncer{durable{}, volatile{}} {
		b.Run(fmt.Sprintf("%T", sync), func(b *testing.B) {
			dir := largeSite(b)
			for b.Loop() {
				b.StopTimer()
				t := newTarget(b)
				t.sync = sync
				b.StartTimer()
				publishDir(b, t, dir, Meta{JobID: "publish-1", Attempt: 1})
				b.StopTimer()
				require.NoError(b, os.RemoveAll(t.dir))
				b.StartTimer()
			}
		})
	}
}

// The same site again as another job: hashed and linked, nothing is copied.
func BenchmarkUnchangedRelease(b *testing.B) {
	dir, t := largeSite(b), newTarget(b)
	publishDir(b, t, dir, Meta{JobID: "publish-0", Attempt: 1})
	for i := 1; b.Loop(); i++ {
		publishDir(b, t, dir, Meta{JobID: fmt.Sprintf("publish-%d", i), Attempt: 1})
	}
}

// The same site with one page changed.
func BenchmarkChangedPage(b *testing.B) {
	dir, t := largeSite(b), newTarget(b)
	publishDir(b, t, dir, Meta{JobID: "publish-0", Attempt: 1})
	for i := 1; b.Loop(); i++ {
		b.StopTimer()
		require.NoError(b, os.WriteFile(filepath.Join(dir, "guide001", "page01", "index.html"), fmt.Append(nil, "changed ", i), 0o644))
		b.StartTimer()
		publishDir(b, t, dir, Meta{JobID: fmt.Sprintf("publish-%d", i), Attempt: 1})
	}
}

// The switch itself, and the rollback around it (lock, history, flushes).
func BenchmarkFlip(b *testing.B) {
	t := newTarget(b)
	ids := []string{
		publish(b, t, "publish-a", siteA).ID,
		publish(b, t, "publish-b", siteB).ID,
	}
	b.Run("pointer", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			require.NoError(b, t.flip(ids[i%2]))
		}
	})
	b.Run("rollback", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			_, err := t.Rollback(b.Context(), RollbackOptions{Meta: Meta{JobID: "rollback-1", Attempt: i + 1}, Release: ids[i%2]})
			require.NoError(b, err)
		}
	})
}

// What a status check costs on a large site, beside reading all of it.
func BenchmarkHead(b *testing.B) {
	dir, t := largeSite(b), newTarget(b)
	publishDir(b, t, dir, Meta{JobID: "publish-0", Attempt: 1})
	b.Run("head", func(b *testing.B) {
		for b.Loop() {
			_, err := t.Head(b.Context())
			require.NoError(b, err)
		}
	})
	b.Run("manifest", func(b *testing.B) {
		for b.Loop() {
			_, err := t.Current(b.Context())
			require.NoError(b, err)
		}
	})
	h := NewHandler(t)
	b.Run("page", func(b *testing.B) {
		for b.Loop() {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/guide001/page01/", nil))
			require.Equal(b, http.StatusOK, w.Code)
		}
	})
}
