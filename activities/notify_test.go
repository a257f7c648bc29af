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

// What an endpoint shows of a job is never set back, and a message that was deleted
// is posted anew.
func TestAnEndpointShowsTheLatestEvent(t *testing.T) {
	t.Parallel()
	n, _, _ := newNotify(t)
	said, calls := `{"ok":true,"channel":"C024BE91L","ts":"1.2"}`, []string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls = append(calls, r.URL.Path)
		_, _ = io.WriteString(w, said)
	}))
	t.Cleanup(server.Close)
	file := t.TempDir() + "/token"
	require.NoError(t, os.WriteFile(file, []byte("xoxb-1"), 0o600))
	n.Sender = notify.NewSender(notify.Endpoints{
		Named:        map[string]notify.Endpoint{"ops": {Format: notify.FormatSlack, Channel: "C024BE91L", URL: server.URL, Secrets: []notify.SecretSource{{File: file}}}},
		AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	}, "docjobs")
	event := func(number int64) Delivery {
		d := delivery(number)
		d.Route.Latest = true
		return d
	}
	require.NoError(t, n.DeliverEvent(t.Context(), event(2)))
	require.NoError(t, n.DeliverEvent(t.Context(), event(4)))
	require.NoError(t, n.DeliverEvent(t.Context(), event(3)))
	require.NoError(t, n.SupersedeDelivery(t.Context(), event(2)), "which it was not")
	require.Equal(t, []string{"/chat.postMessage", "/chat.update"}, calls)
	require.Equal(t, []job.DeliveryState{job.DeliveryDelivered, job.DeliverySuperseded, job.DeliveryDelivered}, n.states(t))

	said = `{"ok":false,"error":"message_not_found"}`
	require.Error(t, n.DeliverEvent(t.Context(), event(5)))
	said = `{"ok":true,"channel":"C024BE91L","ts":"9.9"}`
	require.NoError(t, n.DeliverEvent(t.Context(), event(5)))
	require.Equal(t, []string{"/chat.update", "/chat.postMessage"}, calls[2:])
	shown, err := n.Log.Shown(t.Context(), "probe-3f9k2m7qx1ab4c5d", "ops")
	require.NoError(t, err)
	require.Equal(t, notify.Shown{Event: 5, Channel: "C024BE91L", Message: "9.9"}, shown)

	queued := 0
	n.Queue = func(context.Context, Delivery) error { queued++; return nil }
	require.NoError(t, n.QueueDelivery(t.Context(), event(6)))
	require.Equal(t, 1, queued)
	require.Equal(t, job.DeliveryPending, n.states(t)[4])
}
