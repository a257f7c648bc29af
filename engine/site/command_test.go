package site_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/site"
	"github.com/docjobs/docjobs/engine/site/sandbox"
)

// stand is a build of a source with the files, for whose generator "tiny" the
// operator allows a shell script: a stand-in for a real generator.
func stand(t testing.TB, script string, files map[string]string) site.BuildOptions {
	t.Helper()
	box, err := sandbox.Open(t.Context())
	require.NoError(t, err)
	dir := t.TempDir()
	source := filepath.Join(dir, "src")
	for name, text := range files {
		put(t, filepath.Join(source, name), text)
	}
	put(t, filepath.Join(source, "docjobs.yaml"), "generator: tiny\n")
	return site.BuildOptions{
		Source: source, Output: filepath.Join(dir, "out"), Work: filepath.Join(dir, "work"), BaseURL: "https://example.org/docs/",
		Executable: []string{"/no/hugo"}, Sandbox: box, Cache: filepath.Join(dir, "cache"),
		Commands: site.Commands{"tiny": {Argv: []string{"/bin/sh", "-c", script, "tiny", "{output}", "{basepath}"}}},
	}
}

func put(t testing.TB, name, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
}

// shutIn skips where the machine has no full sandbox: commands do not run there.
func shutIn(t testing.TB, o site.BuildOptions) {
	t.Helper()
	if o.Sandbox.Level() != sandbox.Full {
		t.Skipf("this machine has no full sandbox: %v", o.Sandbox.Refused)
	}
}

func TestACommandMakesASite(t *testing.T) {
	t.Parallel()
	o := stand(t, `mkdir -p "$1/a" && cp page.html "$1/a/index.html" && echo "$2 $EDITION $COLOR" > "$1/index.html"; echo x > scratch`,
		map[string]string{"page.html": "hello"})
	shutIn(t, o)
	put(t, filepath.Join(o.Source, "docjobs.yaml"), "generator: tiny\nenv: {EDITION: public, COLOR: red}\n")
	o.Environment = map[string]string{"COLOR": "blue"}
	var log []string
	o.Log = func(line string) { log = append(log, line) }
	r, err := site.Build(t.Context(), o)
	require.NoError(t, err, log)
	require.Equal(t, site.Generator("tiny"), r.Generator)
	require.Equal(t, 2, r.Pages)
	text, err := os.ReadFile(filepath.Join(o.Output, "index.html"))
	require.NoError(t, err)
	require.Equal(t, "/docs/ public blue\n", string(text))
	require.NoFileExists(t, filepath.Join(o.Source, "scratch"), "the source is only read")
	require.Contains(t, strings.Join(log, "\n"), "Sandbox: user, mount, network, PID, IPC and UTS namespaces")
}

func TestACommandsFaultIsTheSources(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ script, file, message string }{
		"with a place": {`echo working; echo "ERROR in docs/a.md:3: bad heading"; echo bye; exit 2`, "docs/a.md",
			"tiny ended with exit status 2: ERROR in docs/a.md:3: bad heading"},
		"of Node": {`printf 'ENOENT: no such file or directory, mkdir x\n  Stack trace:\n    at mkdirSync (node:fs:1)\n    at async cannot (file:///x.js:2)\n'; exit 1`, "",
			"tiny ended with exit status 1: ENOENT: no such file or directory, mkdir x"},
		"of npm": {`printf 'npm error code EUSAGE\nnpm error\nnpm error package.json and package-lock.json are not in sync.\nnpm error\n'; ` +
			`for i in $(seq 60); do echo npm error advice that cannot help; done; exit 1`, "",
			"tiny ended with exit status 1: package.json and package-lock.json are not in sync."},
		"with nothing":       {"exit 1", "", "tiny ended with exit status 1: it said nothing"},
		"no site":            {"exit 0", "", "tiny left no site in the folder site"},
		"a link in the site": {`mkdir "$1"; ln -s /etc/passwd "$1/index.html"`, "index.html", "the generator left a link or a special file in the site"},
		"a link to the site": {`ln -s /etc "$1"`, "", "tiny left no site in the folder site"},
		"a pipe in the site": {`mkdir "$1"; mkfifo "$1/p"`, "p", "the generator left a link or a special file in the site"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := stand(t, c.script, map[string]string{"docs/a.md": "# A"})
			shutIn(t, o)
			_, err := site.Build(t.Context(), o)
			var fault *site.BuildError
			require.ErrorAs(t, err, &fault)
			require.Equal(t, c.message, fault.Message)
			require.Equal(t, c.file, fault.File)
			nothingLeft(t, o)
		})
	}
}

