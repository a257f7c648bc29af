package e2e_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

// An example is something that a page shows in a shell: a whole block of commands, or
// one command of a transcript ("$ docjobs …") with what it prints.
type example struct {
	page, section string
	line          int // of the page, from 1
	script        string
	printed       []string // nil if the page does not say
	transcript    bool
}

func (e example) String() string {
	command, _, _ := strings.Cut(e.script, "\n")
	return fmt.Sprintf("%s:%d: %s", e.page, e.line, command)
}

// languages are those of the blocks of the pages that hold no commands.
var languages = map[string]bool{"yaml": true, "json": true}

// programs are those of blocks that are whole programs, each with the page that may
// show them: tests of the package notify run them.
var programs = map[string]string{"go": "webhooks.md", "python": "webhooks.md", "js": "webhooks.md"}

// examples returns the examples of a page, a file of the folder docs.
func examples(t *testing.T, page string) (found []example) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", page))
	require.NoError(t, err)
	var section, language string
	code, open := false, false
	for n, line := range strings.Split(string(text), "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		command, isCommand := strings.CutPrefix(line, "$ ")
		last := len(found) - 1
		switch {
		case isFence && code:
			code, open = false, false
		case isFence:
			code, language = true, fence
			if language == "sh" {
				found, open = append(found, example{page: page, section: section, line: n + 2}), true
			} else if language != "" {
				require.True(t, languages[language] || programs[language] == page, "%s:%d: nothing runs a block of the language %s", page, n+1, language)
			}
		case !code && strings.HasPrefix(line, "#"):
			section = strings.TrimSpace(strings.TrimLeft(line, "#"))
		case code && language == "sh":
			found[last].script += line + "\n"
		case code && language == "" && isCommand:
			found, open = append(found, example{page: page, section: section, line: n + 1, script: command, transcript: true}), true
		case code && language == "" && open && goesOn(found[last]):
			found[last].script += "\n" + line
		case code && language == "" && open:
			found[last].printed = append(found[last].printed, line)
		}
	}
	require.False(t, code, "%s: a block of code does not end", page)
	return found
}

