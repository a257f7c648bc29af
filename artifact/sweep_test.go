package artifact

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const grace = time.Hour

// sweepAt sweeps as if so much time had passed.
func sweepAt(t *testing.T, s *Store, passed time.Duration, also ...Ref) SweepReport {
	t.Helper()
	report, err := s.Sweep(t.Context(), SweepOptions{
		Grace: grace, Now: func() time.Time { return time.Now().Add(passed) },
		Also: func(context.Context, func(string) bool) iter.Seq2[Ref, error] {
			return func(yield func(Ref, error) bool) {
				for _, ref := range also {
					if !yield(ref, nil) {
						return
					}
				}
			}
		},
	})
	require.NoError(t, err)
	return report
}

func put(t *testing.T, s *Store, content string) Ref {
	t.Helper()
	ref, err := s.Put(t.Context(), strings.NewReader(content))
	require.NoError(t, err)
	return ref
}

func exists(t *testing.T, s *Store, ref Ref) bool {
	t.Helper()
	there, err := s.Exists(t.Context(), ref)
	require.NoError(t, err)
	return there
}

// putTree stores a folder of files with these contents.
func putTree(t *testing.T, s *Store, contents ...string) TreeRef {
	t.Helper()
	tree := &Tree{}
	for i, content := range contents {
		ref := put(t, s, content)
		tree.Files = append(tree.Files, File{Path: fmt.Sprintf("f%03d", i), Size: ref.Size, SHA256: ref.SHA256, MediaType: "text/plain"})
	}
	ref, err := s.Trees().Save(t.Context(), tree)
	require.NoError(t, err)
	return ref
}

// requireTree reads every file of a folder, which is compared with its digest.
func requireTree(t *testing.T, s *Store, ref TreeRef) {
	t.Helper()
	require.NoError(t, readTree(t.Context(), s, ref))
}

func readTree(ctx context.Context, s *Store, ref TreeRef) error {
	tree, err := s.Trees().Get(ctx, ref)
	if err != nil {
		return err
	}
	for _, f := range tree.Files {
		r, err := s.Open(ctx, f.Ref())
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, r)
		if err := errors.Join(err, r.Close()); err != nil {
			return err
		}
	}
	return nil
}

func TestWhatNobodyHoldsIsDeleted(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		lone, upload := put(t, s, "nobody's"), put(t, s, "an upload")
		site, old := putTree(t, s, "shared", "only here"), putTree(t, s, "shared", "only there")
		ctx := t.Context()
		require.NoError(t, s.Holds().Put(ctx, "publish-a", 1, "build", map[string]any{"site": site}))
		require.NoError(t, s.Holds().Put(ctx, "publish-b", 1, "build", map[string]any{"outputs": []any{old.Output("site/")}}))

		require.Zero(t, sweepAt(t, s, grace/2, upload).Discarded, "everything is young")
		require.Equal(t, 1, sweepAt(t, s, 2*grace, upload).Discarded)
		require.False(t, exists(t, s, lone))
		require.Equal(t, 1, sweepAt(t, s, 2*grace, upload).Waiting, "it stays in the bin for a time")
		report := sweepAt(t, s, 4*grace, upload)
		require.Equal(t, 1, report.Deleted)
		require.Equal(t, lone.Size, report.Freed)
		_, err := s.Open(ctx, lone)
		require.ErrorIs(t, err, ErrNotFound)

		require.NoError(t, s.Holds().Release(ctx, "publish-b", 1))
		require.Equal(t, 2, sweepAt(t, s, 2*grace, upload).Discarded, "the manifest, and the file that nobody else has")
		require.Equal(t, 2, sweepAt(t, s, 4*grace, upload).Deleted)
		requireTree(t, s, site)
		require.True(t, exists(t, s, upload))
		_, err = s.Trees().Get(ctx, old)
		require.ErrorIs(t, err, ErrNotFound)
		requireEmptyBin(t, s)
	})
}

func requireEmptyBin(t *testing.T, s *Store) {
	t.Helper()
	for o, err := range s.objects(t.Context(), binPrefix) {
		require.NoError(t, err)
		t.Errorf("%s is left in the bin", o.key)
	}
}

