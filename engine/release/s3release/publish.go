package s3release

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode"

	"github.com/docjobs/docjobs/engine/hosting"
	"github.com/docjobs/docjobs/engine/release"
)

// Publish implements [release.Target]. It uploads what no release on the target holds,
// copies the rest within the bucket, writes the manifest and switches.
func (t *Target) Publish(ctx context.Context, src release.Source, meta release.Meta, progress release.Progress) (release.Result, error) {
	m, err := release.Draft(src, meta, t.o.Name, t.now())
	if err != nil {
		return release.Result{}, err
	}
	if err := t.checkKeys(m); err != nil {
		return release.Result{}, err
	}
	if err := readRules(ctx, src, m); err != nil {
		return release.Result{}, err
	}
	if err := t.checkConditions(ctx); err != nil {
		return release.Result{}, err
	}
	base, _, err := t.load(ctx)
	if err != nil {
		return release.Result{}, err
	}
	if base.removing(m.ID) {
		if base, err = t.finishRemoval(ctx, m.ID); err != nil {
			return release.Result{}, fmt.Errorf("cannot finish the removal of release %s: %w", m.ID, err)
		}
	}
	m.Previous = base.Release
	if base.Release == m.ID {
		m.Previous = base.Previous
	}
	stored, err := t.stored(ctx, m)
	if err != nil {
		return release.Result{}, err
	}
	result := release.Result{Head: m.Head, Outcome: release.Settled(base.Release, base.History, release.Published, m.ID, meta)}
	if stored != nil {
		m, result.Head = stored, stored.Head
	}
	if result.Outcome == "" && stored == nil {
		if err := t.store(ctx, src, m, &result, progress); err != nil {
			return release.Result{}, fmt.Errorf("cannot store release %s: %w", m.ID, err)
		}
	} else if progress != nil {
		progress(int64(m.FileCount), int64(m.FileCount))
	}
	return t.activate(ctx, &base, release.Published, m, result, meta)
}

// Bounds of objects.
const (
	maxKey    = 1024    // bytes
	maxObject = 5 << 30 // bytes that one request can write or copy
)

// checkKeys refuses files that cannot be objects.
func (t *Target) checkKeys(m *release.Manifest) error {
	for _, f := range m.Files {
		switch key := t.siteKey(m.ID) + f.Path; {
		case len(key) > maxKey:
			return &release.SourceError{Path: f.Path, Reason: fmt.Sprintf("has a path that makes a key of %d bytes in the bucket; the limit is %d: shorten its title or slug", len(key), maxKey)}
		case strings.ContainsFunc(f.Path, unicode.IsControl):
			return &release.SourceError{Path: f.Path, Reason: "has a control character in its path, which lists of objects cannot hold: rename it"}
		case f.Size > maxObject:
			return &release.SourceError{Path: f.Path, Reason: "has more than 5 GiB, which is the limit for an object"}
		case t.o.Layout == Sync && (f.Path == ".docjobs" || strings.HasPrefix(f.Path, ".docjobs/")):
			return &release.SourceError{Path: f.Path, Reason: "is in the folder .docjobs, which the target needs for itself: rename it"}
		}
	}
	return nil
}

// Bounds of what a site asks of its host.
const (
	maxRulesFile = 1 << 20 // bytes
	maxRules     = 10_000
)

// readRules reads the _redirects and _headers of the site into its manifest.
func readRules(ctx context.Context, src release.Source, m *release.Manifest) error {
	for name, read := range map[string]func(io.Reader) error{
		hosting.RedirectsFile: func(r io.Reader) (err error) { m.Redirects, err = hosting.ParseRedirects(r, maxRules); return err },
		hosting.HeadersFile:   func(r io.Reader) (err error) { m.Headers, err = hosting.ParseHeaders(r, maxRules); return err },
	} {
		i := slices.IndexFunc(m.Files, func(f release.File) bool { return f.Path == name })
		if i < 0 {
			continue
		}
		f := m.Files[i]
		if f.Size > maxRulesFile {
			return &release.SourceError{Path: name, Reason: fmt.Sprintf("has %d bytes; the limit is %d", f.Size, maxRulesFile)}
		}
		var content bytes.Buffer
		if err := fetch(ctx, src, f, &content); err != nil {
			return err
		}
		if err := read(&content); err != nil {
			return &release.SourceError{Path: name, Reason: "cannot be read: " + err.Error()}
		}
	}
	return nil
}

