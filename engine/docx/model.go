package docx

// A Document is a Word document as its author sees it: fields are what they
// stand for, numbering is counted, styles carry their names, and whatever the
// format needs only for itself (sections, proofing marks, revisions that were
// decided on) is gone.
type Document struct {
	Properties Properties
	Styles     []Style // in the order of styles.xml; those that the document uses have Uses > 0
	Body       []Block
	Footnotes  []Note  // in the order of their references
	Endnotes   []Note  // in the order of their references
	Comments   []Note  // in the order of the comments part
	Headers    []Story // distinct ones, in the order of the sections; see Options.HeadersFooters
	Footers    []Story // distinct ones, in the order of the sections
	Media      []Media // every picture that a block or inline refers to, in order of first use
	Findings   []Finding
}

// Properties are the core properties of the package (ISO/IEC 29500-2, annex on
// core properties). Empty where the file has none.
type Properties struct {
	Title, Subject, Creator, Keywords, Description, Category string
	Language                                                 string // BCP 47, of the document's default style
	Created, Modified                                        string // as the file writes them: W3CDTF
}

// A Style is one paragraph, character or table style (ECMA-376-1, 17.7.4).
type Style struct {
	ID      string // as the document refers to it; differs by language of Word
	Name    string // as the author sees it; the built-in ones have English names in every language
	Type    StyleType
	BasedOn string // ID
	Outline int    // heading level 1 to 9 through basedOn; 0 for body text
	Marks   Marks  // formatting that it gives, through basedOn
	Uses    int    // paragraphs, runs or tables that name it
}

// A StyleType says what a style applies to.
type StyleType string

// The style types.
const (
	ParagraphStyle StyleType = "paragraph"
	CharacterStyle StyleType = "character"
	TableStyle     StyleType = "table"
	NumberingStyle StyleType = "numbering"
)

// A Block is a *[Paragraph], a *[Table], a *[TextBox] or a *[Group].
type Block interface{ block() }

// A Paragraph is a paragraph of any style, headings and list items included.
type Paragraph struct {
	Style           string   // style name; "Normal" where the paragraph names none
	Lineage         []string // names of Style and of all that it is based on, nearest first
	Outline         int      // heading level 1 to 9; 0 for body text
	List            *ListItem
	Align           string // "left", "center", "right", "both"; "" if not said
	Indent          int    // of its left edge, in twentieths of a point: text that continues a list item has it
	Generated       string // "TOC", "INDEX", "TOA" or "BIBLIOGRAPHY": all its content is what such a field made
	RTL             bool   // w:bidi
	Lang            string // BCP 47 where all its runs have the same one that is not the document's
	Content         []Inline
	Section         bool // last paragraph of a section
	PageBreakBefore bool
	Part            string // "word/document.xml"
	Ordinal         int    // of the paragraph in the part, from 1: the place that messages name
}

// A ListItem says that a paragraph is an item of a list (ECMA-376-1, 17.9).
type ListItem struct {
	List    int    // the same for all paragraphs of one list, continued ones included; from 1
	Level   int    // 0 to 8
	Format  string // ST_NumberFormat: "bullet", "decimal", "lowerLetter", "none" …
	Number  int    // counted, restarts and overrides applied; 0 for bullets
	Label   string // as Word prints it: "2.1", "a)", "•"
	Restart bool   // numbering starts anew here
}

// A Table is a table (ECMA-376-1, 17.4).
type Table struct {
	Style   string
	Caption string // w:tblCaption, the alternative text's title
	Summary string // w:tblDescription
	Columns []int  // widths of the grid in twentieths of a point
	Rows    []Row
	RTL     bool
}

// A Row is one row of a table.
type Row struct {
	Header bool // repeated on every page
	Cells  []Cell
}

// A Cell is one cell; cells that a vertical span covers are not listed.
type Cell struct {
	Column  int    // of the grid, from 0
	ColSpan int    // at least 1
	RowSpan int    // at least 1
	Align   string // of its contents, vertical: "top", "center", "bottom"
	Blocks  []Block
}

// A TextBox is a text box or a drawing with text (DrawingML or VML), which
// stands after the paragraph that it is anchored in.
type TextBox struct{ Blocks []Block }

// A Group is a block-level content control (w:sdt).
type Group struct {
	Title, Tag string
	Kind       string // docPartGallery, such as "Table of Contents", or ""
	Blocks     []Block
}

func (*Paragraph) block() {}
func (*Table) block()     {}
func (*TextBox) block()   {}
func (*Group) block()     {}

// An Inline is one of *[Text], *[Break], *[Link], *[Reference], *[Anchor],
// *[Image], *[Math], *[NoteRef], *[IndexEntry], *[Field] and *[Object].
type Inline interface{ inline() }

