package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/docjobs/docjobs/engine/convert"
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
)

// long converts one document of many pages in this process, and prints what that
// took: 500 words a page in ten paragraphs, with a heading, a list, a table and a
// footnote on each.
func long(ctx context.Context, pages int, out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "long.docx"), longDocument(pages), 0o644); err != nil {
		return err
	}
	folder, err := convert.OpenFolder(out)
	if err != nil {
		return err
	}
	defer folder.Close()
	reports := 0
	began, before := time.Now(), usage(syscall.RUSAGE_SELF)
	r, err := convert.Convert(ctx, folder, "long.docx", filepath.Join(out, "dita"), convert.Options{Progress: func(_, _ int64) { reports++ }})
	if err != nil {
		return err
	}
	after := usage(syscall.RUSAGE_SELF)
	fmt.Printf("%d pages, %d words in, %d kept, %d topics, %s: %s, %s of processor time, %d MiB at most, %d reports of progress\n",
		pages, r.Fidelity.Words.In, r.Fidelity.Words.Out, r.Topics, r.Outcome,
		time.Since(began).Round(time.Millisecond), (after.cpu - before.cpu).Round(time.Millisecond), after.peak>>20, reports)
	return nil
}

func longDocument(pages int) []byte {
	var blocks []w.XML
	for page := range pages {
		blocks = append(blocks, w.Heading(1+page%3, fmt.Sprintf("Chapter %d", page+1)))
		for line := range 10 {
			blocks = append(blocks, w.P(strings.Repeat(fmt.Sprintf("word%d of line%d and more ", page, line), 9), w.Bold("bold end")))
		}
		blocks = append(blocks,
			w.Item(w.Numbered, 0, "First"), w.Item(w.Numbered, 0, "Then"),
			w.Table(w.HeaderRow(w.Cell(w.P("Key")), w.Cell(w.P("Value"))), w.Row(w.Cell(w.P("a")), w.Cell(w.P("b")))),
			w.P("Noted", w.FootnoteRef(page+2)))
	}
	file := w.New(blocks...)
	for page := range pages {
		file.Footnote(page+2, w.P("A note."))
	}
	return file.Bytes()
}
