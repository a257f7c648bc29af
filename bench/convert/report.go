package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// print writes the table.
func print(w io.Writer, documents int, columns []column) {
	row := func(name string, cell func(c column) string) {
		fmt.Fprintf(w, "| %s |", name)
		for _, c := range columns {
			fmt.Fprintf(w, " %s |", cell(c))
		}
		fmt.Fprintln(w)
	}
	row("", func(c column) string { return c.name })
	fmt.Fprintln(w, "|---|"+strings.Repeat("---:|", len(columns)))
	row("documents", func(column) string { return fmt.Sprint(documents) })
	row("read", func(c column) string { return fmt.Sprint(c.read) })
	row("refused", func(c column) string { return refusals(c.rejected) })
	row("words in what was read", func(c column) string { return fmt.Sprint(c.words) })
	row("words lost", func(c column) string {
		return fmt.Sprintf("%d (%.4f %%)", c.lost, 100*float64(c.lost)/float64(max(c.words, 1)))
	})
	row("tables in → out", func(c column) string { return fmt.Sprintf("%d → %d", c.tables, c.grids) })
	row("pictures in → out", func(c column) string { return fmt.Sprintf("%d → %d", c.images, c.pics) })
	row("wall time", func(c column) string { return c.wall.Round(time.Millisecond * 10).String() })
	row("processor time", func(c column) string { return c.cpu.Round(time.Millisecond * 10).String() })
	row("peak memory of one process", func(c column) string { return fmt.Sprintf("%d MiB", c.peak>>20) })
	row("valid against the grammar", func(c column) string { return c.share(len(c.invalid), c.validator != "") })
	row("without loose references", func(c column) string { return c.share(len(c.loose), c.loose != nil) })
	row("topics", func(c column) string { return fmt.Sprint(c.topics) })
	row("topics and maps validated in", func(c column) string { return c.validated.Round(time.Millisecond * 10).String() })
	row("with warnings", func(c column) string { return fmt.Sprint(c.warned) })
}

func refusals(reasons map[string]int) string {
	var parts []string
	for _, code := range slices.Sorted(maps.Keys(reasons)) {
		parts = append(parts, fmt.Sprintf("%d %s", reasons[code], code))
	}
	return strings.Join(parts, ", ")
}

// share is how many of the documents that were read have no fault.
func (c column) share(faulty int, checked bool) string {
	if !checked {
		return "n/a"
	}
	return fmt.Sprintf("%d (%.2f %%)", c.read-faulty, 100*float64(c.read-faulty)/float64(max(c.read, 1)))
}
