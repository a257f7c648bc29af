package release

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPublishMakesARelease(t *testing.T) {
	t.Parallel()
	created := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	target := newTarget(t)
	target.now = func() time.Time { return created }
	src := newSource(t, siteA)

	r, err := target.Publish(t.Context(), src, Meta{JobID: "publish-abc", Attempt: 2, Key: "k1", Source: "git main"}, nil)
	require.NoError(t, err)

	tree := Tree(src.Files())
	require.Equal(t, Head{
		Version: 1, ID: "publish-abc." + tree[:12], JobID: "publish-abc", Attempt: 2, Key: "k1", CreatedAt: created,
		Target: "docs", Source: "git main", Tree: tree, FileCount: 5, Bytes: 36,
	}, r.Head)
	require.Equal(t, Switched, r.Outcome)
	require.Equal(t, 5, r.NewFiles)
	require.EqualValues(t, 36, r.NewBytes)
	requireLive(t, target, siteA)
	requireTidy(t, target)

	head, err := target.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, r.Head, *head)
	m, err := target.Manifest(t.Context(), r.ID)
	require.NoError(t, err)
	require.Equal(t, r.Head, m.Head)
}

func TestPublishedFilesAreReadOnlyLinksIntoTheStore(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	r := publish(t, target, "publish-a", map[string]string{"a.txt": "same", "sub/b.txt": "same"})
	require.Equal(t, 1, r.NewFiles, "equal content is stored once")

	blob, err := os.Lstat(target.blobPath(newSource(t, map[string]string{"x": "same"}).Files()[0].SHA256))
	require.NoError(t, err)
	for _, name := range []string{"a.txt", "sub/b.txt"} {
		info, err := os.Lstat(filepath.Join(target.siteDir(r.ID), name))
		require.NoError(t, err)
		require.True(t, os.SameFile(blob, info), name)
		require.EqualValues(t, 0o444, info.Mode().Perm()|0o044, "not writable, whatever the umask")
	}
}

func TestPublishReadsOnlyWhatTheTargetLacks(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	a := publish(t, target, "publish-a", siteA)
	src := &spySource{Source: newSource(t, siteB)}
	b, err := target.Publish(t.Context(), src, Meta{JobID: "publish-b", Attempt: 1}, nil)
	require.NoError(t, err)
	require.Equal(t, 3, b.NewFiles)
	require.ElementsMatch(t, []string{"index.html", "guide/index.html", "404.html"}, src.opened.all())
	require.Equal(t, a.ID, b.Previous)
	require.Equal(t, a.ID, b.Replaced)
	requireLive(t, target, siteB)
}

func TestPublishAgainDoesNothing(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	first := publish(t, target, "publish-a", siteA)
	before, err := os.Lstat(target.path("current"))
	require.NoError(t, err)

	again := publish(t, reopen(t, target), "publish-a", siteA)
	require.Equal(t, AlreadyLive, again.Outcome)
	require.Equal(t, first.Head, again.Head)
	require.Zero(t, again.NewFiles)
	after, err := os.Lstat(target.path("current"))
	require.NoError(t, err)
	require.True(t, os.SameFile(before, after), "the pointer was not touched")
	require.Len(t, history(t, target), 1)
}

func TestLateRetryDoesNotUndoALaterRelease(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	a := publish(t, target, "publish-a", siteA)
	b := publish(t, target, "publish-b", siteB)

	retry := publish(t, target, "publish-a", siteA)
	require.Equal(t, Superseded, retry.Outcome)
	require.Equal(t, a.Head, retry.Head)
	requireLive(t, target, siteB)

	// The next attempt is new work by somebody's decision, and switches.
	next, err := target.Publish(t.Context(), newSource(t, siteA), Meta{JobID: "publish-a", Attempt: 2}, nil)
	require.NoError(t, err)
	require.Equal(t, Switched, next.Outcome)
	require.Equal(t, a.Head, next.Head, "the same release, made by attempt 1")
	require.Equal(t, b.ID, next.Replaced)
	requireLive(t, target, siteA)
}

func TestPublishReportsProgress(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	var seen []int64
	progress := func(done, total int64) {
		require.EqualValues(t, len(siteA), total)
		seen = append(seen, done)
	}
	for range 2 { // the second call has nothing to do and still finishes
		_, err := target.Publish(t.Context(), newSource(t, siteA), Meta{JobID: "publish-a", Attempt: 1}, progress)
		require.NoError(t, err)
	}
	require.Equal(t, []int64{1, 2, 3, 4, 5, 5}, seen)
}

