package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/engine/convert"
	"github.com/docjobs/docjobs/job"
)

const convertLong = `Turn Word documents into DITA, in batches.

SOURCE is a folder, an archive (.zip, .tar.gz, .tgz, .tar) or the https URL of a
git repository; every Word document in it is converted. A batch is a job of its
own with an ID of its own, such as ID.b07: status, items, logs and cancel work on
it too.

A document that cannot be converted fails alone, with the reason. What was done is
kept: to submit the folder again converts only what is new, has changed or failed.

--include and --exclude choose among the documents by patterns for their paths in
the source: * and ? do not match a slash, ** stands for any number of folders, and a
pattern without a slash is about names in whatever folder. Both may be repeated.
What Word keeps beside open documents (~$name.docx) is never converted.

--dry-run says how many documents and batches a folder makes.

--style-map FILE says what becomes of the styles of your documents, where topics
begin and of which type they are. It is checked before anything is sent.`

const convertExample = `  docjobs submit convert ./word --batch-size 50 --style-map map.yaml --wait
  docjobs submit convert ./word --include 'manuals/**' --exclude '*-old.docx' --dry-run
  docjobs items convert-3f9k2m7qx1ab4c5d --state failed
  docjobs result convert-3f9k2m7qx1ab4c5d --output dita`

// convertFlags are the flags of a conversion.
type convertFlags struct {
	submitFlags
	job.Convert
	ref      string
	styleMap string // name of a file on this machine
}

func (a *app) submitConvertCommand() *cobra.Command {
	flags := &convertFlags{}
	cmd := &cobra.Command{
		Use:     "convert SOURCE",
		Short:   "Turn Word documents into DITA",
		Long:    convertLong,
		Example: convertExample,
		Args:    exactly("SOURCE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.submitConvert(cmd.Context(), args[0], flags)
		},
	}
	f := cmd.Flags()
	f.IntVar(&flags.BatchSize, "batch-size", job.DefaultBatchSize, fmt.Sprintf("documents a batch, 1 to %d", job.MaxBatchSize))
	f.StringVar(&flags.styleMap, "style-map", "", "`FILE` on this machine with the style map (default: see docs/word-to-dita.md)")
	f.StringVar(&flags.StyleMapFile, "style-map-in-source", "", "`PATH` of the style map in the source, instead")
	f.StringArrayVar(&flags.Include, "include", nil, "convert only documents whose path matches this `PATTERN`")
	f.StringArrayVar(&flags.Exclude, "exclude", nil, "leave out documents whose path matches this `PATTERN`")
	f.StringVar(&flags.ref, "ref", "", "branch, tag or commit `REF` of a git repository (default: its default branch)")
	flags.DITA = string(convert.DITA12)
	wordFlag(cmd, &flags.DITA, "dita", "version of DITA: 1.2 or 1.3", string(convert.DITA12), string(convert.DITA13))
	flags.add(a, cmd)
	return cmd
}

// submitConvert checks what can be checked here, uploads what has to be and
// submits the job.
func (a *app) submitConvert(ctx context.Context, source string, flags *convertFlags) error {
	if err := flags.check(); err != nil {
		return err
	}
	params := flags.Convert
	if flags.styleMap != "" {
		var err error
		if params.StyleMap, err = readStyleMap(flags.styleMap); err != nil {
			return err
		}
	}
	listed, err := listFolder(ctx, source, &params)
	if err != nil {
		return err
	}
	c, err := a.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	flags.Params = &params
	receipt, err := submission{
		source: source, ref: flags.ref, into: &params.Source, Submission: flags.Submission, io: a.io, color: a.color,
	}.submit(ctx, a.submitter(c))
	if err != nil {
		return err
	}
	if flags.DryRun && listed != nil {
		return a.printPlan(receipt, listed, params.BatchSize)
	}
	return a.submitted(ctx, c, receipt, &flags.submitFlags)
}

