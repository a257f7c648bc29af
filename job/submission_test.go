package job_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

const digest64 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestSubmissionJSON(t *testing.T) {
	t.Parallel()
	text := `{"kind":"publish","source":{"upload":"sha256:` + digest64 + `"},"target":"local","env":{"VERSION":"1"},"labels":["b","a"],"priority":2}`
	var s job.Submission
	require.NoError(t, json.Unmarshal([]byte(text), &s))
	require.NoError(t, s.Normalize())
	p := s.Params.(*job.Publish)
	require.Equal(t, "local", p.Target)
	require.Equal(t, job.LinksNew, p.Links, "the default is filled in")
	require.Equal(t, []string{"a", "b"}, s.Labels)

	again, err := json.Marshal(s)
	require.NoError(t, err)
	var second job.Submission
	require.NoError(t, json.Unmarshal(again, &second))
	require.Equal(t, s, second)
}

// faultsOf decodes and normalizes a submission and returns what is wrong.
func faultsOf(t *testing.T, text string) map[string]string {
	t.Helper()
	var s job.Submission
	err := json.Unmarshal([]byte(text), &s)
	if err == nil {
		err = s.Normalize()
	}
	var refused *job.Error
	require.True(t, errors.As(err, &refused), "%s was taken: %v", text, err)
	require.Equal(t, job.CodeInvalid, refused.Code)
	faults := map[string]string{}
	for _, f := range refused.Faults {
		faults[f.Field] = f.Message
	}
	return faults
}

func TestRefusedSubmissions(t *testing.T) {
	t.Parallel()
	upload := `"source":{"upload":"sha256:` + digest64 + `"}`
	for name, c := range map[string]struct {
		text   string
		fields []string
	}{
		"no kind":            {`{}`, []string{"kind"}},
		"unknown kind":       {`{"kind":"bake"}`, []string{"kind"}},
		"kind of wrong type": {`{"kind":7}`, []string{"kind"}},
		"not an object":      {`[]`, []string{"body"}},
		"nothing given":      {`{"kind":"publish"}`, []string{"source", "target"}},
		"unknown field":      {`{"kind":"publish",` + upload + `,"target":"local","colour":"red"}`, []string{"colour"}},
		"unknown in source":  {`{"kind":"publish","source":{"ftp":"x"},"target":"local"}`, []string{"source.ftp"}},
		"several at once":    {`{"kind":"publish",` + upload + `,"target":7,"labels":"x","nope":1,"links":"x"}`, []string{"labels", "links", "nope", "target"}},
		"two sources":        {`{"kind":"publish","source":{"upload":"sha256:` + digest64 + `","git":"https://x/y"},"target":"local"}`, []string{"source"}},
		"upload of no form":  {`{"kind":"publish","source":{"upload":"sha256:xyz"},"target":"local"}`, []string{"source.upload"}},
		"digest given":       {`{"kind":"publish","source":{"upload":"sha256:` + digest64 + `","digest":"tree:1"},"target":"local"}`, []string{"source.digest"}},
		"ref of an upload":   {`{"kind":"publish","source":{"upload":"sha256:` + digest64 + `","ref":"main"},"target":"local"}`, []string{"source.ref"}},
		"target with path":   {`{"kind":"publish",` + upload + `,"target":"../x"}`, []string{"target"}},
		"dir going out":      {`{"kind":"publish",` + upload + `,"target":"local","dir":"a/../../b"}`, []string{"dir"}},
		"absolute dir":       {`{"kind":"publish",` + upload + `,"target":"local","dir":"/etc"}`, []string{"dir"}},
		"links":              {`{"kind":"publish",` + upload + `,"target":"local","links":"maybe"}`, []string{"links"}},
		"reserved variable":  {`{"kind":"publish",` + upload + `,"target":"local","env":{"LD_PRELOAD":"x","ok":"y"}}`, []string{"env.LD_PRELOAD", "env.ok"}},
		"security variable":  {`{"kind":"publish",` + upload + `,"target":"local","env":{"HUGO_SECURITY_EXEC_ALLOW":"x"}}`, []string{"env.HUGO_SECURITY_EXEC_ALLOW"}},
		"priority":           {`{"kind":"probe","nonce":"x","priority":9}`, []string{"priority"}},
		"control characters": {`{"kind":"probe","nonce":"x\u0007"}`, []string{"nonce"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults := faultsOf(t, c.text)
			require.Len(t, faults, len(c.fields), "%v", faults)
			for _, field := range c.fields {
				require.Contains(t, faults, field)
				require.NotContains(t, faults[field], "json:")
			}
		})
	}
}

