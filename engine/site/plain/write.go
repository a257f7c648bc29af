package plain

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"
)

// theme holds the Hugo layouts and static files of every prepared site.
//
//go:embed all:theme
var theme embed.FS

// writer puts a tree into a site folder.
type writer struct {
	ctx          context.Context
	source, site *os.Root
	tree         *tree
	opts         Options
}

func (w writer) writeAll() error {
	config, err := hugoConfig(w.tree, w.opts)
	if err != nil {
		return err
	}
	steps := []func() error{
		func() error { return w.put("hugo.json", config) },
		w.theme, w.pages, w.files, w.shared,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (w writer) theme() error {
	return fs.WalkDir(theme, "theme", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := theme.ReadFile(name)
		if err != nil {
			return err
		}
		return w.put(strings.TrimPrefix(name, "theme/"), data)
	})
}

func (w writer) pages() error {
	if err := w.site.MkdirAll("content", 0o755); err != nil {
		return err
	}
	return w.each(len(w.tree.pages), func(i int) error { return w.page(w.tree.pages[i]) })
}

func (w writer) page(p *page) error {
	head, err := w.tree.matter(p).encode()
	if err != nil || p.doc == nil {
		return w.finish(p, head, nil, err)
	}
	body, err := p.doc.body(w.source, w.opts.Limits.DocumentBytes)
	if err != nil {
		return err
	}
	resolve := func(written string) (string, bool) { return w.tree.resolve(p, written) }
	return w.finish(p, head, apply(body, p.doc.content.edits, resolve), nil)
}

func (w writer) finish(p *page, head, body []byte, err error) error {
	if err != nil {
		return err
	}
	return w.site.WriteFile(p.prepared, append(head, body...), 0o644)
}

// files copies what is not Markdown into Hugo's static folder, which Hugo
// copies as it is.
func (w writer) files() error {
	names := sortedKeys(w.tree.files)
	return w.each(len(names), func(i int) error {
		return w.copy(names[i], "static/"+w.tree.files[names[i]])
	})
}

func (w writer) copy(from, to string) error {
	in, err := w.source.Open(from)
	if err != nil {
		return fmt.Errorf("copy a file: %w", err)
	}
	defer in.Close()
	return w.create(to, func(out io.Writer) error {
		_, err := io.Copy(out, in)
		return err
	})
}

func (w writer) shared() error {
	pages := w.tree.pages
	err := w.create("static/"+themeDir+"/nav.js", func(out io.Writer) error {
		return writeNavigation(out, pages[0])
	})
	if err != nil {
		return err
	}
	return w.create("static/"+themeDir+"/search.js", func(out io.Writer) error {
		return writeSearch(out, pages, searchShare(w.opts.Limits.SearchBytes, len(pages)))
	})
}

// each calls do for 0 to n-1, several at a time, and stops when the context
// ends.
func (w writer) each(n int, do func(int) error) error {
	group, ctx := errgroup.WithContext(w.ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return do(i)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return w.ctx.Err()
}

func (w writer) put(name string, data []byte) error {
	return w.create(name, func(out io.Writer) error {
		_, err := io.Copy(out, bytes.NewReader(data))
		return err
	})
}

func (w writer) create(name string, fill func(io.Writer) error) error {
	if err := w.site.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := w.site.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if err := fill(f); err != nil {
		f.Close()
		return fmt.Errorf("write %s: %w", name, err)
	}
	return f.Close()
}
