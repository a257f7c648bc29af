package s3release

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/docjobs/docjobs/engine/release"
)

// pointer is current.json: all that changes on a target, changed as one.
type pointer struct {
	Version int `json:"version"`
	// Entry is the last switch: the release, since when, by which job, and before.
	release.Entry
	Site    string          `json:"site"`    // where the files of the release are, as the beginning of their keys
	Head    *release.Head   `json:"head"`    // of the live release
	History []release.Entry `json:"history"` // the newest first
	// Removed are releases that are or were being removed, the newest first.
	Removed []removal `json:"removed,omitempty"`
	Syncing *syncing  `json:"syncing,omitempty"`
}

// A removal is a release that is no longer wanted. It stays here for a while after it
// is done, so that nobody takes for complete what they saw before.
type removal struct {
	ID   string    `json:"id"`
	At   time.Time `json:"at"`           // when whoever is at it said so last
	By   string    `json:"by,omitempty"` // the token of the run that is at it, see [remover]
	Done bool      `json:"done,omitempty"`
}

// alive reports whether somebody may be at it now.
func (r removal) alive(now time.Time) bool { return !r.Done && now.Sub(r.At) < removalTime }

// Bounds of the pointer.
const (
	pointerVersion = 1
	maxPointer     = 16 << 20       // bytes that are read
	keepHistory    = 200            // switches
	keepRemoved    = 48 * time.Hour // longer than any publish runs
)

// load reads the pointer. etag is "" if there is none yet.
func (t *Target) load(ctx context.Context) (p pointer, etag string, err error) {
	data, etag, err := t.bucket.get(ctx, t.pointerKey(), maxPointer, false)
	if errors.Is(err, fs.ErrNotExist) {
		return pointer{Version: pointerVersion}, "", nil
	}
	if err != nil {
		return p, "", fmt.Errorf("cannot read which release is live: %w", err)
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return p, "", &release.DamagedError{Path: t.bucket.place(t.pointerKey()), Err: err}
	}
	if p.Version != pointerVersion {
		err = fmt.Errorf("it has version %d; this program reads version %d", p.Version, pointerVersion)
	} else if p.Release != "" && (p.Head == nil || p.Head.ID != p.Release || release.CheckID(p.Release) != nil) {
		err = errors.New("it does not describe the release that it names")
	}
	if err != nil {
		return p, "", &release.DamagedError{Path: t.bucket.place(t.pointerKey()), Err: err}
	}
	return p, etag, nil
}

// maxSwaps bounds how often somebody else may come first.
const maxSwaps = 20

// update changes the pointer by compare-and-swap. change may be called several times,
// each time with what the pointer is then; when it fails nothing is written.
func (t *Target) update(ctx context.Context, change func(p *pointer) error) (pointer, error) {
	for range maxSwaps {
		p, etag, err := t.load(ctx)
		if err != nil {
			return p, err
		}
		if err := change(&p); err != nil {
			return p, err
		}
		data, err := json.MarshalIndent(p, "", " ")
		if err != nil {
			return p, err
		}
		_, err = t.bucket.putJSON(ctx, t.pointerKey(), append(data, '\n'), stateProperties, is(etag))
		switch {
		case err == nil:
			return p, nil
		case !errors.Is(err, errPrecondition):
			return p, fmt.Errorf("cannot change which release is live: %w", err)
		case t.holds(ctx, data): // the answer to an earlier try was lost
			return p, nil
		}
	}
	return pointer{}, fmt.Errorf("cannot change which release is live: others changed it %d times meanwhile", maxSwaps)
}

// holds reports whether the pointer is already what was to be written.
func (t *Target) holds(ctx context.Context, data []byte) bool {
	now, _, err := t.bucket.get(ctx, t.pointerKey(), maxPointer, false)
	return err == nil && string(now) == string(data)+"\n"
}

// unchanged returns a [release.ConflictError] if another release went live since base
// was read, or this one was removed.
func (p *pointer) unchanged(base *pointer, id string) error {
	if p.Release != base.Release || !p.At.Equal(base.At) {
		return &release.ConflictError{Release: id, Live: p.Release, JobID: p.JobID}
	}
	for _, r := range p.Removed {
		if r.ID == id && !slices.Contains(base.Removed, r) {
			return fmt.Errorf("release %q was removed from the target while it was made ready", id)
		}
	}
	return nil
}

// switchTo makes a release the live one.
func (p *pointer) switchTo(e release.Entry, head release.Head, site string) {
	p.Entry, p.Head, p.Site = e, &head, site
	p.History = slices.Insert(p.History, 0, e)
	p.History = p.History[:min(len(p.History), keepHistory)]
}

// removing reports whether a release is being removed.
func (p *pointer) removing(id string) bool {
	return slices.ContainsFunc(p.Removed, func(r removal) bool { return r.ID == id && !r.Done })
}
