package s3release

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/docjobs/docjobs/engine/release"
)

// syncing is who brings the files below the prefix to the state of a release.
type syncing struct {
	Release string    `json:"release"`
	JobID   string    `json:"job_id"`
	Attempt int       `json:"attempt"`
	Token   string    `json:"token,omitempty"` // of the run: an earlier try of the same job has another
	Until   time.Time `json:"until"`           // after that somebody else may take over
	// Unfinished are releases of which something may be there, because who brought them
	// was stopped.
	Unfinished []string `json:"unfinished,omitempty"`
}

// uses reports whether a release is needed to go on.
func (s *syncing) uses(id string) bool {
	return s != nil && (s.Release == id || slices.Contains(s.Unfinished, id))
}

// lease is for how long the right to change the files is held without being renewed. If
// a run is killed, everybody waits for it to end, the next try of the same job too.
const lease = time.Minute

// sync brings the files that readers see to the state of a release, in an order that
// leaves no page without its parts: assets, pages, site maps, and deletes last. It
// returns the paths that changed.
func (t *Target) sync(ctx context.Context, base *pointer, m *release.Manifest, e release.Entry) (changed []string, err error) {
	s := &syncer{t: t, base: base, m: m, e: e, token: rand.Text()}
	if err := s.claim(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.yield(ctx)
		}
	}()
	before, err := s.before(ctx)
	if err != nil {
		return nil, err
	}
	now := objectsOf(m)
	var phases [4][]string
	for _, p := range slices.Sorted(maps.Keys(now)) {
		if !sure(before, p, now[p]) {
			phases[phaseOf(p, now[p])] = append(phases[phaseOf(p, now[p])], p)
		}
	}
	gone := map[string]bool{}
	for _, state := range before {
		for p := range state {
			if _, stays := now[p]; !stays && !release.Fingerprinted(p) {
				gone[p] = true
			}
		}
	}
	phases[deletes] = slices.Sorted(maps.Keys(gone))
	for _, paths := range phases[:deletes] {
		if err := each(ctx, paths, func(ctx context.Context, p string) error { return s.bring(ctx, p, now[p]) }); err != nil {
			return nil, err
		}
	}
	if err := s.delete(ctx, phases[deletes]); err != nil {
		return nil, err
	}
	_, err = t.update(ctx, func(p *pointer) error {
		if err := s.ours(p); err != nil {
			return err
		}
		if p.Release != m.ID {
			p.switchTo(e, m.Head, t.site)
		}
		p.Syncing = nil
		return nil
	})
	return append([]string{}, slices.Concat(phases[:]...)...), err
}

// The phases, in their order.
const (
	assets = iota
	pages
	sitemaps
	deletes
)

func phaseOf(p string, o object) int {
	switch name := path.Base(p); {
	case strings.HasPrefix(name, "sitemap") && strings.Contains(name, ".xml"):
		return sitemaps
	case o.Redirect != "" || path.Ext(name) == ".html" || path.Ext(name) == ".htm":
		return pages
	}
	return assets
}

// object is what stands at a path.
type object struct {
	digest string
	properties
}

var emptyDigest = digestOf(nil)

// objectsOf are the objects of a site, by path: its files, and its plain redirects as
// the website endpoint of a bucket knows them.
func objectsOf(m *release.Manifest) map[string]object {
	objects := make(map[string]object, len(m.Files)+len(m.Redirects))
	for _, f := range m.Files {
		objects[f.Path] = object{f.SHA256, propertiesOf(f.Path, m.Headers)}
	}
	for _, r := range m.Redirects {
		p := strings.Trim(r.From, "/")
		if path.Ext(p) == "" {
			p = path.Join(p, "index.html") // which the endpoint finds with and without a slash
		}
		if _, taken := objects[p]; !taken && r.Plain() && len(r.To) <= 2048 && path.Clean("/"+p) == "/"+p {
			objects[p] = object{emptyDigest, properties{ContentType: "text/html; charset=utf-8", CacheControl: revalidate, Redirect: r.To}}
		}
	}
	return objects
}

// sure reports whether an object stands at a path in all the states between which
// what is there may be.
func sure(states []map[string]object, p string, o object) bool {
	for _, state := range states {
		if found, there := state[p]; !there || found != o {
			return false
		}
	}
	return true
}

// syncer is one run of sync.
type syncer struct {
	t    *Target
	base *pointer
	m    *release.Manifest
	e    release.Entry
	// token tells this run from all others, also from an earlier try of the same job
	// that was cut off and does not know yet.
	token string

	mu         sync.Mutex
	renewed    time.Time
	unfinished []string
}