func TestFailedPublishChangesNothing(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	tests := map[string]struct {
		open func(f File) (io.ReadCloser, error)
		want func(t *testing.T, err error)
	}{
		"source cannot be opened": {
			open: func(File) (io.ReadCloser, error) { return nil, boom },
			want: func(t *testing.T, err error) { require.ErrorIs(t, err, boom) },
		},
		"source breaks in the middle": {
			open: func(File) (io.ReadCloser, error) {
				return io.NopCloser(io.MultiReader(strings.NewReader("ho"), brokenReader{boom})), nil
			},
			want: func(t *testing.T, err error) {
				require.ErrorIs(t, err, boom)
				require.ErrorContains(t, err, "index.html")
			},
		},
		"other content of the same size": {
			open: func(File) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("home X")), nil },
			want: requireMismatch("index.html"),
		},
		"shorter content": {
			open: func(File) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("home")), nil },
			want: requireMismatch("index.html"),
		},
		"endless content": {
			open: func(File) (io.ReadCloser, error) { return io.NopCloser(endless{}), nil },
			want: requireMismatch("index.html"),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := newTarget(t)
			publish(t, target, "publish-a", siteA)
			src := &spySource{Source: newSource(t, siteB), replace: func(f File) (io.ReadCloser, error) {
				if f.Path == "index.html" {
					return tt.open(f)
				}
				return nil, nil
			}}
			_, err := target.Publish(t.Context(), src, Meta{JobID: "publish-b", Attempt: 1}, nil)
			tt.want(t, err)

			requireLive(t, target, siteA)
			requireTidy(t, target)
			list, err := target.Releases(t.Context())
			require.NoError(t, err)
			require.Len(t, list, 1)
			require.Len(t, history(t, target), 1)
			require.Equal(t, Switched, publish(t, target, "publish-b", siteB).Outcome, "a good source works afterwards")
		})
	}
}

func requireMismatch(path string) func(*testing.T, error) {
	return func(t *testing.T, err error) {
		var mismatch *MismatchError
		require.ErrorAs(t, err, &mismatch)
		require.Equal(t, path, mismatch.Path)
	}
}

func TestCancelledPublishChangesNothing(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	publish(t, target, "publish-a", siteA)
	ctx, cancel := context.WithCancel(t.Context())
	src := &spySource{Source: newSource(t, siteB), replace: func(f File) (io.ReadCloser, error) {
		cancel()
		return io.NopCloser(endless{}), nil
	}}
	_, err := target.Publish(ctx, src, Meta{JobID: "publish-b", Attempt: 1}, nil)
	require.ErrorIs(t, err, context.Canceled)
	requireLive(t, target, siteA)
	requireTidy(t, target)
}

func TestPublishRefusesBadRequests(t *testing.T) {
	t.Parallel()
	digest := strings.Repeat("0", 64)
	tests := map[string]struct {
		meta  Meta
		files []File
		want  string
	}{
		"no files":          {files: []File{}, want: "empty"},
		"leaves the folder": {files: []File{{Path: "../x", SHA256: digest}}, want: `"../x"`},
		"absolute":          {files: []File{{Path: "/etc/passwd", SHA256: digest}}, want: "relative"},
		"not UTF-8":         {files: []File{{Path: "caf\xe9.html", SHA256: digest}}, want: "UTF-8"},
		"NUL":               {files: []File{{Path: "a\x00b", SHA256: digest}}, want: "cannot be released"},
		"long name":         {files: []File{{Path: strings.Repeat("n", 256), SHA256: digest}}, want: "256 bytes"},
		"twice":             {files: []File{{Path: "a", SHA256: digest}, {Path: "a", SHA256: digest}}, want: "twice"},
		"file and folder":   {files: []File{{Path: "a", SHA256: digest}, {Path: "a-b", SHA256: digest}, {Path: "a/b", SHA256: digest}}, want: "file and as a folder"},
		"bad digest":        {files: []File{{Path: "a", SHA256: "../../x"}}, want: "SHA-256"},
		"negative size":     {files: []File{{Path: "a", Size: -1, SHA256: digest}}, want: "size -1"},
		"job ID as path":    {meta: Meta{JobID: "../up", Attempt: 1}, want: "job ID"},
		"no attempt":        {meta: Meta{JobID: "publish-a"}, want: "attempt"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := newTarget(t)
			var src Source = newSource(t, siteA)
			if tt.files != nil {
				src = listing(tt.files)
			}
			if tt.meta == (Meta{}) {
				tt.meta = Meta{JobID: "publish-a", Attempt: 1}
			}
			_, err := target.Publish(t.Context(), src, tt.meta, nil)
			require.ErrorContains(t, err, tt.want)
			_, err = target.LiveID()
			require.ErrorIs(t, err, ErrNoRelease)
		})
	}
}

