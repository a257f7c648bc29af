package worker

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/engine/convert"
	"github.com/docjobs/docjobs/engine/dita"
	"github.com/docjobs/docjobs/engine/dita/grammar"
)

// A Validation says what a worker validates one version of DITA with.
type Validation struct {
	Version   string
	Validated bool
	With      string // what validates, or why nothing does and what to install
}

// Validators returns what the machine has to validate DITA with, by version, and
// says so in the log. Folders with grammars may be named by version; one that does not
// hold them is an error.
func Validators(ctx context.Context, schemas map[string]string, cache string, log *slog.Logger) (map[string]activities.Validator, []Validation, error) {
	var configs []grammar.Config
	for _, version := range []dita.Version{dita.V12, dita.V13} {
		c := grammar.Config{Version: version, Schemas: schemas[string(version)], Cache: cache}
		if err := c.Check(); err != nil {
			return nil, nil, fmt.Errorf("worker.grammars: %w", err)
		}
		configs = append(configs, c)
	}
	found, said := map[string]activities.Validator{}, []Validation{}
	for _, c := range configs {
		version := c.Version
		v, description, err := grammar.Detect(ctx, c)
		switch {
		case err != nil:
			log.Warn("The validator cannot be used; results are not validated.", "dita", version, "error", err)
			description = err.Error()
		case v == nil:
			log.Warn("Results are not validated.", "dita", version, "reason", description)
		default:
			log.Info("Results are validated.", "dita", version, "with", description)
			found[string(version)] = validator{v, description}
		}
		said = append(said, Validation{string(version), v != nil && err == nil, description})
	}
	return found, said, nil
}

// validator is a validator of package grammar as activities use it.
type validator struct {
	grammar.Validator
	name string
}

// Name implements [activities.Validator].
func (v validator) Name() string { return v.name }

// Validate implements [activities.Validator].
func (v validator) Validate(ctx context.Context, root string, files []string) (map[string][]convert.Warning, error) {
	findings, err := v.Validator.Validate(ctx, root, files)
	if err != nil {
		return nil, err
	}
	wrong := map[string][]convert.Warning{}
	for _, f := range findings {
		wrong[f.File] = append(wrong[f.File], convert.Warning{
			Code: "schema", Message: f.Message, Place: fmt.Sprintf("%d:%d", f.Line, f.Column), Count: 1,
		})
	}
	return wrong, nil
}
