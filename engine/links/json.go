package links

import (
	"encoding/json"
	"io"
)

// WriteJSON writes the report as indented JSON. The same site gives the same bytes.
func (r *Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}
