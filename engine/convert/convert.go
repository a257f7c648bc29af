package convert

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/docjobs/docjobs/engine/dita"
	"github.com/docjobs/docjobs/engine/dita/refs"
	"github.com/docjobs/docjobs/engine/docx"
	"github.com/docjobs/docjobs/engine/words"
)

// Version names the way in which documents are converted. It changes with the
// output: what another version made is made anew.
const Version = "12"

// Convert converts the document at a path of the source, and puts the map, topics
// and pictures into the folder out, which must not exist. A document that cannot be
// converted is a report with the outcome [Rejected], and nothing is written; an error
// is about the world: a disk, or a context that ended.
func Convert(ctx context.Context, src Source, document, out string, o Options) (*Report, error) {
	o = o.withDefaults()
	bounded, cancel := context.WithTimeout(ctx, o.Limits.Time)
	defer cancel()
	c := &conversion{
		ctx: bounded, source: src, path: document, options: o, styles: o.StyleMap,
		siblings: map[string]*sibling{}, uses: map[string]bool{}, leads: map[string]bool{},
	}
	defer c.close()
	var report *Report
	err := guard(func() (err error) {
		report, err = c.convert(out)
		return err
	})
	var reason *Reason
	switch {
	case err == nil:
		return report, nil
	case errors.As(err, &reason):
		return c.rejected(reason), nil
	case ctx.Err() == nil && errors.Is(bounded.Err(), context.DeadlineExceeded):
		return c.rejected(&Reason{Code: "timeout", Message: fmt.Sprintf("The document took longer than %s to convert.", o.Limits.Time)}), nil
	}
	return nil, fmt.Errorf("converting %s: %w", document, err)
}

// Defaults of [Limits].
const (
	defaultTime   = 5 * time.Minute
	defaultOutput = 1 << 30
)

func (o Options) withDefaults() Options {
	if o.StyleMap == nil {
		o.StyleMap = Default()
	}
	if o.Grammar == "" {
		o.Grammar = DITA12
	}
	if o.Limits.Time <= 0 {
		o.Limits.Time = defaultTime
	}
	if o.Limits.Output <= 0 {
		o.Limits.Output = defaultOutput
	}
	return o
}

// Error implements error.
func (r *Reason) Error() string { return r.Message }

// rejected returns the report of a document of which nothing came.
func (c *conversion) rejected(reason *Reason) *Report {
	return &Report{Document: c.path, Outcome: Rejected, Reason: reason, Uses: c.used()}
}

func (c *conversion) used() []string {
	var uses []string
	for document := range c.uses {
		uses = append(uses, document)
	}
	slices.Sort(uses)
	return uses
}

// load reads the document.
func (c *conversion) load() error {
	c.unmapped, c.told, c.droppedWords = map[string]*StyleUse{}, map[*docx.Paragraph]bool{}, words.Tally{}
	c.noted = map[noted]*docx.NoteRef{}
	file, err := c.source.Open(c.ctx, c.path)
	if err != nil {
		return err
	}
	c.file = file
	read := c.styles.read(c.options.Limits, c.options.Progress)
	c.pkg, err = docx.Open(c.ctx, file, file.Size(), read.Limits)
	if err == nil {
		c.doc, err = c.pkg.Read(c.ctx, read)
	}
	if err == nil {
		c.counts, err = c.pkg.Count(c.ctx, read)
	}
	if err != nil {
		return refusal(err)
	}
	c.monospaced = map[string]bool{}
	for _, s := range c.doc.Styles {
		if s.Type == docx.ParagraphStyle && s.Marks&docx.Monospace != 0 {
			c.monospaced[s.Name] = true
		}
	}
	return nil
}

// refusal turns the refusal of a file into the reason of a rejection.
func refusal(err error) error {
	var refused *docx.Error
	if !errors.As(err, &refused) {
		return err
	}
	reason := &Reason{Code: string(refused.Code), Message: refused.Message}
	if refused.Part != "" || refused.Err != nil {
		reason.Detail = refused.Error()
	}
	return reason
}

func (c *conversion) close() {
	if c.file != nil {
		_ = c.file.Close() // it was only read
		c.file = nil
	}
}

// build makes the topics in memory.
func (c *conversion) build() error {
	c.plan = c.outline()
	c.findAnchors()
	for _, t := range c.plan.topics {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		b := &builder{conversion: c, version: dita.Version(c.options.Grammar), topic: t}
		c.documents = append(c.documents, b.document())
		if b.failed != nil {
			return b.failed
		}
	}
	c.resolveLinks()
	return c.ctx.Err() // a picture that was given up for it is no warning
}

// convert does the whole of it.
func (c *conversion) convert(out string) (*Report, error) {
	if err := c.load(); err != nil {
		return nil, err
	}
	if err := c.build(); err != nil {
		return nil, err
	}
	r := c.report()
	if r.Outcome == Rejected {
		return r, nil
	}
	if err := c.publish(out, r); err != nil {
		return nil, err
	}
	return r, nil
}

// publish writes everything into a folder beside out, and moves it there when it
// is complete.
func (c *conversion) publish(out string, r *Report) (err error) {
	if _, err := os.Lstat(out); err == nil {
		return fmt.Errorf("the folder %s: %w", out, fs.ErrExist)
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(filepath.Dir(out), ".convert-*.tmp")
	if err != nil {
		return err
	}
	moved := false
	defer func() {
		if !moved { // also if the program fails
			err = errors.Join(err, os.RemoveAll(temp))
		}
	}()
	check, err := refs.Open(temp, refs.Options{Beyond: true})
	if err != nil {
		return err
	}
	defer check.Close()
	w := &writer{folder: temp, left: c.options.Limits.Output, check: check, made: map[string]bool{}}
	for i, d := range c.documents {
		if err := w.document(c.plan.topics[i].file(), d); err != nil {
			return err
		}
	}
	if err := c.writeImages(w); err != nil {
		return err
	}
	r.Map = slug(baseName(c.path), "map") + ".ditamap"
	if err := w.document(r.Map, c.ditamap()); err != nil {
		return err
	}
	slices.Sort(w.files)
	r.Files = w.files
	if err := c.checkReferences(w, r); err != nil {
		return err
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return err
	}
	err = os.Rename(temp, out)
	moved = err == nil
	return err
}

// ditamap makes the map: its nesting is that of the headings.
func (c *conversion) ditamap() *dita.Document {
	root := dita.New("map", dita.New("title", dita.Text(c.plan.title))).
		With("id", slug(baseName(c.path), "map")).With("xml:lang", c.doc.Properties.Language)
	for _, t := range c.plan.roots {
		root.Add(topicref(t))
	}
	return &dita.Document{Kind: dita.KindMap, Version: dita.Version(c.options.Grammar), Root: root}
}

func topicref(t *topic) *dita.Element {
	ref := dita.New("topicref").With("href", t.file()).With("type", string(t.kind))
	for _, child := range t.children {
		ref.Add(topicref(child))
	}
	return ref
}
