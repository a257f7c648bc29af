package api

import (
	"encoding/json"
	"errors"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

func TestPreferredWait(t *testing.T) {
	t.Parallel()
	for prefer, want := range map[string]time.Duration{
		"wait=30":                      30 * time.Second,
		"respond-async, WAIT = 5; foo": 5 * time.Second,
		`handling="a, wait=9", wait=2`: 2 * time.Second,
		"wait=1, wait=9":               time.Second,
		`wait="7"`:                     7 * time.Second,
		"wait=0":                       0,
		"wait=3600":                    job.MaxWait,
		"":                             -1, "wait": -1, "wait=": -1, "wait=-3": -1, "wait=1.5": -1, "wait=99999999999999": -1, "await=3": -1, `"wait=3`: -1,
	} {
		got, ok := preferredWait(prefer)
		require.Equal(t, want >= 0, ok, prefer)
		require.Equal(t, max(want, 0), got, prefer)
	}
}

func TestNegotiate(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]string{
		"": "a/json", "*/*": "a/json", "image/png": "a/json", "a/json": "a/json",
		"b/text": "b/text", "b/*": "b/text", "B/Text ; q=1": "b/text",
		"a/json;q=0.5, b/text": "b/text", "b/text;q=0.5, a/json": "a/json",
		"b/text;q=0": "a/json", "b/text;q=x": "a/json", "*/*;q=0.1, b/text;q=0.2": "b/text",
		"b/html,b/xml;q=0.9,*/*;q=0.8": "a/json", "a/json;q=0, */*": "b/text",
	} {
		require.Equal(t, want, negotiate(accept, "a/json", "b/text"), accept)
	}
}

func TestRetryAfterGrowsWithAge(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration]int{
		-time.Hour: 1, 0: 1, 15 * time.Second: 1, time.Minute: 6, 10 * time.Minute: 60, 50 * time.Minute: 300, 90 * 24 * time.Hour: 300,
	} {
		require.Equal(t, want, retryAfter(age), age)
	}
}

func FuzzPreferredWait(f *testing.F) {
	f.Add("respond-async, wait=30")
	f.Add(`x="a,\"b", wait="7";q`)
	f.Fuzz(func(t *testing.T, prefer string) {
		wait, ok := preferredWait(prefer)
		require.True(t, ok || wait == 0)
		require.True(t, wait >= 0 && wait <= job.MaxWait)
	})
}

func FuzzIdempotencyKey(f *testing.F) {
	f.Add(`"release \"1\""`)
	f.Add("bare")
	f.Add(`"open`)
	f.Add(`"a";x=1`)
	f.Fuzz(func(t *testing.T, value string) {
		key, err := parseIdempotencyKey(value)
		if err != nil {
			var p *Problem
			require.True(t, errors.As(err, &p))
			require.Equal(t, 400, p.Status)
			return
		}
		require.LessOrEqual(t, len(key), maxIdempotencyKey)
		require.True(t, utf8.ValidString(key))
	})
}

func FuzzSubmission(f *testing.F) {
	f.Add([]byte(`{"kind":"probe","nonce":"a","labels":["x"],"priority":3}`))
	f.Add([]byte(`{"kind":"publish","source":{"git":"https://example.org/x.git","ref":"-x"},"target":"local","env":{"A":"b"}}`))
	f.Add([]byte(`{"kind":"probe","tea":1}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, body []byte) {
		submission, err := decodeSubmission(&submitInput{RawBody: body})
		if err != nil {
			var e *job.Error
			var p *Problem
			require.True(t, errors.As(err, &e) || errors.As(err, &p))
			return
		}
		// What was understood is understood again when it is passed on.
		encoded, err := json.Marshal(submission)
		require.NoError(t, err)
		again, err := decodeSubmission(&submitInput{RawBody: encoded})
		require.NoError(t, err, string(encoded))
		require.Equal(t, submission.Kind(), again.Kind())
	})
}
