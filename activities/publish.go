package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/engine/site"
	"github.com/docjobs/docjobs/engine/source"
	"github.com/docjobs/docjobs/engine/source/gitsource"
	"github.com/docjobs/docjobs/engine/weblinks"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/upload"
)

// Publish is the group of the publish job's activities.
type Publish struct {
	Store     *artifact.Store
	Uploads   *upload.Store
	Limits    source.Limits
	Git       gitsource.Options
	Targets   map[string]Target
	Workspace *Workspace
	HTTP      *http.Client     // for looking at released sites
	Web       weblinks.Options // how links to other sites are checked

	Site             site.BuildOptions // how sites are built here: generators, sandbox, limits; the rest is the job's
	GeneratorVersion string            // another one builds another site from the same source
}

// A Target is a place to release sites to.
type Target struct {
	release.Target
	URL   string               // where readers find what is released; ends in a slash
	Keep  release.PruneOptions // which releases stay; [DefaultKeep] of them when it says nothing
	Rules Rules
}

// The stages of a publish, in the order of their logs.
var (
	fetching  = stage{1, "fetch"}
	building  = stage{2, "build"}
	checking  = stage{3, "check"}
	following = stage{4, "external"}
	releasing = stage{5, "release"}
	verifying = stage{6, "verify"}
)

// target returns the named target of the worker's configuration.
func (p *Publish) target(name string) (Target, error) {
	t, ok := p.Targets[name]
	if !ok {
		return Target{}, &job.Error{
			Code: job.CodeReleaseFailed, Cause: job.CauseConfiguration, Retryable: true,
			Message: fmt.Sprintf("This worker has no target %q.", name),
			Hint:    "Give all workers the same targets in their configuration.",
		}
	}
	return t, nil
}

// nowhere is the address of sites that are built to be checked and for no target
// (RFC 2606 keeps the name from ever being somebody's).
const nowhere = "https://site.invalid/"

// address returns where the site will be found.
func (p *Publish) address(target string) (string, error) {
	if target == "" {
		return nowhere, nil
	}
	t, err := p.target(target)
	return t.URL, err
}

// SourceRef is a fetched source: what the steps after the fetch start from.
type SourceRef struct {
	Upload   string   `json:"upload"`             // ID of the upload that holds it
	Replaced []string `json:"replaced,omitempty"` // uploads whose files take the place of its own, in this order
}

// FetchInput is the input of [Publish.Fetch].
type FetchInput struct {
	Job
	Source job.Source `json:"source"`
}

// FetchResult is the result of [Publish.Fetch].
type FetchResult struct {
	Outcome
	Source SourceRef `json:"source"`
}

// Fetch brings the source into the artifact store, if it is not there yet, and
// into the workspace.
func (p *Publish) Fetch(ctx context.Context, in FetchInput) (FetchResult, error) {
	return perform(ctx, p.Store, in.Job, fetching, func(ctx context.Context, t *task) (FetchResult, error) {
		if err := p.Store.Holds().Put(ctx, string(in.ID), in.Attempt, "source", in.Source); err != nil {
			return FetchResult{}, err
		}
		r, err := p.fetch(ctx, t, in.Source)
		if n := len(in.Source.Replaced); err == nil && n > 0 {
			r.Source.Replaced = in.Source.Replaced
			r.Summary += ", files replaced"
			_, err = p.source(ctx, t, r.Source)
		}
		return r, err
	})
}

// fetch brings the source as it was submitted.
func (p *Publish) fetch(ctx context.Context, t *task, src job.Source) (FetchResult, error) {
	if src.Git == "" {
		return p.fetchUpload(ctx, t, src.Upload)
	}
	return checkpointed(ctx, p.Store.Documents(), t, fetching.step, digest(src.Digest), p.stillUploaded(ctx),
		func() (FetchResult, error) { return p.fetchGit(ctx, t, src) })
}

// stillUploaded reports whether what an earlier fetch stored is there.
func (p *Publish) stillUploaded(ctx context.Context) func(*FetchResult) bool {
	return func(r *FetchResult) bool {
		_, err := p.Uploads.Find(ctx, r.Source.Upload)
		r.Reused = true
		return err == nil
	}
}

// fetchUpload unpacks an upload, which was checked when it arrived.
func (p *Publish) fetchUpload(ctx context.Context, t *task, id string) (r FetchResult, err error) {
	u, err := p.Uploads.Find(ctx, id)
	if err != nil {
		return r, err
	}
	t.log.Info(fmt.Sprintf("Unpacking %s with %s.", u.Format, count(u.Files, "file")))
	r.Source = SourceRef{Upload: id}
	r.Summary = fmt.Sprintf("%s, %s", count(u.Files, "file"), size(u.Bytes))
	_, err = p.source(ctx, t, r.Source)
	return r, err
}