// A job that found a blob stored, just before it went into the bin, has it.
func TestWhatIsHeldInTimeComesBack(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		site := putTree(t, s, "one", "two")
		require.Equal(t, 3, sweepAt(t, s, 2*grace).Discarded)
		require.NoError(t, s.Holds().Put(t.Context(), "publish-a", 1, "build", site))
		report := sweepAt(t, s, 4*grace)
		require.Zero(t, report.Deleted)
		require.GreaterOrEqual(t, report.Retrieved, 2, "the files; the manifest had to be read before")
		requireTree(t, s, site)
		requireEmptyBin(t, s)
	})
}

func TestWhoOpensABlobTakesItOutOfTheBin(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		opened, stored, reading := put(t, s, "opened"), put(t, s, "stored again"), put(t, s, "read")
		late, err := s.Open(t.Context(), reading)
		require.NoError(t, err)
		require.Equal(t, 3, sweepAt(t, s, 2*grace).Discarded)
		for _, ref := range []Ref{opened, stored, reading} {
			require.False(t, exists(t, s, ref), "nobody builds on it")
		}
		r, err := s.Open(t.Context(), opened)
		require.NoError(t, err)
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Equal(t, "opened", string(content))
		require.NoError(t, r.Close())
		content, err = io.ReadAll(late)
		require.NoError(t, err, "it was open when it went away")
		require.Equal(t, "read", string(content))
		require.NoError(t, late.Close())
		put(t, s, "stored again")
		for _, ref := range []Ref{opened, stored, reading} {
			require.True(t, exists(t, s, ref))
			require.NoError(t, s.Holds().Put(t.Context(), "publish-a", 1, "build", ref))
		}
		require.Zero(t, sweepAt(t, s, 4*grace).Deleted)
		requireEmptyBin(t, s)
	})
}

// Lists of what was made name folders; those are held with the list.
func TestFoldersInAListAreHeldWithIt(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		a, b := putTree(t, s, "a"), putTree(t, s, "b", "c")
		list := put(t, s, fmt.Sprintf(`{"document":"x","tree":{"sha256":%q,"size":%d,"files":1,"bytes":1}}`+"\n"+
			`{"document":"y","deep":[{"tree":{"sha256":%q,"size":%d,"files":2,"bytes":2}}]}`+"\n", a.SHA256, a.Size, b.SHA256, b.Size))
		style := put(t, s, "{ not: JSON }")
		require.NoError(t, s.Holds().Put(t.Context(), "convert-a.b01", 1, "convert", []Ref{list, style}))
		require.Zero(t, sweepAt(t, s, 2*grace).Discarded)
	})
}

func TestAManifestThatCannotBeReadKeepsEverything(t *testing.T) {
	t.Parallel()
	s := openStore(t, "file://"+t.TempDir())
	site, lone := putTree(t, s, "a"), put(t, s, "lone")
	require.NoError(t, s.Holds().Put(t.Context(), "publish-a", 1, "build", site))
	manifest := s.path(site.manifest().key())
	require.NoError(t, os.WriteFile(manifest, []byte(`{"tree":9,"files":1,"bytes":1}`), 0o600))
	_, err := s.Sweep(t.Context(), SweepOptions{Grace: grace, Now: func() time.Time { return time.Now().Add(2 * grace) }})
	_, damaged := errors.AsType[*DamagedError](err)
	require.True(t, damaged, "%v", err)
	require.True(t, exists(t, s, lone))
	require.NoError(t, os.Remove(manifest))
	require.Equal(t, 2, sweepAt(t, s, 2*grace).Discarded, "of a folder that is not there nothing is needed")
}

