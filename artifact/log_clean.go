package artifact

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const escape = 0x1b

// clean makes one line of plain text of what a program printed: without
// terminal control sequences (ECMA-48), without control characters other than
// tabs, as valid UTF-8. Of text that was overwritten after a carriage return,
// as progress bars do, only the last version stays.
func clean(text string) string {
	if plain(text) {
		return text
	}
	text = strings.TrimRight(text, "\r\n")
	if i := strings.LastIndexByte(text, '\r'); i >= 0 {
		text = text[i+1:]
	}
	var out strings.Builder
	for i := 0; i < len(text); {
		if text[i] == escape {
			i += escapeLength(text[i:])
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		i += size
		switch {
		case r == '\n':
			out.WriteByte(' ')
		case r == '\t' || !unicode.IsControl(r):
			out.WriteRune(r)
		}
	}
	return out.String()
}

func plain(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < ' ' && c != '\t') || c >= 0x7f {
			return false
		}
	}
	return true
}

// escapeLength is the length of the control sequence with which s begins. One
// that does not end before s does takes all of it.
func escapeLength(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case '[': // CSI: parameters and intermediates, up to a final byte
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
			if s[i] < 0x20 || s[i] > 0x7e {
				return i // not a sequence after all: the text goes on here
			}
		}
		return len(s)
	case ']', 'P', 'X', '^', '_': // OSC, DCS, SOS, PM, APC: a string up to BEL or ST
		for i := 2; i < len(s); i++ {
			if s[i] == '\a' {
				return i + 1
			}
			if s[i] == escape && i+1 < len(s) && s[i+1] == '\\' {
				return i + 2
			}
		}
		return len(s)
	}
	i := 1
	for i < len(s) && s[i] >= 0x20 && s[i] <= 0x2f { // intermediates
		i++
	}
	if i < len(s) && s[i] >= 0x30 && s[i] <= 0x7e {
		i++
	}
	return i
}

// shorten cuts a message at a character's border and says so.
func shorten(message string, limit int) string {
	if len(message) <= limit {
		return message
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(message[cut]) {
		cut--
	}
	return fmt.Sprintf("%s… [%d bytes cut off]", message[:cut], len(message)-cut)
}
