package source

import (
	"fmt"
	"strings"
)

// Limits bound what a source may cost. Sizes are in bytes, uncompressed.
// Entries that are ignored count too: they cost time as well.
type Limits struct {
	Entries    int   // files and folders listed by an archive, default 100,000
	TotalBytes int64 // all files together, default 2 GiB
	FileBytes  int64 // a single file, default 256 MiB
	Depth      int   // path components, default 64
	PathBytes  int   // a path, default 1,024
	NameBytes  int   // a path component, default 255, as file systems have it
	Ratio      int64 // uncompressed to compressed, default 200; text reaches 10 to 20
	RatioFloor int64 // bytes below which the ratio is not looked at, default 16 MiB
}

// DefaultLimits are the documented defaults.
func DefaultLimits() Limits {
	return Limits{
		Entries: 100_000, TotalBytes: 2 << 30, FileBytes: 256 << 20, Depth: 64,
		PathBytes: 1024, NameBytes: 255, Ratio: 200, RatioFloor: 16 << 20,
	}
}

// Validate names every fault at once, as a [*Refused] with [ReasonLimits].
func (l Limits) Validate() error {
	var faults []string
	positive := func(name string, v int64) {
		if v < 1 {
			faults = append(faults, fmt.Sprintf("%s must be at least 1, not %d", name, v))
		}
	}
	positive("Entries", int64(l.Entries))
	positive("TotalBytes", l.TotalBytes)
	positive("FileBytes", l.FileBytes)
	positive("Depth", int64(l.Depth))
	positive("PathBytes", int64(l.PathBytes))
	positive("NameBytes", int64(l.NameBytes))
	positive("Ratio", l.Ratio)
	if l.RatioFloor < 0 {
		faults = append(faults, "RatioFloor must not be negative")
	}
	if l.TotalBytes > 1<<50 || l.Entries > 1<<30 {
		faults = append(faults, "TotalBytes must stay under 1 PiB and Entries under 2^30")
	}
	if len(faults) > 0 {
		return refuse(ReasonLimits, "", "%s", strings.Join(faults, "; "))
	}
	return nil
}

// expands refuses out bytes that came of in compressed bytes.
func (l Limits) expands(path string, out, in int64) error {
	if out > l.RatioFloor && out/l.Ratio > in {
		return refuse(ReasonRatio, path, "it expands more than %d times, which no documentation does", l.Ratio)
	}
	return nil
}
