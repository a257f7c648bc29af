package e2e_test

import (
	"archive/zip"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"crypto/sha256"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

// expiringConfig is a server on which results live for seconds.
func expiringConfig(t *testing.T, vault string, r *receiver) string {
	t.Helper()
	return write(t, fmt.Sprintf(`results: {keep: 1h, longest: 48h, warn: 3s, sweep: 1s, grace: 2s, uploads: 5s}
archives:
  vault: {url: "file://%s"}
notify:
  allow_http: true
  allow_private: [127.0.0.0/8]
  endpoints:
    ops: {url: "%s", secrets: [{file: %s}], all: true, events: [job.expiring, job.expired]}
`, vault, r.url, r.file))
}

// A shelf is a server, and what the jobs on it have made.
type shelf struct {
	*program
	data  string
	files map[job.ID][]job.Artifact
}

// made submits a folder to be checked and waits until that is done.
func (s *shelf) made(files map[string]string, args ...string) job.ID {
	s.t.Helper()
	dir := s.t.TempDir()
	for name, text := range files {
		require.NoError(s.t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	out := s.run(append([]string{"submit", "publish", dir, "--check-only"}, args...)...)
	require.Zero(s.t, out.code, out.err)
	id := job.ID(strings.TrimSpace(out.out))
	require.Equal(s.t, job.StateCompleted, s.finished(id).State)
	for a, err := range s.Artifacts(s.t.Context(), id, 0) {
		require.NoError(s.t, err)
		s.files[id] = append(s.files[id], a)
	}
	require.NotEmpty(s.t, s.files[id])
	return id
}

// stored tells which of a job's files are in the artifact store.
func (s *shelf) stored(id job.ID) (paths []string) {
	for _, a := range s.files[id] {
		if _, err := os.Stat(filepath.Join(s.data, "artifacts", "blobs", a.SHA256[:2], a.SHA256)); err == nil {
			paths = append(paths, a.Path)
		}
	}
	return paths
}

// requireReadable fetches every file of a job and compares its digest.
func (s *shelf) requireReadable(id job.ID) {
	s.t.Helper()
	for _, a := range s.files[id] {
		var content bytes.Buffer
		require.NoError(s.t, s.Download(s.t.Context(), id, 0, a.Path, &content))
		sum := sha256.Sum256(content.Bytes())
		require.Equal(s.t, a.SHA256, hex.EncodeToString(sum[:]), a.Path)
	}
}

func (s *shelf) state(id job.ID) job.State {
	st, err := s.Get(s.t.Context(), id, job.StatusQuery{})
	require.NoError(s.t, err)
	return st.State
}

// requireExpired checks what is told of a job that has expired, and that it is told
// apart from one that there never was.
func (s *shelf) requireExpired(id job.ID) {
	s.t.Helper()
	st, err := s.Get(s.t.Context(), id, job.StatusQuery{})
	require.NoError(s.t, err)
	require.Equal(s.t, job.StateExpired, st.State)
	require.Equal(s.t, job.StateCompleted, st.Outcome())
	require.NotEmpty(s.t, st.Outputs, "the record tells what there was")
	for _, below := range []string{"/result", "/artifacts", "/artifacts?format=zip", "/artifacts/" + s.files[id][0].Path, "/logs", "/logs?follow=1"} {
		resp, body := ask(s.t, http.MethodGet, s.addresses.HTTP+"/v1/jobs/"+string(id)+below, nil)
		require.Equal(s.t, http.StatusGone, resp.StatusCode, "%s %s", below, body)
		var problem struct {
			JobID job.ID `json:"job_id"`
			Hint  string `json:"hint"`
		}
		require.NoError(s.t, json.Unmarshal(body, &problem))
		require.Equal(s.t, id, problem.JobID)
		require.Contains(s.t, problem.Hint, "resubmit")
		unknown, _ := ask(s.t, http.MethodGet, s.addresses.HTTP+"/v1/jobs/publish-00000000000000aa"+below, nil)
		require.Equal(s.t, http.StatusNotFound, unknown.StatusCode)
	}
	items, err := s.Items(s.t.Context(), id, job.ItemQuery{})
	require.NoError(s.t, err)
	require.NotEmpty(s.t, items.Items, "the list of documents is part of the record")
	page, err := s.List(s.t.Context(), job.Filter{States: []job.State{job.StateExpired}})
	require.NoError(s.t, err)
	require.Condition(s.t, func() bool {
		for _, listed := range page.Jobs {
			if listed.ID == id {
				return true
			}
		}
		return false
	}, "it is listed as expired")
}

func TestResultsExpire(t *testing.T) {
	vault, r := t.TempDir(), newReceiver(t)
	s := &shelf{data: t.TempDir(), files: map[job.ID][]job.Artifact{}}
	config := expiringConfig(t, vault, r)
	s.program = up(t, s.data, "--config", config)

	long := s.made(map[string]string{"index.md": "# Shared", "shared.md": "# Both have this"})
	pinned := s.made(map[string]string{"index.md": "# Pinned"}, "--retention", "8s")
	require.Zero(t, s.run("pin", string(pinned)).code)
	fetched := s.made(map[string]string{"index.md": "# Fetched"}, "--retention", "8s")
	require.Zero(t, s.run("result", string(fetched), "--output", t.TempDir()).code)
	short := s.made(map[string]string{"index.md": "# Shared", "shared.md": "# Both have this", "alone.md": "# Only here"}, "--retention", "8s", "--archive", "vault")
	var alone, shared int
	for _, a := range s.files[short] {
		if bytes.Contains(fmt.Appendf(nil, "%v", s.files[long]), []byte(a.SHA256)) {
			shared++
		} else {
			alone++
		}
	}
	require.Positive(t, shared)
	require.Positive(t, alone)

	s.kill() // whoever keeps results goes on with the next start
	s.program = s.again(s.data, "--config", config)
	waitFor(t, "the results to expire", func() bool { return s.state(short) == job.StateExpired && s.state(fetched) == job.StateExpired })
	var told []string
	for len(told) < 3 {
		m := <-r.got
		told = append(told, fmt.Sprint(m.message.Type, " ", m.message.Data.JobID))
	}
	require.ElementsMatch(t, []string{"job.expiring " + string(short), "job.expired " + string(short), "job.expired " + string(fetched)}, told,
		"the one that was fetched is not warned of")
	waitFor(t, "what only the short-lived job had to be deleted", func() bool { return len(s.stored(short)) == shared })
	waitFor(t, "the bin to be empty", func() bool {
		left, _ := filepath.Glob(filepath.Join(s.data, "artifacts", "bin", "*", "*"))
		return len(left) == 0
	})

	check := func() {
		t.Helper()
		s.requireExpired(short)
		s.requireExpired(fetched)
		s.requireReadable(long)
		s.requireReadable(pinned)
		st, err := s.Get(t.Context(), short, job.StatusQuery{})
		require.NoError(t, err)
		require.Equal(t, job.ArchiveStored, st.Archive.State)
		requireArchive(t, st, s.files[short])
		s.events(short)
	}
	check()
	s.kill()
	s.program = s.again(s.data, "--config", config)
	check()
	out := s.run("extend", string(short), "--for", "1h")
	require.Equal(t, 1, out.code)
	require.Contains(t, out.err, "expired")

	// The same work again, by many at once, is one more attempt of the same job. Its
	// source has gone as well and is sent again.
	dir := t.TempDir()
	for name, text := range map[string]string{"index.md": "# Shared", "shared.md": "# Both have this", "alone.md": "# Only here"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	var group sync.WaitGroup
	for range 12 {
		group.Go(func() {
			out := s.run("submit", "publish", dir, "--check-only")
			if out.code != 0 || strings.TrimSpace(out.out) != string(short) {
				t.Errorf("%d %s %s", out.code, out.out, out.err)
			}
		})
	}
	group.Wait()
	st := s.finished(short)
	require.Equal(t, job.StateCompleted, st.State)
	require.Equal(t, 2, st.Attempt, "attempts")
	s.requireReadable(short)
	first, err := s.Get(t.Context(), short, job.StatusQuery{Attempt: 1})
	require.NoError(t, err)
	require.Equal(t, job.StateExpired, first.State)
	s.events(short)
}

// requireArchive checks the copy of a result in the operator's archive.
func requireArchive(t *testing.T, st *job.Status, files []job.Artifact) {
	t.Helper()
	content, err := os.ReadFile(strings.TrimPrefix(st.Archive.Location, "file://"))
	require.NoError(t, err)
	sum := sha256.Sum256(content)
	require.Equal(t, st.Archive.SHA256, hex.EncodeToString(sum[:]))
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	require.Len(t, archive.File, len(files)+2)
	for _, a := range files {
		f, err := archive.Open(string(st.ID) + "/artifacts/" + a.Path)
		require.NoError(t, err)
		hash := sha256.New()
		_, err = io.Copy(hash, f)
		require.NoError(t, err)
		require.Equal(t, a.SHA256, hex.EncodeToString(hash.Sum(nil)))
	}
}

func TestWhatIsAskedOfRetentionIsChecked(t *testing.T) {
	vault, r := t.TempDir(), newReceiver(t)
	p := up(t, t.TempDir(), "--config", expiringConfig(t, vault, r))
	for args, want := range map[string]string{
		"--archive attic":     "the archives are: vault",
		"--retention 90d":     "longer than 2d",
		"--retention forever": "not a time such as",
	} {
		out := p.run(append([]string{"submit", "probe", "x"}, strings.Fields(args)...)...)
		require.Equal(t, 1, out.code, args)
		require.Contains(t, out.err, want)
	}
	page, err := p.List(t.Context(), job.Filter{})
	require.NoError(t, err)
	require.Empty(t, page.Jobs, "nothing was started")
}