func TestAttemptsAreReleasedInTurn(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		one, two, other := put(t, s, "1"), put(t, s, "2"), put(t, s, "3")
		holds := s.Holds()
		for attempt, ref := range map[int]Ref{1: one, 2: two} {
			require.NoError(t, holds.Put(t.Context(), "publish-a", attempt, "build", ref))
		}
		require.NoError(t, holds.Put(t.Context(), "publish-ab", 1, "build", other))
		require.NoError(t, holds.Release(t.Context(), "publish-a", 1))
		sweepAt(t, s, 2*grace)
		require.Equal(t, []bool{false, true, true}, []bool{exists(t, s, one), exists(t, s, two), exists(t, s, other)})
		require.NoError(t, holds.Release(t.Context(), "publish-a", 1), "again")
		require.NoError(t, holds.Release(t.Context(), "publish-a", 9))
		require.Equal(t, 1, sweepAt(t, s, 2*grace).Discarded)
	})
}

func TestUploadsAreNamedByHolds(t *testing.T) {
	t.Parallel()
	s := openStore(t, "mem://")
	tree := strings.Repeat("ab", 32)
	require.NoError(t, s.Holds().Put(t.Context(), "publish-a", 1, "fetch", map[string]string{"upload": "sha256:" + tree}))
	_, err := s.Sweep(t.Context(), SweepOptions{Grace: grace, Also: func(_ context.Context, held func(string) bool) iter.Seq2[Ref, error] {
		require.True(t, held(tree))
		require.False(t, held(strings.Repeat("cd", 32)))
		return func(func(Ref, error) bool) {}
	}})
	require.NoError(t, err)
}

func TestFilesOfKilledWritersAreRemoved(t *testing.T) {
	t.Parallel()
	s := openStore(t, "file://"+t.TempDir())
	left := filepath.Join(s.dir, "blobs", "aa", strings.Repeat("a", 64)+".123.tmp")
	require.NoError(t, os.MkdirAll(filepath.Dir(left), 0o700))
	require.NoError(t, os.WriteFile(left, []byte("half"), 0o600))
	sweepAt(t, s, 0)
	require.FileExists(t, left)
	old := time.Now().Add(-2 * grace)
	require.NoError(t, os.Chtimes(left, old, old))
	sweepAt(t, s, 0)
	require.NoFileExists(t, left)
}

// TestSweepHammer has jobs store, reuse, read and expire folders while two sweepers,
// which are killed now and then, delete whatever nothing refers to. The clock of the
// sweepers jumps ahead by more than the grace time again and again, but not while a
// job is between finding something stored and holding it, nor while a sweeper moves one
// blob: that is what the grace time stands for.
func TestSweepHammer(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		if s.dir == "" && strings.HasSuffix(t.Name(), "fileblob") {
			t.Skip("it is not safe for several writers; see New")
		}
		h := &hammer{t: t, store: s}
		var workers, sweepers sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		for i := range 4 {
			workers.Go(func() { h.work(ctx, i, 40) })
		}
		for range 2 {
			sweepers.Go(func() { h.sweep(ctx) })
		}
		sweepers.Go(func() {
			for ctx.Err() == nil {
				h.jump()
				time.Sleep(time.Millisecond)
			}
		})
		workers.Wait()
		stop()
		sweepers.Wait()
		require.Positive(t, h.reused.Load(), "something was reused")
		require.Positive(t, h.deleted.Load(), "something was deleted")
		h.finish()
	})
}

type hammer struct {
	t       *testing.T
	store   *Store
	passed  atomic.Int64 // by which the clock of sweepers is ahead
	epoch   sync.RWMutex // held for reading from finding to holding, and while one blob is moved
	mu      sync.Mutex
	known   []TreeRef // folders that jobs have made, expired or not
	reused  atomic.Int64
	deleted atomic.Int64
}

func (h *hammer) now() time.Time { return time.Now().Add(time.Duration(h.passed.Load())) }

func (h *hammer) jump() {
	h.epoch.Lock()
	defer h.epoch.Unlock()
	h.passed.Add(int64(grace + time.Second))
}

// pause lets the clock jump; the epoch is held.
func (h *hammer) pause() {
	h.epoch.RUnlock()
	h.epoch.RLock()
}

