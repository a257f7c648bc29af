package release

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/docjobs/docjobs/engine/hosting"
)

// Version is the version of the manifest format that this package writes and
// the only one that it reads.
const Version = 1

// MaxManifest bounds what is read of a manifest, in bytes: [MaxFiles] entries of
// ordinary length.
const MaxManifest = 512 << 20

// Head is a release without the list of its files: small, quick to read, all
// that a status check needs.
type Head struct {
	Version   int       `json:"version"`
	ID        string    `json:"id"`
	JobID     string    `json:"job_id"`
	Attempt   int       `json:"attempt"`            // the job's attempt that made it, from 1
	Key       string    `json:"key,omitempty"`      // the submitter's identity of the work, opaque here
	CreatedAt time.Time `json:"created_at"`         // UTC
	AskedAt   time.Time `json:"asked_at,omitzero"`  // when the attempt was asked for; the later one is the newer
	Target    string    `json:"target,omitempty"`   // the target's configured name
	Source    string    `json:"source,omitempty"`   // description or digest of what the site was built from
	Tree      string    `json:"tree"`               // see [Tree]
	Previous  string    `json:"previous,omitempty"` // release that was live when this one was made
	FileCount int       `json:"file_count"`
	Bytes     int64     `json:"bytes"` // sum of all file sizes
}

// Manifest is a release with all its files, sorted by path.
type Manifest struct {
	Head
	Files []File `json:"files"`
	// Redirects and Headers are what the site asks of its host, for a program at the
	// edge. A target that is a folder leaves them to the files of the site.
	Redirects []hosting.Redirect `json:"redirects,omitempty"`
	Headers   hosting.Headers    `json:"headers,omitempty"`
}

// Encode returns the manifest as [ParseManifest] and [ReadHead] read it.
func (m *Manifest) Encode() ([]byte, error) { return encode(m) }

// ParseManifest reads a manifest and checks everything that can be checked
// without the files: version, IDs, paths, order, totals and the tree digest.
func ParseManifest(data []byte) (*Manifest, error) {
	var m Manifest
	if err := decode(data, &m); err != nil {
		return nil, err
	}
	if err := m.Head.check(); err != nil {
		return nil, err
	}
	if err := checkFiles(m.Files); err != nil {
		return nil, err
	}
	total, err := totalSize(m.Files)
	switch {
	case err != nil:
		return nil, err
	case len(m.Files) != m.FileCount || total != m.Bytes:
		return nil, fmt.Errorf("the manifest lists %d files with %d bytes but announces %d with %d", len(m.Files), total, m.FileCount, m.Bytes)
	case Tree(m.Files) != m.Tree:
		return nil, errors.New("the manifest's tree digest does not match its files")
	}
	return &m, nil
}

// ParseHead reads the summary of a release and checks version and IDs.
func ParseHead(data []byte) (*Head, error) {
	var h Head
	if err := decode(data, &h); err != nil {
		return nil, err
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	return &h, nil
}

// ReadHead reads the summary at the beginning of a manifest, of which no more than
// that needs to be there.
func ReadHead(start []byte) (*Head, error) {
	fields := map[string]json.RawMessage{}
	dec := json.NewDecoder(bytes.NewReader(start))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("the manifest is not the expected JSON: it is no object")
	}
	for {
		name, err := dec.Token()
		if key, _ := name.(string); err == nil && key != "files" {
			var value json.RawMessage
			err = dec.Decode(&value)
			fields[key] = value
		}
		if err != nil {
			return nil, fmt.Errorf("the manifest is not the expected JSON: %w", err)
		}
		if name == "files" {
			break
		}
	}
	data, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	return ParseHead(data)
}

func (h *Head) check() error {
	if h.Version != Version {
		return fmt.Errorf("the manifest has version %d; this program reads version %d", h.Version, Version)
	}
	id, err := ID(h.JobID, h.Tree)
	if err != nil {
		return err
	}
	if id != h.ID {
		return fmt.Errorf("the manifest of release %q belongs to %q", h.ID, id)
	}
	if h.Previous != "" {
		return CheckID(h.Previous)
	}
	return nil
}

// decode reads exactly one JSON value.
func decode(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("the manifest is not the expected JSON: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("the manifest has data after its end")
	}
	return nil
}

// encode writes value as JSON with a final newline, leaving <, > and & in
// paths readable.
func encode(value any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(value)
	return buf.Bytes(), err
}

func totalSize(files []File) (int64, error) {
	var total int64
	for _, f := range files {
		if f.Size > math.MaxInt64-total {
			return 0, &SourceError{Reason: "has more bytes in total than can be counted"}
		}
		total += f.Size
	}
	return total, nil
}
