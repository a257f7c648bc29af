package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// printJSON writes v to standard output: on one line for programs, indented for
// people.
func (a *app) printJSON(v any) error {
	data, err := encode(v, a.io.OutTTY)
	if err != nil {
		return err
	}
	a.out.write(string(data))
	return a.out.err
}

// printLine writes v to standard output as one line of JSON, where more will
// follow.
func (a *app) printLine(v any) error {
	data, err := encode(v, false)
	if err != nil {
		return err
	}
	a.out.write(string(data))
	return a.out.err
}

// encode returns v as JSON with a line end. Characters that a terminal might
// obey and that JSON leaves as they are (DEL, C1, marks of direction) are
// escaped, which does not change the value.
func encode(v any, indent bool) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if indent {
		enc.SetIndent("", "  ")
	}
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("the answer cannot be shown as JSON: %w", err)
	}
	var out bytes.Buffer
	for _, r := range b.String() {
		switch {
		case r >= 0x7f && hostile(r) && r <= 0xffff && r != '\ufffd':
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
	}
	return out.Bytes(), nil
}
