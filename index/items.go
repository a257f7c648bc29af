package index

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// maxItems bounds how many documents of one attempt are found by their name.
const maxItems = 200_000

// items returns the documents of an attempt: from its own list, from what was kept of that
// when it expired, or from those of its batches where it did not get so far.
func (x *Index) items(ctx context.Context, rec *record.Record) (items []job.Item, err error) {
	status := &rec.Status
	if status.Kind == job.KindResubmit {
		return nil, nil // its items are jobs
	}
	found, err := x.itemList(ctx, status, &items)
	if found || err != nil {
		return items, err
	}
	for item, err := range x.c.Records.Items(ctx, status.ID, status.Attempt) {
		if err != nil && !unreadable(err) {
			return nil, err
		}
		if err == nil && len(items) < maxItems {
			items = append(items, item)
		}
	}
	if len(items) > 0 {
		return items, nil
	}
	for n := 1; n <= status.Batches; n++ {
		batch, err := x.c.Records.Latest(ctx, status.ID.Batch(n))
		switch {
		case errors.Is(err, record.ErrNotFound) || err != nil && unreadable(err):
			continue // it did not end
		case err != nil:
			return nil, err
		case batch.Status.CreatedAt.Before(status.CreatedAt):
			continue // not in this attempt
		}
		if _, err := x.itemList(ctx, &batch.Status, &items); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// itemList adds the items of the list among the outputs, and reports whether there is
// one. One that was deleted since is none.
func (x *Index) itemList(ctx context.Context, status *job.Status, items *[]job.Item) (bool, error) {
	for _, output := range status.Outputs {
		if output.Path != job.ItemsPath {
			continue
		}
		file, err := x.c.Blobs.Open(ctx, artifact.Ref{SHA256: output.SHA256, Size: output.Size})
		if errors.Is(err, artifact.ErrNotFound) {
			return x.keptItems(ctx, status, items)
		}
		if err != nil {
			return false, err
		}
		defer file.Close()
		return true, decodeItems(file, items)
	}
	return false, nil
}

// keptItems adds the items that were kept when the artifacts of a job expired.
func (x *Index) keptItems(ctx context.Context, status *job.Status, items *[]job.Item) (found bool, err error) {
	for item, err := range x.c.Records.Items(ctx, status.ID, status.Attempt) {
		if err != nil {
			return false, err
		}
		if found = true; len(*items) < maxItems {
			*items = append(*items, item)
		}
	}
	return found, nil
}

// decodeItems reads one JSON object a line. A damaged list is read as far as it goes.
func decodeItems(r io.Reader, items *[]job.Item) error {
	decoder := json.NewDecoder(bufio.NewReader(r))
	for len(*items) < maxItems {
		var item job.Item
		err := decoder.Decode(&item)
		var syntax *json.SyntaxError
		var kind *json.UnmarshalTypeError
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &syntax) || errors.As(err, &kind):
			return nil
		case err != nil && unreadable(err):
			return nil
		case err != nil:
			return fmt.Errorf("reading the list of documents: %w", err)
		}
		if item.Document != "" {
			*items = append(*items, item)
		}
	}
	return nil
}
