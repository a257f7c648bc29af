package plain

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Options says what to prepare and where.
type Options struct {
	// Source is the folder of Markdown. It is only read, and symbolic links
	// in it are not followed.
	Source string
	// Site is the folder that receives the Hugo site. It must not exist or
	// be empty; after an error its content is incomplete and to be discarded.
	Site string
	// Title names the whole site; without it the front page's title is used.
	Title string
	// BaseURL is the address under which the site will be served, with or
	// without a path; empty if unknown. Pages link relatively and work under
	// any path; only the 404 page, the sitemap and the canonical links
	// depend on it.
	BaseURL string
	// Language is the BCP 47 tag of the content; "en" if empty.
	Language string
	// Limits bounds the input; zero fields mean the defaults.
	Limits Limits
}

// Limits bounds what Prepare reads.
type Limits struct {
	// Pages is the largest number of Markdown files; 100,000 if 0.
	Pages int
	// Files is the largest number of other files; 200,000 if 0.
	Files int
	// DocumentBytes is the largest size of a Markdown file; 8 MiB if 0.
	DocumentBytes int64
	// Depth is the deepest nesting of folders; 40 if 0.
	Depth int
	// SearchBytes is the size of the search index's text; 5 MB if 0. More
	// pages make each page's share smaller.
	SearchBytes int
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Pages:         orDefault(l.Pages, 100_000),
		Files:         orDefault(l.Files, 200_000),
		DocumentBytes: orDefault(l.DocumentBytes, 8<<20),
		Depth:         orDefault(l.Depth, 40),
		SearchBytes:   orDefault(l.SearchBytes, 5_000_000),
	}
}

func orDefault[T int | int64](v, def T) T {
	if v > 0 {
		return v
	}
	return def
}

// Prepare reads the Markdown folder o.Source and writes a Hugo site into
// o.Site. It returns *DocumentErrors for documents that cannot be used (all
// of them at once), *LimitError or ErrNoMarkdown for a folder that cannot,
// and other errors for trouble with files. Links that lead nowhere are no
// error: they stay as they are, for a link checker to report.
func Prepare(ctx context.Context, o Options) (*Result, error) {
	o.Limits = o.Limits.withDefaults()
	source, err := os.OpenRoot(o.Source)
	if err != nil {
		return nil, fmt.Errorf("open the Markdown folder: %w", err)
	}
	defer source.Close()
	site, err := openEmpty(o.Site)
	if err != nil {
		return nil, err
	}
	defer site.Close()

	found, err := walk(ctx, source.FS(), o.Limits)
	if err != nil {
		return nil, err
	}
	if err := readDocuments(ctx, source, found, o.Limits); err != nil {
		return nil, err
	}
	t, err := newTree(found, o.Title)
	if err != nil {
		return nil, err
	}
	w := writer{ctx: ctx, source: source, site: site, tree: t, opts: o}
	if err := w.writeAll(); err != nil {
		return nil, err
	}
	return newResult(o.Site, t), nil
}

// openEmpty opens dir, which it creates if needed, and refuses a used one.
func openEmpty(dir string) (*os.Root, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("create the site folder: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("look into the site folder: %w", err)
	}
	if len(entries) > 0 {
		return nil, fmt.Errorf("the site folder %s holds %q: %w", dir, entries[0].Name(), errNotEmpty)
	}
	return os.OpenRoot(dir)
}

var errNotEmpty = errors.New("choose an empty or a new folder")
