package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/cmd/docjobs/cli"
	"github.com/docjobs/docjobs/engine/site"
	"github.com/docjobs/docjobs/engine/source"
)

// detectOptions are the flags of docjobs publish detect.
type detectOptions struct {
	config, dir string
	json        bool
	unsafe      bool
}

// newPublishCommand returns docjobs publish, which has what belongs to
// publishing and starts no job.
func newPublishCommand(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "publish COMMAND",
		Short: "Look at how a source would be published",
		Long:  "Look at how a source would be published. To publish it, use docjobs submit publish.",
	}
	cmd.AddCommand(newDetectCommand(s))
	return cmd
}

func newDetectCommand(s streams) *cobra.Command {
	o := detectOptions{}
	cmd := &cobra.Command{
		Use:   "detect SOURCE",
		Short: "Say which generator a source is for, and why",
		Long: `Say which generator would build a folder or an archive, why, and what is missing
for it. Nothing of the source is run, and no server is asked: what is there is
judged by this machine and by the configuration that --config names, which is that
of the workers.

Exit codes: 0 it can be built; 1 something is missing, or there is nothing to build.`,
		Example: `  docjobs publish detect docs
  docjobs publish detect website --config docjobs.yaml --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return detect(cmd.Context(), args[0], o, s) },
	}
	f := cmd.Flags()
	f.StringVar(&o.config, "config", "", "configuration `FILE` of the workers (YAML)")
	f.StringVar(&o.dir, "dir", "", "`FOLDER` in the source that holds the site")
	f.BoolVar(&o.json, "json", false, "print it as JSON")
	f.BoolVar(&o.unsafe, "unsafe-builds", false, "judge as for workers with this flag")
	return cmd
}

// A finding is what detect prints as JSON.
type finding struct {
	Generator site.Generator    `json:"generator"`
	Config    string            `json:"config,omitempty"`
	Dir       string            `json:"dir"`
	Output    string            `json:"output,omitempty"`
	Versions  map[string]string `json:"versions,omitempty"`
	Reasons   []string          `json:"reasons"`
	Missing   []string          `json:"missing"`
}

func detect(ctx context.Context, name string, o detectOptions, s streams) error {
	c, err := loadConfig(o.config, "")
	if err != nil {
		return err
	}
	c.UnsafeBuilds = c.UnsafeBuilds || o.unsafe
	options, _, err := c.site(ctx, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	folder, remove, err := unpacked(ctx, name)
	if err != nil {
		return err
	}
	defer remove()
	options.Source, options.Dir = folder, o.dir
	found, lacking, err := site.Examine(options)
	if err != nil {
		return err
	}
	f := finding{found.Generator, found.Config, found.Dir, found.Output, found.Versions, found.Reasons, []string{}}
	for _, each := range lacking {
		f.Missing = append(f.Missing, each.Error())
	}
	if err := f.print(s.out, o.json); err != nil {
		return err
	}
	if len(lacking) > 0 {
		return cli.ErrNotCompleted
	}
	return nil
}

// unpacked returns a folder with the source's files.
func unpacked(ctx context.Context, name string) (folder string, remove func(), err error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", nil, fmt.Errorf("%w; give a folder or an archive of this machine", err)
	}
	if info.IsDir() {
		return name, func() {}, nil
	}
	file, err := os.Open(filepath.Clean(name))
	if err != nil {
		return "", nil, err
	}
	defer file.Close()
	temp, err := os.MkdirTemp("", "docjobs-detect-")
	if err != nil {
		return "", nil, err
	}
	folder, remove = filepath.Join(temp, "source"), func() { _ = os.RemoveAll(temp) } // it is a temporary folder
	if _, err := source.Unpack(ctx, file, info.Size(), folder, source.DefaultLimits(), nil); err != nil {
		remove()
		return "", nil, err
	}
	return folder, remove, nil
}

func (f finding) print(out io.Writer, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(f)
	}
	var errs []error
	line := func(label, text string) {
		_, err := fmt.Fprintf(out, "%-10s %s\n", label, text)
		errs = append(errs, err)
	}
	line("generator", string(f.Generator))
	line("folder", f.Dir)
	if f.Config != "" {
		line("by", f.Config)
	}
	if f.Output != "" {
		line("output", f.Output)
	}
	for _, tool := range slices.Sorted(maps.Keys(f.Versions)) {
		line("version", tool+" "+f.Versions[tool])
	}
	for _, reason := range f.Reasons {
		line("why", reason)
	}
	for _, missing := range f.Missing {
		line("missing", missing)
	}
	return errors.Join(errs...)
}
