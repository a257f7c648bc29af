package e2e_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/embedded"
	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/job"
)

// A cluster is Temporal alone, for docjobs api and docjobs worker.
type cluster struct {
	t       *testing.T
	address string
	config  string // of all processes
	target  string
}

func newCluster(t *testing.T) *cluster {
	server, err := embedded.Start(t.Context(), embedded.Config{Dir: t.TempDir(), Namespace: namespace, NoUI: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	c := &cluster{t: t, address: server.Address(), target: t.TempDir()}
	target, err := release.OpenFile(c.target, release.Options{Name: "site"})
	require.NoError(t, err)
	site := httptest.NewServer(release.NewHandler(target)) // outlives the processes
	t.Cleanup(site.Close)
	c.config = write(t, "artifacts: file://"+t.TempDir()+"\ntargets:\n  site:\n    type: file\n    path: "+c.target+"\n    url: "+site.URL+"\n")
	return c
}

// configure adds to the configuration of all processes.
func (c *cluster) configure(content string) {
	c.t.Helper()
	before, err := os.ReadFile(c.config)
	require.NoError(c.t, err)
	c.config = write(c.t, string(before)+content)
}

// start starts a part of docjobs and returns once it says that it is ready.
func (c *cluster) start(part, data string, args ...string) *program {
	c.t.Helper()
	cmd := command(context.Background(), c.t, append([]string{part, "--config", c.config, "--data", data}, args...)...)
	cmd.Env = append(cmd.Env, "TEMPORAL_ADDRESS="+c.address, "TEMPORAL_NAMESPACE="+namespace)
	p, _ := spawn(c.t, cmd)
	waitFor(c.t, "docjobs "+part+" being ready", func() bool {
		select {
		case <-p.ended:
			c.t.Fatalf("docjobs %s has ended: %s", part, p.stderr)
		default:
		}
		return strings.Contains(p.stderr.String(), "ready")
	})
	return p
}

// api starts docjobs api with a client for it.
func (c *cluster) api() *program {
	c.t.Helper()
	p := c.start("api", c.t.TempDir(), "--http", "127.0.0.1:0")
	p.addresses.HTTP = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(p.stderr.String())
	p.connect(p.addresses.HTTP)
	return p
}

// A worker that is killed in the middle of a build loses no job: another one
// goes on with it, with a data folder of its own. With none alive, everything
// can be read still.
func TestWorkersOfACluster(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	api := c.api()
	one, two := t.TempDir(), t.TempDir()
	workers := map[string]*program{one: c.start("worker", one), two: c.start("worker", two)}

	receipt := api.publish(folder(t, bigSite("one", 10)), "site")
	busy := ""
	waitFor(t, "the site generator", func() bool {
		for dir := range workers {
			if len(generators(t, dir)) > 0 {
				busy = dir
			}
		}
		return busy != ""
	})
	api.until(receipt.ID, "build")
	workers[busy].kill()
	idle := one
	if busy == one {
		idle = two
	}
	status := api.finished(receipt.ID)
	requireCompleted(t, status)
	require.Equal(t, 1, status.Attempt)
	requireOrdered(t, api.events(receipt.ID))
	requireTidy(t, idle)
	require.Empty(t, generators(t, busy))
	code, page := get(t, status.Release.URL+"p7/")
	require.Equal(t, 200, code)
	require.Contains(t, page, "edition-one")

	receipt = api.publish(folder(t, bigSite("two", 10)), "site")
	waitFor(t, "the site generator", func() bool { return len(generators(t, idle)) > 0 })
	workers[idle].kill()
	start := time.Now()
	stale, err := api.Get(t.Context(), receipt.ID, job.StatusQuery{})
	require.NoError(t, err)
	t.Logf("answered without a worker after %v", time.Since(start).Round(time.Millisecond))
	require.True(t, stale.Stale)
	require.Equal(t, job.StateProcessing, stale.State)
	require.Equal(t, job.StepProcessing, stale.Step("build").State)
	api.events(receipt.ID)
	code, body := get(t, api.addresses.HTTP+"/v1/jobs/"+string(receipt.ID))
	require.Equal(t, 200, code)
	var resource map[string]any
	require.NoError(t, json.Unmarshal([]byte(body), &resource))
	require.Equal(t, true, resource["stale"])
	out := api.run("list", "--json")
	require.Zero(t, out.code, out.err)
	require.Contains(t, out.out, string(receipt.ID))

	last := c.start("worker", busy)
	status = api.finished(receipt.ID)
	requireCompleted(t, status)
	require.False(t, status.Stale)
	require.Equal(t, 1, status.Attempt)
	requireOrdered(t, api.events(receipt.ID))
	requireTidy(t, busy)
	require.Less(t, last.stop(), 15*time.Second)
	require.Less(t, api.stop(), 15*time.Second)
	left, err := filepath.Glob(filepath.Join(c.target, "tmp", "*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// Two workers do not share a data folder, and settings that are wrong are
// told in a line.
func TestWorkersThatCannotStart(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	data := t.TempDir()
	c.start("worker", data)
	try := func(config, address string) outcome {
		cmd := command(limited(t, time.Minute), t, "worker", "--config", config, "--data", data)
		cmd.Env = append(cmd.Env, "TEMPORAL_ADDRESS="+address, "TEMPORAL_NAMESPACE="+namespace)
		return finish(t, cmd)
	}
	out := try(c.config, c.address)
	require.Equal(t, 1, out.code)
	require.Contains(t, out.err, data)
	out = try(c.config, "127.0.0.1:1")
	require.Equal(t, 1, out.code)
	require.Contains(t, out.err, "127.0.0.1:1")
	out = try(write(t, "targets:\n  Site:\n    type: ftp\n    path: here\nretention: 1h\n"), c.address)
	require.Equal(t, 1, out.code)
	for _, name := range []string{"Site", "ftp", "here", "retention"} {
		require.Contains(t, out.err, name)
	}
	out = try(write(t, "target: x\n"), c.address)
	require.Equal(t, 1, out.code)
	require.Contains(t, out.err, "target")
}
