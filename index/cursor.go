package index

import (
	"encoding/base64"
	"encoding/json"

	"github.com/docjobs/docjobs/job"
)

// A cursor names the last entry of a page. It means the same in every process, though
// each has an index of its own.
type cursor struct {
	Created int64  `json:"t"` // microseconds
	ID      job.ID `json:"j"`
	Attempt int    `json:"a,omitempty"`
}

// String returns the cursor as it is handed out.
func (c cursor) String() string {
	text, _ := json.Marshal(c) // which cannot fail
	return base64.RawURLEncoding.EncodeToString(text)
}

// parseCursor reads a cursor; there is none in an empty string.
func parseCursor(s string) (*cursor, *job.Fault) {
	if s == "" {
		return nil, nil
	}
	var c cursor
	text, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if _, invalid := job.ParseID(string(c.ID)); err != nil || invalid != nil {
		return nil, &job.Fault{Field: "cursor", Message: "is not one that a page has named."}
	}
	return &c, nil
}
