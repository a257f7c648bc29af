package job

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Convert are the parameters of a convert job: turn every Word document of Source
// into DITA.
type Convert struct {
	Source    Source `json:"source"`
	BatchSize int    `json:"batch_size,omitempty"` // documents a batch; DefaultBatchSize when left out
	StyleMap  string `json:"style_map,omitempty"`  // YAML; what it does not say is as in the default one
	DITA      string `json:"dita,omitempty"`       // version of the grammar: "1.2" when left out, or "1.3"

	// StyleMapFile is the path of a style map in the source, instead of StyleMap.
	StyleMapFile string `json:"style_map_file,omitempty"`

	// Include and Exclude are patterns for paths in the source: a document is converted
	// if one of Include matches, or there is none, and none of Exclude does. In a pattern
	// * and ? do not match a slash, ** stands for any number of folders, and one without a
	// slash is about names in whatever folder.
	Include []string `json:"include,omitempty"`
	Exclude []string `json:"exclude,omitempty"`
}

// Limits of a convert job.
const (
	DefaultBatchSize = 50
	MaxBatchSize     = 500
	MaxStyleMap      = 64 << 10 // bytes
	MaxPatterns      = 100      // of Include, and of Exclude
)

// Kind implements [Params].
func (c *Convert) Kind() Kind { return KindConvert }

// Normalize implements [Params]. Whether the style map says something is for the
// engine to tell.
func (c *Convert) Normalize() []Fault {
	faults := c.Source.normalize()
	if c.BatchSize == 0 {
		c.BatchSize = DefaultBatchSize
	}
	if c.BatchSize < 1 || c.BatchSize > MaxBatchSize {
		faults = append(faults, Fault{"batch_size", fmt.Sprintf("must be 1 to %d.", MaxBatchSize)})
	}
	if c.DITA == "" {
		c.DITA = "1.2"
	}
	if c.DITA != "1.2" && c.DITA != "1.3" {
		faults = append(faults, Fault{"dita", `must be "1.2" or "1.3".`})
	}
	if len(c.StyleMap) > MaxStyleMap || !utf8.ValidString(c.StyleMap) {
		faults = append(faults, Fault{"style_map", fmt.Sprintf("must be at most %d KiB of text.", MaxStyleMap>>10)})
	}
	switch {
	case c.StyleMapFile == "":
	case c.StyleMap != "":
		faults = append(faults, Fault{"style_map_file", "goes without style_map; give one of them."})
	case len(c.StyleMapFile) > maxName || !fs.ValidPath(c.StyleMapFile):
		faults = append(faults, Fault{"style_map_file", "must be the path of a file in the source, without . and .. in it."})
	}
	return append(faults, append(patternFaults("include", c.Include), patternFaults("exclude", c.Exclude)...)...)
}

// patternFaults tells what is wrong with patterns for paths.
func patternFaults(field string, patterns []string) (faults []Fault) {
	if len(patterns) > MaxPatterns {
		return []Fault{{field, fmt.Sprintf("must be at most %d patterns.", MaxPatterns)}}
	}
	for i, pattern := range patterns {
		_, err := path.Match(pattern, "")
		switch {
		case err != nil:
			faults = append(faults, Fault{fmt.Sprintf("%s[%d]", field, i), "is no pattern: a [ has no ], or a \\ nothing behind it."})
		case pattern == "" || len(pattern) > maxName || !utf8.ValidString(pattern) || strings.HasPrefix(pattern, "/"):
			faults = append(faults, Fault{fmt.Sprintf("%s[%d]", field, i), "must be a pattern for paths in the source, such as manuals/**/*.docx."})
		}
	}
	return faults
}

// Identity implements [Params].
func (c *Convert) Identity() []string {
	parts := []string{c.Source.Digest, strconv.Itoa(c.BatchSize), c.StyleMap, c.DITA, c.StyleMapFile}
	if len(c.Include)+len(c.Exclude) > 0 { // without, work is told apart as it always was
		parts = slices.Concat(parts, []string{strconv.Itoa(len(c.Include))}, c.Include, c.Exclude)
	}
	return parts
}

// Summary implements [Params].
func (c *Convert) Summary() string {
	return fmt.Sprintf("Convert %s to DITA %s", c.Source, c.DITA)
}