// claim notes in the pointer that this run changes the files from now on.
func (s *syncer) claim(ctx context.Context) error {
	var now time.Time
	_, err := s.t.update(ctx, func(p *pointer) error {
		if err := p.unchanged(s.base, s.m.ID); err != nil {
			return err
		}
		for _, r := range p.Removed {
			if r.alive(s.t.now()) { // it deletes assets that this run may bring back
				return s.t.locked(release.Holder{Doing: "prune"}, r.At.Add(removalTime))
			}
		}
		now = s.t.now()
		s.unfinished = nil
		switch other := p.Syncing; {
		case other == nil:
		case other.Token == s.token: // the answer to the first try was lost
			s.unfinished = other.Unfinished
		case now.Before(other.Until):
			return s.t.locked(release.Holder{JobID: other.JobID, Doing: "sync"}, other.Until)
		default:
			s.unfinished = slices.Compact(slices.Sorted(slices.Values(append(other.Unfinished, other.Release))))
		}
		p.Syncing = &syncing{
			Release: s.m.ID, JobID: s.e.JobID, Attempt: s.e.Attempt, Token: s.token,
			Until: now.UTC().Add(lease), Unfinished: s.unfinished,
		}
		return nil
	})
	s.renewed = now
	return err
}

// yieldTime bounds how long a run that has failed tells so.
const yieldTime = 10 * time.Second

// yield lets others take over at once after this run has failed. If it cannot, they
// wait until the lease is over.
func (s *syncer) yield(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), yieldTime)
	defer cancel()
	_, err := s.t.update(ctx, func(p *pointer) error {
		if err := s.ours(p); err != nil {
			return err
		}
		p.Syncing.Until = s.t.now().UTC()
		return nil
	})
	if err != nil {
		s.t.log.Warn("others have to wait until they may change the files of a target", "target", s.t.o.Name, "for", lease, "error", err)
	}
}

// ours returns an error if somebody else has taken over.
func (s *syncer) ours(p *pointer) error {
	if err := p.unchanged(s.base, s.m.ID); err != nil {
		return err
	}
	if by := p.Syncing; by == nil || by.Token != s.token {
		other := release.ConflictError{Release: s.m.ID}
		if by != nil {
			other.Live, other.JobID = by.Release, by.JobID
		}
		return &other
	}
	return nil
}

// renew keeps the right to change the files, when it is time to. It returns a context
// that ends with that right, for one request: then others may take over.
func (s *syncer) renew(ctx context.Context) (context.Context, context.CancelFunc, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.t.now().Sub(s.renewed) >= lease/4 {
		var now time.Time
		_, err := s.t.update(ctx, func(p *pointer) error {
			if err := s.ours(p); err != nil {
				return err
			}
			now = s.t.now()
			p.Syncing.Until = now.UTC().Add(lease)
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		s.renewed = now
	}
	ctx, cancel := context.WithTimeout(ctx, lease-s.t.now().Sub(s.renewed))
	return ctx, cancel, nil
}

// before returns what may stand below the prefix: the live release first, then those
// that were not finished.
func (s *syncer) before(ctx context.Context) (states []map[string]object, err error) {
	states = append(states, map[string]object{})
	ids := append([]string{s.base.Release}, s.unfinished...)
	for i, id := range ids {
		if id == "" {
			continue
		}
		m, err := s.t.Manifest(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("cannot read what is in the bucket now: %w", err)
		}
		if i == 0 {
			states[0] = objectsOf(m)
		} else {
			states = append(states, objectsOf(m))
		}
	}
	return states, nil
}

// bring puts an object where readers find it.
func (s *syncer) bring(ctx context.Context, p string, o object) error {
	ctx, cancel, err := s.renew(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	key := s.t.site + p
	if o.Redirect != "" {
		_, err := s.t.bucket.put(ctx, key, bytes.NewReader(nil), 0, o.digest, o.properties, condition{})
		return err
	}
	from := s.t.siteKey(s.m.ID) + p
	err = s.t.bucket.copy(ctx, from, key, o.digest, o.properties)
	if errors.Is(err, errUnverified) {
		var same bool
		if same, err = s.t.bucket.has(ctx, key, o.digest, o.properties); err == nil && !same {
			err = &release.StoredOtherError{Place: s.t.bucket.place(key), Want: o.digest}
		}
	}
	return err
}

// delete deletes what readers find no more.
func (s *syncer) delete(ctx context.Context, paths []string) error {
	for part := range slices.Chunk(paths, batch) {
		keys := make([]string, len(part))
		for i, p := range part {
			keys[i] = s.t.site + p
		}
		if err := s.deleteBatch(ctx, keys); err != nil {
			return err
		}
	}
	return nil
}

func (s *syncer) deleteBatch(ctx context.Context, keys []string) error {
	// Whoever has taken over meanwhile has other plans for these files.
	s.renewed = time.Time{}
	ctx, cancel, err := s.renew(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	return s.t.bucket.delete(ctx, keys)
}
