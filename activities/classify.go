package activities

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/engine/site"
	"github.com/docjobs/docjobs/engine/site/plain"
	"github.com/docjobs/docjobs/engine/site/sourceconfig"
	"github.com/docjobs/docjobs/engine/source"
	"github.com/docjobs/docjobs/engine/source/gitsource"
	"github.com/docjobs/docjobs/job"
)

// classify puts an error of an engine or a store in the project's words and
// says whether trying again can help. It is the one place where that is decided:
// bad documents and bad settings stay bad; the rest of the world may recover.
func classify(err error) *job.Error {
	var ours *job.Error
	if errors.As(err, &ours) {
		copied := *ours
		return &copied
	}
	for _, known := range []func(error) *job.Error{refusedSource, failedGit, failedBuild, failedRelease, damagedStore} {
		if e := known(err); e != nil {
			return e
		}
	}
	return &job.Error{
		Code: job.CodeInternal, Cause: job.CauseService, Retryable: true,
		Message: "A disk, a network or another service did not do what was asked of it.",
		Hint:    "Resubmit the job; if it fails the same way, give the operator the Job ID and the detail.",
		Detail:  err.Error(),
	}
}

// refusedSource is for sources that break a rule.
func refusedSource(err error) *job.Error {
	var refused *source.Refused
	if !errors.As(err, &refused) {
		return nil
	}
	return &job.Error{
		Code: job.CodeSourceRefused, Cause: job.CauseContent, File: refused.Path,
		Message: "The source is refused: " + refused.Detail,
		Hint:    "Mend the source and submit it again.",
		Detail:  string(refused.Reason),
	}
}

// failedGit is for repositories that cannot be read.
func failedGit(err error) *job.Error {
	var failed *gitsource.Error
	if !errors.As(err, &failed) {
		return nil
	}
	e := &job.Error{
		Code: job.CodeSourceUnavailable, Cause: job.CauseService, Retryable: failed.Temporary(),
		Message: fmt.Sprintf("The repository at %s cannot be read: %s.", failed.Host, failed.Detail),
		Hint:    "It is tried again by itself; if it stays so, check that the address can be reached from the worker.",
		Detail:  err.Error(),
	}
	switch failed.Kind {
	case gitsource.KindNotFound, gitsource.KindMoved:
		e.Cause, e.Hint = job.CauseRequest, "Check the address and the branch, tag or commit, and submit the job again."
	case gitsource.KindAuth:
		e.Cause, e.Hint = job.CauseConfiguration, "Ask the operator to give docjobs access to the repository."
	}
	return e
}

// failedBuild is for sites that cannot be built.
func failedBuild(err error) *job.Error {
	var build *site.BuildError
	var document *plain.DocumentError
	var none *site.NotASiteError
	var limit *site.LimitError
	var folderLimit *plain.LimitError
	var environment *site.EnvironmentError
	var crash *site.CrashError
	var settings *sourceconfig.Error
	var missing *site.MissingError
	var unsafe *site.UnsafeError
	e := &job.Error{Code: job.CodeBuildFailed, Cause: job.CauseContent, Hint: "Mend the file and publish again."}
	switch {
	case errors.As(err, &build):
		e.File, e.Line, e.Column, e.Message = build.File, build.Line, build.Column, build.Message
		switch {
		case build.Fix != "":
			e.Hint = build.Fix
		case build.File == "":
			e.Hint = "The log of the step says more; mend the source and publish again."
		}
	case errors.As(err, &document):
		e.File, e.Line, e.Message = document.Path, document.Line, document.Problem
		if document.Fix != "" {
			e.Hint = document.Fix
		}
		e.Detail = err.Error()
	case errors.As(err, &none), errors.Is(err, plain.ErrNoMarkdown):
		e.Message, e.Detail = "There is nothing to build in the source.", err.Error()
		e.Hint = "Submit the folder that holds the documentation, or name it with dir."
	case errors.As(err, &limit), errors.As(err, &folderLimit):
		e.Code, e.Message, e.Hint = job.CodeBuildCrashed, err.Error(), "Make the site smaller, or ask the operator to raise the limit."
	case errors.As(err, &environment):
		e.Cause, e.Message, e.Hint = job.CauseRequest, err.Error(), "Leave the variable out and submit the job again."
	case errors.As(err, &settings):
		e.File, e.Line, e.Message = settings.Path, settings.Line, settings.Problem
	case errors.As(err, &missing):
		e.Cause, e.Message, e.Hint = job.CauseConfiguration, missing.What+" is not available on this worker. "+missing.Why, upperFirst(missing.How)
	case errors.As(err, &unsafe):
		e.Cause, e.Message = job.CauseConfiguration, "The site is not built: "+err.Error()+"."
		e.Hint = "Ask the operator; a folder of plain Markdown is built everywhere."
	case errors.As(err, &crash):
		return crashedBuild(crash)
	default:
		return nil
	}
	e.Message, e.Hint = sentence(e.Message), sentence(e.Hint)
	return e
}

