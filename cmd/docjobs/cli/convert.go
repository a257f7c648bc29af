package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/docjobs/docjobs/engine/convert"
)

const inspectLong = `Look into Word documents on this machine, before anything is submitted: what they
hold, what the style map makes of their styles, which styles it does not name, and
what a person will have to look at. No server is needed.

--propose FILE writes a style map for the styles that are not named, with how often
and for what each is used. Read it, change it, and give it to
docjobs submit convert --style-map FILE.`

// inspectFlags are the flags of convert inspect.
type inspectFlags struct {
	styleMap string
	propose  string
}

// convertCommand is the parent of what looks at documents without a server.
func (a *app) convertCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "convert COMMAND",
		Short: "Look into Word documents before they are converted",
		Long:  "Look into Word documents before they are converted. docjobs submit convert converts them.",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.inspectCommand())
	return cmd
}

func (a *app) inspectCommand() *cobra.Command {
	flags := &inspectFlags{}
	cmd := &cobra.Command{
		Use:     "inspect FILE|FOLDER...",
		Short:   "Tell what Word documents hold, and propose a style map",
		Long:    inspectLong,
		Example: "  docjobs convert inspect ./word --propose map.yaml\n  docjobs convert inspect manual.docx --style-map map.yaml",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("FILE or FOLDER is missing")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.inspect(cmd.Context(), args, flags) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.styleMap, "style-map", "", "`FILE` with the style map to look with (default: the default one)")
	f.StringVar(&flags.propose, "propose", "", "write a proposed style map to this `FILE`, which must not exist")
	f.BoolVar(&a.json, "json", false, "print everything as JSON")
	return cmd
}

// inspect looks into the documents and prints what they hold.
func (a *app) inspect(ctx context.Context, names []string, flags *inspectFlags) error {
	options := convert.Options{}
	if flags.styleMap != "" {
		text, err := readStyleMap(flags.styleMap)
		if err != nil {
			return err
		}
		if options.StyleMap, err = convert.ParseStyleMap(text); err != nil {
			return err
		}
	}
	if _, err := os.Lstat(flags.propose); flags.propose != "" && err == nil {
		return usagef("--propose: %s exists already; name a new file", flags.propose)
	}
	documents, err := findDocuments(ctx, names)
	if err != nil {
		return err
	}
	total, err := a.inspectAll(ctx, documents, options)
	if err != nil {
		return err
	}
	if flags.propose != "" {
		if err := writeNew(flags.propose, total.StyleMap()); err != nil {
			return fmt.Errorf("the style map cannot be written: %w", err)
		}
	}
	if a.json {
		return a.printJSON(total)
	}
	a.out.inspection(total)
	if flags.propose != "" {
		a.out.printf("\nA style map is proposed in %s.\n", flags.propose)
	}
	return a.out.err
}

// A wordDocument is a document on this machine.
type wordDocument struct{ dir, path string }

// findDocuments returns the documents that are named, and those in folders that are.
func findDocuments(ctx context.Context, names []string) (found []wordDocument, err error) {
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, usagef("%s: %s", name, bareReason(err))
		}
		if !info.IsDir() {
			found = append(found, wordDocument{filepath.Dir(name), filepath.Base(name)})
			continue
		}
		err = fs.WalkDir(os.DirFS(name), ".", func(path string, d fs.DirEntry, err error) error {
			if err = errors.Join(err, ctx.Err()); err == nil && d.Type().IsRegular() && convert.IsWordFile(path) {
				found = append(found, wordDocument{name, path})
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("the folder %s cannot be read: %w", name, err)
		}
	}
	if len(found) == 0 {
		return nil, usagef("there is no Word document in %s", names[0])
	}
	return found, nil
}

// inspectAll looks into documents, as many at a time as there are processors.
func (a *app) inspectAll(ctx context.Context, documents []wordDocument, o convert.Options) (*convert.Inspection, error) {
	found := make([]*convert.Inspection, len(documents))
	var done atomic.Int64
	m := newMeter(a.io, a.color, "inspect", int64(len(documents)))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, d := range documents {
		group.Go(func() (err error) {
			if err := ctx.Err(); err != nil {
				return err
			}
			if found[i], err = d.inspect(ctx, o); err != nil {
				return fmt.Errorf("%s: %w", filepath.Join(d.dir, d.path), err)
			}
			m.set(done.Add(1))
			return nil
		})
	}
	err := group.Wait()
	m.close(err == nil)
	if err != nil {
		return nil, err
	}
	total := &convert.Inspection{}
	for _, one := range found {
		total.Add(one)
	}
	return total, nil
}

func (d wordDocument) inspect(ctx context.Context, o convert.Options) (*convert.Inspection, error) {
	folder, err := convert.OpenFolder(d.dir)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	return convert.Inspect(ctx, folder, d.path, o)
}

// writeNew writes a file that must not exist.
func writeNew(name, content string) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.WriteString(content)
	if err = errors.Join(err, file.Close()); err != nil {
		_ = os.Remove(name)
	}
	return err
}
