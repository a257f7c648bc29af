package e2e_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A refusal is a problem detail, as far as these tests look at it.
type refusal struct {
	Type, Title, Detail, Code, Hint string
	Status                          int
	File                            string
	Errors                          []struct{ Field, Message string }
}

func (r *refusal) fields() (names []string) {
	for _, e := range r.Errors {
		names = append(names, e.Field)
	}
	return names
}

// post sends a request that is refused.
func post(t *testing.T, url, contentType string, body []byte) refusal {
	t.Helper()
	resp, err := http.Post(url, contentType, bytes.NewReader(body))
	require.NoError(t, err)
	return refused(t, resp)
}

// refused reads the problem details of an answer.
func refused(t *testing.T, resp *http.Response) (r refusal) {
	t.Helper()
	defer resp.Body.Close()
	require.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"))
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&r))
	require.Equal(t, resp.StatusCode, r.Status)
	require.NotEmpty(t, r.Detail)
	return r
}

// Bad input is refused before anything begins, by name, and nothing of it is
// kept.
func TestBadInputIsRefused(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := up(t, data, "--config", write(t, "limits:\n  upload_mib: 1\n  files: 50\n"))
	good := p.publish(folder(t, handbook("Hello.")), "local")
	requireCompleted(t, p.finished(good.ID))
	requireTidy(t, data)
	before := kept(t, data)

	t.Run("submissions", func(t *testing.T) { refusesSubmissions(t, p.addresses.HTTP+"/v1/jobs") })
	t.Run("archives", func(t *testing.T) { refusesArchives(t, p.addresses.HTTP+"/v1/uploads") })
	t.Run("commands", func(t *testing.T) { refusesCommands(t, p) })

	require.Equal(t, before, kept(t, data), "nothing is left behind")
	requireTidy(t, data)
}

