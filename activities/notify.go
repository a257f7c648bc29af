package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/notify"
	"github.com/docjobs/docjobs/record"
)

// Notify are the activities that tell other programs of jobs.
type Notify struct {
	Records *record.Store
	Log     *notify.Log
	Sender  *notify.Sender
	Base    string // address of the API, for links
	// Closed returns once the run of a job's workflow has closed, however.
	Closed func(ctx context.Context, id job.ID, runID string) error
	// Queue gives a delivery to the workflow that keeps the endpoint of the job at the
	// latest event.
	Queue func(ctx context.Context, in Delivery) error
}

// A Delivery is an event of a job that an endpoint is to be told of.
type Delivery struct {
	Route   job.Route   `json:"route"`
	Event   job.Event   `json:"event"`
	Summary job.Summary `json:"summary"` // as much of it as is told
	// RunID is set when the event ends the job: only once this run has closed is
	// it certain what it is.
	RunID string         `json:"run_id,omitempty"`
	Items job.ItemCounts `json:"items"`
	// Again is set when somebody asked for it: whatever became of it before, and
	// even if the endpoint was gone.
	Again bool `json:"again,omitempty"`
}

// Settled is what the end of a job came to.
type Settled struct {
	// Event is nil when there is nothing to tell: the job ended otherwise than it
	// seemed at first, because a cancel came last.
	Event *job.Event     `json:"event,omitempty"`
	Items job.ItemCounts `json:"items"`
}

// SettleEvent waits until the job has ended for good and returns the event as its
// record has it.
func (n *Notify) SettleEvent(ctx context.Context, in Delivery) (Settled, error) {
	if err := n.Closed(ctx, in.Event.JobID, in.RunID); err != nil {
		return Settled{}, err
	}
	rec, err := n.Records.Attempt(ctx, in.Event.JobID, in.Event.Attempt)
	if errors.Is(err, record.ErrNotFound) {
		return Settled{}, nil // ended by force
	}
	if err != nil {
		return Settled{}, err
	}
	for _, e := range rec.Events {
		if e.Number == in.Event.Number && in.Route.Wants(e.Type) {
			told := Told(e)
			return Settled{Event: &told, Items: rec.Status.Items}, nil
		}
	}
	return Settled{}, nil
}

// Told returns the event without what is told to nobody and would fill histories:
// the raw words of what failed.
func Told(e job.Event) job.Event {
	if e.Error != nil {
		failed := *e.Error
		failed.Detail, failed.Faults = "", nil
		e.Error = &failed
	}
	return e
}

// ErrorNotDelivered and ErrorEndpointGone are the types of the errors with which
// a delivery ends for now, or for good.
const (
	ErrorNotDelivered = "NotDelivered"
	ErrorEndpointGone = "EndpointGone"
)

// QueueDelivery gives a delivery to the workflow that keeps the endpoint of the job
// at the latest event.
func (n *Notify) QueueDelivery(ctx context.Context, in Delivery) error {
	if _, err := n.delivery(ctx, in); err != nil { // so that it is in the log at once
		return err
	}
	return n.Queue(ctx, in)
}

// SupersedeDelivery notes that a delivery is left out for that of a later event.
func (n *Notify) SupersedeDelivery(ctx context.Context, in Delivery) error {
	d, err := n.delivery(ctx, in)
	if err != nil || d.State == job.DeliveryDelivered && !in.Again {
		return err
	}
	d.State = job.DeliverySuperseded
	return n.Log.Save(ctx, d)
}

