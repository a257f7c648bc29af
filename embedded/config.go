package embedded

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
)

// DefaultRetention is how long closed workflows stay readable when
// [Config.Retention] is zero.
const DefaultRetention = 30 * 24 * time.Hour

// minRetention is the shortest retention that Temporal accepts on update.
const minRetention = 24 * time.Hour

// Config says what to run. Dir and Namespace are required.
type Config struct {
	// Dir is the data folder. It is created (mode 0700) if it is missing.
	Dir string
	// Port is the frontend's gRPC port on 127.0.0.1; 0 takes any free one.
	Port int
	// UIPort is the web UI's port on 127.0.0.1; 0 takes any free one.
	UIPort int
	// NoUI leaves the web UI out.
	NoUI bool
	// Namespace is created at the first start.
	Namespace string
	// Retention is how long the namespace keeps closed workflows, at least
	// 24 hours. A changed value is applied at the next start. Zero means
	// DefaultRetention.
	Retention time.Duration
	// SearchAttributes are registered in the namespace by name. Missing ones
	// are added at every start; none is ever removed. SQL visibility has room
	// for 10 of type Keyword and 3 of each other type.
	SearchAttributes map[string]enumspb.IndexedValueType
	// Logger receives the server's errors. Nil discards them; everything from
	// level info on is in temporal.log in any case.
	Logger *slog.Logger
	// Tuning chooses between this package's settings and the server's own.
	Tuning Tuning
}

// Tuning chooses a set of server settings.
type Tuning int

const (
	// Tuned fits the server to one machine; see tuning.go. It is the default.
	Tuned Tuning = iota
	// Stock leaves the server's and SQLite's defaults alone: the baseline that
	// benchmarks compare with. It is slow, and not meant for real work.
	Stock
)

// withDefaults returns the configuration with every zero value filled in and
// Dir absolute, or an error that names every fault at once.
func (c Config) withDefaults() (Config, error) {
	var faults []error
	if c.Dir == "" {
		faults = append(faults, errors.New("field Dir is empty"))
	} else if abs, err := filepath.Abs(c.Dir); err != nil {
		faults = append(faults, err)
	} else {
		c.Dir = abs
	}
	if c.Namespace == "" {
		faults = append(faults, errors.New("field Namespace is empty"))
	}
	if c.Retention == 0 {
		c.Retention = DefaultRetention
	}
	if c.Retention < minRetention {
		faults = append(faults, fmt.Errorf("field Retention is %s; Temporal's shortest is %s", c.Retention, minRetention))
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if err := errors.Join(faults...); err != nil {
		return c, fmt.Errorf("embedded Temporal server: %w", err)
	}
	return c, nil
}
