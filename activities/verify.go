package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/hosting"
	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/job"
)

// VerifyInput is the input of [Publish.Verify].
type VerifyInput struct {
	Job
	Site    artifact.TreeRef `json:"site"`
	Release job.Release      `json:"release"`
}

// VerifyResult is the result of [Publish.Verify].
type VerifyResult struct{ Outcome }

const (
	// verifyAtMost bounds how many files of a site are fetched. Of larger
	// sites, every n-th is.
	verifyAtMost = 1000
	// verifyAtOnce is how many are fetched at the same time.
	verifyAtOnce = 8
)

// Verify fetches the released site from where readers find it and compares
// what comes with what was built.
func (p *Publish) Verify(ctx context.Context, in VerifyInput) (VerifyResult, error) {
	return perform(ctx, p.Store, in.Job, verifying, func(ctx context.Context, t *task) (r VerifyResult, err error) {
		target, err := p.target(in.Release.Target)
		if err != nil {
			return r, err
		}
		tree, err := p.Store.Trees().Get(ctx, in.Site)
		if err != nil {
			return r, err
		}
		r.Summary, err = p.verify(ctx, t, target, in.Release.ID, tree.Files, verifyAtMost)
		return r, err
	})
}

// verify fetches at most n of the files of a release, and says what came of it.
func (p *Publish) verify(ctx context.Context, t *task, target Target, id string, all []artifact.File, n int) (summary string, err error) {
	files := sample(forReaders(all), n)
	// Where readers find the target may have changed since the release.
	v := &verifier{client: p.HTTP, base: target.URL, release: id}
	err = v.all(ctx, files, func(done int) { t.report(int64(done), int64(len(files)), "files") })
	if by, replaced := supersededBy(ctx, target, id); replaced {
		summary = "replaced meanwhile by release " + by
		t.log.Info(summary)
		return summary, nil
	}
	if err != nil {
		return "", err
	}
	summary = fmt.Sprintf("%d of %s fetched, all as built", len(files), count(len(all), "file"))
	t.log.Info(summary, "url", target.URL)
	return summary, nil
}

// supersededBy tells whether another release is live by now.
func supersededBy(ctx context.Context, target Target, id string) (by string, replaced bool) {
	head, err := target.Head(ctx)
	if err != nil || head.ID == id {
		return "", false
	}
	return head.ID, true
}

// forReaders leaves out the files that are for the host, which many do not serve.
func forReaders(files []artifact.File) (some []artifact.File) {
	for _, f := range files {
		if f.Path != hosting.RedirectsFile && f.Path != hosting.HeadersFile {
			some = append(some, f)
		}
	}
	return some
}

// sample returns at most n of the files, evenly spread, the first among them.
func sample(files []artifact.File, n int) []artifact.File {
	if len(files) <= n {
		return files
	}
	some := make([]artifact.File, n)
	for i := range some {
		some[i] = files[i*len(files)/n]
	}
	return some
}

// A verifier fetches files of a released site.
type verifier struct {
	client  *http.Client
	base    string // URL of the site, ends in a slash
	release string // that should answer
}

// all fetches the files, several at a time, until one is not as it should be.
func (v *verifier) all(ctx context.Context, files []artifact.File, progress func(done int)) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(verifyAtOnce)
	for i, f := range files {
		if ctx.Err() != nil {
			break
		}
		progress(i)
		group.Go(func() error { return v.one(ctx, f) })
	}
	return group.Wait()
}

// one fetches a file and compares its digest.
func (v *verifier) one(ctx context.Context, f artifact.File) error {
	address := v.base + pageURL(f.Path)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := v.client.Do(req)
	if err != nil {
		return v.failed(f, "it cannot be fetched", err.Error())
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return v.failed(f, "the server answers "+resp.Status, "")
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, io.LimitReader(resp.Body, f.Size+1)); err != nil {
		return v.failed(f, "it breaks off", err.Error())
	}
	if hex.EncodeToString(hash.Sum(nil)) != f.SHA256 {
		return v.failed(f, "it is not what was built", "answered by release "+resp.Header.Get(release.Header))
	}
	return nil
}

// failed says which file is not as it should be.
func (v *verifier) failed(f artifact.File, what, detail string) error {
	return &job.Error{
		Code: job.CodeVerifyFailed, Cause: job.CauseService, File: f.Path, Retryable: true,
		Message: fmt.Sprintf("The site is released, but readers do not get this file: %s.", what),
		Hint:    "Check what serves " + v.base + ", and resubmit the job.",
		Detail:  detail,
	}
}

// pageURL is the address of a file of the site, relative to the site's, as
// readers use it: index files by their folder.
func pageURL(file string) string {
	if path.Base(file) == "index.html" {
		file = strings.TrimSuffix(file, "index.html")
	}
	return (&url.URL{Path: file}).EscapedPath()
}
