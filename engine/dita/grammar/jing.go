package grammar

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// A jingValidator validates by jing, many documents a process.
type jingValidator struct {
	run     runner
	program string
	schema  string
}

// Validate implements [Validator].
func (v *jingValidator) Validate(ctx context.Context, root string, files []string) (findings []Finding, err error) {
	err = inFolder(func(folder string) error {
		documents, refused, err := stage(root, files, folder)
		findings = refused
		for err == nil && len(documents) > 0 {
			var found []Finding
			var done int
			found, done, err = v.batch(ctx, folder, documents[:min(len(documents), maxArguments)])
			findings, documents = append(findings, found...), documents[done:]
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return inOrder(files, findings), nil
}

// batch runs jing once. It stops at a document that is not well-formed in its eyes;
// done is how many it dealt with, at least one.
func (v *jingValidator) batch(ctx context.Context, folder string, documents []staged) (findings []Finding, done int, err error) {
	args := []string{"-i", v.schema}
	for _, d := range documents {
		args = append(args, d.name)
	}
	text, ok, err := v.run.output(ctx, folder, v.program, args...)
	if err != nil {
		return nil, 0, err
	}
	index := make(map[string]int, len(documents))
	for i, d := range documents {
		index[d.name] = i
	}
	done = len(documents)
	for _, line := range strings.Split(text, "\n") {
		m, parsed := parseJing(line)
		i, known := index[filepath.Base(m.File)]
		switch {
		case !parsed:
		case !known:
			return nil, 0, fmt.Errorf("jing: %s", m)
		default:
			m.File = documents[i].file
			findings = append(findings, m)
			if strings.HasPrefix(line[strings.Index(line, ".xml:"):], fmt.Sprintf(".xml:%d:%d: fatal:", m.Line, m.Column)) {
				done = i + 1
			}
		}
	}
	if !ok && len(findings) == 0 {
		return nil, 0, fmt.Errorf("jing failed: %s", beginning(text))
	}
	return findings, done, nil
}

var jingLine = regexp.MustCompile(`^(.+?):(\d+):(\d+): (?:error|fatal|warning): (.*)$`)

// parseJing reads a line of jing's output: file, line, column, severity, message.
func parseJing(line string) (Finding, bool) {
	m := jingLine.FindStringSubmatch(line)
	if m == nil {
		return Finding{}, false
	}
	row, _ := strconv.Atoi(m[2]) // digits; what is too large for a line is none
	column, _ := strconv.Atoi(m[3])
	return Finding{File: m[1], Line: row, Column: max(column, 0), Message: m[4]}, true
}
