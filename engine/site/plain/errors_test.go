package plain_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/site/plain"
)

func TestFaultyDocuments(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text    string
		line    int
		offset  int64
		problem string
	}{
		"YAML":           {"---\ntitle: a\nbad: [1, 2\n---\n", 3, -1, "not valid YAML"},
		"YAML list":      {"---\n- a\n- b\n---\n", 2, -1, "no list of keys"},
		"TOML":           {"+++\ntitle = 'a'\nbad = = 1\n+++\n", 3, -1, "not valid TOML"},
		"JSON":           {"{\n\"title\": \"a\",\n\"bad\": }\n", 3, -1, "not valid JSON"},
		"never closed":   {"---\ntitle: a\n\n# Text\n", 1, -1, "never closed"},
		"Latin-1":        {"# Caf\n\ncaf\xe9\n", 3, 10, "not UTF-8"},
		"UTF-16":         {"\xff\xfe#\x00", 1, 0, "not UTF-8"},
		"larger than 1k": {string(make([]byte, 1025)), 0, -1, "larger than 1024 bytes"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := plain.Prepare(context.Background(), plain.Options{
				Source: folder(t, map[string]string{"ok.md": "# Fine", "sub/bad.md": tt.text}),
				Site:   filepath.Join(t.TempDir(), "site"), Limits: plain.Limits{DocumentBytes: 1024},
			})
			var doc *plain.DocumentError
			require.ErrorAs(t, err, &doc)
			require.Equal(t, "sub/bad.md", doc.Path)
			require.Equal(t, tt.line, doc.Line)
			require.Equal(t, tt.offset, doc.Offset)
			require.ErrorContains(t, err, tt.problem)
		})
	}
}

func TestAllFaultyDocumentsAreNamedAtOnce(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for i := range 60 {
		files[string(rune('A'+i%26))+string(rune('a'+i/26))+".md"] = "\xff"
	}
	_, err := plain.Prepare(context.Background(), plain.Options{Source: folder(t, files), Site: t.TempDir()})
	var all *plain.DocumentErrors
	require.ErrorAs(t, err, &all)
	require.Len(t, all.List, 50)
	require.Equal(t, 10, all.More)
	require.Equal(t, "Aa.md", all.List[0].Path)
}

func TestRefusedFolders(t *testing.T) {
	t.Parallel()
	two := map[string]string{"a.md": "a", "x/y/z/b.md": "b", "c.txt": "c", "d.txt": "d"}
	tests := map[string]struct {
		files  map[string]string
		limits plain.Limits
		want   string
	}{
		"no Markdown":     {map[string]string{"a.txt": "a"}, plain.Limits{}, "holds no Markdown"},
		"only drafts":     {map[string]string{"a.md": "---\ndraft: true\n---\n"}, plain.Limits{}, "holds no Markdown"},
		"too many pages":  {two, plain.Limits{Pages: 1}, "Markdown files, at most 1"},
		"too many files":  {two, plain.Limits{Files: 1}, "files, at most 1"},
		"too deep":        {two, plain.Limits{Depth: 2}, "x/y/z: too large: folders inside folders"},
		"reserved folder": {map[string]string{"a.md": "", "_Theme/x.css": ""}, plain.Limits{}, "_Theme/x.css: the folder name _theme is kept"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := plain.Prepare(context.Background(), plain.Options{
				Source: folder(t, tt.files), Site: t.TempDir(), Limits: tt.limits})
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func TestAUsedSiteFolderIsRefused(t *testing.T) {
	t.Parallel()
	_, err := plain.Prepare(context.Background(), plain.Options{
		Source: folder(t, map[string]string{"a.md": "a"}),
		Site:   folder(t, map[string]string{"precious.txt": "x"})})
	require.ErrorContains(t, err, `"precious.txt"`)
}

func TestCancelledContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := plain.Prepare(ctx, plain.Options{Source: folder(t, many(10)), Site: t.TempDir()})
	require.ErrorIs(t, err, context.Canceled)
}

func TestSymbolicLinksAreNotFollowed(t *testing.T) {
	t.Parallel()
	secret := folder(t, map[string]string{"secret.md": "# Secret", "secret.txt": "secret"})
	source := folder(t, map[string]string{"a.md": "# A"})
	require.NoError(t, os.Symlink(filepath.Join(secret, "secret.md"), filepath.Join(source, "b.md")))
	require.NoError(t, os.Symlink(filepath.Join(secret, "secret.txt"), filepath.Join(source, "c.txt")))
	require.NoError(t, os.Symlink(secret, filepath.Join(source, "dir")))
	site := t.TempDir()
	r, err := plain.Prepare(context.Background(), plain.Options{Source: source, Site: site})
	require.NoError(t, err)
	require.Empty(t, r.Files)
	require.Len(t, r.Skipped, 3)
	require.NotContains(t, dump(t, site), "ecret")
}
