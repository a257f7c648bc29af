package docx_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/docjobs/docjobs/engine/docx"
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
)

func ExampleRead() {
	file := w.New(
		w.Heading(1, "Printing"),
		w.Item(w.Numbered, 0, "Load the paper."),
		w.Item(w.Numbered, 0, "Press ", w.Bold("Print"), "."),
	)
	doc, err := docx.Read(context.Background(), file.Reader(), file.Size(), docx.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, block := range doc.Body {
		if p, ok := block.(*docx.Paragraph); ok {
			label := ""
			if p.List != nil {
				label = p.List.Label
			}
			fmt.Printf("%s|%d|%s|%d inlines\n", p.Style, p.Outline, label, len(p.Content))
		}
	}
	// Output:
	// Heading 1|1||1 inlines
	// Normal|0|1.|1 inlines
	// Normal|0|2.|3 inlines
}

func ExampleError() {
	file := w.New().Part("word/document.xml", "<w:document")
	_, err := docx.Read(context.Background(), file.Reader(), file.Size(), docx.Options{})
	var refused *docx.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Code, refused.Part, refused.Line)
	}
	// Output:
	// damaged word/document.xml 1
}