// listFolder lists the documents of a folder on this machine, and refuses one without
// any; it returns nil for other sources.
func listFolder(ctx context.Context, source string, params *job.Convert) (*convert.Listing, error) {
	info, err := os.Stat(source)
	switch {
	case err == nil && info.Mode().IsRegular() && convert.IsWordFile(source):
		return nil, &job.Error{
			Code: job.CodeSourceRefused, Cause: job.CauseRequest,
			Message: source + " is one Word document; what is submitted is a folder of them.",
			Hint:    "Put it into a folder of its own and submit that, or submit its folder with --include " + strconv.Quote(filepath.Base(source)) + ".",
		}
	case err != nil || !info.IsDir():
		return nil, nil // whoever opens it says what is wrong
	}
	faults := slices.DeleteFunc(params.Normalize(), func(f job.Fault) bool { return f.Field == "source" }) // which is not told yet
	if len(faults) > 0 {
		return nil, job.Invalid(faults...)
	}
	selection := convert.Selection{Include: params.Include, Exclude: params.Exclude}
	listed, err := selection.List(ctx, os.DirFS(source))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the folder %s cannot be read: %w", source, err)
	case len(listed.Documents) > 0:
		return listed, nil
	case listed.LeftOut > 0:
		return nil, &job.Error{
			Code: job.CodeSourceRefused, Cause: job.CauseRequest,
			Message: fmt.Sprintf("--include and --exclude leave out all of %s in %s.", count(listed.LeftOut, "Word document"), source),
			Hint:    "Patterns are about paths in the folder, with upper and lower case; quote them for the shell.",
		}
	}
	return nil, &job.Error{
		Code: job.CodeSourceRefused, Cause: job.CauseRequest,
		Message: "There is no Word document in " + source + ".", Hint: "Submit the folder that holds the .docx files.",
	}
}

// A plan is what a dry run says of a folder.
type plan struct {
	*job.Receipt
	Documents int   `json:"documents"`
	Batches   int   `json:"batches"`
	Bytes     int64 `json:"bytes"`
	LeftOut   int   `json:"left_out"` // by include and exclude
	Locks     int   `json:"locks"`    // what Word keeps beside open documents
	Others    int   `json:"others"`   // no Word documents
	Old       int   `json:"old"`      // .doc files, which are listed as failed
}

// printPlan tells what a job would convert.
func (a *app) printPlan(r *job.Receipt, l *convert.Listing, batchSize int) error {
	p := plan{
		Receipt: r, Documents: len(l.Documents), Batches: (len(l.Documents) + batchSize - 1) / batchSize, Bytes: l.Bytes,
		LeftOut: l.LeftOut, Locks: l.Locks, Others: l.Others,
	}
	for _, name := range l.Documents {
		if strings.EqualFold(path.Ext(name), ".doc") {
			p.Old++
		}
	}
	if a.json {
		return a.printJSON(p)
	}
	if err := a.printReceipt(r); err != nil {
		return err
	}
	a.aside().plan(p)
	return nil
}

// plan writes what a job would convert, and what it would not.
func (w *printer) plan(p plan) {
	batches := count(p.Batches, "batch")
	if p.Batches != 1 {
		batches = fmt.Sprintf("%d batches", p.Batches)
	}
	w.printf("%s in %s, %s.\n", count(p.Documents, "document"), batches, size(p.Bytes))
	for _, left := range []struct {
		n   int
		why string
	}{
		{p.Old, "from Word 97-2003 (.doc) will be listed as failed: open them in Word and save them as .docx"},
		{p.LeftOut, "left out by --include and --exclude"},
		{p.Locks, "left alone, which Word keeps beside documents that somebody has open (~$…): what is not saved is not converted"},
		{p.Others, "left alone, which are no Word documents"},
	} {
		if left.n > 0 {
			w.printf("%s %s.\n", count(left.n, "file"), left.why)
		}
	}
}

// readStyleMap reads a style map and refuses one with faults.
func readStyleMap(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", usagef("--style-map: %s: %s", name, bareReason(err))
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, convert.MaxStyleMap+1)) // one more is refused as too long
	if err != nil {
		return "", fmt.Errorf("--style-map: %s: %w", name, err)
	}
	if _, err := convert.ParseStyleMap(string(content)); err != nil {
		return "", errors.Join(usagef("--style-map: %s has errors", name), err)
	}
	return string(content), nil
}