// sentence makes a sentence of what an engine says of a document.
func sentence(s string) string {
	s = upperFirst(strings.TrimSpace(s))
	if last, _ := utf8.DecodeLastRuneInString(s); unicode.IsLetter(last) || unicode.IsDigit(last) || strings.ContainsRune("'\"`)]”’", last) {
		s += "."
	}
	return s
}

// upperFirst begins a sentence.
func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// crashedBuild is for generators that died. One that was killed may have had a
// machine without memory; one that panicked would do so again.
func crashedBuild(crash *site.CrashError) *job.Error {
	e := &job.Error{
		Code: job.CodeBuildCrashed, Cause: job.CauseService, Message: crash.Error(), Retryable: crash.Signal != "",
		Hint:   "Resubmit the job; if it fails the same way, tell the operator that builds may need more memory.",
		Detail: strings.Join(crash.Tail, "\n"),
	}
	if crash.Panic != "" {
		e.Cause = job.CauseContent
		e.Hint = "The site generator has a defect that this site meets; the log of the step shows on which page."
	}
	return e
}

// failedRelease is for sites that a target cannot take.
func failedRelease(err error) *job.Error {
	var bad *release.SourceError
	var mismatch *release.MismatchError
	var locked *release.LockedError
	var gone *release.NotFoundError
	var moved *release.MovedError
	var lost *release.ConflictError
	var refused *release.RefusedError
	var damaged *release.StoredOtherError
	switch {
	case errors.As(err, &lost):
		return &job.Error{
			Code: job.CodeReleaseFailed, Cause: job.CauseService, Retryable: true,
			Message: fmt.Sprintf("Job %s made another release live while this one was made ready; nothing was switched.", lost.JobID),
			Hint:    "It is tried again by itself; what is newer stays live.",
			Detail:  err.Error(),
		}
	case errors.As(err, &refused):
		return &job.Error{
			Code: job.CodeReleaseFailed, Cause: job.CauseConfiguration,
			Message: "The target cannot be used: " + refused.Reason + ".",
			Hint:    "Ask the operator to mend the configuration or the rights of the target, and resubmit the job.",
			Detail:  err.Error(),
		}
	case errors.As(err, &damaged):
		return &job.Error{
			Code: job.CodeReleaseFailed, Cause: job.CauseService, Retryable: true,
			Message: "The target stored a file other than it was sent; nothing was switched.",
			Hint:    "It is tried again by itself; if it fails again, the operator should check the store.",
			Detail:  err.Error(),
		}
	case errors.As(err, &gone):
		return &job.Error{
			Code: job.CodeReleaseFailed, Cause: job.CauseRequest,
			Message: "The release is no longer on the target: it has been removed since the job was submitted.",
			Hint:    "Choose one of the releases that `docjobs targets NAME` lists.",
			Detail:  err.Error(),
		}
	case errors.As(err, &moved):
		return &job.Error{
			Code: job.CodeReleaseFailed, Cause: job.CauseRequest,
			Message: "Another release went live after the rollback was asked for; it was left as it is.",
			Hint:    "Look at `docjobs targets NAME` and decide again.",
			Detail:  err.Error(),
		}
	case errors.As(err, &bad):
		return &job.Error{
			Code: job.CodeReleaseFailed, Cause: job.CauseContent,
			Message: "The built site cannot be released: " + err.Error(),
			Hint:    "Rename or remove the file in the source and publish again.",
		}
	case errors.As(err, &mismatch):
		return &job.Error{
			Code: job.CodeReleaseFailed, Cause: job.CauseService, Retryable: true,
			Message: "A file of the built site changed on its way to the target; nothing was released.",
			Hint:    "Resubmit the job; if it fails again, the operator should check the disks.",
			Detail:  err.Error(),
		}
	case errors.As(err, &locked):
		return &job.Error{
			Code: job.CodeReleaseFailed, Cause: job.CauseService, Retryable: true,
			Message: "The target is in use by another publish.",
			Hint:    "It is tried again by itself.",
			Detail:  err.Error(),
		}
	}
	return nil
}

// damagedStore is for artifacts that are not what was stored.
func damagedStore(err error) *job.Error {
	var damaged *artifact.DamagedError
	if !errors.As(err, &damaged) && !errors.Is(err, artifact.ErrNotFound) {
		return nil
	}
	return &job.Error{
		Code: job.CodeInternal, Cause: job.CauseService, Retryable: true,
		Message: "A stored file of this job is damaged or gone.",
		Hint:    "Submit the job again with force, and tell the operator that the artifact store needs a check.",
		Detail:  err.Error(),
	}
}
