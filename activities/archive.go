package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/record"
)

// ArchiveResult copies the result of an attempt into one of the operator's archives,
// once it is certain how the attempt ended: as one zip file of everything that can be
// fetched, with the record and the digests of all files. To repeat it is safe.
func (r *Retention) ArchiveResult(ctx context.Context, e Ended) (job.Archived, error) {
	none := job.Archived{Name: e.Terms.Archive, State: job.ArchiveNone}
	if err := r.Closed(ctx, e.JobID, e.RunID); err != nil {
		return none, err
	}
	rec, err := r.Records.Attempt(ctx, e.JobID, e.Attempt)
	if err != nil {
		return none, err
	}
	if state := rec.Status.State; state != job.StateCompleted && state != job.StatePartial {
		return none, nil
	}
	vault, there := r.Vaults[e.Terms.Archive]
	if !there {
		return none, fmt.Errorf("this worker has no archive %q; give all workers the same archives in their configuration", e.Terms.Archive)
	}
	defer heartbeats(ctx, func() any { return nil })()
	tree, err := r.archiveTree(ctx, rec)
	if err != nil {
		return none, err
	}
	key := fmt.Sprintf("%s/%s.%d.zip", rec.Tenant, e.JobID, e.Attempt)
	ref, err := vault.Put(ctx, key, func(w io.Writer) error {
		return r.Store.Trees().WriteZip(ctx, w, tree, artifact.ArchiveOptions{Folder: string(e.JobID), Modified: e.At})
	})
	if err != nil {
		return none, err
	}
	now := time.Now().UTC()
	return job.Archived{
		Name: e.Terms.Archive, State: job.ArchiveStored, Location: vault.Location(key),
		SHA256: ref.SHA256, Size: ref.Size, Files: len(tree.Files), At: &now,
	}, nil
}

// The files of an archive beside those that were fetched.
const (
	archivedRecord = "record.json"
	archivedSums   = "SHA256SUMS" // as sha256sum -c reads them
	archivedFolder = "artifacts/"
)

// archiveTree is the folder that is archived.
func (r *Retention) archiveTree(ctx context.Context, rec *record.Record) (*artifact.Tree, error) {
	tree := &artifact.Tree{}
	var sums strings.Builder
	add := func(path, sha256, mediaType string, size int64) {
		tree.Files = append(tree.Files, artifact.File{Path: path, Size: size, SHA256: sha256, MediaType: mediaType})
		fmt.Fprintf(&sums, "%s  %s\n", sha256, path)
	}
	for a, err := range r.Store.Outputs().Files(ctx, rec.Status.Outputs) {
		if err != nil {
			return nil, err
		}
		add(archivedFolder+a.Path, a.SHA256, a.MediaType, a.Size)
	}
	rec.Status.Archive, rec.Status.FetchedAt = nil, nil // which are about what is going on
	text, err := json.MarshalIndent(rec, "", "  ")
	if err != nil {
		return nil, err
	}
	for _, file := range []struct {
		name    string
		content func() []byte
	}{
		{archivedRecord, func() []byte { return text }},
		{archivedSums, func() []byte { return []byte(sums.String()) }},
	} {
		ref, err := r.Store.Put(ctx, bytes.NewReader(file.content()))
		if err != nil {
			return nil, err
		}
		add(file.name, ref.SHA256, artifact.MediaType(file.name), ref.Size)
	}
	slices.SortFunc(tree.Files, func(a, b artifact.File) int { return strings.Compare(a.Path, b.Path) })
	return tree, nil
}
