package site

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/docjobs/docjobs/engine/site/sandbox"
)

// maxOpen is how many files a command may have open.
const maxOpen = 16384

// A commandRun is the run of an operator's command on a copy of the source,
// because generators write beside what they read.
type commandRun struct {
	*setup
	name    string
	command Command
	copied  string // the copy of the folder to build
	output  string // where the site is to appear
	deps    string // what the prepare step made; empty without
}

// runCommand makes the site with the operator's command for the generator.
func (s *setup) runCommand(ctx context.Context, temp string) (*Result, error) {
	name := string(s.found.Generator)
	command, allowed := s.o.Commands[name]
	why := strings.Join(s.found.Reasons, " ")
	if !allowed {
		return nil, lacks(s.found.Generator, why)
	}
	command.Argv = slices.Clone(command.Argv)
	r := &commandRun{setup: s, name: name, command: command, output: filepath.Join(s.o.Work, "output", "site")}
	if err := r.copySource(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(r.output), 0o700); err != nil {
		return nil, fmt.Errorf("prepare the build: %w", err)
	}
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	log, err := r.build(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.take(temp); err != nil {
		return nil, err
	}
	return s.result(ctx, temp, log.warnings)
}

// copySource copies the whole source, for what is beside the folder to build.
func (r *commandRun) copySource() error {
	dir := filepath.Join(r.o.Work, "source")
	if err := os.CopyFS(dir, os.DirFS(r.o.Source)); err != nil {
		return fmt.Errorf("copy the source: %w", err)
	}
	r.copied = filepath.Join(dir, filepath.FromSlash(r.found.Dir))
	return nil
}

// build runs the command without a network.
func (r *commandRun) build(ctx context.Context) (*buildLog, error) {
	replaced := r.inBrackets(r.copied, r.output, r.deps)
	if err := r.write(replaced); err != nil {
		return nil, err
	}
	argv := make([]string, len(r.command.Argv))
	for i, word := range r.command.Argv {
		argv[i] = replaced.Replace(word)
	}
	policy := sandbox.Policy{
		Read: nonEmpty(r.deps), Write: []string{filepath.Join(r.o.Work, "source"), filepath.Join(r.o.Work, "home"), filepath.Dir(r.output)},
	}
	env := r.environ(replaced)
	variables := r.variables()
	for name, value := range variables {
		env = append(env, name+"="+value)
	}
	return r.start(ctx, argv, r.copied, env, policy)
}

// write writes the command's files; one that the source has by the same name
// is replaced, and a link there is not followed.
func (r *commandRun) write(replaced *strings.Replacer) error {
	for name, text := range r.command.Files {
		name = filepath.Join(r.copied, name)
		err := os.Remove(name)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			err = os.WriteFile(name, []byte(replaced.Replace(text)), 0o644)
		}
		if err != nil {
			return fmt.Errorf("prepare the build: %w", err)
		}
	}
	return nil
}

// start runs a program of the command within the sandbox and the limits.
func (r *commandRun) start(ctx context.Context, argv []string, dir string, env []string, policy sandbox.Policy) (*buildLog, error) {
	program, err := r.find(argv[0])
	if err != nil {
		return nil, err
	}
	argv = append([]string{program}, argv[1:]...)
	limits := r.command.Limits.or(r.o.Limits)
	policy.Programs, policy.Folders, policy.Temp = true, r.command.Folders, filepath.Join(r.o.Work, "tmp")
	policy.FileBytes, policy.Files = limits.OutputBytes, maxOpen
	policy.Processes = limits.Processes + limits.Processes/4 // the watching finds it first, and names it
	policy.Memory = limits.MemoryBytes
	var box func(*exec.Cmd) error
	if r.o.Sandbox.Level() > sandbox.None {
		box = func(cmd *exec.Cmd) error { return r.o.Sandbox.Wrap(cmd, policy, false) }
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limits.Time, &LimitError{"time", limits.Time.String()})
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	log := &buildLog{forward: r.o.Log, stop: stop, budget: limits.LogBytes}
	r.o.Log("$ " + strings.Join(argv, " "))
	err = run(ctx, command{argv: argv, dir: dir, env: env, line: log.add, box: box,
		started: func(ctx context.Context, pid int) {
			tree := inBackground(func() { watchTree(ctx, pid, limits, stop) })
			watchOutput(ctx, limits, stop, append(slices.Clone(policy.Write), policy.Temp)...)
			<-tree
		}})
	if err != nil {
		return nil, r.failed(err, log)
	}
	return log, nil
}

