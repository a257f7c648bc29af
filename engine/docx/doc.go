// Package docx reads WordprocessingML documents (.docx, .docm, .dotx, Transitional
// and Strict) into a [Document]: the text, structure and pictures of a Word file as
// its author sees them.
//
//	doc, err := docx.Read(ctx, file, size, docx.Options{})
//
// [Open] and [Package.Read] do the same in two steps and leave the package open, so
// that [Package.Media] can stream the pictures.
//
// # What is read, and what not
//
// A Document is not the markup. Styles have the names that authors see, whatever
// language of Word wrote their IDs. Numbering is counted, with its restarts and
// overrides. Fields are what they stand for: links, references, index entries; others
// show the result that Word kept. What Word generates, such as a table of contents, is
// marked ([Paragraph.Generated], [Group].Kind). Of tracked changes, hidden text,
// headers and footers the [Options] say what becomes of them. Of drawings the pictures
// and texts are read; of charts, SmartArt and embedded files the words, and a
// [Finding] says so. Formulas are MathML and a line of text.
//
// No text of a document gets lost without a finding. What Word repairs silently is
// read too: parts and notes that are missing, fields without an end, text in cells that
// a merge covers.
//
// # Hostile files
//
// Everything is bounded by [Limits], and time by the context. A file that is no Word
// document, is damaged, or would harm whoever reads it ends in an [*Error] with a
// [Code] and a message for a writer; any other error is about the world. Parts are
// read as streams: memory follows the text, not the markup.
//
// # How it works
//
//	package.go    the zip container; kinds.go other kinds of files; relations.go,
//	              contenttypes.go what parts are and how they belong together; media.go pictures
//	tokens.go     a part as a stream of tags and texts; namespaces.go Transitional and Strict as one;
//	              xml.go a part as a stream of elements
//	read.go       the order in which the parts are read
//	styles.go     the style sheet; props.go properties of paragraphs and runs
//	numbering.go  lists; numberformat.go how numbers are written
//	story.go      blocks of one part; paragraph.go, inline.go, run.go what is in them;
//	              table.go tables; language.go whose language a text is
//	field.go      fields, over paragraphs and within each other; fieldcode.go what their code says
//	drawing.go    DrawingML; vml.go its forerunner; words.go charts and SmartArt
//	math.go       formulas; mathml.go as MathML, mathtext.go in a line
//	chunk.go      included plain text and web pages, include.go Word documents; symbols.go symbol fonts in Unicode
//
// # Sources
//
// Sections in comments are those of ECMA-376 Part 1, 5th edition (= ISO/IEC 29500-1),
// unless they name another part: ISO/IEC 29500-2 is the container, 29500-3 alternate
// content, ECMA-376 Part 4 (= 29500-4) VML and what else is Transitional.
package docx
