package artifact

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/docjobs/docjobs/job"
)

// Outputs opens what the status of a job lists as its outputs.
type Outputs struct {
	store  *Store
	recent recentTrees
}

// Outputs returns the way to the outputs of jobs.
func (s *Store) Outputs() *Outputs { return &Outputs{store: s} }

// Output describes a stored folder as an output of a job under the path, which
// ends in a slash.
func (r TreeRef) Output(path string) job.Output {
	return job.Output{Path: path, SHA256: r.SHA256, Size: r.Bytes, Files: r.Files, Manifest: r.Size}
}

// treeOf is the inverse of [TreeRef.Output].
func treeOf(o job.Output) TreeRef {
	return TreeRef{SHA256: o.SHA256, Size: o.Manifest, Files: o.Files, Bytes: o.Size}
}

// Files yields every file of the outputs in the order of their paths. It ends
// after the first error.
func (o *Outputs) Files(ctx context.Context, outputs []job.Output) iter.Seq2[job.Artifact, error] {
	return func(yield func(job.Artifact, error) bool) {
		sorted := slices.SortedFunc(slices.Values(outputs), func(a, b job.Output) int { return strings.Compare(a.Path, b.Path) })
		for _, output := range sorted {
			files, err := o.filesOf(ctx, output)
			if err != nil {
				yield(job.Artifact{}, err)
				return
			}
			for _, f := range files {
				if !yield(f, nil) {
					return
				}
			}
		}
	}
}

// filesOf lists the files of one output.
func (o *Outputs) filesOf(ctx context.Context, output job.Output) ([]job.Artifact, error) {
	if !output.Folder() {
		return []job.Artifact{{Path: output.Path, Size: output.Size, MediaType: output.MediaType, SHA256: output.SHA256}}, nil
	}
	tree, err := o.tree(ctx, treeOf(output))
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", output.Path, err)
	}
	files := make([]job.Artifact, len(tree.Files))
	for i, f := range tree.Files {
		files[i] = artifactOf(output, f)
	}
	return files, nil
}

func artifactOf(folder job.Output, f File) job.Artifact {
	return job.Artifact{Path: folder.Path + f.Path, Size: f.Size, MediaType: f.MediaType, SHA256: f.SHA256}
}

// tree reads a folder's manifest, unless it was read lately.
func (o *Outputs) tree(ctx context.Context, ref TreeRef) (*Tree, error) {
	if tree, ok := o.recent.get(ref); ok {
		return tree, nil
	}
	tree, err := o.store.Trees().Get(ctx, ref)
	if err == nil {
		o.recent.put(ref, tree)
	}
	return tree, err
}

// Open opens the file that has the path among the outputs. A path that none
// has is a [job.Error] with CodeNotFound.
func (o *Outputs) Open(ctx context.Context, outputs []job.Output, path string) (io.ReadSeekCloser, *job.Artifact, error) {
	file, err := o.find(ctx, outputs, path)
	if err != nil {
		return nil, nil, err
	}
	content, err := o.store.Open(ctx, Ref{SHA256: file.SHA256, Size: file.Size})
	if err != nil {
		return nil, nil, fmt.Errorf("opening %s: %w", path, err)
	}
	return content, file, nil
}

// find looks the path up among the outputs and in their folders.
func (o *Outputs) find(ctx context.Context, outputs []job.Output, path string) (*job.Artifact, error) {
	for _, output := range outputs {
		if output.Path == path && !output.Folder() {
			return &job.Artifact{Path: path, Size: output.Size, MediaType: output.MediaType, SHA256: output.SHA256}, nil
		}
		inside, ok := strings.CutPrefix(path, output.Path)
		if !ok || !output.Folder() {
			continue
		}
		tree, err := o.tree(ctx, treeOf(output))
		if err != nil {
			return nil, fmt.Errorf("listing %s: %w", output.Path, err)
		}
		if f, ok := tree.Lookup(inside); ok {
			found := artifactOf(output, f)
			return &found, nil
		}
	}
	return nil, &job.Error{
		Code: job.CodeNotFound, Cause: job.CauseRequest,
		Message: fmt.Sprintf("The job has no artifact %.200q.", path),
		Hint:    "The list of artifacts names those that there are.",
	}
}
