package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/release/s3release/s3test"
	"github.com/docjobs/docjobs/job"
)

// A bucket is an S3 server with a bucket in it, and what serves the live release to
// readers.
type bucket struct {
	*s3test.Proxy
	folder string
	edge   string
}

func newBucket(t *testing.T) *bucket {
	server := s3test.Start(t)
	b := &bucket{Proxy: server.Proxy(t), folder: server.Bucket(t, "docs")}
	b.edge = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		root := filepath.Join(b.folder, "manual")
		var pointer struct{ Site string }
		data, err := os.ReadFile(filepath.Join(root, "current.json"))
		if err == nil {
			err = json.Unmarshal(data, &pointer)
		}
		if err != nil {
			http.NotFound(w, r)
			return
		}
		http.FileServer(http.Dir(filepath.Join(b.folder, pointer.Site))).ServeHTTP(w, r)
	}))
	return b
}

// config is a configuration with the bucket as a target.
func (b *bucket) config(t *testing.T, layout string) string {
	return write(t, fmt.Sprintf(`targets:
  docs:
    type: s3
    bucket: docs
    prefix: manual
    endpoint: %s
    path_style: true
    layout: %s
    url: %s
    credentials: {access_key_env: DOCS_KEY, secret_key_env: DOCS_SECRET}
`, b.URL, layout, b.edge))
}

var bucketEnv = []string{"DOCS_KEY=" + s3test.AccessKey, "DOCS_SECRET=" + s3test.SecretKey}

// finishedSite is a site that is copied as it is.
func finishedSite(guide string) map[string]string {
	page := func(text string) string {
		return "<!doctype html><title>x</title><link rel=stylesheet href=/css/main.0a1b2c3d.css><p>" + text
	}
	return map[string]string{
		"index.html": page("home"), "guide/index.html": page(guide), "about/index.html": page("about"),
		"css/main.0a1b2c3d.css": "body{}",
	}
}

func TestPublishesToABucket(t *testing.T) {
	t.Parallel()
	for _, layout := range []string{"pointer", "sync"} {
		t.Run(layout, func(t *testing.T) {
			t.Parallel()
			b, data := newBucket(t), t.TempDir()
			if layout == "sync" {
				b.edge = serve(t, http.FileServer(http.Dir(filepath.Join(b.folder, "manual"))))
			}
			p := upWith(t, bucketEnv, data, "--config", b.config(t, layout))
			requireReads := func(says string) {
				t.Helper()
				code, page := get(t, b.edge+"/guide/")
				require.Equal(t, http.StatusOK, code)
				require.Contains(t, page, says)
			}
			one := p.finished(p.publish(folder(t, finishedSite("one")), "docs").ID)
			requireCompleted(t, one)
			requireReads("one")
			b.Writes()

			two := p.finished(p.publish(folder(t, finishedSite("two")), "docs").ID)
			requireCompleted(t, two)
			requireReads("two")
			require.Equal(t, 1, two.Release.New)
			require.Equal(t, one.Release.ID, two.Release.Previous)
			state := "docs/manual/"
			if layout == "sync" {
				state += ".docjobs/"
			}
			made := state + "releases/" + two.Release.ID + "/"
			want := []string{
				"COPY " + made + "site/about/index.html", "COPY " + made + "site/css/main.0a1b2c3d.css", "COPY " + made + "site/index.html",
				"PUT " + made + "manifest.json", "PUT " + made + "site/guide/index.html",
			}
			if layout == "sync" {
				want = append([]string{want[0], want[1], want[2], "COPY docs/manual/guide/index.html", "PUT " + state + "current.json", "PUT " + state + "current.json"}, want[3:]...)
			} else {
				want = append([]string{want[0], want[1], want[2], "PUT " + state + "current.json"}, want[3:]...)
			}
			require.Equal(t, want, b.Writes(), "one page, the manifest and the pointer are sent; the rest is copied")

			dir := folder(t, finishedSite("two"))
			require.True(t, p.publish(dir, "docs").Deduplicated, "its release is live")
			out := p.run("rollback", "docs", "--wait", "--json")
			require.Zero(t, out.code, out.err)
			requireReads("one")
			target, err := p.Target(t.Context(), "docs")
			require.NoError(t, err)
			require.Equal(t, one.Release.ID, target.Live.ID)
			require.True(t, strings.HasPrefix(string(target.Live.By), "rollback-"))
			require.Len(t, target.Releases, 2)
			took, err := p.Get(t.Context(), target.Live.By, job.StatusQuery{})
			require.NoError(t, err)
			require.Less(t, took.FinishedAt.Sub(took.CreatedAt), 5*time.Second)
			require.False(t, p.publish(dir, "docs").Deduplicated, "its release is not live any more")

			out = p.run("targets", "docs")
			require.Zero(t, out.code, out.err)
			require.Contains(t, out.out, two.Release.ID)
			requireSecretless(t, data)
		})
	}
}