// find is the program's path: as the operator gave it, or in one of the
// folders that the command sees. One of the source's own is relative.
func (r *commandRun) find(program string) (string, error) {
	candidates := []string{program}
	switch {
	case filepath.IsAbs(program):
	case strings.Contains(program, "/"):
		return filepath.Join(r.copied, filepath.FromSlash(program)), nil
	default:
		candidates = candidates[:0]
		for _, folder := range r.path() {
			candidates = append(candidates, filepath.Join(folder, program))
		}
	}
	for _, candidate := range candidates {
		if info, err := os.Stat(candidate); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return candidate, nil
		}
	}
	return "", &MissingError{"The program " + program, "The command " + r.name + " runs it, and it is in none of " + strings.Join(r.path(), ", ") + ".",
		"install it there, or name its folder under \"folders\" of the generator in the worker's configuration."}
}

// path are the folders in which the command finds programs.
func (r *commandRun) path() (folders []string) {
	for _, folder := range r.command.Folders {
		folders = append(folders, filepath.Join(folder, "bin"), folder)
	}
	return append(folders, "/usr/local/bin", "/usr/bin", "/bin")
}

// environ is the command's environment without what source and job set.
func (r *commandRun) environ(replaced *strings.Replacer) []string {
	temp := filepath.Join(r.o.Work, "tmp")
	if r.o.Sandbox.Level() == sandbox.Full {
		temp = "/tmp"
	}
	env := []string{"PATH=" + strings.Join(r.path(), ":"), "HOME=" + filepath.Join(r.o.Work, "home"), "TMPDIR=" + temp,
		"TZ=UTC", "LANG=C.UTF-8", "CI=true", "NODE_ENV=production", "NO_COLOR=1", "NO_UPDATE_NOTIFIER=1"}
	for _, name := range r.command.Env {
		if value, set := os.LookupEnv(name); set {
			env = append(env, name+"="+value)
		}
	}
	for name, value := range r.command.Set {
		env = append(env, name+"="+replaced.Replace(value))
	}
	return env
}

func nonEmpty(names ...string) []string {
	return slices.DeleteFunc(names, func(s string) bool { return s == "" })
}

// or takes what is zero from other.
func (l Limits) or(other Limits) Limits {
	if l.Time == 0 {
		l.Time = other.Time
	}
	if l.OutputBytes == 0 {
		l.OutputBytes = other.OutputBytes
	}
	if l.LogBytes == 0 {
		l.LogBytes = other.LogBytes
	}
	if l.MemoryBytes == 0 {
		l.MemoryBytes = other.MemoryBytes
	}
	if l.Processes == 0 {
		l.Processes = other.Processes
	}
	if l.Files == 0 {
		l.Files = other.Files
	}
	return l
}

// noProcess is what programs say when the kernel gives them no process more.
var noProcess = regexp.MustCompile(`(?i)cannot fork|fork: |resource temporarily unavailable|failed to create new os thread|can't start new thread`)

var (
	// telling are lines with which programs say what was wrong.
	telling = regexp.MustCompile(`(?i)(\b|[a-z])(error|fatal|exception|cannot|failed|denied|not found|no such file)\b`)
	// frame is a line of a list of calls.
	frame = regexp.MustCompile(`^\s*(at|from) |^\s+\^+\s*$`)
)

// said is the last line that tells what was wrong, or else the last one.
func said(lines []string) string {
	last := ""
	for _, line := range slices.Backward(lines) {
		switch text := strings.TrimSpace(line); {
		case text == "" || frame.MatchString(line):
		case telling.MatchString(text):
			return text
		case last == "":
			last = text
		}
	}
	return cmp.Or(last, "it said nothing")
}

