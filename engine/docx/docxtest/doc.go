// Package docxtest builds small Word files for tests, so that a test shows the
// WordprocessingML that it is about and no more.
//
//	file := docxtest.New(
//		docxtest.Heading(1, "Printing"),
//		docxtest.P("Press ", docxtest.Bold("Print"), docxtest.FootnoteRef(2), "."),
//		docxtest.Item(docxtest.Numbered, 0, "Load the paper."),
//		docxtest.Table(docxtest.HeaderRow(docxtest.Cell(docxtest.P("Key")))),
//	).Footnote(2, docxtest.P("The green one."))
//	doc, err := docx.Read(ctx, file.Reader(), file.Size(), docx.Options{})
//
// Every file has styles (see [New]) and two lists, [Bulleted] and [Numbered].
// Part puts in anything else, and replaces any part by a damaged one. The same
// calls make the same bytes.
package docxtest
