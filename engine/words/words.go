// Package words says what a word is when documents are compared: the same for
// what goes into a conversion and for what comes out.
//
// A word is a longest run of letters, digits and marks, apostrophes between letters
// included. In scripts that put no spaces between words (Han, Hiragana, Katakana, Thai,
// Lao, Khmer, Myanmar) every character counts as one, because where their words end
// is a matter of opinion. Punctuation, symbols and soft hyphens are none.
package words

import (
	"unicode"
	"unicode/utf8"
)

var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// Count returns the number of words in text.
func Count(text string) int {
	n := 0
	Each(text, func(string) { n++ })
	return n
}

// Each calls f with every word of text, in order.
func Each(text string, f func(word string)) {
	start := -1
	end := func(at int) {
		if start >= 0 {
			f(text[start:at])
			start = -1
		}
	}
	for i, r := range text {
		switch {
		case r < utf8.RuneSelf && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'):
			if start < 0 {
				start = i
			}
		case r == '\'' || r == '’' || r == '\u00AD' || r == '\u200D' || r == '\u200C':
			// between letters part of the word
		case r < utf8.RuneSelf:
			end(i)
		case unicode.In(r, unspaced...) && !unicode.Is(unicode.Mn, r):
			end(i)
			f(text[i : i+utf8.RuneLen(r)])
		case unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r):
			if start < 0 && !unicode.IsMark(r) {
				start = i
			}
		default:
			end(i)
		}
	}
	end(len(text))
}
