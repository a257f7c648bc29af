package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

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

--style-map FILE says what becomes of the styles of your documents, where topics
begin and of which type they are. It is checked before anything is sent.`

const convertExample = `  docjobs submit convert ./word --batch-size 50 --style-map map.yaml --wait
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
	f.StringVar(&flags.styleMap, "style-map", "", "`FILE` on this machine with the style map (default: the one that docs/word-to-dita.md shows)")
	f.StringVar(&flags.StyleMapFile, "style-map-in-source", "", "`PATH` of the style map in the source, instead")
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
	c, err := a.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	flags.Params = &params
	receipt, err := submission{
		source: source, ref: flags.ref, into: &params.Source, Submission: flags.Submission, io: a.io, color: a.color,
	}.submit(ctx, c)
	if err != nil {
		return err
	}
	return a.submitted(ctx, c, receipt, &flags.submitFlags)
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
