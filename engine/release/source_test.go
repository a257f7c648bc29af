package release

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestDirListsAndHashes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeSite(t, dir, map[string]string{"index.html": "hello", "a/b/c.txt": "", ".nojekyll": "x"})
	require.NoError(t, os.Mkdir(filepath.Join(dir, "empty"), 0o755))
	src, err := Dir(t.Context(), dir)
	require.NoError(t, err)
	defer src.Close()
	require.Equal(t, []File{ // digests by sha256sum(1)
		{".nojekyll", 1, "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"},
		{"a/b/c.txt", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"index.html", 5, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"},
	}, src.Files())
}

func TestDirRefusesWhatIsNotAFile(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		make func(path string) error
		want string
	}{
		"link outwards":  {func(p string) error { return os.Symlink("/etc/passwd", p) }, "symbolic link"},
		"link inside":    {func(p string) error { return os.Symlink("index.html", p) }, "symbolic link"},
		"link to folder": {func(p string) error { return os.Symlink("/", p) }, "symbolic link"},
		"named pipe":     {func(p string) error { return syscall.Mkfifo(p, 0o600) }, "named pipe"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			writeSite(t, dir, siteA)
			require.NoError(t, tt.make(filepath.Join(dir, "guide", "odd")))
			_, err := Dir(t.Context(), dir)
			var refused *SourceError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, "guide/odd", refused.Path)
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func TestDirHonoursItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	writeSite(t, dir, siteA)
	_, err := Dir(ctx, dir)
	require.ErrorIs(t, err, context.Canceled)
	_, err = FromFS(ctx, fstest.MapFS{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestDirNamesAMissingFolder(t *testing.T) {
	t.Parallel()
	_, err := Dir(t.Context(), filepath.Join(t.TempDir(), "public"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "public")
}

func TestFileThatChangesAfterListingIsNoticed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeSite(t, dir, siteA)
	src, err := Dir(t.Context(), dir)
	require.NoError(t, err)
	defer src.Close()
	writeSite(t, dir, map[string]string{"index.html": "home Z"})
	_, err = newTarget(t).Publish(t.Context(), src, Meta{JobID: "publish-a", Attempt: 1}, nil)
	requireMismatch("index.html")(t, err)
}

// A folder that is swapped for a link after the listing must not be followed
// out of the site.
func TestLinkThatAppearsAfterListingIsNotFollowedOutside(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	writeSite(t, dir, siteA)
	writeSite(t, outside, map[string]string{"index.html": "guide A", "setup.html": "setup"})
	src, err := Dir(t.Context(), dir)
	require.NoError(t, err)
	defer src.Close()
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "guide")))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "guide")))
	_, err = newTarget(t).Publish(t.Context(), src, Meta{JobID: "publish-a", Attempt: 1}, nil)
	require.ErrorContains(t, err, "escapes")
}
