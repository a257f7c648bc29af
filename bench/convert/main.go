// Command convert converts every Word document under a folder and, unless told not
// to, has pandoc convert the same ones at the same parallelism, and prints what was
// read, lost and spent by each as a Markdown table.
//
//	go run ./bench/convert -in FOLDER -out NEW_FOLDER
//	go run ./bench/convert -pages 300 -out NEW_FOLDER
package main

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/docjobs/docjobs/engine/convert"
	"github.com/docjobs/docjobs/engine/dita"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	in := flag.String("in", "", "folder of Word documents")
	out := flag.String("out", "", "folder for the results; it must not exist")
	parallel := flag.Int("parallel", runtime.NumCPU(), "documents at a time")
	pandoc := flag.String("pandoc", "pandoc", "program to compare with; empty for none")
	version := flag.String("dita", "1.2", "version of DITA to write")
	schemas := flag.String("schemas", "", "folder of grammars to validate against; if empty, those that are installed")
	verbose := flag.Bool("v", false, "name every document that is not converted as it is")
	pages := flag.Int("pages", 0, "convert one document of so many pages instead, made for the purpose")
	flag.Parse()
	if *pages > 0 && *out != "" {
		return long(ctx, *pages, *out)
	}
	if *in == "" || *out == "" {
		return fmt.Errorf("name -in and -out")
	}
	documents, err := find(*in)
	if err != nil {
		return err
	}
	ours, err := ours(ctx, *in, filepath.Join(*out, "dita"), documents, convert.Grammar(*version), *parallel, *verbose)
	if err != nil {
		return err
	}
	columns := []column{ours}
	if *pandoc != "" {
		peer, err := peer(ctx, *pandoc, *in, filepath.Join(*out, "pandoc"), documents, *parallel)
		if err != nil {
			return err
		}
		columns = append(columns, peer)
	}
	if err := columns[0].gates(ctx, filepath.Join(*out, "dita"), *schemas, dita.Version(*version), *verbose); err != nil {
		return err
	}
	print(os.Stdout, len(documents), columns)
	return nil
}

// find returns the paths of the Word documents under a folder.
func find(folder string) (documents []string, err error) {
	err = fs.WalkDir(os.DirFS(folder), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.EqualFold(filepath.Ext(path), ".docx") {
			documents = append(documents, path)
		}
		return err
	})
	return documents, err
}
