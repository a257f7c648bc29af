package plain

import (
	"strings"
	"unicode"

	"github.com/yuin/goldmark/text"
)

// searchBudget is what one page may put into the search index, in bytes.
type searchBudget struct{ excerpt, terms, sections int }

// searchShare divides the whole index's size. A third goes to the beginning
// of the text, which is also shown with a result, the rest to the words of
// the remaining page and its headings.
func searchShare(total, pages int) searchBudget {
	share := min(max(total/max(pages, 1), 240), 12_000)
	return searchBudget{excerpt: share / 3, terms: share / 2, sections: share / 6}
}

// indexer keeps the beginning of a page's prose as an excerpt and, of what
// follows, each word once.
type indexer struct {
	budget  searchBudget
	excerpt strings.Builder
	full    bool
	terms   strings.Builder
	seen    map[string]bool
}

func newIndexer(budget searchBudget) *indexer {
	return &indexer{budget: budget, seen: map[string]bool{}}
}

func (x *indexer) prose(words string) {
	if x.full {
		x.words(words)
		return
	}
	room := x.budget.excerpt - x.excerpt.Len()
	if len(words) <= room {
		x.excerpt.WriteString(words + " ")
		x.remember(words)
		return
	}
	x.full = true
	head := strings.TrimSuffix(shorten(words, max(room, 1)), "…")
	x.excerpt.WriteString(head)
	x.remember(head)
	x.words(words[min(len(head), len(words)):])
}

func (x *indexer) code(segments *text.Segments, src []byte) {
	for i := range segments.Len() {
		if x.terms.Len() >= x.budget.terms {
			return
		}
		s := segments.At(i)
		x.words(string(s.Value(src)))
	}
}

// remember keeps words that the excerpt holds out of the terms.
func (x *indexer) remember(words string) {
	for word := range strings.FieldsFuncSeq(words, noWord) {
		x.seen[strings.ToLower(word)] = true
	}
}

func (x *indexer) words(words string) {
	for word := range strings.FieldsFuncSeq(words, noWord) {
		word = strings.ToLower(strings.Trim(word, "-._"))
		if len(word) < 2 || len(word) > 40 || x.seen[word] {
			continue
		}
		if x.terms.Len()+len(word) >= x.budget.terms {
			return
		}
		x.seen[word] = true
		x.terms.WriteString(word + " ")
	}
}

func noWord(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("-._", r)
}

func (x *indexer) result() (excerpt, terms string) {
	return strings.TrimSpace(x.excerpt.String()), strings.TrimSpace(x.terms.String())
}