// requireSecretless looks for the secret in everything that was kept.
func requireSecretless(t *testing.T, data string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // what the worker clears away meanwhile
			return nil
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		require.False(t, bytes.Contains(content, []byte(s3test.SecretKey)), path)
		return err
	}))
}

// The links gate and the changes that an approval shows compare with what is live in
// the bucket.
func TestABucketIsComparedWith(t *testing.T) {
	t.Parallel()
	b := newBucket(t)
	p := upWith(t, bucketEnv, t.TempDir(), "--config", b.config(t, "pointer"))
	site := finishedSite(`<a href="/nowhere/">x</a>`)
	requireCompleted(t, p.finished(p.publish(folder(t, site), "docs").ID))

	submit := func(files map[string]string, more ...string) *job.Status {
		out := p.run(append([]string{"submit", "publish", folder(t, files), "--target", "docs", "--json"}, more...)...)
		require.Zero(t, out.code, out.err)
		var receipt job.Receipt
		require.NoError(t, json.Unmarshal([]byte(out.out), &receipt))
		if len(more) > 0 {
			waitFor(t, "an approval", func() bool {
				s, err := p.Get(t.Context(), receipt.ID, job.StatusQuery{})
				require.NoError(t, err)
				return s.State == job.StateAwaitingApproval
			})
			s, err := p.Get(t.Context(), receipt.ID, job.StatusQuery{})
			require.NoError(t, err)
			return s
		}
		return p.finished(receipt.ID)
	}
	known := maps.Clone(site)
	known["index.html"] = "<p>home, mended"
	requireCompleted(t, submit(known))
	worse := maps.Clone(known)
	worse["about/index.html"] = `<a href="/lost/">x</a>`
	status := submit(worse)
	require.Equal(t, job.StateFailed, status.State)
	require.Equal(t, job.CodeLinksBroken, status.Error.Code)
	better := finishedSite("mended")
	waiting := submit(better, "--approve")
	require.Equal(t, 2, waiting.Approval.Changes.PagesChanged)
	require.Equal(t, 1, waiting.Approval.Changes.LinksFixed)
}

// A worker that is killed before the release has its manifest goes on with what has
// arrived in the bucket.
func TestAKilledPublishToABucketGoesOn(t *testing.T) {
	t.Parallel()
	b, data := newBucket(t), t.TempDir()
	p := upWith(t, bucketEnv, data, "--config", b.config(t, "pointer"))
	one := p.finished(p.publish(folder(t, finishedSite("one")), "docs").ID)
	requireCompleted(t, one)
	b.Writes()

	reached, killed := make(chan struct{}), make(chan struct{})
	once := sync.OnceFunc(func() { close(reached) })
	b.Hold(func(line string) {
		if strings.HasPrefix(line, "PUT ") && strings.HasSuffix(line, "/manifest.json") {
			once()
			<-killed
		}
	})
	receipt := p.publish(folder(t, finishedSite("two")), "docs")
	select {
	case <-reached:
	case <-time.After(time.Minute):
		t.Fatal("waited in vain for the manifest")
	}
	p.kill()
	b.Hold(nil)
	close(killed)
	_, page := get(t, b.edge+"/guide/")
	require.Contains(t, page, "one")
	before := b.Writes()

	address := strings.TrimPrefix(p.addresses.HTTP, "http://")
	p = upWith(t, bucketEnv, data, "--config", b.config(t, "pointer"), "--http", address)
	two := p.finished(receipt.ID)
	requireCompleted(t, two)
	_, page = get(t, b.edge+"/guide/")
	require.Contains(t, page, "two")
	for _, line := range b.Writes() {
		if strings.Contains(line, "/site/") {
			require.NotContains(t, before, line, "what has arrived is not sent again")
		}
	}
}

