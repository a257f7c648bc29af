package workflows

import "go.temporal.io/sdk/temporal"

// Names that histories, visibility and other programs remember. To rename one
// is a migration; a test pins them. The workflow types are the names of the
// workflow functions, the activity types those of the activities' methods, and
// the ID of a step's activity is the name of the step.
const (
	// TaskQueue takes workflow tasks, and activities that are over at once.
	TaskQueue = "docjobs"
	// TaskQueueIO takes activities that mostly wait for network or disk.
	TaskQueueIO = "docjobs-io"
	// TaskQueueWeb takes activities that wait for other people's servers, minutes
	// long: they keep no fetch and no release waiting.
	TaskQueueWeb = "docjobs-web"
	// TaskQueueCPU takes activities that keep processors busy.
	TaskQueueCPU = "docjobs-cpu"
	// TaskQueueBatches takes the batches of big jobs, which keep processors busy for
	// minutes: no build waits until one is over.
	TaskQueueBatches = "docjobs-batches"

	// TaskQueueNotify takes what waits for the endpoints that are told of jobs.
	TaskQueueNotify = "docjobs-notify"

	// QueryStatus answers with the job.Status.
	QueryStatus = "status"
	// QueryRecord answers with the record.Record: status and events.
	QueryRecord = "record"

	// MemoRecord is the memo field that holds the record.Record as it was when
	// a step last began, no step within the first second counted.
	MemoRecord = "record"

	// QueryTarget answers with what a target's workflow knows, which the memo field
	// MemoTarget has as well. UpdateLock and UpdateUnlock change it.
	QueryTarget  = "target"
	MemoTarget   = "target"
	UpdateLock   = "lock"
	UpdateUnlock = "unlock"
	// UpdateApprove decides on a job that waits for an approval.
	UpdateApprove = "approve"
	// ErrorForbidden is the type of the error with which an update is refused to who
	// may not ask for it.
	ErrorForbidden = "Forbidden"
	// SignalWord tells a job whether it may change its target.
	SignalWord = "turn"
	// QueryRetention asks what has become of a job's result, and UpdateExtend changes
	// how long it is kept. ErrorExpired is the type of the error with which that is
	// refused because it is too late.
	QueryRetention = "retention"
	UpdateExtend   = "extend"
	ErrorExpired   = "Expired"
	// SignalDelivery gives a delivery to the workflow that keeps an endpoint at the
	// latest event of a job.
	SignalDelivery = "delivery"
	// ErrorConflict is the type of the error with which an update is refused.
	ErrorConflict = "Conflict"

	// ErrorFailed and ErrorPartial are the types of the errors with which the
	// workflows of failed and partial jobs close. Their detail is the job.Status.
	ErrorFailed  = "JobFailed"
	ErrorPartial = "JobPartial"
)

// Search attributes. SQL visibility has room for 10 Keyword and 3 of each
// other type.
var (
	AttributeKind      = temporal.NewSearchAttributeKeyKeyword("JobKind")
	AttributeState     = temporal.NewSearchAttributeKeyKeyword("JobState")
	AttributeTenant    = temporal.NewSearchAttributeKeyKeyword("JobTenant")
	AttributeSubmitter = temporal.NewSearchAttributeKeyKeyword("JobSubmitter")
	AttributeTarget    = temporal.NewSearchAttributeKeyKeyword("JobTarget")
	AttributeParent    = temporal.NewSearchAttributeKeyKeyword("JobParent")
	AttributeLabels    = temporal.NewSearchAttributeKeyKeywordList("JobLabels")
	AttributeAttempt   = temporal.NewSearchAttributeKeyInt64("JobAttempt")
	AttributeExpires   = temporal.NewSearchAttributeKeyTime("JobExpires")
)

// SearchAttributes lists every search attribute that a namespace must have.
var SearchAttributes = []temporal.SearchAttributeKey{
	AttributeKind, AttributeState, AttributeTenant, AttributeSubmitter,
	AttributeTarget, AttributeParent, AttributeLabels, AttributeAttempt, AttributeExpires,
}
