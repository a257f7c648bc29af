package activities

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/site"
	"github.com/docjobs/docjobs/engine/site/sandbox"
	"github.com/docjobs/docjobs/job"
)

// BuildInput is the input of [Publish.Build].
type BuildInput struct {
	Job
	Source SourceRef         `json:"source"`
	Target string            `json:"target"` // none where the site is only checked
	Dir    string            `json:"dir,omitempty"`
	Title  string            `json:"title,omitempty"`
	Env    map[string]string `json:"env,omitempty"`
}

// BuildResult is the result of [Publish.Build].
type BuildResult struct {
	Outcome
	Site  artifact.TreeRef `json:"site"`
	Pages artifact.Ref     `json:"pages"` // the pages and their sources, one JSON object a line
}

// A page is a page of a built site.
type page struct {
	Path   string `json:"path"`             // in the site
	Source string `json:"source,omitempty"` // the file that it was made from, where that is known
}

// document is the name under which people know the page.
func (p page) document() string {
	if p.Source != "" {
		return p.Source
	}
	return p.Path
}

// Build builds the site and stores it.
func (p *Publish) Build(ctx context.Context, in BuildInput) (BuildResult, error) {
	return perform(ctx, p.Store, in.Job, building, func(ctx context.Context, t *task) (BuildResult, error) {
		address, err := p.address(in.Target)
		if err != nil {
			return BuildResult{}, err
		}
		input := digest(in.Source, in.Dir, in.Title, in.Env, address, p.GeneratorVersion)
		return checkpointed(ctx, p.Store.Documents(), t, building.step, input,
			func(r *BuildResult) bool { r.Reused = true; return p.builtBefore(ctx, r) },
			func() (BuildResult, error) { return p.build(ctx, t, in, address) })
	})
}

// builtBefore reports whether what an earlier build stored is still there.
func (p *Publish) builtBefore(ctx context.Context, r *BuildResult) bool {
	tree, err := p.Store.Trees().Get(ctx, r.Site)
	if err != nil {
		return false
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(lookups)
	for _, ref := range append(refsOf(tree), r.Pages) {
		group.Go(func() error {
			there, err := p.Store.Exists(ctx, ref)
			if err == nil && !there {
				err = artifact.ErrNotFound
			}
			return err
		})
	}
	return group.Wait() == nil
}

// lookups is how many files are looked for in the artifact store at once.
const lookups = 32

// refsOf returns the stored files of a tree.
func refsOf(tree *artifact.Tree) []artifact.Ref {
	refs := make([]artifact.Ref, len(tree.Files), len(tree.Files)+1)
	for i, f := range tree.Files {
		refs[i] = f.Ref()
	}
	return refs
}

func (p *Publish) build(ctx context.Context, t *task, in BuildInput, baseURL string) (r BuildResult, err error) {
	source, err := p.source(ctx, t, in.Source)
	if err != nil {
		return r, err
	}
	folder, err := p.Workspace.Job(in.ID)
	if err != nil {
		return r, err
	}
	temp, err := os.MkdirTemp(folder, ".build-*")
	if err != nil {
		return r, err
	}
	defer removeAll(temp)

	options := p.Site
	options.Source, options.Dir, options.Output, options.Work = source, in.Dir, filepath.Join(temp, "site"), filepath.Join(temp, "work")
	options.Title, options.BaseURL, options.Environment, options.Log = in.Title, baseURL, in.Env, t.generatorLine
	if err := os.Mkdir(options.Work, 0o700); err != nil {
		return r, err
	}
	built, err := site.Build(ctx, options)
	if err != nil {
		return r, err
	}
	if err := p.storeSite(ctx, t, options.Output, built, &r); err != nil {
		return r, err
	}
	r.Summary = fmt.Sprintf("%s, %s, %s", count(built.Pages, "page"), count(built.Files, "file"), size(built.Bytes))
	r.Outputs = []job.Output{r.Site.Output("site/")}
	t.log.Info("Built " + r.Summary + ".")
	return r, settle(ctx, options.Output, filepath.Join(folder, siteFolder(r.Site)))
}

// storeSite stores the site and the list of its pages.
func (p *Publish) storeSite(ctx context.Context, t *task, dir string, built *site.Result, r *BuildResult) (err error) {
	r.Site, err = p.Store.Trees().Put(ctx, dir, artifact.TreeOptions{
		// The sandbox ends with all that it runs: nobody has a file of the site open.
		Adopt:    p.Site.Sandbox.Level() == sandbox.Full,
		Progress: func(done artifact.Progress) { t.report(int64(done.Files), int64(done.TotalFiles), "files") },
	})
	if err != nil {
		return err
	}
	return p.storePages(ctx, r, built.Sources)
}

// storePages stores the list of the site's pages.
func (p *Publish) storePages(ctx context.Context, r *BuildResult, sources map[string]string) error {
	tree, err := p.Store.Trees().Get(ctx, r.Site)
	if err != nil {
		return err
	}
	var pages []page
	for _, f := range tree.Files {
		if strings.HasSuffix(f.Path, ".html") && (sources[f.Path] != "" || !strings.HasSuffix(f.Path, "404.html")) {
			pages = append(pages, page{f.Path, sources[f.Path]})
		}
	}
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(writeLines(writer, pages)) }()
	defer reader.Close()
	r.Pages, err = p.Store.Put(ctx, reader)
	return err
}

// pages reads the list of a site's pages.
func (p *Publish) pages(ctx context.Context, ref artifact.Ref) (pages []page, err error) {
	stored, err := p.Store.Open(ctx, ref)
	if err != nil {
		return nil, err
	}
	defer stored.Close()
	decoder := json.NewDecoder(bufio.NewReader(stored))
	for {
		var next page
		err := decoder.Decode(&next)
		if errors.Is(err, io.EOF) {
			return pages, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the list of pages: %w", err)
		}
		pages = append(pages, next)
	}
}

// generatorLine logs a line that the generator wrote, at the level it names.
func (t *task) generatorLine(line string) {
	level := slog.LevelInfo
	switch {
	case strings.HasPrefix(line, "ERROR"):
		level = slog.LevelError
	case strings.HasPrefix(line, "WARN"):
		level = slog.LevelWarn
	}
	t.lines.Log(level, "", line)
}
