package xmltoken

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A byteSet is a set of bytes.
type byteSet [256]bool

func bytesOf(has func(c byte) bool) (set byteSet) {
	for c := range set {
		set[c] = has(byte(c))
	}
	return set
}

var (
	blanks = bytesOf(func(c byte) bool { return strings.IndexByte(" \t\r\n", c) >= 0 }) // S (2.3)

	// nameBytes are those of names. Beyond ASCII isName looks at the characters.
	nameBytes = bytesOf(func(c byte) bool {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
			strings.IndexByte("_:.-", c) >= 0 || c >= utf8.RuneSelf
	})

	// textBytes need no look in any text.
	textBytes = bytesOf(func(c byte) bool {
		return ' ' <= c && c < utf8.RuneSelf && strings.IndexByte("&<]", c) < 0 || c == '\t' || c == '\n'
	})

	// valueBytes need no look in the value of an attribute, and do not end it.
	valueBytes = bytesOf(func(c byte) bool { return c == ']' || textBytes[c] && c != '"' && c != '\'' })
)

// nameStart and nameMore are the characters beyond ASCII that begin names, and those
// that stand in them besides (2.3, productions 4 and 4a).
var (
	nameStart = &unicode.RangeTable{
		R16: []unicode.Range16{
			{0xC0, 0xD6, 1}, {0xD8, 0xF6, 1}, {0xF8, 0x2FF, 1}, {0x370, 0x37D, 1}, {0x37F, 0x1FFF, 1}, {0x200C, 0x200D, 1},
			{0x2070, 0x218F, 1}, {0x2C00, 0x2FEF, 1}, {0x3001, 0xD7FF, 1}, {0xF900, 0xFDCF, 1}, {0xFDF0, 0xFFFD, 1},
		},
		R32:         []unicode.Range32{{0x10000, 0xEFFFF, 1}},
		LatinOffset: 2,
	}
	nameMore = &unicode.RangeTable{
		R16:         []unicode.Range16{{0xB7, 0xB7, 1}, {0x300, 0x36F, 1}, {0x203F, 0x2040, 1}},
		LatinOffset: 1,
	}
)

// isName tells whether a run of nameBytes is a Name.
func isName(name []byte) bool {
	if len(name) == 0 || name[0] >= '0' && name[0] <= '9' || name[0] == '.' || name[0] == '-' {
		return false
	}
	for i := 0; i < len(name); {
		if name[i] < utf8.RuneSelf {
			i++
			continue
		}
		char, size := utf8.DecodeRune(name[i:])
		if char == utf8.RuneError && size == 1 || !unicode.Is(nameStart, char) && (i == 0 || !unicode.Is(nameMore, char)) {
			return false
		}
		i += size
	}
	return true
}

// A context is where a text stands.
type context int

const (
	inText context = iota
	inCDATA
	inValue
)

// check looks for what must not stand in a text: at is where the fault is. It also
// tells whether replace has something to do.
func check(text []byte, in context) (at int, fault string, raw bool) {
	for at < len(text) {
		c := text[at]
		switch {
		case textBytes[c]:
			at++
		case c == '&' && in != inCDATA:
			char, size := reference(text[at:])
			if size == 0 {
				return at, "invalid character entity " + misspelt(text[at:]), false
			}
			if !isChar(char) {
				return at, fmt.Sprintf("illegal character code %U", char), false
			}
			at += size
			raw = true
		case c == ']' && in == inText && bytes.HasPrefix(text[at:], []byte("]]>")):
			return at, "unescaped ]]> not in CDATA section", false
		case c == '<' && in == inValue:
			return at, "unescaped < inside quoted string", false
		default:
			char, size := utf8.DecodeRune(text[at:])
			if char == utf8.RuneError && size == 1 {
				return at, "invalid UTF-8", false
			}
			if !isChar(char) {
				return at, fmt.Sprintf("illegal character code %U", char), false
			}
			at += size
			raw = raw || c == '\r'
		}
	}
	return at, "", raw
}

// isChar tells whether XML has a character (2.2).
func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || ' ' <= r && r <= 0xD7FF || 0xE000 <= r && r <= 0xFFFD || 0x10000 <= r && r <= unicode.MaxRune
}

// replace puts characters for references (4.1), and one line feed for each end of a
// line (2.11), into text that was checked. It works in place: nothing gets longer.
func replace(text []byte, in context) []byte {
	out := text[:0]
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '&' && in != inCDATA:
			char, size := reference(text[i:])
			out = utf8.AppendRune(out, char)
			i += size - 1
		case c == '\r':
			out = append(out, '\n')
			if i+1 < len(text) && text[i+1] == '\n' {
				i++
			}
		default:
			out = append(out, c)
		}
	}
	return out
}

// reference returns the character that a reference at the beginning of text stands for,
// and its length; 0 if it is no reference to a character, or to one of the predefined
// entities (4.6).
func reference(text []byte) (char rune, size int) {
	end := bytes.IndexByte(text, ';')
	if end < 0 {
		return 0, 0
	}
	switch name := text[1:end]; string(name) {
	case "lt":
		char = '<'
	case "gt":
		char = '>'
	case "amp":
		char = '&'
	case "apos":
		char = '\''
	case "quot":
		char = '"'
	default:
		number, numeric := bytes.CutPrefix(name, []byte("#"))
		digits, hex := bytes.CutPrefix(number, []byte("x"))
		base := 10
		if hex {
			base = 16
		}
		n, err := strconv.ParseUint(string(digits), base, 64)
		if !numeric || err != nil || n > unicode.MaxRune {
			return 0, 0
		}
		if char = rune(n); !utf8.ValidRune(char) {
			char = utf8.RuneError // half of a pair of UTF-16
		}
	}
	return char, end + 1
}

// misspelt returns what seems to be meant as a reference.
func misspelt(text []byte) string {
	end := 1
	for end < len(text) && (nameBytes[text[end]] || end == 1 && text[end] == '#') {
		end++
	}
	if end < len(text) && text[end] == ';' {
		return string(text[:end+1])
	}
	return string(text[:end]) + " (no semicolon)"
}

// pseudo returns the value of a pseudo-attribute of the XML declaration (2.8, 4.3.3),
// "" if it has none.
func pseudo(content, name string) string {
	for {
		_, rest, ok := strings.Cut(content, name+"=")
		if !ok || rest == "" {
			return ""
		}
		content = rest[1:]
		if quote := rest[0]; quote == '"' || quote == '\'' {
			value, _, _ := strings.Cut(content, string(quote))
			if len(value) == len(content) {
				return ""
			}
			return value
		}
	}
}
