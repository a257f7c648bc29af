package artifact

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"gocloud.dev/gcerrors"
)

// SweepOptions of [Store.Sweep].
type SweepOptions struct {
	// Grace is longer than anybody takes from finding or storing a blob to holding it, and
	// than a sweep takes to move one.
	// No blob that is younger goes into the bin, and none leaves it before.
	Grace time.Duration
	// Also yields blobs that are needed besides those that are held. It is told which
	// digests are named by a hold.
	Also func(ctx context.Context, held func(digest string) bool) iter.Seq2[Ref, error]
	// Now is the time; the system's by default.
	Now func() time.Time
	// Progress is called now and then with what was done so far.
	Progress func(SweepReport)
}

// A SweepReport tells what a sweep found and did.
type SweepReport struct {
	Needed    int   `json:"needed"`    // digests that something refers to
	Blobs     int   `json:"blobs"`     // that are stored, without the bin
	Discarded int   `json:"discarded"` // blobs that went into the bin
	Retrieved int   `json:"retrieved"` // and that were taken out again
	Deleted   int   `json:"deleted"`   // for good
	Freed     int64 `json:"freed"`     // bytes of these
	Waiting   int   `json:"waiting"`   // blobs in the bin that stay there for now
}

// Sweep deletes the blobs that nothing needs: no [Holds], and nothing that Also
// yields.
//
// It never deletes what somebody is about to need, although it locks nobody out. A
// blob that nothing refers to goes into the bin first, where it does not count as
// stored ([Store.Exists]) and yet can be opened, which takes it out. It is deleted
// for good after the grace time, and only if a look at all holds that began after
// that time finds that still nobody holds it. Whoever found it stored, just before it
// went into the bin, has held it by then.
//
// A sweep may be killed at any moment, and two at once do no harm. It ends without
// deleting when something that is held cannot be read.
func (s *Store) Sweep(ctx context.Context, o SweepOptions) (SweepReport, error) {
	w := &sweep{Store: s, SweepOptions: o, needed: marks{}, seen: marks{}}
	if w.Now == nil {
		w.Now = time.Now
	}
	w.began = w.Now()
	if err := w.mark(ctx); err != nil {
		return w.report, fmt.Errorf("finding what is needed: %w", err)
	}
	if err := w.emptyBin(ctx); err != nil {
		return w.report, fmt.Errorf("emptying the bin: %w", err)
	}
	if err := w.fillBin(ctx); err != nil {
		return w.report, fmt.Errorf("looking for what is not needed: %w", err)
	}
	return w.report, nil
}

// sweep is one sweep of a store.
type sweep struct {
	*Store
	SweepOptions
	began   time.Time
	marking sync.Mutex
	needed  marks
	seen    marks // blobs that were looked into
	report  SweepReport
}

// emptyBin deletes what has been in the bin for long enough, and takes out what is
// needed after all.
func (w *sweep) emptyBin(ctx context.Context) error {
	w.report.Needed = len(w.needed)
	for o, err := range w.objects(ctx, binPrefix) {
		if err != nil {
			return err
		}
		old, ok := parseBinned(o.key)
		if !ok {
			continue
		}
		needed := w.needed.has(old.digest)
		if needed {
			if err := w.takeOut(ctx, old.digest); err != nil {
				return err
			}
			w.report.Retrieved++
		}
		// Whoever moves a blob may not be done before.
		if old.since.Add(w.Grace).After(w.began) {
			w.report.Waiting++
			continue
		}
		if err := w.remove(ctx, o.key); err != nil {
			return err
		}
		if !needed {
			w.report.Deleted++
			w.report.Freed += o.size
		}
		w.tell()
	}
	return nil
}

// takeOut puts a blob back, unless somebody has stored it again.
func (w *sweep) takeOut(ctx context.Context, digest string) error {
	there, err := w.bucket.Exists(ctx, blobKey(digest))
	if err != nil {
		return storeError("look for", blobKey(digest), err)
	}
	if !there {
		_, err = w.retrieve(ctx, digest)
	}
	return err
}

// remove deletes an object, which somebody else may have deleted.
func (w *sweep) remove(ctx context.Context, key string) error {
	if err := w.bucket.Delete(ctx, key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return storeError("delete", key, err)
	}
	return nil
}

// fillBin discards what is not needed and not young.
func (w *sweep) fillBin(ctx context.Context) error {
	for o, err := range w.objects(ctx, blobsPrefix) {
		if err != nil {
			return err
		}
		old := !o.modified.Add(w.Grace).After(w.began)
		if temporary(o.key) { // left by a writer that was killed
			if time.Since(o.modified) > w.Grace {
				if err := w.remove(ctx, o.key); err != nil {
					return err
				}
			}
			continue
		}
		w.report.Blobs++
		digest := o.key[strings.LastIndexByte(o.key, '/')+1:]
		if old && validDigest(digest) && !w.needed.has(digest) {
			if err := w.discard(ctx, digest, w.Now()); err != nil {
				return err
			}
			w.report.Discarded++
			w.report.Waiting++
			w.report.Blobs--
		}
		w.tell()
	}
	return nil
}

func (w *sweep) tell() {
	if w.Progress != nil {
		w.Progress(w.report)
	}
}
