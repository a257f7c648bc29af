package docx

import "github.com/docjobs/docjobs/engine/words"

// Counts are how much a document holds, in its body and in the notes that this
// refers to. What a policy or a stated rule leaves out does not count: deleted and
// hidden text, field codes, generated tables of contents and indexes, comments,
// headers and footers. Formulas and the words of charts and other objects are no
// words of the text.
type Counts struct {
	Words                                         words.Tally
	Tables, Rows, Cells, Images, Footnotes, Links int
}