// A job that is cancelled while it changes the files of a plain bucket leaves a mixture,
// which is told, and which a rollback to what is live mends.
func TestAStoppedSyncIsRolledBack(t *testing.T) {
	t.Parallel()
	b := newBucket(t)
	b.edge = serve(t, http.FileServer(http.Dir(filepath.Join(b.folder, "manual"))))
	p := upWith(t, bucketEnv, t.TempDir(), "--config", b.config(t, "sync"))
	one := p.finished(p.publish(folder(t, finishedSite("one")), "docs").ID)
	requireCompleted(t, one)

	copied, goOn := make(chan struct{}), make(chan struct{})
	var copies, held sync.Once
	b.Hold(func(line string) {
		if line == "COPY docs/manual/guide/index.html" {
			copies.Do(func() { close(copied) })
		}
		select {
		case <-copied:
			if line == "PUT docs/manual/.docjobs/current.json" {
				held.Do(func() { <-goOn })
			}
		default:
		}
	})
	receipt := p.publish(folder(t, finishedSite("two")), "docs")
	waitFor(t, "a mixture", func() bool {
		_, page := get(t, b.edge+"/guide/")
		return strings.Contains(page, "two")
	})
	out := p.run("cancel", string(receipt.ID))
	require.Zero(t, out.code, out.err)
	require.Equal(t, job.StateCancelled, p.finished(receipt.ID).State)
	b.Hold(nil)
	close(goOn)
	target, err := p.Target(t.Context(), "docs")
	require.NoError(t, err)
	require.Equal(t, one.Release.ID, target.Live.ID)
	require.True(t, target.Live.Mixed)

	out = p.run("rollback", "docs", "--to", string(one.ID), "--wait")
	require.Zero(t, out.code, out.err)
	_, page := get(t, b.edge+"/guide/")
	require.Contains(t, page, "one")
	target, err = p.Target(t.Context(), "docs")
	require.NoError(t, err)
	require.False(t, target.Live.Mixed)
	out = p.run("rollback", "docs", "--to", string(one.ID))
	require.NotZero(t, out.code, "there is nothing to roll back any more")
}

func TestAMisconfiguredBucketIsRefused(t *testing.T) {
	t.Parallel()
	b := newBucket(t)
	start := func(config string, env ...string) outcome {
		cmd := command(limited(t, time.Minute), t, "up", "--data", t.TempDir(), "--config", config, "--http", "127.0.0.1:0", "--temporal-port", "0", "--ui-port", "0")
		cmd.Env = append(cmd.Env, env...)
		return finish(t, cmd)
	}
	good := b.config(t, "pointer")
	out := start(good)
	require.NotZero(t, out.code)
	requireOneLine(t, out.err, "DOCS_KEY", "target docs")
	out = start(good, "DOCS_KEY="+s3test.AccessKey, "DOCS_SECRET=wrong-secret")
	require.NotZero(t, out.code)
	require.Contains(t, out.err, "secret key is wrong")
	require.NotContains(t, out.err, "wrong-secret")

	content, err := os.ReadFile(good)
	require.NoError(t, err)
	out = start(write(t, strings.Replace(string(content), "bucket: docs", "bucket: other", 1)), bucketEnv...)
	require.NotZero(t, out.code)
	require.Contains(t, out.err, "no such bucket")
	out = start(write(t, "targets:\n  docs:\n    type: s3\n    bucket: D\n    layout: x\n    path: /x\n"))
	require.NotZero(t, out.code)
	for _, field := range []string{"bucket", "layout", "path", "url", "region"} {
		require.Contains(t, out.err, "targets.docs."+field+": ")
	}
}