// fetchGit checks a commit out and keeps it as an upload, so that every step
// after this one, on whatever worker, finds it without the network.
func (p *Publish) fetchGit(ctx context.Context, t *task, src job.Source) (r FetchResult, err error) {
	commit := src.Digest[len(commitPrefix):]
	t.log.Info(fmt.Sprintf("Fetching commit %s from %s.", commit, src.Git))
	var fetched gitsource.Result
	dir, err := p.Workspace.Folder(ctx, t.job.ID, "checkout-"+commit, func(dir string) error {
		lines := t.lines.Lines(0, "")
		defer lines.Close()
		fetched, err = gitsource.Checkout(ctx, gitsource.Source{URL: src.Git, Ref: src.Ref}, commit, dir, p.Git, t.files, lines)
		return err
	})
	if err != nil {
		return r, err
	}
	for _, submodule := range fetched.Submodules {
		t.log.Warn("Submodules are not fetched; this one is missing from the source.", "path", submodule)
	}
	u, err := p.keep(ctx, t, dir)
	if err != nil {
		return r, err
	}
	r.Source = SourceRef{Upload: u.ID}
	r.Summary = fmt.Sprintf("commit %.10s, %s, %s", commit, count(u.Files, "file"), size(u.Bytes))
	return r, nil
}

// keep stores a folder as an upload.
func (p *Publish) keep(ctx context.Context, t *task, dir string) (*job.Upload, error) {
	reader, writer := io.Pipe()
	go func() {
		_, err := source.Pack(ctx, dir, writer, source.PackOptions{Limits: p.Limits})
		writer.CloseWithError(err)
	}()
	defer reader.Close()
	u, _, err := p.Uploads.Receive(ctx, reader)
	if err != nil {
		return nil, err
	}
	t.log.Info("The source is stored.", "upload", u.ID)
	return u, nil
}

// files reports a number of files as progress.
func (t *task) files(files int, _ int64) { t.report(int64(files), 0, "files") }

// source returns the folder that holds a fetched source.
func (p *Publish) source(ctx context.Context, t *task, ref SourceRef) (string, error) {
	id := t.job.ID
	if parent := id.Parent(); parent != "" {
		id = parent // the batches of a job share its source
	}
	return p.Workspace.Folder(ctx, id, ref.folder(), func(dir string) error {
		if err := p.unpack(ctx, t, ref.Upload, dir); err != nil {
			return err
		}
		for i, replaced := range ref.Replaced {
			mended := fmt.Sprintf("%s-replaced-%d", dir, i) // the workspace removes it
			if err := p.unpack(ctx, t, replaced, mended); err != nil {
				return err
			}
			if err := t.replace(mended, dir); err != nil {
				return err
			}
		}
		return nil
	})
}

// folder names the folder in the workspace that holds the source.
func (r SourceRef) folder() string {
	if len(r.Replaced) == 0 {
		return "source-" + upload.Tree(r.Upload)[:16]
	}
	return "source-" + digest(r)[:16]
}

// unpack unpacks an upload.
func (p *Publish) unpack(ctx context.Context, t *task, id, dir string) error {
	archive, err := p.Uploads.Open(ctx, id)
	if err != nil {
		return err
	}
	defer archive.Close()
	sum, err := source.Unpack(ctx, archive, archive.Size, dir, p.Limits, t.files)
	if err == nil && upload.ID(sum.Digest) != id {
		err = fmt.Errorf("the stored archive of %s holds something else: %s", id, sum.Digest)
	}
	return err
}

// site returns the folder that holds a built site.
func (p *Publish) site(ctx context.Context, t *task, ref artifact.TreeRef) (string, error) {
	return p.Workspace.Folder(ctx, t.job.ID, siteFolder(ref), func(dir string) error {
		t.log.Info("Fetching the built site from the artifact store.")
		return p.Store.Trees().Materialize(ctx, ref, dir, artifact.MaterializeOptions{})
	})
}

func siteFolder(ref artifact.TreeRef) string { return "site-" + ref.SHA256[:16] }

// Cleanup removes the temporary files of a job.
func (p *Publish) Cleanup(_ context.Context, j Job) error { return p.Workspace.Remove(j.ID) }

// digest returns the digest of everything that a step's result depends on.
func digest(inputs ...any) string {
	text, err := json.Marshal(inputs)
	if err != nil {
		panic(err) // inputs are plain values
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// output stores what write writes as an artifact that people can fetch.
func (p *Publish) output(ctx context.Context, name string, write func(io.Writer) error) (job.Output, error) {
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(write(writer)) }()
	defer reader.Close()
	ref, err := p.Store.Put(ctx, reader)
	if err != nil {
		return job.Output{}, fmt.Errorf("storing %s: %w", name, err)
	}
	return job.Output{Path: name, MediaType: artifact.MediaType(path.Base(name)), SHA256: ref.SHA256, Size: ref.Size}, nil
}

// count says how many of something there are.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// size says how large something is, in decimal units.
func size(bytes int64) string {
	value, units := float64(bytes), []string{"bytes", "kB", "MB", "GB", "TB"}
	for value >= 1000 && len(units) > 1 {
		value, units = value/1000, units[1:]
	}
	if units[0] == "bytes" {
		return fmt.Sprintf("%d bytes", bytes)
	}
	return fmt.Sprintf("%.1f %s", value, units[0])
}
