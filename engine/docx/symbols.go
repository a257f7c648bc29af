package docx

import "strings"

// symbolText returns what a text in a symbol font shows, in Unicode as far as it
// has the signs; text in other fonts is returned as it is.
func symbolText(font, s string) string {
	table, ok := symbolTable(font)
	if !ok {
		return s
	}
	return strings.Map(func(r rune) rune {
		if code := symbolCode(r); code >= 0 {
			if u := table[code]; u != 0 {
				return u
			}
		}
		return r
	}, s)
}

// symbolCode is the character code of a symbol font: Word stores it as it is or
// in the private use area from U+F000 (ECMA-376-1, 17.3.3.30).
func symbolCode(r rune) int {
	switch {
	case r >= 0x20 && r <= 0xFF:
		return int(r)
	case r >= 0xF020 && r <= 0xF0FF:
		return int(r - 0xF000)
	}
	return -1
}

func symbolTable(font string) (*[256]rune, bool) {
	t, ok := symbolFonts[strings.ToLower(strings.TrimSpace(font))]
	return t, ok
}

// symbol is what a w:sym shows.
func symbol(font, char string) string {
	var code rune
	for _, c := range strings.ToLower(char) {
		switch {
		case c >= '0' && c <= '9':
			code = code<<4 | (c - '0')
		case c >= 'a' && c <= 'f':
			code = code<<4 | (c - 'a' + 10)
		default:
			return ""
		}
		if code > 0xFFFF {
			return ""
		}
	}
	if code < 0x20 || code >= 0xD800 && code < 0xE000 {
		return ""
	}
	return symbolText(font, string(code))
}
