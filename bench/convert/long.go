package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/docjobs/docjobs/engine/convert"
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
)

// long converts one document of many pages in this process, and prints what that
// took.
func long(ctx context.Context, pages int, out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "long.docx"), w.Manual(pages).Bytes(), 0o644); err != nil {
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
