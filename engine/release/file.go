package release

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Options adjust a target. The zero value is usable.
type Options struct {
	Name   string           // the target's configured name; recorded in manifests
	Logger *slog.Logger     // for what cannot be returned, such as a damaged file met while serving; default: none
	Now    func() time.Time // default: time.Now
}

// FileTarget is a [Target] that is a folder. Changes of it wait for each other.
type FileTarget struct {
	dir  string
	name string
	log  *slog.Logger
	now  func() time.Time

	// Replaced by tests only.
	link    func(oldname, newname string) error // os.Link
	sync    syncer
	reached func(stage string) // called after each stage of a switch
}

// OpenFile opens the target in folder dir and creates the folder if needed.
func OpenFile(dir string, opts Options) (*FileTarget, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot use %q as a target folder: %w", dir, err)
	}
	t := &FileTarget{
		dir: abs, name: opts.Name, log: opts.Logger, now: opts.Now,
		link: os.Link, sync: durable{}, reached: func(string) {},
	}
	if t.log == nil {
		t.log = slog.New(slog.DiscardHandler)
	}
	if t.now == nil {
		t.now = time.Now
	}
	for _, sub := range []string{"blobs", "releases", "tmp"} {
		if err := os.MkdirAll(t.path(sub), 0o755); err != nil {
			return nil, fmt.Errorf("cannot use %s as a target folder: %w", abs, err)
		}
	}
	return t, nil
}

// Dir returns the target's folder as an absolute path.
func (t *FileTarget) Dir() string { return t.dir }

func (t *FileTarget) path(elem ...string) string {
	return filepath.Join(append([]string{t.dir}, elem...)...)
}

func (t *FileTarget) releaseDir(id string) string { return t.path("releases", id) }
func (t *FileTarget) siteDir(id string) string    { return t.path("releases", id, "site") }
func (t *FileTarget) blobPath(digest string) string {
	return t.path("blobs", digest[:2], digest)
}

// LiveID returns the ID of the live release: one readlink(2), the cheapest
// question there is. It returns [ErrNoRelease] when nothing is live.
func (t *FileTarget) LiveID() (string, error) {
	dest, err := os.Readlink(t.path("current"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", ErrNoRelease
	}
	if err != nil {
		return "", &DamagedError{Path: t.path("current"), Err: err}
	}
	id, ok := strings.CutPrefix(dest, "releases/")
	if ok {
		id, ok = strings.CutSuffix(id, "/site")
	}
	if !ok || CheckID(id) != nil {
		return "", &DamagedError{Path: t.path("current"), Err: fmt.Errorf("it points at %q, which is not a release", dest)}
	}
	return id, nil
}

// whileLive calls read with the live release's ID. A release that vanishes
// while it is read has been replaced and pruned in between, so read is called
// again with its successor; it must have no effect when it returns an error
// that wraps [fs.ErrNotExist].
func (t *FileTarget) whileLive(ctx context.Context, read func(id string) error) error {
	var missing error
	for range 32 { // each round needs a switch and a prune within microseconds
		if err := ctx.Err(); err != nil {
			return err
		}
		id, err := t.LiveID()
		if err != nil {
			return err
		}
		if err = read(id); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		missing = err
	}
	return &DamagedError{Path: t.path("current"), Err: missing}
}

// Whole implements [Target]: a switch is one step, so that it is always true.
func (t *FileTarget) Whole(context.Context) (bool, error) { return true, nil }

// Head returns the summary of the live release. It costs two small reads,
// however large the site. It returns [ErrNoRelease] when nothing is live.
func (t *FileTarget) Head(ctx context.Context) (head *Head, err error) {
	err = t.whileLive(ctx, func(id string) (err error) {
		head, err = t.readHead(id)
		return err
	})
	return head, err
}

// Current returns the live release with all its files. It returns
// [ErrNoRelease] when nothing is live.
func (t *FileTarget) Current(ctx context.Context) (m *Manifest, err error) {
	err = t.whileLive(ctx, func(id string) (err error) {
		m, err = t.readManifest(id)
		return err
	})
	return m, err
}

// Manifest returns any release of this target, or a [NotFoundError].
func (t *FileTarget) Manifest(ctx context.Context, id string) (*Manifest, error) {
	if err := cmp.Or(ctx.Err(), CheckID(id)); err != nil {
		return nil, err
	}
	m, err := t.readManifest(id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &NotFoundError{ID: id}
	}
	return m, err
}

// Releases lists the releases on the target, the newest first.
func (t *FileTarget) Releases(ctx context.Context) ([]Summary, error) {
	live, err := t.LiveID()
	if err != nil && !errors.Is(err, ErrNoRelease) {
		return nil, err
	}
	entries, err := os.ReadDir(t.path("releases"))
	if err != nil {
		return nil, fmt.Errorf("cannot list the releases: %w", err)
	}
	var list []Summary
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if CheckID(e.Name()) != nil {
			continue // not ours: lost+found, .DS_Store
		}
		head, err := t.readHead(e.Name())
		switch {
		case errors.Is(err, fs.ErrNotExist): // pruned since ReadDir
		case err != nil:
			return nil, err
		default:
			list = append(list, Summary{Head: *head, Live: head.ID == live})
		}
	}
	slices.SortFunc(list, ByAge)
	return list, nil
}

func (t *FileTarget) readHead(id string) (*Head, error) {
	return readRelease(filepath.Join(t.releaseDir(id), "head.json"), id, ParseHead)
}

func (t *FileTarget) readManifest(id string) (*Manifest, error) {
	return readRelease(filepath.Join(t.releaseDir(id), "manifest.json"), id, ParseManifest)
}

// readRelease reads a file of release id. What is not there is reported as
// [fs.ErrNotExist], what is there but wrong as a [DamagedError].
func readRelease[T interface{ releaseID() string }](path, id string, parse func([]byte) (T, error)) (T, error) {
	var none T
	f, err := os.Open(path)
	if err != nil {
		return none, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxManifest))
	if err != nil {
		return none, err
	}
	v, err := parse(data)
	if err == nil && v.releaseID() != id {
		err = fmt.Errorf("it belongs to release %q", v.releaseID())
	}
	if err != nil {
		return none, &DamagedError{Path: path, Err: err}
	}
	return v, nil
}

func (h *Head) releaseID() string { return h.ID }
