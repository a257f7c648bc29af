package job

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// A ScheduleSpec says what is submitted when.
type ScheduleSpec struct {
	// Cron says when, in five fields: minute, hour, day of the month, month, day of the week.
	Cron string `json:"cron"`
	// TimeZone is the one that Cron means, such as Europe/Berlin; UTC when empty.
	TimeZone string `json:"time_zone,omitempty"`
	// Submission is what is submitted. A branch of a repository is looked up each time.
	Submission Submission `json:"submission,omitzero"`
}

// A Schedule submits a job again and again. Each time it is a job of its own,
// with the label that [ScheduleLabel] returns.
type Schedule struct {
	Name string `json:"name"`
	ScheduleSpec
	Next []time.Time    `json:"next,omitempty"` // the next times
	Runs []ScheduledRun `json:"runs,omitempty"` // the last ones, newest first
	// Error says why what is submitted cannot be read; then there is nothing else to say.
	Error string `json:"error,omitempty"`
}

// A ScheduledRun is one time that a schedule submitted its job.
type ScheduledRun struct {
	At    time.Time `json:"at"`
	JobID ID        `json:"job_id"`
	Error string    `json:"error,omitempty"` // why no job was started, of the newest run
}

// A Scheduler keeps schedules. Those of other tenants do not exist for a caller.
type Scheduler interface {
	// PutSchedule makes a schedule, or replaces the one of that name.
	PutSchedule(ctx context.Context, name string, spec ScheduleSpec) (*Schedule, error)
	// Schedule returns one schedule.
	Schedule(ctx context.Context, name string) (*Schedule, error)
	// Schedules returns all, by name.
	Schedules(ctx context.Context) ([]Schedule, error)
	// DeleteSchedule removes a schedule. Jobs that it submitted go on.
	DeleteSchedule(ctx context.Context, name string) error
	// RunSchedule submits the job of a schedule now. The key, if there is one, is that of
	// the submission: the same key is the same job.
	RunSchedule(ctx context.Context, name, key string) (*Receipt, error)
}

var (
	schedulePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	zonePattern     = regexp.MustCompile(`^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}$`)
)

// MaxSchedules bounds the schedules of one tenant.
const MaxSchedules = 100

// ScheduleLabel is the label of the jobs that a schedule submits.
func ScheduleLabel(name string) string { return "schedule:" + name }

// ValidSchedule reports whether name can name a schedule: 1 to 63 lower-case
// letters, digits and inner dashes.
func ValidSchedule(name string) bool { return schedulePattern.MatchString(name) }

// NormalizeSchedule fills in defaults and returns an [Error] with [CodeInvalid]
// that names everything that is wrong with a schedule, or nil.
func NormalizeSchedule(name string, s *ScheduleSpec) error {
	var faults []Fault
	if !ValidSchedule(name) {
		faults = append(faults, Fault{"name", "must be 1 to 63 lower-case letters, digits and inner dashes."})
	}
	s.Cron = strings.Join(strings.Fields(s.Cron), " ")
	if len(s.Cron) > 200 || !printable(s.Cron) || len(strings.Fields(s.Cron)) != 5 {
		faults = append(faults, Fault{"cron", `must have five fields: minute, hour, day of the month, month, day of the week, such as "0 3 * * 1-5".`})
	}
	if s.TimeZone != "" && (!zonePattern.MatchString(s.TimeZone) || len(s.TimeZone) > 60 || !knownZone(s.TimeZone)) {
		faults = append(faults, Fault{"time_zone", "is not a time zone such as Europe/Berlin."})
	}
	if s.Submission.Force || s.Submission.DryRun {
		faults = append(faults, Fault{"submission", "must have neither force nor dry_run: each run is a job of its own."})
	}
	if s.Submission.Kind() == KindRollback {
		faults = append(faults, Fault{"submission.kind", "must not be rollback: which release is wanted is for somebody to decide."})
	}
	if len(s.Submission.Labels) >= maxLabels {
		faults = append(faults, Fault{"submission.labels", fmt.Sprintf("are more than %d; one is kept for the schedule.", maxLabels-1)})
	}
	if len(faults) > 0 {
		return Invalid(faults...)
	}
	return s.Submission.Normalize()
}

func knownZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil
}

// NoSchedule is the answer for a schedule that there is not.
func NoSchedule(name string) *Error {
	return &Error{
		Code: CodeNotFound, Cause: CauseRequest, Message: fmt.Sprintf("There is no schedule %q.", abbreviate(name, 80)),
		Hint: "`docjobs schedule list` shows the schedules that there are.",
	}
}
