package links

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// CheckDir checks the site in a folder; links in the file system that lead out of it are not followed.
func CheckDir(ctx context.Context, dir string, o Options) (*Report, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot open the built site: %w", err)
	}
	defer root.Close()
	o.Root = root.FS()
	return Check(ctx, o)
}

// Check reads every page of the site and reports the internal links that lead nowhere. Broken links are a result, not
// an error; errors are files that cannot be read (*ReadError), unusable options and the context's end.
func Check(ctx context.Context, o Options) (*Report, error) {
	o.Limits = o.Limits.withDefaults()
	if o.Concurrency <= 0 {
		o.Concurrency = runtime.GOMAXPROCS(0)
	}
	where, err := newSite(o.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("the base URL %q cannot be used: %w", o.BaseURL, err)
	}
	files, err := newIndex(ctx, &o)
	if err != nil {
		return nil, err
	}
	c := &checker{
		options: o, site: where, index: files, ignores: ignores{o.Ignore, where.prefix},
		externals: map[externalKey]*externalPlaces{},
	}
	if err := c.collect(ctx); err != nil {
		return nil, err
	}
	return c.report(ctx, c.findGroups())
}

// checker holds one run. Between its phases the documents are complete and only read.
type checker struct {
	options  Options
	site     site
	index    *index
	docs     []*document
	docOf    []int32 // by fileID: position in docs of a page, -1 for other files
	progress progress

	ignores     ignores
	integrities integrities
	externalsMu sync.Mutex
	externals   map[externalKey]*externalPlaces
}

// collect is the first phase: every page, then the stylesheets that pages use, sitemaps and redirects.
func (c *checker) collect(ctx context.Context) error {
	c.docOf = make([]int32, len(c.index.names))
	for i := range c.docOf {
		c.docOf[i] = -1
	}
	for i, id := range c.index.pages {
		c.docOf[id] = int32(i)
	}
	if err := c.collectAll(ctx, formatPage, c.index.pages); err != nil {
		return err
	}
	if err := c.collectAll(ctx, formatSitemap, c.index.sitemaps); err != nil {
		return err
	}
	if id, ok := c.index.files[redirectsFile]; ok {
		if err := c.collectAll(ctx, formatRedirects, []fileID{id}); err != nil {
			return err
		}
	}
	return c.collectStyles(ctx)
}

// collectStyles follows stylesheets and their imports; styles that no page uses cannot hurt a reader.
func (c *checker) collectStyles(ctx context.Context) error {
	seen := make([]bool, len(c.index.names))
	for from := 0; from < len(c.docs); {
		var next []fileID
		for _, doc := range c.docs[from:] {
			for _, id := range doc.styles {
				if !seen[id] {
					seen[id] = true
					next = append(next, id)
				}
			}
			doc.styles = nil
		}
		from = len(c.docs)
		if err := c.collectAll(ctx, formatCSS, next); err != nil {
			return err
		}
	}
	return nil
}

// collectAll reads files of one format in parallel and appends their documents in order.
func (c *checker) collectAll(ctx context.Context, f format, ids []fileID) error {
	docs := make([]*document, len(ids))
	c.progress.start(len(ids), c.options.Progress)
	err := c.parallel(ctx, len(ids), func() func(i int) error {
		col := newCollector(c)
		return func(i int) (err error) {
			docs[i], err = col.read(ids[i], f)
			c.progress.step()
			return err
		}
	})
	c.docs = append(c.docs, docs...)
	return err
}

// parallel runs n numbered pieces of work on as many goroutines as the options allow, each with its own state.
func (c *checker) parallel(ctx context.Context, n int, worker func() func(i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range min(c.options.Concurrency, n) {
		group.Go(func() error {
			work := worker()
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := work(i); err != nil {
					return err
				}
			}
		})
	}
	return group.Wait()
}

// progress counts documents and tells about every hundredth.
type progress struct {
	mu          sync.Mutex
	done, total int64
	tell        func(done, total int64)
}

func (p *progress) start(n int, tell func(done, total int64)) {
	p.total += int64(n)
	p.tell = tell
}

func (p *progress) step() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	if p.tell != nil && (p.done%100 == 0 || p.done == p.total) {
		p.tell(p.done, p.total)
	}
}
