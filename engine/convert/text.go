package convert

import (
	"strings"
	"unicode"
)

func isSpace(s string) bool     { return strings.TrimSpace(s) == "" }
func trimLeft(s string) string  { return strings.TrimLeftFunc(s, unicode.IsSpace) }
func trimRight(s string) string { return strings.TrimRightFunc(s, unicode.IsSpace) }
