package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/docjobs/docjobs/engine/source"
	"github.com/docjobs/docjobs/job"
)

// An Uploader takes sources in. See [client.Client.Upload].
type Uploader interface {
	Upload(ctx context.Context, id string, open func() (io.ReadCloser, error)) (*job.Upload, error)
}

// A Publisher is what [SubmitSource] needs of a server.
type Publisher interface {
	Uploader
	Submit(ctx context.Context, s job.Submission) (*job.Receipt, error)
}

// PublishOptions are the choices of [SubmitSource].
type PublishOptions struct {
	// Source is a folder, an archive (.zip, .tar.gz, .tar) or the URL of a git
	// repository.
	Source string
	Ref    string // branch, tag or commit of a repository
	// Publish are the parameters of the job, without the source.
	Publish job.Publish
	// Submission are the common fields, without the parameters.
	Submission job.Submission
	// IO is where the progress of the upload is shown; without IO.Err it is not.
	IO    IO
	Color string // as in [FollowOptions]
}

// SubmitSource submits a publish job for a source. A folder or an archive is
// reduced to its digest first, and sent only if the server does not have that
// content. Nothing is sent either if the parameters break a rule.
func SubmitSource(ctx context.Context, c Publisher, o PublishOptions) (*job.Receipt, error) {
	params := o.Publish
	o.Submission.Params = &params
	return submission{source: o.Source, ref: o.Ref, into: &params.Source, Submission: o.Submission, io: o.IO, color: o.Color}.submit(ctx, c)
}

// A submission is one of a job of any kind that has a source.
type submission struct {
	source string // see [PublishOptions]
	ref    string
	into   *job.Source // of the parameters
	job.Submission
	io    IO
	color string
}

// submit sends what the server does not have and submits the job.
func (s submission) submit(ctx context.Context, c Publisher) (*job.Receipt, error) {
	local, err := openSource(s.source)
	if err != nil {
		return nil, err
	}
	if local == nil {
		*s.into = job.Source{Git: s.source, Ref: s.ref}
	} else if s.into.Upload, err = local.identify(ctx); err != nil {
		return nil, refusal(s.source, err)
	} else {
		s.into.Name = sourceName(s.source)
	}
	if err := s.Normalize(); err != nil {
		return nil, err
	}
	if local != nil {
		if err := send(ctx, c, s.io, s.color, s.into.Upload, local); err != nil {
			return nil, refusal(s.source, err)
		}
	}
	return c.Submit(ctx, s.Submission)
}

// sourceName is what people call a folder or an archive: its last name.
func sourceName(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	return strings.ToValidUTF8(filepath.Base(path), "")
}

// send makes sure that the server has a source.
func send(ctx context.Context, c Uploader, w IO, color, id string, local localSource) error {
	meter := newMeter(w, color, "upload", local.bytes())
	_, err := c.Upload(ctx, id, func() (io.ReadCloser, error) { return local.open(ctx, meter.set) })
	meter.close(err == nil)
	return err
}

// scpLike is the short form of git's addresses, user@host:path.
var scpLike = regexp.MustCompile(`^[\w.-]+@[\w.-]+:`)

// openSource returns the source on this machine, or nil for the address of a
// repository.
func openSource(name string) (localSource, error) {
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return &folder{dir: name}, nil
	case err == nil && info.Mode().IsRegular():
		return &archive{path: name, size: info.Size()}, nil
	case err == nil:
		err = errors.New("it is neither a folder nor a file")
	case strings.Contains(name, "://") || scpLike.MatchString(name):
		return nil, nil
	case errors.Is(err, fs.ErrNotExist):
		err = errors.New("there is no such folder or file")
	}
	return nil, &job.Error{
		Code: job.CodeSourceUnavailable, Cause: job.CauseRequest,
		Message: fmt.Sprintf("The source %s cannot be read: %s.", name, bareReason(err)),
		Hint:    "Give a folder, a .zip, .tar.gz or .tar file, or the URL of a git repository.",
	}
}

// bareReason returns the reason of a file error without its path.
func bareReason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// refusal turns what package source says about a bad source into the error that
// a server would give. Other errors are returned as they are.
func refusal(name string, err error) error {
	var refused *source.Refused
	if errors.As(err, &refused) {
		return &job.Error{
			Code: job.CodeSourceRefused, Cause: job.CauseContent, File: refused.Path, Message: refused.Detail,
			Hint: "Mend " + name + " and submit it again; nothing was started.",
		}
	}
	if errors.Is(err, source.ErrChanged) {
		return &job.Error{
			Code: job.CodeSourceRefused, Cause: job.CauseContent, Retryable: true,
			Message: "The source changed while it was being read.", Hint: "Submit it again when nothing writes to it.",
		}
	}
	return err
}
