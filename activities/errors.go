package activities

import (
	"errors"

	"go.temporal.io/sdk/temporal"

	"github.com/docjobs/docjobs/job"
)

// failure returns e as the error of an activity. Its type is the code, so that
// it can be recognised in the Temporal UI; its one detail is e itself. Whether
// Temporal tries again is what e says of itself.
func failure(e *job.Error) error {
	options := temporal.ApplicationErrorOptions{NonRetryable: !e.Retryable, Details: []any{e}}
	if e.Cause == job.CauseContent || e.Cause == job.CauseRequest {
		options.Category = temporal.ApplicationErrorCategoryBenign // no alarm for the operator
	}
	return temporal.NewApplicationErrorWithOptions(e.Error(), string(e.Code), options)
}

// Failure returns the [job.Error] that an activity's error carries, or nil.
func Failure(err error) *job.Error {
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || !app.HasDetails() {
		return nil
	}
	var e *job.Error
	if app.Details(&e) != nil {
		return nil
	}
	return e
}