// work is jobs one after the other, some of which live on for a while: so many, and
// more until the sweepers have come to delete something.
func (h *hammer) work(ctx context.Context, worker, jobs int) {
	living := map[string]TreeRef{}
	random := rand.New(rand.NewPCG(uint64(worker), 7))
	for i := 0; i < jobs || h.deleted.Load() == 0 && i < 100*jobs; i++ {
		id := fmt.Sprintf("publish-%d-%d", worker, i)
		ref, err := h.job(ctx, id, random)
		if !h.noError(err, "job %s", id) {
			return
		}
		living[id] = ref
		for id, ref := range living {
			h.noError(readTree(ctx, h.store, ref), "%s has not expired", id)
			if random.IntN(4) == 0 {
				delete(living, id)
				h.noError(h.store.Holds().Release(ctx, id, 1), "%s expires", id)
			}
		}
	}
	for id, ref := range living {
		h.noError(readTree(ctx, h.store, ref), "%s has not expired", id)
		h.noError(h.store.Holds().Release(ctx, id, 1), "%s expires", id)
	}
}

func (h *hammer) noError(err error, format string, args ...any) bool {
	if err != nil {
		h.t.Errorf("%s: %v", fmt.Sprintf(format, args...), err)
	}
	return err == nil
}

// job uses a folder that is stored already, or stores one, and holds it.
func (h *hammer) job(ctx context.Context, id string, random *rand.Rand) (ref TreeRef, err error) {
	h.epoch.RLock()
	defer h.epoch.RUnlock()
	h.mu.Lock()
	if n := len(h.known); n > 0 && random.IntN(2) == 0 {
		ref = h.known[random.IntN(n)]
	}
	h.mu.Unlock()
	if ref.SHA256 != "" && h.stored(ctx, ref) {
		h.reused.Add(1)
		return ref, h.store.Holds().Put(ctx, id, 1, "build", ref)
	}
	tree := &Tree{}
	for i := range 1 + random.IntN(6) { // of few contents, so that many are shared
		blob, err := h.store.Put(ctx, bytes.NewReader(bytes.Repeat([]byte{byte(random.IntN(24))}, 100)))
		if err != nil {
			return ref, err
		}
		tree.Files = append(tree.Files, File{Path: fmt.Sprintf("f%d", i), Size: blob.Size, SHA256: blob.SHA256, MediaType: "text/plain"})
	}
	if ref, err = h.store.Trees().Save(ctx, tree); err != nil {
		return ref, err
	}
	h.mu.Lock()
	h.known = append(h.known, ref)
	h.mu.Unlock()
	return ref, h.store.Holds().Put(ctx, id, 1, "build", ref)
}

// stored reports whether all of a folder is stored, as steps look for what an
// earlier one has made.
func (h *hammer) stored(ctx context.Context, ref TreeRef) bool {
	tree, err := h.store.Trees().Get(ctx, ref)
	if err != nil {
		return false
	}
	for _, f := range tree.Files {
		if there, err := h.store.Exists(ctx, f.Ref()); err != nil || !there {
			return false
		}
	}
	return true
}

// sweep sweeps again and again; every third sweep is cut short.
func (h *hammer) sweep(ctx context.Context) {
	for i := 0; ctx.Err() == nil; i++ {
		sweeping, kill := context.WithCancel(ctx)
		o := SweepOptions{Grace: grace, Now: func() time.Time { h.pause(); return h.now() }}
		steps := rand.IntN(40)
		o.Progress = func(SweepReport) {
			h.pause()
			if steps--; steps < 0 && i%3 == 0 {
				kill()
			}
		}
		h.epoch.RLock()
		report, err := h.store.Sweep(sweeping, o)
		h.epoch.RUnlock()
		h.deleted.Add(int64(report.Deleted))
		if sweeping.Err() == nil {
			h.noError(err, "sweep")
		}
		kill()
	}
}

// finish lets everything expire and looks that nothing is left.
func (h *hammer) finish() {
	for range 2 {
		h.jump()
		_, err := h.store.Sweep(h.t.Context(), SweepOptions{Grace: grace, Now: h.now})
		require.NoError(h.t, err)
	}
	for _, prefix := range []string{blobsPrefix, binPrefix} {
		for o, err := range h.store.objects(h.t.Context(), prefix) {
			require.NoError(h.t, err)
			h.t.Errorf("%s is left", o.key)
		}
	}
}
