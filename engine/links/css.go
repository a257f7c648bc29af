package links

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"
)

// css hands over the addresses in a style element or style attribute of the page.
func (s *pageScanner) css(style []byte, at position, element, attribute string) error {
	inAttribute := attribute != ""
	return scanCSS(style, inAttribute, at, func(url []byte, kind Kind, at position) error {
		return s.emit(&reference{
			url: url, element: element, attr: attribute, kind: kind, line: at.line, column: at.column,
		})
	})
}

// scanCSS calls found for each url() and @import of a stylesheet. Addresses of the form url(#id) point into the
// document that uses the style and are left out, as are the names in @namespace. With fixed set, every position is
// the start: an attribute's offsets mean nothing to a reader.
func scanCSS(style []byte, fixed bool, at position, found func(url []byte, kind Kind, at position) error) error {
	if !mayHaveURL(style) {
		return nil
	}
	lexer := css.NewLexer(parse.NewInputBytes(bytes.Clone(style)))
	var rule string // the at-rule whose prelude is being read
	for {
		tt, text := lexer.Next()
		if tt == css.ErrorToken {
			return nil
		}
		here := at
		if !fixed {
			at.advance(text)
		}
		switch tt {
		case css.AtKeywordToken:
			rule = string(bytes.ToLower(text))
		case css.SemicolonToken, css.LeftBraceToken:
			rule = ""
		case css.StringToken, css.URLToken:
			url, kind := cssAddress(tt, text, rule)
			if url == nil {
				continue
			}
			if err := found(url, kind, here); err != nil {
				return err
			}
		}
	}
}

// mayHaveURL spares the lexer most style attributes.
func mayHaveURL(style []byte) bool {
	for rest := style; len(rest) >= 4; {
		i := bytes.IndexAny(rest, "(@\\")
		if i < 0 {
			return false
		}
		if rest[i] != '(' || i >= 3 && bytes.EqualFold(rest[i-3:i], []byte("url")) {
			return true
		}
		rest = rest[i+1:]
	}
	return false
}

// cssAddress returns the address in a string or url() token, nil where the token is none that a browser loads.
func cssAddress(tt css.TokenType, text []byte, rule string) ([]byte, Kind) {
	kind := KindCSS
	switch {
	case rule == "@namespace":
		return nil, kind
	case rule == "@import":
		kind = KindStylesheet
	case tt == css.StringToken:
		return nil, kind
	}
	if tt == css.URLToken {
		text = bytes.TrimSuffix(text[bytes.IndexByte(text, '(')+1:], []byte(")"))
	}
	url := unescapeCSS(unquote(bytes.TrimSpace(text)))
	if len(url) == 0 || url[0] == '#' {
		return nil, kind
	}
	return url, kind
}

// unescapeCSS resolves backslash escapes (CSS Syntax Level 3, 4.3.7).
func unescapeCSS(s []byte) []byte {
	if bytes.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out = append(out, s[i])
			continue
		}
		i++
		hex := hexPrefix(s[i:])
		switch {
		case hex > 0:
			code, _ := strconv.ParseUint(string(s[i:i+hex]), 16, 32) // at most six digits: cannot overflow
			out = utf8.AppendRune(out, rune(code))
			i += hex - 1
			if i+1 < len(s) && bytes.IndexByte([]byte(" \t\n\r\f"), s[i+1]) >= 0 {
				i++
			}
		case s[i] != '\n':
			out = append(out, s[i])
		}
	}
	return out
}

func hexPrefix(s []byte) int {
	n := 0
	for n < len(s) && n < 6 && isHex(s[n]) {
		n++
	}
	return n
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