// Whoever leaves a default out asks for the same work as who gives it.
func TestIdentityOfDefaults(t *testing.T) {
	t.Parallel()
	plain := &job.Publish{Source: job.Source{Upload: "sha256:" + digest64}, Target: "local"}
	full := &job.Publish{Source: job.Source{Upload: "sha256:" + digest64}, Target: "local", Links: job.LinksNew, External: job.ExternalOff, Dir: "./"}
	require.Empty(t, plain.Normalize())
	require.Empty(t, full.Normalize())
	require.Equal(t, plain.Identity(), full.Identity())

	for name, other := range map[string]*job.Publish{
		"target": {Target: "docs"}, "dir": {Target: "local", Dir: "site"}, "links": {Target: "local", Links: job.LinksWarn},
		"title": {Target: "local", Title: "T"}, "env": {Target: "local", Env: map[string]string{"A": "1"}},
		"source": {Target: "local", Source: job.Source{Digest: "tree:2"}}, "check only": {Target: "local", CheckOnly: true},
		"external": {Target: "local", External: job.ExternalReport},
	} {
		require.NotEqual(t, plain.Identity(), other.Identity(), name)
	}
}

// Choosing among the documents makes other work; not choosing is what it always was.
func TestIdentityOfAConversion(t *testing.T) {
	t.Parallel()
	all := job.Convert{Source: job.Source{Upload: "sha256:" + digest64}}
	require.Empty(t, all.Normalize())
	require.Len(t, all.Identity(), 5)
	seen := map[string]bool{}
	for _, c := range []job.Convert{
		{}, {Include: []string{"a"}}, {Exclude: []string{"a"}}, {Include: []string{"a", "b"}}, {Include: []string{"a"}, Exclude: []string{"b"}}, {Exclude: []string{"a", "b"}},
	} {
		identity := strings.Join(c.Identity(), "|")
		require.False(t, seen[identity], identity)
		seen[identity] = true
	}
	for _, faulty := range [][]string{{"["}, {""}, {"/a"}, {strings.Repeat("x", 1000)}, make([]string, job.MaxPatterns+1)} {
		c := all
		c.Exclude = faulty
		require.NotEmpty(t, c.Normalize(), faulty)
	}
}

func FuzzSubmission(f *testing.F) {
	f.Add(`{"kind":"publish","source":{"upload":"sha256:` + digest64 + `"},"target":"local"}`)
	f.Add(`{"kind":"probe","nonce":"x","labels":["a"],"priority":1}`)
	f.Add(`{"kind":"publish","source":{"git":"https://example.com/x","ref":"main"},"env":{"A":"b"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var s job.Submission
		if json.Unmarshal([]byte(text), &s) != nil || s.Normalize() != nil {
			return
		}
		again, err := json.Marshal(s)
		require.NoError(t, err)
		var second job.Submission
		require.NoError(t, json.Unmarshal(again, &second), "%s", again)
		require.NoError(t, second.Normalize())
		require.Equal(t, s.Params.Identity(), second.Params.Identity())
	})
}

func TestErrorsNameTheirPlace(t *testing.T) {
	t.Parallel()
	e := &job.Error{Code: job.CodeBuildFailed, Message: "It broke.", File: "a.md", Line: 3, Column: 7}
	require.Equal(t, "a.md:3:7: It broke.", e.Error())
	require.Equal(t, job.CodeBuildFailed, job.CodeOf(errors.Join(errors.New("x"), e)))
	refused := job.Invalid(job.Fault{Field: "target", Message: "is missing."})
	require.True(t, strings.HasSuffix(refused.Error(), "target: is missing."))
}