// TestHostileSourcesLeakNothing has the scripts of hostile sources, which the
// allowed command runs as an honest generator would run a site's own plug-ins.
func TestHostileSourcesLeakNothing(t *testing.T) {
	t.Setenv("SECRET_OF_THE_WORKER", "TOPSECRET")
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		fmt.Fprint(w, "TOPSECRET")
	}))
	defer server.Close()
	port := server.Listener.Addr().(*net.TCPAddr).Port
	outside := t.TempDir()
	put(t, filepath.Join(outside, "secret"), "TOPSECRET")
	for name, script := range map[string]string{
		"files of the machine":  "cat /etc/shadow /etc/hostname /proc/1/environ /proc/*/environ " + outside + "/secret",
		"mounting etc":          "mount --bind /etc . ; cat shadow hostname",
		"the environment":       "env; cat /proc/self/environ",
		"the parent's memory":   fmt.Sprintf("cat /proc/%d/environ /proc/%d/maps", os.Getpid(), os.Getpid()),
		"loopback and metadata": fmt.Sprintf("for a in 127.0.0.1/%d 169.254.169.254/80; do bash -c \"exec 3<>/dev/tcp/$a; echo GET / >&3; cat <&3\"; done", port),
		"a link out":            "ln -s " + outside + " l; cat l/secret",
		"writing outside":       "echo x > " + outside + "/planted; echo x > /usr/planted; echo x > /planted",
	} {
		t.Run(name, func(t *testing.T) {
			o := stand(t, `mkdir "$1"; sh ./plugin > "$1/index.html" 2>&1; true`, map[string]string{"plugin": script})
			shutIn(t, o)
			_, err := site.Build(t.Context(), o)
			require.NoError(t, err)
			text, err := os.ReadFile(filepath.Join(o.Output, "index.html"))
			require.NoError(t, err)
			require.NotContains(t, string(text), "TOPSECRET")
			require.NotContains(t, string(text), "root:$")
			require.Zero(t, asked.Load())
			left, err := os.ReadDir(outside)
			require.NoError(t, err)
			require.Len(t, left, 1)
		})
	}
}

func TestHostileSourcesAreStoppedWithAReason(t *testing.T) {
	t.Parallel()
	// The shell that holds the memory must stay (the colon), or it becomes the sleep.
	for name, c := range map[string]struct {
		script string
		limits site.Limits
		what   string
	}{
		"fork bomb":      {`while :; do sleep 100 & done`, site.Limits{Processes: 300}, "processes"},
		"memory bomb":    {`x=aaaaaaaa; while :; do x=$x$x; done`, site.Limits{MemoryBytes: 128 << 20}, "memory"},
		"many small":     {`for i in 1 2 3 4 5 6; do (x=$(head -c 40000000 /dev/zero | tr '\0' x); sleep 100; :) & done; wait`, site.Limits{MemoryBytes: 128 << 20}, "memory"},
		"one large file": {`cat /dev/zero > big`, site.Limits{OutputBytes: 20 << 20}, "output"},
		"many files":     {`i=0; while :; do head -c 1000000 /dev/zero > f$i; i=$((i+1)); done`, site.Limits{OutputBytes: 20 << 20}, "output"},
		"empty files":    {`i=0; while :; do : > f$i; i=$((i+1)); done`, site.Limits{Files: 500}, "files"},
		"a full /tmp":    {`i=0; while :; do head -c 1000000 /dev/zero > /tmp/f$i; i=$((i+1)); done`, site.Limits{OutputBytes: 20 << 20}, "output"},
		"endless output": {`while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done`, site.Limits{LogBytes: 10_000}, "log"},
		"endless time":   {`while :; do sleep 1; done`, site.Limits{Time: time.Second}, "time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := stand(t, c.script, nil)
			shutIn(t, o)
			o.Limits = c.limits
			start := time.Now()
			_, err := site.Build(t.Context(), o)
			t.Log(time.Since(start), err)
			var limit *site.LimitError
			require.ErrorAs(t, err, &limit)
			require.Equal(t, c.what, limit.What)
			nothingLeft(t, o)
		})
	}
}

