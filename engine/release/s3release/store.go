package s3release

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/docjobs/docjobs/engine/release"
)

// stage is a release in the making.
type stage struct {
	t        *Target
	m        *release.Manifest
	src      release.Source
	held     []*release.Manifest // what can be copied from, the newest first
	sources  map[string]string   // key of an object, by its digest
	existing map[string]int64    // sizes of what an earlier try has left, by key

	mu       sync.Mutex
	done     int64
	fresh    map[string]int64 // sizes of what was uploaded, by digest
	progress release.Progress
	warnings []string
}

// store puts a release into the bucket, without switching to it.
func (t *Target) store(ctx context.Context, src release.Source, m *release.Manifest, r *release.Result, progress release.Progress) error {
	s := &stage{t: t, m: m, src: src, fresh: map[string]int64{}, progress: progress}
	for _, step := range []func(context.Context) error{s.survey, s.place, s.redirect, s.carry, s.describe} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	r.Head, r.Warnings = s.m.Head, append(r.Warnings, s.warnings...)
	r.NewFiles = len(s.fresh)
	for size := range maps.Values(s.fresh) {
		r.NewBytes += size
	}
	return nil
}

// survey looks what is there: other releases, and what an earlier try has left.
func (s *stage) survey(ctx context.Context) (err error) {
	if s.held, err = s.t.manifests(ctx, s.m.ID); err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, f := range s.m.Files {
		wanted[f.SHA256] = true
	}
	s.sources = map[string]string{}
	for _, m := range s.held {
		for _, f := range m.Files {
			if wanted[f.SHA256] && s.sources[f.SHA256] == "" {
				s.sources[f.SHA256] = s.t.siteKey(m.ID) + f.Path
			}
		}
	}
	s.existing = map[string]int64{}
	for o, err := range s.t.bucket.list(ctx, s.t.siteKey(s.m.ID)) {
		if err != nil {
			return fmt.Errorf("cannot list what is there of the release: %w", err)
		}
		s.existing[o.key] = o.size
	}
	return nil
}

// manifests returns those of all complete releases but one, the newest first.
func (t *Target) manifests(ctx context.Context, but string) ([]*release.Manifest, error) {
	list, err := t.Releases(ctx)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(s release.Summary) bool { return s.ID == but })
	found := make([]*release.Manifest, len(list))
	places := make([]int, len(list))
	for i := range places {
		places[i] = i
	}
	err = each(ctx, places, func(ctx context.Context, i int) (err error) {
		if found[i], err = t.Manifest(ctx, list[i].ID); notThere(err) {
			err = nil
		}
		return err
	})
	return slices.DeleteFunc(found, func(m *release.Manifest) bool { return m == nil }), err
}

// place puts every file of the site in its place.
func (s *stage) place(ctx context.Context) error {
	return each(ctx, s.m.Files, func(ctx context.Context, f release.File) error {
		if err := s.placeOne(ctx, f); err != nil {
			return err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.done++
		if s.progress != nil {
			s.progress(s.done, int64(len(s.m.Files)))
		}
		return nil
	})
}

func (s *stage) placeOne(ctx context.Context, f release.File) error {
	key, p := s.t.siteKey(s.m.ID)+f.Path, propertiesOf(f.Path, s.m.Headers)
	if size, there := s.existing[key]; there && size == f.Size {
		if same, err := s.t.bucket.has(ctx, key, f.SHA256, p); same || err != nil {
			return err
		}
	}
	if from := s.sources[f.SHA256]; from != "" {
		err := s.t.bucket.copy(ctx, from, key, f.SHA256, p)
		var other *release.StoredOtherError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &other):
			s.t.log.Warn("an object of a release is damaged; it is uploaded anew for the next one", "target", s.t.o.Name, "error", err)
		case !notThere(err) && !errors.Is(err, errUnverified):
			return err
		}
	}
	return s.upload(ctx, f, key, p)
}

// inMemory is up to which size in bytes a file is read before it is sent; a larger one
// goes through a temporary file. The digest is compared before anything is sent.
const inMemory = 4 << 20

func (s *stage) upload(ctx context.Context, f release.File, key string, p properties) error {
	content, err := s.content(ctx, f)
	if err != nil {
		return err
	}
	defer content.Close()
	if _, err := s.t.bucket.put(ctx, key, content, f.Size, f.SHA256, p, condition{}); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fresh[f.SHA256] = f.Size
	return nil
}

