package activities

import (
	"context"
	"strings"

	"github.com/docjobs/docjobs/engine/source/gitsource"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/upload"
)

// What the digest of a source begins with.
const (
	treePrefix   = "tree:"
	commitPrefix = "commit:"
)

// Sources reduces sources to digests when a job is submitted.
type Sources struct {
	Uploads *upload.Callers
	Git     gitsource.Options
}

// Resolve returns the digest of the source: of the upload's tree, or the
// commit that the repository's ref points to now. What cannot be had is a
// *job.Error.
func (s *Sources) Resolve(ctx context.Context, src job.Source) (string, error) {
	if src.Git == "" {
		if _, err := s.Uploads.Find(ctx, src.Upload); err != nil {
			return "", err
		}
		return treePrefix + upload.Tree(src.Upload), nil
	}
	commit, err := gitsource.Resolve(ctx, gitsource.Source{URL: src.Git, Ref: src.Ref}, s.Git)
	if err != nil {
		refused := classify(err)
		if refused.Code == job.CodeSourceRefused {
			return "", job.Invalid(job.Fault{Field: "source.git", Message: strings.TrimPrefix(refused.Message, "The source is refused: ")})
		}
		return "", atSubmission(refused)
	}
	return commitPrefix + commit, nil
}

// atSubmission puts the failure to read a repository in the words of an answer
// to who submits: nothing was started, and nothing is tried again by itself.
func atSubmission(failed *job.Error) *job.Error {
	if failed.Cause == job.CauseRequest {
		return job.Invalid(job.Fault{Field: "source", Message: failed.Message})
	}
	failed.Retryable = false
	if failed.Cause == job.CauseService {
		failed.Hint = "Nothing was started. Check the address and submit again."
	}
	return failed
}