func TestPrepareRunsOnceForTheSameFiles(t *testing.T) {
	t.Parallel()
	o := stand(t, `mkdir "$1"; cat node_modules/lib > "$1/index.html"; ls >> "$1/index.html"; (echo x > node_modules/poison) 2>/dev/null; true`, map[string]string{"lock": "v1", "secret.js": "x"})
	shutIn(t, o)
	tiny := o.Commands["tiny"]
	tiny.Prepare = &site.Prepare{Argv: []string{"/bin/sh", "-c", "ls > seen; mkdir node_modules; cat lock > node_modules/lib; echo run"}, Files: []string{"lock", "package"}, Link: "node_modules"}
	o.Commands["tiny"] = tiny
	runs := 0
	build := func() string {
		o.Output, o.Work = filepath.Join(t.TempDir(), "out"), filepath.Join(t.TempDir(), "work")
		o.Log = func(line string) {
			if line == "run" {
				runs++
			}
		}
		_, err := site.Build(t.Context(), o)
		require.NoError(t, err)
		text, err := os.ReadFile(filepath.Join(o.Output, "index.html"))
		require.NoError(t, err)
		return string(text)
	}
	require.Contains(t, build(), "v1")
	require.Contains(t, build(), "v1")
	require.Equal(t, 1, runs, "the second build finds what the first has fetched")
	put(t, filepath.Join(o.Source, "lock"), "v2\n")
	require.Contains(t, build(), "v2")
	require.Equal(t, 2, runs)
	kept, err := filepath.Glob(filepath.Join(o.Cache, "*", "seen"))
	require.NoError(t, err)
	require.Len(t, kept, 2)
	text, err := os.ReadFile(kept[0])
	require.NoError(t, err)
	require.Equal(t, "lock\nseen\n", string(text), "the step sees its files only")
	poison, err := filepath.Glob(filepath.Join(o.Cache, "*", "*", "poison"))
	require.NoError(t, err)
	require.Empty(t, poison, "a build cannot write into what others use")
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	t.Parallel()
	o := stand(t, "", nil)
	for text, want := range map[string]string{
		"generator: mkdocs": "mkdocs is not available on this worker. docjobs.yaml names mkdocs. To get it: install mkdocs and let the operator enable it with \"generators: {mkdocs: {}}\"",
		"command: own":      `let the operator name the command under "generators: {own: …}"`,
	} {
		put(t, filepath.Join(o.Source, "docjobs.yaml"), text)
		_, err := site.Build(t.Context(), o)
		if o.Sandbox.Level() != sandbox.Full {
			continue
		}
		var missing *site.MissingError
		require.ErrorAs(t, err, &missing)
		require.ErrorContains(t, err, want)
		_, lacking, err := site.Examine(o)
		require.NoError(t, err)
		require.Len(t, lacking, 1)
		require.ErrorContains(t, lacking[0], want)
	}
	put(t, filepath.Join(o.Source, "docjobs.yaml"), "generator: tiny")
	o.Commands = site.Commands{"tiny": {Argv: []string{"no-such-program"}, Output: "x"}}
	_, lacking, err := site.Examine(o)
	require.NoError(t, err)
	require.ErrorContains(t, lacking[len(lacking)-1], "The program no-such-program is not available on this worker.")
}