func (s *stage) content(ctx context.Context, f release.File) (io.ReadSeekCloser, error) {
	if f.Size <= inMemory {
		var data bytes.Buffer
		data.Grow(int(f.Size))
		if err := fetch(ctx, s.src, f, &data); err != nil {
			return nil, err
		}
		return memory{bytes.NewReader(data.Bytes())}, nil
	}
	file, err := os.CreateTemp("", "docjobs-upload-")
	if err != nil {
		return nil, err
	}
	os.Remove(file.Name()) // it lives as long as it is open
	err = fetch(ctx, s.src, f, file)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

// redirect puts objects in place that send readers elsewhere, see [objectsOf]. With
// [Sync] they are made where readers find them.
func (s *stage) redirect(ctx context.Context) error {
	if s.t.o.Layout == Sync {
		return nil
	}
	objects := objectsOf(s.m)
	maps.DeleteFunc(objects, func(_ string, o object) bool { return o.Redirect == "" })
	return each(ctx, slices.Sorted(maps.Keys(objects)), func(ctx context.Context, p string) error {
		key, o := s.t.siteKey(s.m.ID)+p, objects[p]
		if _, there := s.existing[key]; there {
			if same, err := s.t.bucket.has(ctx, key, o.digest, o.properties); same || err != nil {
				return err
			}
		}
		_, err := s.t.bucket.put(ctx, key, bytes.NewReader(nil), 0, o.digest, o.properties, condition{})
		return err
	})
}

// carry puts fingerprinted assets of other releases beside the site. Nothing to do with
// [Sync], where they stay in their place.
func (s *stage) carry(ctx context.Context) error {
	if s.t.o.Layout == Sync {
		return nil
	}
	if err := s.t.carry(ctx, s.m, s.held); err != nil {
		if ctx.Err() != nil {
			return err
		}
		s.warnings = append(s.warnings, notCarried(err))
	}
	return nil
}

// notCarried is the warning about assets of other releases. They are not of the site,
// and must not keep it from being live.
func notCarried(err error) string {
	return "Assets of other releases could not be put beside the site; pages that readers have open may miss them: " + err.Error()
}

// maxCarried bounds how many assets are carried over. The newest come first.
const maxCarried = 20_000

// carry copies the fingerprinted assets of other releases to one that lacks them, so
// that the pages that readers have open still find their parts when it is live. held are
// the others, the newest first; nil for all that the target holds.
func (t *Target) carry(ctx context.Context, m *release.Manifest, held []*release.Manifest) (err error) {
	if held == nil {
		if held, err = t.manifests(ctx, m.ID); err != nil {
			return err
		}
	}
	type asset struct {
		release.File
		from string
		p    properties
	}
	site := t.siteKey(m.ID)
	have := make(map[string]bool, len(m.Files))
	for _, f := range m.Files {
		have[f.Path] = true
	}
	var missing []asset
	for _, other := range held {
		for _, f := range other.Files {
			if !have[f.Path] && release.Fingerprinted(f.Path) && len(missing) < maxCarried {
				have[f.Path] = true
				missing = append(missing, asset{f, t.siteKey(other.ID) + f.Path, propertiesOf(f.Path, other.Headers)})
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	there := map[string]int64{}
	for o, err := range t.bucket.list(ctx, site) {
		if err != nil {
			return err
		}
		there[strings.TrimPrefix(o.key, site)] = o.size
	}
	missing = slices.DeleteFunc(missing, func(a asset) bool { size, found := there[a.Path]; return found && size == a.Size })
	var mu sync.Mutex
	var failed int
	var first error
	err = each(ctx, missing, func(ctx context.Context, a asset) error {
		err := t.carryOne(ctx, a.from, site+a.Path, a.File, a.p)
		if err == nil || notThere(err) {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		if failed++; first == nil {
			first = err
		}
		return ctx.Err()
	})
	if err == nil && first != nil {
		err = fmt.Errorf("%d of %d are missing; the first: %w", failed, len(missing), first)
	}
	return err
}

// carryOne copies an asset. A copy that is another content than it should be is deleted.
func (t *Target) carryOne(ctx context.Context, from, to string, f release.File, p properties) error {
	err := t.bucket.copy(ctx, from, to, f.SHA256, p)
	if errors.Is(err, errUnverified) {
		err = t.bucket.verify(ctx, to, f.SHA256)
	}
	var other *release.StoredOtherError
	if errors.As(err, &other) {
		if derr := t.bucket.delete(ctx, []string{to}); derr != nil {
			return errors.Join(err, derr)
		}
	}
	return err
}

// describe writes the manifest, by which the release becomes one.
func (s *stage) describe(ctx context.Context) error {
	data, err := s.m.Encode()
	if err != nil {
		return err
	}
	_, err = s.t.bucket.putJSON(ctx, s.t.manifestKey(s.m.ID), data, stateProperties, absent)
	if !errors.Is(err, errPrecondition) {
		return err
	}
	// Another call for the same work came first, or the answer to the first try was lost.
	found, err := s.t.stored(ctx, s.m)
	if err == nil && found == nil {
		err = fmt.Errorf("the manifest of release %s was written and removed by somebody else", s.m.ID)
	}
	if err == nil {
		s.m = found
	}
	return err
}
