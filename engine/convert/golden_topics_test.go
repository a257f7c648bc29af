package convert_test

import (
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
)

// topicGoldens are about topics: where they begin, how the map nests them, of which
// type they are, and how they refer to each other.
func topicGoldens() []golden {
	h, p := w.Heading, w.P
	number := func(level int, pieces ...any) w.XML { return w.Item(w.Numbered, level, pieces...) }
	bullet := func(level int, pieces ...any) w.XML { return w.Item(w.Bulleted, level, pieces...) }
	outline := func() *w.File {
		return w.New(w.Styled("Title", "The Guide"), p("Preface."), h(1, "Install"), h(2, "On Linux"), p("a"), h(3, "From packages"), p("b"), h(4, "Section"), p("c"),
			h(1, "Install"), h(3, "A level left out"), p("d"), h(1, "漢字"), p("e"), h(1, "Über: “Größe” & more?"), p("f"))
	}
	return []golden{
		{name: "outline", file: outline()},
		{name: "outline split at level 1", file: outline(), styles: "topics: {split: 1}"},
		{name: "outline not split", file: outline(), styles: "topics: {split: 0}"},
		{name: "a task", file: w.New(h(1, "Change the filter"), p("You need a wrench."),
			number(0, "Stop the pump."), p(w.Props(`<w:ind w:left="720"/>`), "It may take a minute."),
			number(0, "Open the lid:"), number(1, "Turn it left."), number(1, "Lift it."),
			number(0, "Take the filter out."), p("Warning: It is hot."), p(w.Picture("r1", "the filter")),
			number(0, "Choose a filter:"), bullet(1, "paper, or"), bullet(1, "cloth."),
			number(0, "Close the lid."), p(w.Props(`<w:ind w:left="720"/>`), "Result: It clicks."),
			p("The pump runs.")).Media("r1", "filter.png", w.PNG())},
		{name: "a task with choices", file: w.New(h(1, "Connect the printer"), p("Before you begin:"), bullet(0, "Have a cable."), bullet(0, "Know the address."), p("Two ways lead there."),
			number(0, "Do one of the following:"), bullet(1, "Plug in the cable."), bullet(1, "Press the button."),
			number(0, "Print a page:"), number(1, "Open a document."), number(1, "Print it."), number(2, "Wait."), number(2, "Take it."),
			number(0, "Note what it says", w.FootnoteRef(2), ".")).Footnote(2, p("On the page."), p("And on the screen."))},
		{name: "several procedures", file: w.New(h(1, "Two ways"), number(0, "Plug it in."), number(0, "Press."), p("Or else."), w.Item(3, 0, "Call us."), w.Item(3, 0, "Wait.")).Num(3, 2, w.StartAt(0, 1))},
		{name: "no task", file: w.New(h(1, "Reasons"), p("There are two."), number(0, "One."), p("Between."), w.Item(3, 0, "Other one."), w.Item(3, 0, "Other two.")).Num(3, 2, w.StartAt(0, 1))},
		{name: "a reference", file: w.New(h(1, "Error codes"), p("All of them."),
			w.Table(w.HeaderRow(w.Cell("Code"), w.Cell("Meaning")), w.Row(w.Cell("E1"), w.Cell("The pump does not run.")), w.Row(w.Cell("E2"), w.Cell("The lid is open."))))},
		{name: "all topics of one type", styles: "topics: {tasks: false, references: false, default: topic}", file: w.New(
			h(1, "Steps"), number(0, "One."), number(0, "Two."), h(1, "Table"), w.Table(w.Row(w.Cell("a"))))},
		{name: "links within", file: w.New(
			h(1, "First"), p("See ", w.LinkTo("there", "over there"), ", ", w.LinkTo("_Toc2", "the second"), " and ", w.Field(" REF tab \\h ", "Table 1"), "."),
			h(1, w.Bookmark("_Toc2", "Second")), p(w.Bookmark("there", "Goal"), " of a link."), bullet(0, w.Bookmark("item", "An item"), "."),
			w.Styled("Caption", w.Bookmark("tab", "Table 1"), ": Parts"), w.Table(w.Row(w.Cell("Valve"))),
			p("Back to ", w.LinkTo("item", "the item"), ", and to ", w.LinkTo("nowhere", "nowhere"), "."))},
		{name: "links between documents", file: w.New(
			p(w.Link("r1", "a place"), ", ", w.Link("r2", "a document"), ", ", w.Link("r3", "one that is missing"), ", ", w.Link("r4", "the web"), " and ", w.Link("r5", "mail"), ".")).
			External("r1", "hyperlink", "more/other.docx#goal").External("r2", "hyperlink", "more/other.docx").External("r3", "hyperlink", "more/missing.docx").
			External("r4", "hyperlink", "https://example.com/").External("r5", "hyperlink", "mailto:docs@example.com"),
			others: documents{"more/other.docx": w.New(h(1, "Other"), p(w.Bookmark("goal", "Goal"), ".", w.FootnoteRef(2))).Footnote(2, p("Note.")).Bytes()}},
		{name: "index entries", file: w.New(h(1, "Pumps", w.Field(` XE "pump" `)), p("A valve", w.Field(` XE "pump:valve:seat" \b `), " and a filter", w.Field(` XE "filter" \t "see strainer" `), "."),
			p(w.Bookmark("range", "Of valves"), w.Field(` XE "valve" \r range `), "."))},
		{name: "a heading that is not text", file: w.New(h(1, w.Bold("Bold"), " and ", w.Code("code()")), p("a"), h(1, w.Picture("r1", "dot")), p("b"), h(1), p("c")).Media("r1", "dot.png", w.PNG())},
	}
}
