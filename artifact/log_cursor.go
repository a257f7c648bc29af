package artifact

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Cursor is a place in a job's log, safe in a URL without escaping. It is the
// place in each stream that was read so far, because steps can overlap:
//
//	0001.01-fetch.00001.3.0~0001.02-build.00001.7.12
//
// says that chunk 3 of the fetch step is next, and line 12 of chunk 7 of
// the build step. Callers do not look inside.
type Cursor string

const (
	maxCursor  = 64 << 10 // bytes
	separator  = "~"
	firstChunk = 1
)

var errCursor = errors.New("the cursor into the log is not one that this service gave out; read the log from its beginning")

type place struct {
	chunk int // the next one to read
	line  int // how many of its lines were read
}

func (p place) skip(lines int) place { return place{p.chunk, p.line + lines} }
func (p place) next() place          { return place{p.chunk + 1, 0} }

// places are by the name of the stream.
type places map[string]place

func (p places) of(stream string) place {
	if place, known := p[stream]; known {
		return place
	}
	return place{chunk: firstChunk}
}

func (p places) cursor() Cursor {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(p)) {
		parts = append(parts, fmt.Sprintf("%s.%d.%d", name, p[name].chunk, p[name].line))
	}
	return Cursor(strings.Join(parts, separator))
}

func (c Cursor) parse() (places, error) {
	p := places{}
	if c == "" {
		return p, nil
	}
	if len(c) > maxCursor {
		return nil, errCursor
	}
	for part := range strings.SplitSeq(string(c), separator) {
		fields := strings.Split(part, ".")
		if len(fields) != 5 {
			return nil, errCursor
		}
		name := strings.Join(fields[:3], ".")
		if _, ok := parseStream("any", name); !ok {
			return nil, errCursor
		}
		chunk, err1 := strconv.Atoi(fields[3])
		line, err2 := strconv.Atoi(fields[4])
		if err1 != nil || err2 != nil || chunk < firstChunk || chunk > maxChunks+1 || line < 0 || line > maxChunk {
			return nil, errCursor
		}
		p[name] = place{chunk, line}
	}
	return p, nil
}