// goesOn is whether the next line belongs to the command: after a backslash, or
// within quotes.
func goesOn(e example) bool {
	return e.printed == nil && (strings.HasSuffix(e.script, `\`) || strings.Count(e.script, "'")%2 == 1)
}

// code is the exit code that the page tells of.
func (e example) code() int {
	for _, line := range e.printed {
		switch {
		case strings.HasPrefix(line, "Error: "), strings.Contains(line, " failed after "), strings.HasPrefix(line, "missing  "):
			return 1
		case strings.Contains(line, " has not ended within "):
			return 3
		}
	}
	return 0
}

// A scene is where the examples of a page are run, one after the other: a folder, a
// server, and what the page takes for granted.
type scene struct {
	*program
	t       *testing.T
	dir     string // the working folder
	home    string
	data    string            // of the server, /home/anna/.local/share/docjobs on the pages
	address string            // of the server, 127.0.0.1:8420 on the pages
	real    map[string]string // what stands for a Job ID or digest of the page
	instead []string          // addresses of the page and what stands for them, in turn
	repo    *repository       // that a job of the scene reads
	env     []string          // variables that are set, each NAME=value
}

// newScene returns a scene without a server.
func newScene(t *testing.T) *scene {
	t.Helper()
	for _, name := range []string{"bash", "curl", "jq"} {
		if _, err := exec.LookPath(name); err != nil {
			require.Empty(t, os.Getenv("CI"), "%s, which runs examples, is not installed; make docs-tools installs it", name)
			t.Skipf("%s, which runs examples, is not installed", name)
		}
	}
	s := &scene{t: t, dir: t.TempDir(), home: t.TempDir(), data: t.TempDir(), address: freeAddress(t), real: map[string]string{}}
	curl := "silent\nshow-error\nwrite-out = \"%{stderr}HTTP %{http_code}\\n\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(s.home, ".curlrc"), []byte(curl), 0o600))
	return s
}

// freeAddress is an address of this machine that nobody listens on. Its port is not one
// that the system gives to whoever asks for any, which these tests do all the time: it
// is still free when a server comes to listen on it.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(10_000))
		if l, err := net.Listen("tcp", address); err == nil {
			require.NoError(t, l.Close())
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

// starts starts a server for the scene on new data, with a configuration or without, in
// place of the one that there is.
func (s *scene) starts(configuration string) {
	s.t.Helper()
	if s.program != nil {
		s.kill()
	}
	args := []string{"--http", s.address}
	if configuration != "" {
		args = append(args, "--config", write(s.t, configuration))
	}
	s.data = s.t.TempDir()
	s.program = upWith(s.t, []string{"PATH=" + s.tools()}, s.data, args...)
}

// tools is a folder with the programs that a server runs. Those that validate DITA are not
// among them: to get ready they take longer than all examples of most pages.
func (s *scene) tools() string {
	dir := s.t.TempDir()
	for _, name := range []string{"bwrap", "git"} {
		if path, err := exec.LookPath(name); err == nil {
			require.NoError(s.t, os.Symlink(path, filepath.Join(dir, name)))
		}
	}
	return dir
}

// shell returns a command that runs a script of a page in the scene. The variables that
// a script sets are there in the next.
func (s *scene) shell(ctx context.Context, script string) *exec.Cmd {
	built.Store(true)
	path, err := binary()
	require.NoError(s.t, err)
	variables := filepath.Join(s.home, "variables")
	cmd := exec.CommandContext(ctx, "bash", "-ec",
		fmt.Sprintf("[ ! -e %[1]s ] || . %[1]s; set -a\n%[2]s\ntrap 'export -p > %[1]s' EXIT\n%[3]s\n", variables, strings.Join(s.env, "\n"), script))
	cmd.Dir, cmd.WaitDelay = s.dir, time.Second
	cmd.Env = []string{
		"HOME=" + s.home, "PATH=" + filepath.Dir(path) + ":" + os.Getenv("PATH"), "USER=anna", "TMPDIR=" + s.t.TempDir(),
		"DOCJOBS_SERVER=http://" + s.address,
	}
	return cmd
}

// files writes files below the working folder.
func (s *scene) files(dir string, files map[string]string) {
	s.t.Helper()
	for name, text := range files {
		path := filepath.Join(s.dir, dir, filepath.FromSlash(name))
		require.NoError(s.t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(s.t, os.WriteFile(path, []byte(text), 0o644))
	}
}

// sh runs a script that makes what a page takes for granted, and returns what it prints
// on standard output.
func (s *scene) sh(script string) string {
	s.t.Helper()
	out := finish(s.t, s.shell(limited(s.t, time.Minute), script))
	require.Zero(s.t, out.code, "%s: %s", script, out.err)
	return strings.TrimSpace(out.out)
}

// made is sh of a submission, which makes the job that the page calls id. It waits until
// the job has ended.
func (s *scene) made(id, script string) {
	s.t.Helper()
	s.real[id] = s.sh(script)
	s.finished(job.ID(s.real[id]))
}

// script is the script of a page with what is real in the scene.
func (s *scene) script(e example) string {
	script := strings.TrimSpace(s.put(e.script))
	return placeholder.ReplaceAllStringFunc(script, func(name string) string {
		if !isName(name) {
			return name
		}
		require.Contains(s.t, s.real, name, "%v: nothing has made %s", e, name)
		return s.real[name]
	})
}

// put is a text of a page with the addresses and folders of the scene.
func (s *scene) put(text string) string {
	return strings.NewReplacer(append(s.instead, "127.0.0.1:8420", s.address, "/home/anna/.local/share/docjobs", s.data)...).Replace(text)
}

var upWithoutFlag = regexp.MustCompile(`^docjobs up\b`)

// play runs an example and compares what it prints with what the page says.
func (s *scene) play(e example) {
	s.t.Helper()
	script := s.script(e)
	if upWithoutFlag.MatchString(script) {
		for flag, value := range map[string]string{"--data": s.data, "--http": s.address, "--temporal-port": "0", "--ui-port": "0"} {
			if !strings.Contains(script, flag) {
				script += " " + flag + " " + value
			}
		}
		if !strings.Contains(script, "--exit") && !strings.HasPrefix(e.printed[0], "Error: ") {
			s.playServer(e, script)
			return
		}
	}
	cmd := s.shell(limited(s.t, time.Minute), script)
	if strings.HasPrefix(script, "curl ") {
		s.checkAnswer(e, finish(s.t, cmd))
		return
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run()
	assert.Equal(s.t, e.code(), cmd.ProcessState.ExitCode(), "%v\n%s", e, &out)
	s.checkPrinted(e, out.String())
}

// playServer runs an example that starts a server until it has printed what the page
// says. A server at the scene's address is from then on the scene's.
func (s *scene) playServer(e example, script string) {
	s.t.Helper()
	out := &lines{}
	cmd := s.shell(context.Background(), "exec "+script)
	cmd.Stdout, cmd.Stderr = out, out
	p := &program{t: s.t, cmd: cmd, stderr: out, ended: make(chan struct{}), began: time.Now()}
	require.NoError(s.t, cmd.Start())
	go func() {
		_ = cmd.Wait()
		close(p.ended)
	}()
	s.t.Cleanup(p.kill)
	documented := texts(e.printed)
	last := documented[len(documented)-1]
	printed := func() string {
		all := strings.SplitAfter(out.String(), "\n")
		for i, line := range all {
			if strings.HasSuffix(line, "\n") && s.sameLine(last, strings.TrimSpace(line)) {
				return strings.Join(all[:i+1], "")
			}
		}
		return ""
	}
	waitFor(s.t, fmt.Sprintf("%q of %v", last, e), func() bool { return printed() != "" || !p.alive() })
	s.checkPrinted(e, cmp.Or(printed(), out.String()))
	if !strings.Contains(script, s.address) {
		p.stop()
		return
	}
	p.addresses.HTTP = "http://" + s.address
	p.connect(p.addresses.HTTP)
	s.program = p
}

// alive is whether the process has not ended.
func (p *program) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}