// Text is a run of text with one formatting.
type Text struct {
	Text   string
	Style  string // character style name, or ""
	Marks  Marks
	Lang   string // BCP 47 where it differs from the paragraph's
	RTL    bool
	Change Change // only with Options.Changes == KeepChanges
}

// Marks are the formatting of a run beyond that of its paragraph style: direct
// or by its character style. A bold run of a bold heading has no mark.
type Marks uint16

// The marks.
const (
	Bold Marks = 1 << iota
	Italic
	Underline
	Strike
	Superscript
	Subscript
	SmallCaps
	AllCaps
	Hidden    // w:vanish, kept only with Options.Hidden == KeepHidden
	Monospace // the run's font is one for code
	Highlight
)

// A Change says that a tracked change concerns a run.
type Change string

// The tracked changes.
const (
	Unchanged Change = ""
	Inserted  Change = "inserted"
	Deleted   Change = "deleted"
)

// A Break is a line, column or page break, or a tab.
type Break struct{ Kind BreakKind }

// A BreakKind says what kind of break it is.
type BreakKind string

// The breaks.
const (
	LineBreak   BreakKind = "line"
	PageBreak   BreakKind = "page"
	ColumnBreak BreakKind = "column"
	Tab         BreakKind = "tab"
)

// A Link leads to an address, to another file, or to a bookmark of this one.
type Link struct {
	URL     string // as the relationship has it: "https://…", "other.docx"; "" for this document
	Anchor  string // bookmark, in this document or in the file that URL names
	Tooltip string
	Content []Inline
}

// A Reference is a REF, PAGEREF, NOTEREF or STYLEREF field (ECMA-376-1, 17.16.5).
type Reference struct {
	Kind    string   // "REF", "PAGEREF", "NOTEREF", "STYLEREF"
	Target  string   // bookmark, or style name
	Content []Inline // the cached result: what the reader saw
}

// An Anchor is where a bookmark begins.
type Anchor struct{ Name string }

// An Image is a picture.
type Image struct {
	Media         int    // index in Document.Media; -1 if the file does not have it
	URL           string // of a linked picture that is not in the file
	Alt, Title    string
	Width, Height int  // points; 0 if not said
	Inline        bool // in the line, not floating
}

// Math is a formula.
type Math struct {
	MathML  string // presentation MathML 3 with its namespace declared; well-formed
	Text    string // linear form, for grammars without MathML
	Display bool   // in a line of its own
}

// A NoteRef refers to a footnote, endnote or comment.
type NoteRef struct {
	Kind  NoteKind
	Index int    // in Document.Footnotes, Endnotes or Comments
	Mark  string // that its author gave it, such as "*"; "" where Word counts
}

// A NoteKind says what a note is.
type NoteKind string

// The notes.
const (
	Footnote NoteKind = "footnote"
	Endnote  NoteKind = "endnote"
	Comment  NoteKind = "comment"
)

// An IndexEntry is an XE field: an entry and its sub-entries.
type IndexEntry struct {
	Terms []string // "Printing", "from the command line"
	See   string   // of a "see" entry
	Range string   // bookmark around the pages that it is about; "" if it is about its place
}

// A Field is a field that is none of the others: its cached result is shown.
type Field struct {
	Code    string // "SEQ Figure \* ARABIC", "DATE", "TOC \o"
	Name    string // "SEQ", upper case
	Content []Inline
}

// An Object is something that cannot be shown as text: an embedded file, a
// control, a chart, SmartArt.
type Object struct {
	Kind string // "embedded object", "chart", "diagram", "control", "word art", "subdocument"
	Name string // file name or program ID, if known
	Text string // words in it that are worth keeping
}

func (*Text) inline()       {}
func (*Break) inline()      {}
func (*Link) inline()       {}
func (*Reference) inline()  {}
func (*Anchor) inline()     {}
func (*Image) inline()      {}
func (*Math) inline()       {}
func (*NoteRef) inline()    {}
func (*IndexEntry) inline() {}
func (*Field) inline()      {}
func (*Object) inline()     {}

// A Note is a footnote, endnote or comment.
type Note struct {
	ID     string // as stored
	Author string // of a comment
	Blocks []Block
}

// A Story is a header or footer.
type Story struct {
	Part   string
	Blocks []Block
}

// Media is a picture in the package.
type Media struct {
	Part      string // "word/media/image1.png"; in a document that this one takes in "word/a.docx!word/media/image1.png"
	MediaType string // by its content, not by its name
	Size      int64
}

// A Finding is something about the document that a person may want to look at.
type Finding struct {
	Code    string // stable, such as "embedded-object", "skipped-level"
	Message string // in a writer's words
	Part    string // "word/document.xml"
	Ordinal int    // of the paragraph in the part, from 1; 0 if none
	Count   int    // how often, if it was gathered; at least 1
}
