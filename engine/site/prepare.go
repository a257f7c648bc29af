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
	if p == nil || len(p.Files) == 0 || !isFile(os.DirFS(r.copied), p.Files[0]) {
		return nil
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

// link makes the dependencies appear where the generator looks for them.
func (r *commandRun) link(p *Prepare) error {
	if p.Link == "" {
		return nil
	}
	name := filepath.Join(r.copied, filepath.FromSlash(p.Link))
	if err := errors.Join(os.RemoveAll(name), os.Symlink(filepath.Join(r.deps, filepath.FromSlash(p.Link)), name)); err != nil {
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
