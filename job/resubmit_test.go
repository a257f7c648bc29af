package job_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

func TestWhichJobsAreResubmitted(t *testing.T) {
	t.Parallel()
	for body, field := range map[string]string{
		`{"kind":"resubmit"}`:                                                          "filter",
		`{"kind":"resubmit","filter":{}}`:                                              "filter",
		`{"kind":"resubmit","filter":{"state":["completed"]}}`:                         "filter.state",
		`{"kind":"resubmit","filter":{"state":["failed","odd"]}}`:                      "filter.state",
		`{"kind":"resubmit","filter":{"stat":["failed"]}}`:                             "filter.stat",
		`{"kind":"resubmit","filter":{"parent":"convert-3f9k2m7qx1ab4c5d"}}`:           "filter.parent",
		`{"kind":"resubmit","filter":{"label":"a"},"only":"some"}`:                     "only",
		`{"kind":"resubmit","filter":{"label":"a","version":"x"}}`:                     "filter.version",
		`{"kind":"resubmit","filter":{"label":"a","since":"yesterday"}}`:               "filter",
		`{"kind":"resubmit","filter":{"label":"a"},"only":"all"}`:                      "",
		`{"kind":"resubmit","filter":{"state":["partial","failed"],"kind":"convert"}}`: "",
	} {
		var s job.Submission
		err := json.Unmarshal([]byte(body), &s)
		if err == nil {
			err = s.Normalize()
		}
		if field == "" {
			require.NoError(t, err, body)
			continue
		}
		var refused *job.Error
		require.ErrorAs(t, err, &refused, body)
		require.Contains(t, refused.Faults[0].Field, field, body)
	}
	r := &job.Resubmit{Filter: job.Filter{Kind: job.KindConvert}}
	require.Empty(t, r.Normalize())
	require.Equal(t, []job.State{job.StateFailed, job.StatePartial}, r.Filter.States, "unless somebody asks for what was cancelled")
	require.Equal(t, "Resubmit jobs: state failed or partial, kind convert", r.Summary())
}