func refusesSubmissions(t *testing.T, url string) {
	const source = `"source":{"upload":"sha256:` + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" + `"}`
	git := func(url string) string { return `{"kind":"publish","target":"local","source":{"git":"` + url + `"}}` }
	for name, c := range map[string]struct {
		body   string
		status int
		fields []string
	}{
		"no JSON":           {`{`, 400, nil},
		"no kind":           {`{}`, 422, []string{"kind"}},
		"unknown kind":      {`{"kind":"print"}`, 422, []string{"kind"}},
		"missing target":    {`{"kind":"publish",` + source + `}`, 422, []string{"target"}},
		"missing source":    {`{"kind":"publish","target":"local"}`, 422, []string{"source"}},
		"unknown fields":    {`{"kind":"publish","target":"local","shell":"rm","x":1,` + source + `}`, 422, []string{"shell", "x"}},
		"unknown target":    {`{"kind":"publish","target":"nowhere",` + source + `}`, 422, []string{"target"}},
		"unknown upload":    {`{"kind":"publish","target":"local",` + source + `}`, 404, nil},
		"several":           {`{"kind":"publish","dir":"../x","links":"maybe"}`, 422, []string{"source", "target", "links", "dir"}},
		"own environment":   {`{"kind":"publish","target":"local","env":{"LD_PRELOAD":"x"},` + source + `}`, 422, []string{"env.LD_PRELOAD"}},
		"leading dash":      {git("--upload-pack=touch /tmp/x"), 422, []string{"source.git"}},
		"private address":   {git("https://127.0.0.1/team/docs.git"), 422, []string{"source.git"}},
		"private name":      {git("https://localhost/team/docs.git"), 422, []string{"source.git"}},
		"metadata address":  {git("https://169.254.169.254/team/docs.git"), 422, []string{"source.git"}},
		"mapped address":    {git("https://[::ffff:10.0.0.1]/team/docs.git"), 422, []string{"source.git"}},
		"plain http":        {git("http://example.org/team/docs.git"), 422, []string{"source.git"}},
		"ssh":               {git("ssh://git@example.org/team/docs.git"), 422, []string{"source.git"}},
		"short form of ssh": {git("git@example.org:team/docs.git"), 422, []string{"source.git"}},
		"file":              {git("file:///etc"), 422, []string{"source.git"}},
		"remote helper":     {git("ext::sh -c true"), 422, []string{"source.git"}},
		"credentials":       {git("https://writer:secret@example.org/team/docs.git"), 422, []string{"source.git"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := post(t, url, "application/json", []byte(c.body))
			require.Equal(t, c.status, r.Status, "%+v", r)
			require.ElementsMatch(t, c.fields, r.fields(), "%+v", r)
			require.NotContains(t, r.Detail+r.Hint, "secret")
			for _, e := range r.Errors {
				require.NotContains(t, e.Message, "secret")
			}
		})
	}
	require.Equal(t, 415, post(t, url, "text/plain", []byte(`{"kind":"probe"}`)).Status)
	require.Equal(t, 413, post(t, url, "application/json", []byte(`{"kind":"`+strings.Repeat("x", 1<<20)+`"}`)).Status)
}

func refusesArchives(t *testing.T, url string) {
	random := make([]byte, 2<<20)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(random)
	many := map[string]string{}
	for i := range 60 {
		many["a/"+strings.Repeat("x", i+1)+".md"] = "x"
	}
	for name, c := range map[string]struct {
		body   []byte
		status int
		file   string
	}{
		"no archive":        {[]byte("hello"), 422, ""},
		"nothing":           {nil, 422, ""},
		"empty zip":         {zipOf(t, nil), 422, ""},
		"empty tar.gz":      {tarOf(t), 422, ""},
		"zip bomb":          {zipOf(t, map[string]string{"bomb.md": strings.Repeat("\x00", 64<<20)}), 413, "bomb.md"},
		"gzip bomb":         {tarOf(t, tar.Header{Name: "bomb.md", Mode: 0o644, Size: 64 << 20}), 413, ""},
		"too many files":    {zipOf(t, many), 413, ""},
		"too large":         {zipOf(t, map[string]string{"a.md": string(random)}), 413, ""},
		"zip traversal":     {zipOf(t, map[string]string{"../evil.md": "x"}), 422, "../evil.md"},
		"zip absolute":      {zipOf(t, map[string]string{"/etc/evil.md": "x"}), 422, "/etc/evil.md"},
		"tar traversal":     {tarOf(t, tar.Header{Name: "a/../../evil.md", Mode: 0o644}), 422, "a/../../evil.md"},
		"tar symbolic link": {tarOf(t, tar.Header{Name: "link.md", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}), 422, "link.md"},
		"tar hard link":     {tarOf(t, tar.Header{Name: "link.md", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"}), 422, "link.md"},
		"tar device":        {tarOf(t, tar.Header{Name: "dev", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3}), 422, "dev"},
		"tar pipe":          {tarOf(t, tar.Header{Name: "pipe", Typeflag: tar.TypeFifo}), 422, "pipe"},
		"zip symbolic link": {zipLink(t), 422, "link.md"},
		"broken off":        {zipOf(t, map[string]string{"a.md": "hello"})[:60], 422, ""},
		"same name by case": {zipOf(t, map[string]string{"A.md": "x", "a.md": "y"}), 422, "a.md"},
		"path of Windows":   {zipOf(t, map[string]string{`a\..\..\evil.md`: "x"}), 422, `a\..\..\evil.md`},
	} {
		t.Run(name, func(t *testing.T) {
			r := post(t, url, "application/octet-stream", c.body)
			require.Equal(t, c.status, r.Status, "%+v", r)
			require.Equal(t, c.file, r.File, "%+v", r)
		})
	}
	t.Run("too large, of unknown length", func(t *testing.T) {
		request, err := http.NewRequest(http.MethodPost, url, struct{ *bytes.Reader }{bytes.NewReader(random)})
		require.NoError(t, err)
		request.ContentLength = -1
		resp, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.Equal(t, 413, refused(t, resp).Status)
	})
}

func zipOf(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.Create(name)
		require.NoError(t, err)
		_, err = f.Write([]byte(files[name]))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func zipLink(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	header := &zip.FileHeader{Name: "link.md"}
	header.SetMode(fs.ModeSymlink | 0o777)
	f, err := w.CreateHeader(header)
	require.NoError(t, err)
	_, err = f.Write([]byte("/etc/passwd"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// tarOf returns a compressed archive of entries that hold zeros.
func tarOf(t *testing.T, entries ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	packed := gzip.NewWriter(&b)
	w := tar.NewWriter(packed)
	for _, header := range entries {
		require.NoError(t, w.WriteHeader(&header))
		_, err := w.Write(make([]byte, header.Size))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, packed.Close())
	return b.Bytes()
}

func refusesCommands(t *testing.T, p *program) {
	docs := folder(t, handbook("Hello."))
	linked := folder(t, map[string]string{"a.md": "# A\n"})
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(linked, "b.md")))
	bomb := filepath.Join(t.TempDir(), "bomb.zip")
	require.NoError(t, os.WriteFile(bomb, zipOf(t, map[string]string{"bomb.md": strings.Repeat("\x00", 64<<20)}), 0o600))
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"missing target":   {[]string{docs}, 2, "--target"},
		"unknown flag":     {[]string{docs, "--target", "local", "--tarpit", "x"}, 2, "--tarpit"},
		"wrong value":      {[]string{docs, "--target", "local", "--links", "maybe"}, 2, "--links"},
		"missing source":   {[]string{"--target", "local"}, 2, "SOURCE"},
		"unknown target":   {[]string{docs, "--target", "nowhere"}, 1, "nowhere"},
		"no such source":   {[]string{filepath.Join(docs, "nowhere"), "--target", "local"}, 1, "nowhere"},
		"empty folder":     {[]string{t.TempDir(), "--target", "local"}, 1, "not one file"},
		"symbolic link":    {[]string{linked, "--target", "local"}, 1, "b.md"},
		"bomb":             {[]string{bomb, "--target", "local"}, 1, "bomb.md"},
		"leading dash":     {[]string{"--target", "local", "--", "--upload-pack=x://y"}, 1, "dash"},
		"private address":  {[]string{"https://127.0.0.1/team/docs.git", "--target", "local"}, 1, "source.git"},
		"ssh":              {[]string{"git@example.org:team/docs.git", "--target", "local"}, 1, "https"},
		"variable of ours": {[]string{docs, "--target", "local", "--env", "PATH=/tmp"}, 1, "env.PATH"},
	} {
		t.Run(name, func(t *testing.T) {
			out := p.run(append([]string{"submit", "publish"}, c.args...)...)
			require.Equal(t, c.code, out.code, out.err)
			require.Contains(t, out.err, c.says)
			require.Empty(t, out.out)
		})
	}
}
