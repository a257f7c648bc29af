package docxtest

import (
	"fmt"
	"math/rand/v2"
)

// pictureBytes is the size of each picture of a manual: that of a screenshot.
const pictureBytes = 100 << 10

// Manual is a document of about so many pages, nearly 700 words on each: a heading,
// paragraphs with formatting and cross-references, a list, a table, a picture of its own,
// and a footnote.
func Manual(pages int) *File {
	const sentence = "Open the front cover, pull the green lever towards you and take out any paper that you can see in there. "
	var body []XML
	f := New()
	for page := range pages {
		picture, mark := fmt.Sprintf("rPicture%d", page), fmt.Sprintf("_Ref%d", page)
		f.Media(picture, fmt.Sprintf("screen%d.png", page), screenshot(page))
		f.Footnote(page+2, P(sentence))
		body = append(body, Heading(1+page%3, Bookmark(mark, fmt.Sprintf("Chapter %d", page+1))))
		for i := range 5 {
			body = append(body, P(sentence, Bold("Take care"), " "+sentence, Field(" REF "+mark+" \\h ", "Chapter"), " "+sentence, Code("paper --load"), " ", Italic(fmt.Sprint(i))))
		}
		for range 6 {
			body = append(body, Item(Numbered, 0, sentence))
		}
		rows := []any{HeaderRow(Cell("Key"), Cell("What it does"), Cell("Value"))}
		for i := range 8 {
			rows = append(rows, Row(Cell(fmt.Sprint(i)), Cell(sentence), Cell("Value")))
		}
		body = append(body, Table(rows...), P(Picture(picture, "A printer"), FootnoteRef(page+2)))
	}
	f.body = join(body)
	return f
}

// screenshot is a picture that does not compress, another one for each number.
func screenshot(n int) []byte {
	noise := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)})
	picture := append(make([]byte, 0, pictureBytes), PNG()...)
	rest := picture[len(picture):pictureBytes]
	_, _ = noise.Read(rest) // it never fails
	return picture[:pictureBytes]
}
