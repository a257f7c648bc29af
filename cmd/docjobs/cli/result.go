package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

// resultFlags are the flags of docjobs result.
type resultFlags struct {
	attempt int
	file    string // the only one that is wanted
	output  string
	archive archiveFormat
}

type archiveFormat string

const (
	formatZip   archiveFormat = "zip"
	formatTarGz archiveFormat = "tar.gz"
)

func (a *app) resultCommand() *cobra.Command {
	var flags resultFlags
	cmd := &cobra.Command{
		Use:   "result ID [FILE]",
		Short: "Show or fetch what a job made",
		Long: `Show what a job made, as a table or with --json as manifest.

FILE, a path such as reports/links.html, prints that one file; --output names
another place for it.

--output FOLDER alone fetches every file into the folder. Each is written under a
temporary name, compared with its SHA-256 and then renamed; a path that would
leave the folder is refused before anything is fetched.

--archive fetches everything as one file instead, ID.zip or ID.tar.gz in the
current folder. --output then names another file or folder, or - for standard
output.`,
		Example: `  docjobs result publish-3f9k2m7qx1ab4c5d
  docjobs result convert-3f9k2m7qx1ab4c5d migration-log.csv
  docjobs result publish-3f9k2m7qx1ab4c5d --output site
  docjobs result publish-3f9k2m7qx1ab4c5d --archive zip
  docjobs result publish-3f9k2m7qx1ab4c5d --archive tar.gz --output - | tar xz`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 && flags.archive == "" {
				flags.file, args = args[1], args[:1]
			}
			return exactly("ID")(cmd, args)
		},
		ValidArgsFunction: a.completeJobs,
		RunE: a.on(func(ctx context.Context, c Client, id job.ID) error {
			if flags.file != "" {
				return a.oneFile(ctx, c, id, flags)
			}
			return a.result(ctx, c, id, flags)
		}),
	}
	cmd.Flags().StringVarP(&flags.output, "output", "o", "", "fetch into `FOLDER`, or the file of --archive or FILE")
	wordFlag(cmd, &flags.archive, "archive", "fetch everything as one file: zip or tar.gz", formatZip, formatTarGz)
	attemptFlag(cmd, &flags.attempt)
	return cmd
}

// result shows the manifest, and fetches what is wanted.
func (a *app) result(ctx context.Context, c Client, id job.ID, flags resultFlags) error {
	result, err := c.Result(ctx, id, flags.attempt)
	if err != nil {
		return err
	}
	if flags.archive != "" {
		return a.fetchArchive(ctx, c, result, flags)
	}
	if flags.output != "" {
		if err := a.fetchFiles(ctx, c, result, flags.output); err != nil {
			return err
		}
	}
	if a.json {
		return a.printJSON(result)
	}
	if flags.output == "" {
		a.printResult(result)
	}
	return a.out.err
}

// oneFile fetches one file, to standard output unless a place is named.
func (a *app) oneFile(ctx context.Context, c Client, id job.ID, flags resultFlags) error {
	if flags.output == "" || flags.output == "-" {
		return c.Download(ctx, id, flags.attempt, flags.file, a.io.Out)
	}
	return saveFile(flags.output, func(w io.Writer) error { return c.Download(ctx, id, flags.attempt, flags.file, w) })
}

// printResult writes the manifest as a table.
func (a *app) printResult(r *job.Result) {
	if r.Release != nil {
		a.out.release(r.Release)
	}
	if len(r.Outputs) == 0 {
		a.err.printf("No files.\n")
		return
	}
	var rows [][]any
	for _, o := range r.Outputs {
		files := ""
		if o.Folder() {
			files = count(o.Files, "file")
		}
		rows = append(rows, []any{o.Path, size(o.Size), files, o.MediaType})
	}
	a.out.table([]string{"PATH", "SIZE", "FILES", "TYPE"}, rows)
	if r.Pinned {
		a.err.printf("Kept until somebody unpins it. Fetch with docjobs result %s --output FOLDER.\n", r.ID)
	}
	if r.Archive != nil && r.Archive.Location != "" {
		a.err.printf("A copy is in the archive %s: %s\n", r.Archive.Name, r.Archive.Location)
	}
	if r.ExpiresAt != nil {
		a.err.printf("Kept until %s. Fetch with docjobs result %s --output FOLDER.\n", a.err.time(*r.ExpiresAt), r.ID)
	}
}

// fetchFiles fetches every file into a folder.
func (a *app) fetchFiles(ctx context.Context, c Client, r *job.Result, dir string) error {
	n, total, err := download(ctx, c, r, dir, func(total int64) *meter { return newMeter(a.io, a.color, "download", total) })
	if err != nil {
		return err
	}
	a.err.printf("%s, %s, in %s.\n", count(n, "file"), size(total), dir)
	return nil
}

// fetchArchive fetches everything as one file.
func (a *app) fetchArchive(ctx context.Context, c Client, r *job.Result, flags resultFlags) error {
	if flags.output == "-" {
		if a.io.OutTTY {
			return usagef("an archive is nothing for a terminal; name a file with --output")
		}
		return c.Archive(ctx, r.ID, r.Attempt, string(flags.archive), a.io.Out)
	}
	name := flags.output
	if info, err := os.Stat(name); name == "" || strings.HasSuffix(name, "/") || err == nil && info.IsDir() {
		name = filepath.Join(name, string(r.ID)+"."+string(flags.archive))
	}
	if err := saveArchive(ctx, c, r, string(flags.archive), name); err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return fmt.Errorf("the archive has gone: %w", err)
	}
	a.err.printf("%s in %s.\n", size(info.Size()), name)
	if a.json {
		return a.printJSON(r)
	}
	return nil
}