// failed says what the end of a command means. Other generators have words of
// their own: the last line that sounds like an error is what they say.
func (r *commandRun) failed(err error, log *buildLog) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	code, limits := exit.ExitCode(), r.command.Limits.or(r.o.Limits)
	switch {
	case code == sandbox.CannotEnter && len(log.tail) > 0:
		return fmt.Errorf("start the generator: %s", log.tail[len(log.tail)-1])
	case code == sandbox.CannotRun && len(log.tail) == 1 && strings.HasPrefix(log.tail[0], "ERROR "): // of our own child
		return &MissingError{"The program " + r.command.Argv[0], "The sandbox cannot start it: " + strings.TrimPrefix(log.tail[0], "ERROR ") + ".",
			"name its folder under \"folders\" of the generator in the worker's configuration."}
	case code == sandbox.OutOfMemory:
		return &LimitError{"memory", inBytes(r.command.Limits.or(r.o.Limits).MemoryBytes)}
	case code == sandbox.Signalled+int(syscall.SIGXFSZ):
		return tooLarge(limits.OutputBytes)
	case code > sandbox.Signalled && limits.MemoryBytes > 0 && mostMemory(exit) > limits.MemoryBytes: // the kernel was quicker than the watching
		return &LimitError{"memory", inBytes(limits.MemoryBytes)}
	case code == sandbox.Signalled+int(syscall.SIGKILL), code == sandbox.Signalled+int(syscall.SIGSEGV), code == sandbox.Signalled+int(syscall.SIGABRT):
		return &CrashError{Signal: syscall.Signal(code - sandbox.Signalled).String(), Tail: log.tail}
	case slices.ContainsFunc(log.tail, fileTooLarge):
		return tooLarge(limits.OutputBytes)
	case slices.ContainsFunc(log.tail, noProcess.MatchString):
		return &LimitError{"processes", strconv.FormatInt(limits.Processes, 10)}
	case code < 0:
		return r.failure(err, log)
	}
	e := &BuildError{Generator: r.found.Generator, Message: fmt.Sprintf("%s ended with exit status %d: %s", r.name, code, r.relative(cmp.Or(log.npm, said(log.tail))))}
	if m := atLine.FindStringSubmatch(e.Message); m != nil && isFile(os.DirFS(r.copied), m[1]) {
		e.File = inside(r.found.Dir, m[1])
	}
	return e
}

// atLine is a file as programs name it.
var atLine = regexp.MustCompile(`([\w./-]+\.\w+)(?::\d+)?`)

// relative takes the machine's folders off what a program said.
func (r *commandRun) relative(said string) string {
	return strings.NewReplacer(r.copied+"/", "", filepath.Join(r.o.Work, "source")+"/", "", r.o.Work+"/", "").Replace(said)
}

// take moves the site to where it is wanted. What is in it are files and
// folders: links and devices are refused.
func (r *commandRun) take(temp string) error {
	from, err := r.outputFolder()
	if err != nil {
		return err
	}
	err = filepath.WalkDir(from, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !entry.Type().IsRegular() {
			rel, _ := filepath.Rel(from, name) // it is below
			return &BuildError{Generator: r.found.Generator, File: filepath.ToSlash(rel),
				Message: "the generator left a link or a special file in the site", Fix: "have it write a file"}
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := os.Remove(temp); err != nil {
		return fmt.Errorf("take the site: %w", err)
	}
	if err := os.Rename(from, temp); err != nil {
		return fmt.Errorf("take the site: %w", err)
	}
	return nil
}

// outputFolder is where the command left the site: a folder of this build's
// own, which no link on the way leads out of.
func (r *commandRun) outputFolder() (string, error) {
	base, name := filepath.Dir(r.output), filepath.Base(r.output)
	if output := cmp.Or(r.found.Output, r.command.Output); output != "" && !r.fills() {
		base, name = r.copied, output
	}
	root, err := os.OpenRoot(base)
	if err != nil {
		return "", fmt.Errorf("take the site: %w", err)
	}
	defer root.Close()
	nothing := &BuildError{Generator: r.found.Generator, Message: fmt.Sprintf("%s left no site in the folder %s", r.name, name),
		Fix: "say with output in docjobs.yaml where the generator leaves it"}
	for part := filepath.Clean(filepath.FromSlash(name)); part != "."; part = filepath.Dir(part) {
		info, err := root.Lstat(part)
		if err != nil || !info.IsDir() {
			return "", nothing
		}
	}
	entries, err := fs.ReadDir(root.FS(), filepath.ToSlash(name))
	if err != nil || len(entries) == 0 {
		return "", nothing
	}
	return filepath.Join(base, filepath.FromSlash(name)), nil
}

// fills says that the command was told where the site belongs.
func (r *commandRun) fills() bool {
	return slices.ContainsFunc(r.command.Argv, func(word string) bool { return strings.Contains(word, "{output}") })
}
