package convert

import (
	"context"
	"io"
	"time"
)

// A Source opens the documents of one batch of work by their paths, for the
// document that is converted and for those that it links to.
type Source interface {
	// Open returns the document at a slash-separated path; fs.ErrNotExist if
	// there is none.
	Open(ctx context.Context, path string) (File, error)
}

// A Finder is a [Source] that knows its documents by the names that authors type: in any
// case, as on Windows, and .doc for what has become .docx since.
type Finder interface {
	Source
	// Find returns the path of the document that a path means, if there is one.
	Find(path string) (found string, ok bool)
}

// A File is an open document.
type File interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Options say how documents are converted. The zero value of a field is its
// default.
type Options struct {
	StyleMap *StyleMap // nil: the default one
	Grammar  Grammar   // DITA12 when empty
	Limits   Limits
	Progress func(done, total int64) // bytes of the document that were read; may be nil
}

// A Grammar is a version of DITA.
type Grammar string

// The grammars.
const (
	DITA12 Grammar = "1.2"
	DITA13 Grammar = "1.3"
)

// Limits bound what one document may cost.
type Limits struct {
	Time   time.Duration
	Bytes  int64 // unpacked, of all parts together
	Parts  int
	Depth  int   // of elements
	Output int64 // bytes of DITA and pictures
}

// An Outcome says what became of a document.
type Outcome string

// The outcomes.
const (
	Converted    Outcome = "converted"
	WithWarnings Outcome = "converted_with_warnings" // somebody must look at it
	Rejected     Outcome = "rejected"                // nothing was written; see Report.Reason
)

// A Report tells what became of one document. It is the same, byte for byte in
// JSON, for the same document, options and version.
type Report struct {
	Document string     `json:"document"` // its path in the source
	Outcome  Outcome    `json:"outcome"`
	Reason   *Reason    `json:"reason,omitempty"`   // why it was rejected
	Warnings []Warning  `json:"warnings,omitempty"` // what a person must look at
	Notes    []Warning  `json:"notes,omitempty"`    // what was done that a person may want to know
	Map      string     `json:"map,omitempty"`      // path of the DITA map under the output folder
	Files    []string   `json:"files,omitempty"`    // everything written, sorted, as paths under the output folder
	Topics   int        `json:"topics"`
	Fidelity Fidelity   `json:"fidelity"`
	Styles   []StyleUse `json:"styles,omitempty"` // styles that the style map does not name, with examples
	Uses     []string   `json:"uses,omitempty"`   // other documents of the source whose content it depends on, also by what links call them
	Leads    []string   `json:"leads,omitempty"`  // files of other documents that its links lead to: [OutputFolder], and the path under it
}

// A Reason says why a document was rejected.
type Reason struct {
	Code    string `json:"code"`    // "encrypted", "not_word", "damaged", "too_large", "bomb", "empty_output", "timeout" …
	Message string `json:"message"` // in a writer's words
	Detail  string `json:"detail,omitempty"`
}

// Codes of warnings that are failed gates.
const (
	CodeReference = "reference"  // a reference that does not resolve, or an ID that is there twice
	CodeWordsLost = "words-lost" // as a warning: less than 99.5 % of the words are kept
)

// A Warning is something at one place of a document.
type Warning struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Place   string `json:"place,omitempty"` // "paragraph 17", "footnote 3"
	Count   int    `json:"count,omitempty"`
}

// Fidelity compares what went in with what came out.
type Fidelity struct {
	Words     Kept `json:"words"`
	Tables    Kept `json:"tables"`
	Rows      Kept `json:"rows"`
	Cells     Kept `json:"cells"`
	Images    Kept `json:"images"`
	Footnotes Kept `json:"footnotes"`
	Links     Kept `json:"links"`
	ListItems Kept `json:"list_items"`
	Headings  Kept `json:"headings"` // titles of topics
	Formulas  Kept `json:"formulas"`
}

// Add adds what was kept of another document.
func (f *Fidelity) Add(other Fidelity) {
	for _, pair := range [][2]*Kept{
		{&f.Words, &other.Words}, {&f.Tables, &other.Tables}, {&f.Rows, &other.Rows}, {&f.Cells, &other.Cells},
		{&f.Images, &other.Images}, {&f.Footnotes, &other.Footnotes}, {&f.Links, &other.Links},
		{&f.ListItems, &other.ListItems}, {&f.Headings, &other.Headings}, {&f.Formulas, &other.Formulas},
	} {
		pair[0].In += pair[1].In
		pair[0].Out += pair[1].Out
	}
}

// Kept is how many of something went in and how many came out.
type Kept struct {
	In  int `json:"in"`
	Out int `json:"out"`
}

// A StyleUse is a style of the document that the style map does not name.
type StyleUse struct {
	Name    string `json:"name"`
	Type    string `json:"type"` // "paragraph", "character", "table"
	Count   int    `json:"count"`
	Example string `json:"example,omitempty"` // the beginning of a text in it
	Treated string `json:"treated"`           // what was made of it: "p", "ph" …
}
