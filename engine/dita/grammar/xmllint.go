package grammar

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/docjobs/docjobs/engine/dita"
)

// A xmllintValidator validates by xmllint against the DTD of each kind of document.
type xmllintValidator struct {
	run     runner
	program string
	folder  string // of the DTDs
}

// Validate implements [Validator].
func (v *xmllintValidator) Validate(ctx context.Context, root string, files []string) (findings []Finding, err error) {
	err = inFolder(func(folder string) error {
		documents, refused, err := stage(root, files, folder)
		findings = refused
		if err != nil {
			return err
		}
		byRoot := map[string][]staged{}
		for _, d := range documents {
			if !slices.Contains(kinds, dita.Kind(d.root)) {
				findings = append(findings, Finding{File: d.file, Line: 1, Message: fmt.Sprintf("element %q is the root of no document that is known here", d.root)})
				continue
			}
			byRoot[d.root] = append(byRoot[d.root], d)
		}
		for _, kind := range kinds {
			for batch := range slices.Chunk(byRoot[string(kind)], maxArguments) {
				found, err := v.batch(ctx, folder, string(kind), batch)
				if err != nil {
					return err
				}
				findings = append(findings, found...)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return inOrder(files, findings), nil
}

// batch runs xmllint once.
func (v *xmllintValidator) batch(ctx context.Context, folder, kind string, documents []staged) ([]Finding, error) {
	args := []string{"--nonet", "--noout", "--dtdvalid", filepath.Join(v.folder, kind+".dtd")}
	file := map[string]string{}
	for _, d := range documents {
		args = append(args, d.name)
		file[d.name] = d.file
	}
	text, ok, err := v.run.output(ctx, folder, v.program, args...)
	if err != nil {
		return nil, err
	}
	var findings []Finding
	for _, line := range strings.Split(text, "\n") {
		if f, parsed := parseXMLLint(line); parsed && file[f.File] != "" {
			f.File = file[f.File]
			findings = append(findings, f)
		}
	}
	if !ok && len(findings) == 0 {
		return nil, fmt.Errorf("xmllint failed: %s", beginning(text))
	}
	return findings, nil
}

var xmllintLine = regexp.MustCompile(`^([^:]+):(\d+): (?:element \S+: )?(?:validity|parser|namespace) (?:error|warning) : (.*)$`)

// parseXMLLint reads a line of xmllint's output: file, line, element, message.
func parseXMLLint(line string) (Finding, bool) {
	m := xmllintLine.FindStringSubmatch(line)
	if m == nil {
		return Finding{}, false
	}
	row, _ := strconv.Atoi(m[2]) // digits; what is too large for a line is none
	return Finding{File: m[1], Line: row, Message: strings.TrimSpace(m[3])}, true
}