// fetch reads a file of the site and compares it with its digest.
func fetch(ctx context.Context, src release.Source, f release.File, w io.Writer) error {
	in, err := src.Open(ctx, f)
	if err != nil {
		return fmt.Errorf("cannot open source file %q: %w", f.Path, err)
	}
	defer in.Close()
	return release.CopyVerified(ctx, w, in, f)
}

// stored looks for the release that an earlier call has made.
func (t *Target) stored(ctx context.Context, m *release.Manifest) (*release.Manifest, error) {
	found, err := t.Manifest(ctx, m.ID)
	var missing *release.NotFoundError
	switch {
	case errors.As(err, &missing):
		return nil, nil
	case err != nil:
		return nil, err
	case found.Tree != m.Tree:
		return nil, &release.DamagedError{Path: t.bucket.place(t.manifestKey(m.ID)), Err: errors.New("it holds another site with the same first digits of its digest")}
	}
	return found, nil
}

// activate makes a stored release live, unless the outcome is known, and tells the edge.
func (t *Target) activate(ctx context.Context, base *pointer, a release.Action, m *release.Manifest, r release.Result, meta release.Meta) (release.Result, error) {
	change := change{to: m}
	// The live release may not be all there if somebody was stopped on the way to another.
	if mixed := r.Outcome == release.AlreadyLive && base.Syncing != nil; r.Outcome == "" || mixed {
		entry := release.Entry{At: t.now().UTC(), Action: a, Release: m.ID, Previous: base.Release, JobID: meta.JobID, Attempt: meta.Attempt}
		var err error
		if t.o.Layout == Sync {
			change.paths, err = t.sync(ctx, base, m, entry)
		} else {
			_, err = t.update(ctx, func(p *pointer) error {
				if err := p.unchanged(base, m.ID); err != nil {
					return err
				}
				p.switchTo(entry, m.Head, t.siteKey(m.ID))
				return nil
			})
		}
		if err != nil {
			return release.Result{}, err
		}
		if r.Outcome, r.Replaced = release.Switched, base.Release; mixed {
			r.Outcome, r.Replaced = release.Mended, ""
		}
	}
	return t.settle(ctx, a, change, r)
}

// settle does what is left to do after a switch, also where an earlier call was killed
// before it did.
func (t *Target) settle(ctx context.Context, a release.Action, c change, r release.Result) (release.Result, error) {
	if r.Outcome == release.Superseded {
		return r, nil
	}
	if a == release.RolledBack && t.o.Layout == Pointer {
		if err := t.carry(ctx, c.to, nil); err != nil {
			r.Warnings = append(r.Warnings, notCarried(err))
		}
	}
	if t.edge == nil {
		return r, nil
	}
	warning, err := t.edge.switched(ctx, t, c)
	if err != nil {
		return release.Result{}, fmt.Errorf("release %s is live in the bucket, but the edge could not be told: %w", r.ID, err)
	}
	if warning != "" {
		r.Warnings = append(r.Warnings, warning)
	}
	return r, nil
}

// change is what a switch came to, for the edge.
type change struct {
	to    *release.Manifest
	paths []string // of files that changed, with Sync
}

// notThere reports whether something was removed meanwhile.
func notThere(err error) bool {
	var missing *release.NotFoundError
	return errors.Is(err, fs.ErrNotExist) || errors.As(err, &missing)
}
