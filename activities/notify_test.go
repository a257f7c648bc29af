package activities

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/notify"
	"github.com/docjobs/docjobs/record"
)

// told is one request that an endpoint got.
type told struct{ id, body string }

// newNotify returns the activities, with one endpoint, "ops", that answers as it is
// told and passes on what it got.
func newNotify(t *testing.T) (n *Notify, got *[]told, answer *int) {
	t.Helper()
	status, requests := http.StatusOK, []told{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		requests = append(requests, told{r.Header.Get("webhook-id"), string(body)})
		w.Header().Set("Retry-After", "90")
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	store, err := artifact.Open(t.Context(), "mem://", artifact.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	file := t.TempDir() + "/secret"
	require.NoError(t, os.WriteFile(file, []byte(secret), 0o600))
	return &Notify{
		Records: record.NewStore(store.Documents()), Log: notify.NewLog(store.Documents()), Base: "https://docjobs.example",
		Closed: func(context.Context, job.ID, string) error { return nil },
		Sender: notify.NewSender(notify.Endpoints{
			Named:        map[string]notify.Endpoint{"ops": {URL: server.URL, Secrets: []notify.SecretSource{{File: file}}}},
			AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		}, "docjobs"),
	}, &requests, &status
}

func delivery(event int64) Delivery {
	return Delivery{
		Route:   job.Route{Endpoint: "ops"},
		Event:   job.Event{Number: event, Type: "job.failed", JobID: "probe-3f9k2m7qx1ab4c5d", Attempt: 1, State: job.StateFailed},
		Summary: job.Summary{Kind: job.KindProbe},
	}
}

func (n *Notify) states(t *testing.T) (states []job.DeliveryState) {
	t.Helper()
	list, err := n.Log.List(t.Context(), "probe-3f9k2m7qx1ab4c5d")
	require.NoError(t, err)
	for _, d := range list {
		states = append(states, d.State)
	}
	return states
}

func TestEveryTrySendsTheSame(t *testing.T) {
	t.Parallel()
	n, got, answer := newNotify(t)
	*answer = http.StatusServiceUnavailable
	err := n.DeliverEvent(t.Context(), delivery(1))
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.False(t, app.NonRetryable())
	require.Equal(t, 90*time.Second, app.NextRetryDelay(), "as the endpoint has asked")

	n.Base = "https://moved.example"
	*answer = http.StatusOK
	require.NoError(t, n.DeliverEvent(t.Context(), delivery(1)))
	require.NoError(t, n.DeliverEvent(t.Context(), delivery(1)), "which had been taken")
	require.Len(t, *got, 2)
	require.Equal(t, (*got)[0], (*got)[1])
	list, err := n.Log.List(t.Context(), "probe-3f9k2m7qx1ab4c5d")
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, (*got)[0], told{list[0].ID, list[0].Body})
	require.Equal(t, []int{503, 200}, []int{list[0].Tries[0].Status, list[0].Tries[1].Status})

	again := delivery(1)
	again.Again = true
	require.NoError(t, n.DeliverEvent(t.Context(), again))
	require.Equal(t, (*got)[0], (*got)[2])
}

func TestAnEndpointThatIsGone(t *testing.T) {
	t.Parallel()
	n, got, answer := newNotify(t)
	*answer = http.StatusGone
	var app *temporal.ApplicationError
	require.ErrorAs(t, n.DeliverEvent(t.Context(), delivery(1)), &app)
	require.True(t, app.NonRetryable())
	require.Equal(t, ErrorEndpointGone, app.Type())
	*answer = http.StatusOK
	require.Error(t, n.DeliverEvent(t.Context(), delivery(2)))
	require.Len(t, *got, 1, "nothing more is sent")
	require.Equal(t, []job.DeliveryState{job.DeliveryDisabled, job.DeliveryDisabled}, n.states(t))

	again := delivery(2)
	again.Again = true
	require.NoError(t, n.DeliverEvent(t.Context(), again))
	require.NoError(t, n.DeliverEvent(t.Context(), delivery(3)), "it is back")
	require.Equal(t, []job.DeliveryState{job.DeliveryDisabled, job.DeliveryDelivered, job.DeliveryDelivered}, n.states(t))
}

func TestAnEndpointThatWasTakenAway(t *testing.T) {
	t.Parallel()
	n, _, _ := newNotify(t)
	n.Sender = notify.NewSender(notify.Endpoints{}, "docjobs")
	require.Error(t, n.DeliverEvent(t.Context(), delivery(1)))
	require.Equal(t, []job.DeliveryState{job.DeliveryFailed}, n.states(t))
}

func TestADeliveryIsGivenUp(t *testing.T) {
	t.Parallel()
	n, _, answer := newNotify(t)
	require.NoError(t, n.DeliverEvent(t.Context(), delivery(1)))
	require.NoError(t, n.GiveUpDelivery(t.Context(), delivery(1)))
	*answer = http.StatusTeapot
	require.Error(t, n.DeliverEvent(t.Context(), delivery(2)))
	require.NoError(t, n.GiveUpDelivery(t.Context(), delivery(2)))
	require.NoError(t, n.GiveUpDelivery(t.Context(), delivery(3)), "although no worker ever came to it")
	require.Equal(t, []job.DeliveryState{job.DeliveryDelivered, job.DeliveryFailed, job.DeliveryFailed}, n.states(t))
}

func TestTheRecordSaysHowAJobEnded(t *testing.T) {
	t.Parallel()
	n, _, _ := newNotify(t)
	in := delivery(4)
	in.RunID = "run"
	settled, err := n.SettleEvent(t.Context(), in)
	require.NoError(t, err)
	require.Nil(t, settled.Event, "ended by force")

	rec := &record.Record{Version: record.Version, Status: job.Status{ID: in.Event.JobID, Attempt: 1, Items: job.ItemCounts{Total: 3}}}
	rec.Events = []job.Event{{Number: 4, Type: "job.cancelled", Error: &job.Error{Message: "m", Detail: "raw"}}}
	require.NoError(t, n.Records.Save(t.Context(), rec))
	settled, err = n.SettleEvent(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, "job.cancelled", settled.Event.Type)
	require.Empty(t, settled.Event.Error.Detail)
	require.Equal(t, 3, settled.Items.Total)
	in.Route.Events = []string{"job.failed"}
	settled, err = n.SettleEvent(t.Context(), in)
	require.NoError(t, err)
	require.Nil(t, settled.Event, "nobody wants to know that")

	broken := errors.New("Temporal is away")
	n.Closed = func(context.Context, job.ID, string) error { return broken }
	_, err = n.SettleEvent(t.Context(), in)
	require.ErrorIs(t, err, broken)
}