// DeliverEvent sends an event to an endpoint once, and logs it. An error says
// whether and when it is to be tried again.
func (n *Notify) DeliverEvent(ctx context.Context, in Delivery) error {
	d, err := n.delivery(ctx, in)
	if err != nil {
		return err
	}
	if d.State == job.DeliveryDelivered && !in.Again {
		return nil // an earlier try was taken, and its worker died before it could say so
	}
	disabled, err := n.Log.Disabled(ctx, d.Endpoint, n.Sender.URL(d.Endpoint))
	if err != nil {
		return err
	}
	if disabled && !in.Again {
		return n.close(ctx, d, job.DeliveryDisabled, "The endpoint has answered earlier that it is gone.")
	}
	out := notify.Outgoing{Endpoint: d.Endpoint, ID: d.ID, Body: []byte(d.Body), Commit: d.Commit}
	if in.Route.Latest {
		if out.Shown, err = n.Log.Shown(ctx, d.JobID, d.Endpoint); err != nil {
			return err
		}
		if out.Shown.Event > d.Event {
			return n.SupersedeDelivery(ctx, in)
		}
	}
	v, err := n.Sender.Send(ctx, out)
	if errors.Is(err, notify.ErrUnknown) {
		return n.close(ctx, d, job.DeliveryFailed, "The endpoint is no longer in the configuration.")
	}
	if err != nil {
		v.Try = job.Try{At: time.Now().UTC(), Error: "It could not be sent: " + err.Error() + "."}
	}
	if in.Route.Latest && v.Try.Status != 0 {
		if v.Delivered {
			v.Shown.Event = d.Event
		}
		if v.Shown != out.Shown {
			if err := n.Log.SaveShown(ctx, d.JobID, d.Endpoint, v.Shown); err != nil {
				return err
			}
		}
	}
	return n.judge(ctx, d, v, in.Again)
}

// judge logs a try and says how to go on.
func (n *Notify) judge(ctx context.Context, d *job.Delivery, v notify.Verdict, again bool) error {
	d.Tries = append(d.Tries, v.Try)
	switch {
	case v.Delivered:
		d.State = job.DeliveryDelivered
		if again { // it may have been gone, and is back
			return errors.Join(n.Log.Enable(ctx, d.Endpoint), n.Log.Save(ctx, d))
		}
		return n.Log.Save(ctx, d)
	case v.Gone:
		d.State = job.DeliveryDisabled
		if err := errors.Join(n.Log.Disable(ctx, d.Endpoint, n.Sender.URL(d.Endpoint)), n.Log.Save(ctx, d)); err != nil {
			return err
		}
		return temporal.NewNonRetryableApplicationError(v.Try.Error, ErrorEndpointGone, nil)
	case v.Refused:
		d.State = job.DeliveryFailed
		if err := n.Log.Save(ctx, d); err != nil {
			return err
		}
		return temporal.NewNonRetryableApplicationError(v.Try.Error, ErrorNotDelivered, nil)
	}
	d.State = job.DeliveryPending
	if err := n.Log.Save(ctx, d); err != nil {
		return err
	}
	return temporal.NewApplicationErrorWithOptions(v.Try.Error, ErrorNotDelivered, temporal.ApplicationErrorOptions{
		NextRetryDelay: v.RetryAfter, // 0 leaves it to the policy
	})
}

// delivery returns the delivery as it is in the log, or puts it there. What is sent
// is decided the first time, so that every try sends the same.
func (n *Notify) delivery(ctx context.Context, in Delivery) (*job.Delivery, error) {
	d, err := n.Log.Find(ctx, in.Event.JobID, in.Event.Number, in.Route.Endpoint)
	if !errors.Is(err, notify.ErrNotFound) {
		return d, err
	}
	body, err := n.Sender.Compose(in.Route.Endpoint, notify.NewMessage(n.Base, in.Summary, in.Items, in.Event))
	if err != nil {
		return nil, err
	}
	d = &job.Delivery{
		ID:    notify.ID(in.Event.JobID, in.Event.Number, in.Route.Endpoint),
		JobID: in.Event.JobID, Attempt: in.Event.Attempt, Event: in.Event.Number, Type: in.Event.Type,
		Endpoint: in.Route.Endpoint, State: job.DeliveryPending, CreatedAt: time.Now().UTC(), Body: string(body),
		Commit: in.Route.Commit,
	}
	return d, n.Log.Save(ctx, d)
}

// close ends a delivery without sending.
func (n *Notify) close(ctx context.Context, d *job.Delivery, state job.DeliveryState, why string) error {
	d.State = state
	d.Tries = append(d.Tries, job.Try{At: time.Now().UTC(), Error: why})
	if err := n.Log.Save(ctx, d); err != nil {
		return err
	}
	return temporal.NewNonRetryableApplicationError(why, ErrorEndpointGone, nil)
}

// GiveUpDelivery notes that a delivery is tried no more.
func (n *Notify) GiveUpDelivery(ctx context.Context, in Delivery) error {
	d, err := n.delivery(ctx, in)
	if err != nil || d.State != job.DeliveryPending {
		return err
	}
	d.State = job.DeliveryFailed
	return n.Log.Save(ctx, d)
}
