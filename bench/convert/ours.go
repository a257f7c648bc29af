package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/docjobs/docjobs/engine/convert"
)

// A column is what one program made of the documents.
type column struct {
	name          string
	read          int
	words, lost   int
	images, pics  int // that went in, that came out
	tables, grids int // likewise
	wall, cpu     time.Duration
	peak          int64 // bytes resident
	topics        int
	rejected      map[string]int
	warned        int
	validator     string
	invalid       map[string]bool // documents with a topic or map that the grammar refuses
	loose         map[string]bool // documents with a reference that leads nowhere
	dita          []string        // topics and maps, under the folder of the output
	validated     time.Duration   // wall time of the validation
	folders       map[string]string
}

// ours converts the documents with the engine, in this process.
func ours(ctx context.Context, in, out string, documents []string, version convert.Grammar, parallel int, verbose bool) (column, error) {
	c := column{name: "docjobs", rejected: map[string]int{}, invalid: map[string]bool{}, loose: map[string]bool{}, folders: map[string]string{}}
	folder, err := convert.OpenFolder(in)
	if err != nil {
		return c, err
	}
	defer folder.Close()
	var mu sync.Mutex
	began, before := time.Now(), usage(syscall.RUSAGE_SELF)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, document := range documents {
		group.Go(func() error {
			r, err := convert.Convert(ctx, folder, document, filepath.Join(out, filepath.FromSlash(convert.OutputFolder(document))), convert.Options{Grammar: version})
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			c.add(r, verbose)
			return nil
		})
	}
	err = group.Wait()
	c.wall = time.Since(began)
	after := usage(syscall.RUSAGE_SELF)
	c.cpu, c.peak = after.cpu-before.cpu, after.peak
	return c, err
}

// add counts the report of one document.
func (c *column) add(r *convert.Report, verbose bool) {
	if r.Outcome == convert.Rejected {
		c.rejected[r.Reason.Code]++
		if verbose {
			fmt.Fprintf(os.Stderr, "rejected %s: %s: %s %s\n", r.Document, r.Reason.Code, r.Reason.Message, r.Reason.Detail)
		}
		return
	}
	f := r.Fidelity
	c.read++
	c.topics += r.Topics
	c.collect(r)
	c.words += f.Words.In
	c.lost += f.Words.In - f.Words.Out
	c.tables, c.grids = c.tables+f.Tables.In, c.grids+f.Tables.Out
	c.images, c.pics = c.images+f.Images.In, c.pics+f.Images.Out
	if r.Outcome == convert.WithWarnings {
		c.warned++
	}
	if verbose {
		fmt.Fprint(os.Stderr, missing(r))
	}
	if lost := f.Words.In - f.Words.Out; verbose && lost > 0 {
		fmt.Fprintf(os.Stderr, "lost %d of %d words: %s\n", lost, f.Words.In, r.Document)
		for _, w := range append(r.Warnings, r.Notes...) {
			if w.Code == "words-lost" {
				fmt.Fprintln(os.Stderr, "   ", w.Message)
			}
		}
	}
}

// missing says what else than words a document lost.
func missing(r *convert.Report) string {
	f, text := r.Fidelity, ""
	for _, k := range []struct {
		name string
		kept convert.Kept
	}{
		{"tables", f.Tables}, {"rows", f.Rows}, {"cells", f.Cells}, {"images", f.Images}, {"footnotes", f.Footnotes},
		{"links", f.Links}, {"list items", f.ListItems}, {"headings", f.Headings}, {"formulas", f.Formulas},
	} {
		if k.kept.Out < k.kept.In {
			text += fmt.Sprintf("lost %s %d → %d: %s\n", k.name, k.kept.In, k.kept.Out, r.Document)
		}
	}
	return text
}

// spent is what processes have used.
type spent struct {
	cpu  time.Duration
	peak int64 // of the largest one, in bytes
}

func usage(who int) spent {
	var u syscall.Rusage
	if syscall.Getrusage(who, &u) != nil {
		return spent{}
	}
	return spent{time.Duration(u.Utime.Nano() + u.Stime.Nano()), int64(u.Maxrss) << 10} // kilobytes on Linux
}
