package docx

// Counts are how much of everything a document holds, in all its stories: body,
// notes, text boxes, headers and footers as far as they are asked for.
type Counts struct {
	Words, Tables, Rows, Cells, Images, Footnotes, Links, ListItems, Headings int
}