func TestGeneratorsKeepCachesBesideTheirDependencies(t *testing.T) {
	t.Parallel()
	o := stand(t, `mkdir node_modules/.cache && echo x > node_modules/.cache/y && cp node_modules/dep/page node_modules/@scope/other "$1"`, nil)
	shutIn(t, o)
	put(t, filepath.Join(o.Source, "lock"), "")
	command := o.Commands["tiny"]
	command.Argv = []string{"/bin/sh", "-c", `mkdir "$1"; ` + command.Argv[2], "tiny", "{output}"}
	command.Prepare = &site.Prepare{Files: []string{"lock"}, Link: "node_modules",
		Argv: []string{"/bin/sh", "-c", "mkdir -p node_modules/dep node_modules/@scope; echo a > node_modules/dep/page; echo b > node_modules/@scope/other"}}
	o.Commands["tiny"] = command
	for i := range 2 { // the second build finds the dependencies as they were fetched
		o.Output, o.Work = fmt.Sprint(o.Output, i), fmt.Sprint(o.Work, i)
		r, err := site.Build(t.Context(), o)
		require.NoError(t, err)
		require.Equal(t, 2, r.Files)
	}
	caches, err := filepath.Glob(filepath.Join(o.Cache, "*", "node_modules", ".cache"))
	require.NoError(t, err)
	require.Empty(t, caches, "what a build leaves is for itself")
}

func TestAGeneratorThatNothingNames(t *testing.T) {
	t.Parallel()
	for _, name := range []site.Generator{site.Docusaurus, site.VitePress, site.Astro} {
		o := stand(t, "", map[string]string{"package.json": "{}"})
		shutIn(t, o)
		put(t, filepath.Join(o.Source, "docjobs.yaml"), "generator: "+string(name)+"\n")
		command, _ := site.Preset(name)
		o.Commands = site.Commands{string(name): command}
		const want = "package-lock.json: the file is missing, and "
		_, err := site.Build(t.Context(), o)
		require.ErrorContains(t, err, want)
		_, lacking, err := site.Examine(o)
		require.NoError(t, err)
		require.NotEmpty(t, lacking)
		require.ErrorContains(t, lacking[0], want)
	}
}

func TestWithoutSandboxNothingRuns(t *testing.T) {
	t.Parallel()
	o := stand(t, `mkdir "$1"; echo x > "$1/index.html"`, nil)
	o.Sandbox = nil
	_, err := site.Build(t.Context(), o)
	var unsafe *site.UnsafeError
	require.ErrorAs(t, err, &unsafe)
	require.ErrorContains(t, err, "--unsafe-builds")
	o.Unsafe = true
	_, err = site.Build(t.Context(), o)
	require.NoError(t, err)
}

func TestAFinishedSiteIsCopied(t *testing.T) {
	t.Parallel()
	o := stand(t, "", map[string]string{"index.html": "<p>x", "a/b.css": "a{}", ".git/config": "x", ".well-known/security.txt": "y", "_redirects": "/a /b"})
	o.Sandbox = nil // nothing is run
	put(t, filepath.Join(o.Source, "docjobs.yaml"), "generator: static")
	r, err := site.Build(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, []int{1, 4}, []int{r.Pages, r.Files})
	require.FileExists(t, filepath.Join(o.Output, ".well-known/security.txt"))
	require.NoFileExists(t, filepath.Join(o.Output, "docjobs.yaml"))
	require.NoDirExists(t, filepath.Join(o.Output, ".git"))

	o.Output += "2"
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(o.Source, "p.html")))
	_, err = site.Build(t.Context(), o)
	var fault *site.BuildError
	require.ErrorAs(t, err, &fault)
	require.Equal(t, "p.html", fault.File)
}
