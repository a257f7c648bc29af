package site

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/docjobs/docjobs/engine/site/sandbox"
)

const (
	// keptDependencies is how many results of prepare steps are kept, and
	// unusedFor how long one must not have been used to be removed: longer
	// than a build may take.
	keptDependencies = 20
	unusedFor        = 2 * time.Hour
)

// prepare makes sure that what the build depends on is there. It is named by
// the digest of everything that the step can see.
func (r *commandRun) prepare(ctx context.Context) error {
	p := r.command.Prepare
	if p == nil || len(p.Files) == 0 {
		return nil
	}
	if !isFile(os.DirFS(r.copied), p.Files[0]) {
		return r.unnamed(os.DirFS(r.copied))
	}
	cache := r.o.Cache
	if cache == "" {
		cache = filepath.Join(r.o.Work, "dependencies")
	}
	files, digest, err := r.inputs(p)
	if err != nil {
		return err
	}
	r.deps = filepath.Join(cache, digest)
	if _, err := os.Stat(r.deps); err == nil {
		r.say("The dependencies in " + p.Files[0] + " were fetched before.")
		now := time.Now()
		_ = os.Chtimes(r.deps, now, now) // only so that it is kept longer
	} else if err := r.fetch(ctx, p, cache, files); err != nil {
		return err
	}
	return r.link(p)
}

// inputs reads what the step may see.
func (r *commandRun) inputs(p *Prepare) (files map[string][]byte, digest string, err error) {
	files = map[string][]byte{}
	source := os.DirFS(r.copied)
	for _, name := range p.Files {
		info, err := fs.Stat(source, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil || !info.Mode().IsRegular() || info.Size() > maxLockFile {
			return nil, "", &BuildError{Generator: r.found.Generator, File: inside(r.found.Dir, name), Message: "it is no file, or too large to name dependencies"}
		}
		if files[name], err = fs.ReadFile(source, name); err != nil {
			return nil, "", fmt.Errorf("read what names the dependencies: %w", err)
		}
	}
	text, err := json.Marshal([]any{r.name, p.Argv, r.command.Set, p.Ports, files})
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(text)
	return files, hex.EncodeToString(sum[:16]), nil
}

// maxLockFile bounds a lock file; those of large sites have some megabytes.
const maxLockFile = 32 << 20

// fetch runs the step in a folder that gets its final name when it is whole.
func (r *commandRun) fetch(ctx context.Context, p *Prepare, cache string, files map[string][]byte) error {
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return fmt.Errorf("keep the dependencies: %w", err)
	}
	forget(cache)
	making, err := os.MkdirTemp(cache, ".making-")
	if err != nil {
		return fmt.Errorf("keep the dependencies: %w", err)
	}
	defer os.RemoveAll(making)
	for name, text := range files {
		name = filepath.Join(making, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, text, 0o644)); err != nil {
			return fmt.Errorf("keep the dependencies: %w", err)
		}
	}
	replaced := r.inBrackets(making, r.output, making)
	argv := make([]string, len(p.Argv))
	for i, word := range p.Argv {
		argv[i] = replaced.Replace(word)
	}
	ports := p.Ports
	if ports == nil {
		ports = []uint16{443}
	}
	r.say("Fetching the dependencies in " + p.Files[0] + ".")
	policy := sandbox.Policy{Write: []string{making, filepath.Join(r.o.Work, "home")}, Ports: ports}
	// The job's own variables could say where dependencies come from, and what
	// is fetched is kept for others.
	if _, err := r.start(ctx, argv, making, r.environ(replaced), policy); err != nil {
		return fmt.Errorf("fetch the dependencies: %w", err)
	}
	err = os.Rename(making, r.deps)
	if _, there := os.Stat(r.deps); err != nil && there != nil {
		return fmt.Errorf("keep the dependencies: %w", err)
	}
	return nil
}

// unnamed says that nothing names the dependencies although the program is one
// of them.
func (r *commandRun) unnamed(folder fs.FS) error {
	p := r.command.Prepare
	if p == nil || p.Link == "" || len(p.Files) == 0 || isFile(folder, p.Files[0]) || isDir(folder, p.Link) ||
		!slices.ContainsFunc(r.command.Argv, func(word string) bool { return strings.HasPrefix(word, p.Link+"/") }) {
		return nil
	}
	return &BuildError{Generator: r.found.Generator, File: inside(r.found.Dir, p.Files[0]),
		Message: "the file is missing, and " + r.name + " is one of the dependencies that it names",
		Fix:     "put it into the source, or let the operator say with prepare of the generator how dependencies are fetched"}
}

// link makes the dependencies appear where the generator looks for them: as a
// folder of links, because generators keep caches beside them
// (node_modules/.cache, node_modules/.vite).
func (r *commandRun) link(p *Prepare) error {
	if p.Link == "" {
		return nil
	}
	from := filepath.Join(r.deps, filepath.FromSlash(p.Link))
	name := filepath.Join(r.copied, filepath.FromSlash(p.Link))
	entries, err := os.ReadDir(from)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // there are none
	}
	err = errors.Join(err, os.RemoveAll(name), os.MkdirAll(name, 0o755))
	for _, entry := range entries {
		if err != nil {
			break
		}
		err = os.Symlink(filepath.Join(from, entry.Name()), filepath.Join(name, entry.Name()))
	}
	if err != nil {
		return fmt.Errorf("link the dependencies: %w", err)
	}
	return nil
}

// forget removes dependencies that were not used for long, but for the newest,
// and what a killed process left.
func forget(cache string) {
	entries, err := os.ReadDir(cache)
	if err != nil {
		return // there is nothing to forget
	}
	var old []fs.FileInfo
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > unusedFor {
			old = append(old, info)
		}
	}
	slices.SortFunc(old, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for i, info := range old {
		if i >= keptDependencies || info.Name()[0] == '.' {
			_ = os.RemoveAll(filepath.Join(cache, info.Name())) // it is tried again with the next
		}
	}
}
