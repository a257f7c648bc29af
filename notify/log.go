package notify

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
)

// Documents is where a [Log] is kept; [artifact.Documents] is one.
type Documents interface {
	Put(ctx context.Context, key string, v any) error
	Get(ctx context.Context, key string, v any) error
	Delete(ctx context.Context, key string) error
	List(ctx context.Context, folder string) iter.Seq2[string, error]
}

// ErrNotFound says that there is no such delivery.
var ErrNotFound = errors.New("no such delivery")

// A Log keeps deliveries, and which endpoints want no more.
type Log struct{ documents Documents }

// NewLog returns a log that is kept in documents.
func NewLog(documents Documents) *Log { return &Log{documents} }

// Save writes a delivery.
func (l *Log) Save(ctx context.Context, d *job.Delivery) error {
	if extra := len(d.Tries) - job.MaxTries; extra > 0 {
		d.Tries = d.Tries[extra:]
	}
	return l.documents.Put(ctx, deliveryKey(d.JobID, d.Event, d.Endpoint), d)
}

// Find returns the delivery of an event to an endpoint, or [ErrNotFound].
func (l *Log) Find(ctx context.Context, id job.ID, event int64, endpoint string) (*job.Delivery, error) {
	var d job.Delivery
	err := l.documents.Get(ctx, deliveryKey(id, event, endpoint), &d)
	if errors.Is(err, artifact.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("reading a delivery of %s: %w", id, err)
	}
	return &d, nil
}

// List returns every delivery of a job, by the number of the event and the name
// of the endpoint.
func (l *Log) List(ctx context.Context, id job.ID) ([]job.Delivery, error) {
	found := []job.Delivery{}
	for key, err := range l.documents.List(ctx, deliveryFolder(id)) {
		if err != nil {
			return nil, fmt.Errorf("listing the deliveries of %s: %w", id, err)
		}
		var d job.Delivery
		if err := l.documents.Get(ctx, key, &d); err != nil {
			return nil, fmt.Errorf("reading a delivery of %s: %w", id, err)
		}
		found = append(found, d)
	}
	return found, nil
}

// Shown returns what the endpoint shows of a job; nothing when it shows nothing yet.
func (l *Log) Shown(ctx context.Context, id job.ID, endpoint string) (shown Shown, err error) {
	err = l.documents.Get(ctx, shownKey(id, endpoint), &shown)
	if errors.Is(err, artifact.ErrNotFound) {
		return Shown{}, nil
	}
	return shown, err
}

// SaveShown notes what the endpoint shows of a job.
func (l *Log) SaveShown(ctx context.Context, id job.ID, endpoint string, shown Shown) error {
	return l.documents.Put(ctx, shownKey(id, endpoint), shown)
}

func shownKey(id job.ID, endpoint string) string {
	return fmt.Sprintf("notify/shown/%s/%s.json", id, endpoint)
}

func deliveryFolder(id job.ID) string { return "notify/deliveries/" + string(id) }

func deliveryKey(id job.ID, event int64, endpoint string) string {
	return fmt.Sprintf("%s/%08d-%s.json", deliveryFolder(id), event, endpoint)
}

// gone is the mark of an endpoint that has answered 410.
type gone struct {
	URL string    `json:"url"`
	At  time.Time `json:"at"`
}

// Disable keeps anything more from being sent to the endpoint, as long as it has
// this address.
func (l *Log) Disable(ctx context.Context, endpoint, url string) error {
	return l.documents.Put(ctx, goneKey(endpoint), gone{url, time.Now().UTC()})
}

// Enable takes back what Disable did.
func (l *Log) Enable(ctx context.Context, endpoint string) error {
	err := l.documents.Delete(ctx, goneKey(endpoint))
	if errors.Is(err, artifact.ErrNotFound) {
		return nil
	}
	return err
}

// Disabled reports whether the endpoint at this address has answered that it is
// gone.
func (l *Log) Disabled(ctx context.Context, endpoint, url string) (bool, error) {
	var g gone
	err := l.documents.Get(ctx, goneKey(endpoint), &g)
	if errors.Is(err, artifact.ErrNotFound) {
		return false, nil
	}
	return err == nil && g.URL == url, err
}

func goneKey(endpoint string) string { return "notify/gone/" + endpoint + ".json" }