func TestUnusualNamesAreReleasedAsTheyAre(t *testing.T) {
	t.Parallel()
	site := map[string]string{
		"with space.html": "1", "colon:s.html": "2", `back\slash`: "3", "umlaut-ä.html": "4",
		".well-known/x": "5", "new\nline": "6", "CON": "7", "trailing. ": "8",
	}
	target := newTarget(t)
	publish(t, target, "publish-a", site)
	requireLive(t, target, site)
}

func TestPublishCopiesWhereItCannotLink(t *testing.T) {
	t.Parallel()
	for _, reason := range []error{syscall.EMLINK, syscall.EPERM, syscall.ENOTSUP, syscall.EXDEV} {
		t.Run(reason.Error(), func(t *testing.T) {
			t.Parallel()
			target := newTarget(t)
			target.link = func(from, to string) error { return &os.LinkError{Op: "link", Old: from, New: to, Err: reason} }
			publish(t, target, "publish-a", siteA)
			requireLive(t, target, siteA)
			publish(t, target, "publish-b", siteB)
			requireLive(t, target, siteB)

			report, err := target.Prune(t.Context(), PruneOptions{Keep: 1})
			require.NoError(t, err)
			require.Equal(t, 3, report.Blobs, "blobs of the kept release stay although they have no second link")
		})
	}
}

func TestOtherLinkErrorsStopTheRelease(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	target.link = func(string, string) error { return syscall.ENOSPC }
	_, err := target.Publish(t.Context(), newSource(t, siteA), Meta{JobID: "publish-a", Attempt: 1}, nil)
	require.ErrorIs(t, err, syscall.ENOSPC)
	requireTidy(t, target)
}

// A file system that ignores case is imitated by the error that it gives.
func TestNamesThatTheFileSystemTakesForOneAreRefused(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	target.link = func(from, to string) error {
		if filepath.Base(to) == "setup.html" {
			return os.ErrExist
		}
		return os.Link(from, to)
	}
	site := maps.Clone(siteA)
	site["guide/Setup.html"] = "other"
	_, err := target.Publish(t.Context(), newSource(t, site), Meta{JobID: "publish-a", Attempt: 1}, nil)
	var refused *SourceError
	require.ErrorAs(t, err, &refused)
	require.ErrorContains(t, err, `"guide/setup.html" differs from "guide/Setup.html" only in upper and lower case`)
}

func TestDamagedBlobIsReplaced(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	blob := target.blobPath(newSource(t, siteA).Files()[0].SHA256)
	require.NoError(t, os.MkdirAll(filepath.Dir(blob), 0o755))
	require.NoError(t, os.WriteFile(blob, nil, 0o444), "what a power failure leaves of a file")
	publish(t, target, "publish-a", siteA)
	requireLive(t, target, siteA)
}

func TestPointerThatIsNotOursIsReported(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	require.NoError(t, os.Symlink("/etc", target.path("current")))
	_, err := target.Head(t.Context())
	var damaged *DamagedError
	require.ErrorAs(t, err, &damaged)
	require.ErrorContains(t, err, `"/etc"`)
	_, err = target.Publish(t.Context(), newSource(t, siteA), Meta{JobID: "publish-a", Attempt: 1}, nil)
	require.ErrorAs(t, err, &damaged)
}

func ExampleTarget_Publish() {
	dir, _ := os.MkdirTemp("", "example")
	defer os.RemoveAll(dir)
	_ = os.MkdirAll(filepath.Join(dir, "public"), 0o755)
	_ = os.WriteFile(filepath.Join(dir, "public", "index.html"), []byte("<h1>Hello</h1>"), 0o644)

	ctx := context.Background()
	src, err := Dir(ctx, filepath.Join(dir, "public"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer src.Close()
	target, err := OpenFile(filepath.Join(dir, "target"), Options{Name: "docs"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		result, err := target.Publish(ctx, src, Meta{JobID: "publish-3f9k2m7qx1ab", Attempt: 1}, nil)
		fmt.Println(result.ID, result.Outcome, result.NewFiles, err)
	}
	// Output:
	// publish-3f9k2m7qx1ab.f3e2152c36bd switched 1 <nil>
	// publish-3f9k2m7qx1ab.f3e2152c36bd already-live 0 <nil>
}
