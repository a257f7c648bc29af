package s3release

import (
	"context"
	"errors"
	"fmt"

	"github.com/docjobs/docjobs/engine/release"
)

// checkConditions makes sure, once in a process, that the store honours conditional
// writes. Some stores take no notice of the condition and write all the same; with
// them two publishes could undo each other.
func (t *Target) checkConditions(ctx context.Context) error {
	if t.honest.Load() {
		return nil
	}
	key, data := t.state+"conditions.json", []byte("{}\n")
	write := func(c condition) error {
		_, err := t.bucket.putJSON(ctx, key, data, stateProperties, c)
		return err
	}
	err := write(absent)
	if err == nil { // the first time here; now there is something that the condition excludes
		err = write(absent)
	}
	if errors.Is(err, errPrecondition) {
		err = write(is(`"00000000000000000000000000000000"`))
	}
	switch {
	case errors.Is(err, errPrecondition):
		t.honest.Store(true)
		return nil
	case err != nil:
		return fmt.Errorf("cannot find out whether the store honours conditional writes: %w", err)
	}
	return &release.RefusedError{
		Place:  t.bucket.place(t.state),
		Reason: "the store takes no notice of If-Match or If-None-Match, without which two publishes could undo each other",
		Err:    errors.New("a write whose condition does not hold was taken"),
	}
}
