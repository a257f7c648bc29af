package words

import "strings"

// A Tally is how often each word stands in a text. Words that differ only in what is
// not seen (soft hyphens, joiners) or in the form of an apostrophe are the same.
type Tally map[string]int

// Bounds on what a tally of a hostile text remembers. Words beyond them are counted
// as the empty word, and long ones are told apart by their beginnings.
const (
	maxDistinct = 1 << 20
	maxWord     = 100 // bytes
)

// Add counts the words of text, which neither begins nor ends within one.
func (t Tally) Add(text string) { Each(text, t.add) }

var plain = strings.NewReplacer("\u00AD", "", "\u200C", "", "\u200D", "", "’", "'")

// seldom tells characters of words that plain has to do with.
func seldom(r rune) bool {
	switch r {
	case '\'', '\u00AD', '\u200C', '\u200D', '’':
		return true
	}
	return false
}

func (t Tally) add(word string) {
	if strings.ContainsFunc(word, seldom) {
		word = strings.Trim(plain.Replace(word), "'")
	}
	if len(word) > maxWord {
		word = word[:maxWord]
	}
	if n, ok := t[word]; ok {
		t[word] = n + 1
		return
	}
	if len(t) >= maxDistinct {
		word = ""
	}
	t[strings.Clone(word)]++
}

// Total is the number of words.
func (t Tally) Total() int {
	total := 0
	for _, n := range t {
		total += n
	}
	return total
}

// Without returns the words that stand in t more often than in other, as often as
// that: what is lost when t becomes other. Words that came in for others do not make
// up for it.
func (t Tally) Without(other Tally) Tally {
	rest := Tally{}
	for word, n := range t {
		if missing := n - other[word]; missing > 0 {
			rest[word] = missing
		}
	}
	return rest
}

// A Stream makes words of text that comes in pieces, which may end within a word.
// The zero value is ready.
type Stream struct{ pending []byte }

// maxPending bounds the text that waits for the end of a word.
const maxPending = 64 << 10

// Write adds a piece of text.
func (s *Stream) Write(t Tally, text string) {
	s.pending = append(s.pending, text...)
	if len(s.pending) > maxPending {
		s.Break(t)
	}
}

// Break ends the word in hand.
func (s *Stream) Break(t Tally) {
	if len(s.pending) > 0 {
		t.Add(string(s.pending))
		s.pending = s.pending[:0]
	}
}
