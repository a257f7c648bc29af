package job

import (
	"context"
	"slices"
	"strings"
	"time"
)

// A DeliveryService tells who was told of a job, and tells them again.
type DeliveryService interface {
	// Deliveries lists what was sent, or was to be sent, about a job: the oldest
	// event first.
	Deliveries(ctx context.Context, id ID) (*DeliveryList, error)
	// Redeliver sends one of them again, with the same ID and content, whatever
	// became of it before.
	Redeliver(ctx context.Context, id ID, delivery string) (*Delivery, error)
}

// A DeliveryList is what was sent about a job.
type DeliveryList struct {
	Deliveries []Delivery `json:"deliveries"`
}

// A DeliveryState says where a delivery stands.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryPending   DeliveryState = "pending"   // not taken yet; it is tried again
	DeliveryDelivered DeliveryState = "delivered" // the endpoint took it
	DeliveryFailed    DeliveryState = "failed"    // given up
	DeliveryDisabled  DeliveryState = "disabled"  // not sent, or no more: the endpoint has answered that it is gone
	// DeliverySuperseded is that of an event which is not sent, because the endpoint
	// shows what a job has come to, and a later event is shown.
	DeliverySuperseded DeliveryState = "superseded"
)

// A Delivery is one event of a job on its way to one endpoint.
type Delivery struct {
	ID        string        `json:"id"` // the webhook-id, the same for every try
	JobID     ID            `json:"job_id"`
	Attempt   int           `json:"attempt"` // of the job
	Event     int64         `json:"event"`   // number of the event
	Type      string        `json:"type"`    // of the event
	Endpoint  string        `json:"endpoint"`
	State     DeliveryState `json:"state"`
	CreatedAt time.Time     `json:"created_at"`
	Body      string        `json:"body"`             // what is sent
	Commit    *Commit       `json:"commit,omitempty"` // that is marked
	Tries     []Try         `json:"tries"`            // the newest [MaxTries]
}

// MaxTries bounds how many tries of a delivery are kept.
const MaxTries = 30

// A Try is one request of a delivery and its answer.
type Try struct {
	At         time.Time         `json:"at"`
	URL        string            `json:"url"`
	Headers    map[string]string `json:"headers,omitempty"` // of the request, without the signature
	Status     int               `json:"status,omitempty"`  // of the answer; 0 when there was none
	Answer     string            `json:"answer,omitempty"`  // the beginning of it
	Error      string            `json:"error,omitempty"`   // why it did not count as taken
	Took       float64           `json:"took"`              // seconds
	RetryAfter int               `json:"retry_after,omitempty"`
}

// A Route is an endpoint that is told of a job, and of what.
type Route struct {
	Endpoint string   `json:"endpoint"`
	Events   []string `json:"events,omitempty"` // see [Route.Wants]
	// Latest is set when the endpoint shows what the job has come to: its events are
	// sent one after another, and an earlier one is left out for a later.
	Latest bool    `json:"latest,omitempty"`
	Commit *Commit `json:"commit,omitempty"` // that is marked
}

// Wants reports whether events of the type go this way. A route names types,
// or groups of them as "job.*"; one that names none wants changes of the job's
// state, releases and rollbacks, and not that the job has expired: it wants to be
// told before.
func (r Route) Wants(eventType string) bool {
	wanted := r.Events
	if len(wanted) == 0 {
		if eventType == StateEvent(StateExpired) {
			return false
		}
		wanted = []string{"job.*", EventReleased, EventRolledBack}
	}
	return slices.ContainsFunc(wanted, func(w string) bool {
		group, all := strings.CutSuffix(w, "*")
		return w == eventType || all && strings.HasPrefix(eventType, group)
	})
}

// ValidEndpoint reports whether name can name an endpoint: 1 to 63 lower-case
// letters, digits and inner dashes.
func ValidEndpoint(name string) bool { return targetPattern.MatchString(name) }
