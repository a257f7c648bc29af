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

// Validators returns what the machine has to validate DITA with, by version, and
// says so in the log. Folders with grammars may be named by version.
func Validators(ctx context.Context, schemas map[string]string, cache string, log *slog.Logger) map[string]activities.Validator {
	found := map[string]activities.Validator{}
	for _, version := range []dita.Version{dita.V12, dita.V13} {
		v, description, err := grammar.Detect(ctx, grammar.Config{Version: version, Schemas: schemas[string(version)], Cache: cache})
		switch {
		case err != nil:
			log.Warn("The validator cannot be used; results are not validated.", "dita", version, "error", err)
		case v == nil:
			log.Warn("Results are not validated.", "dita", version, "reason", description)
		default:
			log.Info("Results are validated.", "dita", version, "with", description)
			found[string(version)] = validator{v, description}
		}
	}
	return found
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
