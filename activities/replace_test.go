package activities

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

func TestReplace(t *testing.T) {
	t.Parallel()
	folder := func(t *testing.T, files map[string]string) string {
		dir := t.TempDir()
		for name, content := range files {
			require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
		}
		return dir
	}
	for name, c := range map[string]struct {
		mended map[string]string
		want   map[string]string // files of the source afterwards
		refuse string            // file that is refused
	}{
		"one of them":               {map[string]string{"guide/a.md": "new"}, map[string]string{"guide/a.md": "new", "b.md": "b"}, ""},
		"and one more":              {map[string]string{"b.md": "new", "c/d.md": "d"}, map[string]string{"guide/a.md": "a", "b.md": "new", "c/d.md": "d"}, ""},
		"none of them":              {map[string]string{"a.md": "new"}, nil, "a.md"},
		"a folder":                  {map[string]string{"guide": "new"}, nil, "guide"},
		"a file that were a folder": {map[string]string{"b.md/x.md": "new"}, nil, "b.md/x.md"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, map[string]string{"guide/a.md": "a", "b.md": "b"})
			err := (&task{log: slog.New(slog.DiscardHandler)}).replace(folder(t, c.mended), dir)
			if c.refuse != "" {
				var refused *job.Error
				require.ErrorAs(t, err, &refused)
				require.Equal(t, c.refuse, refused.File)
				require.Equal(t, job.CodeSourceRefused, refused.Code)
				return
			}
			require.NoError(t, err)
			for name, content := range c.want {
				got, err := os.ReadFile(filepath.Join(dir, name))
				require.NoError(t, err)
				require.Equal(t, content, string(got))
			}
		})
	}
}
