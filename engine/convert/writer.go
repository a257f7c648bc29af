package convert

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/docjobs/docjobs/engine/dita"
)

// A writer writes files into a folder, up to a number of bytes.
type writer struct {
	folder string
	left   int64
	files  []string
}

// document writes a topic or a map.
func (w *writer) document(name string, d *dita.Document) error {
	reader, pipe := io.Pipe()
	go func() { pipe.CloseWithError(d.Write(pipe)) }()
	defer reader.Close()
	return w.file(name, reader)
}

// file writes a file of the folder.
func (w *writer) file(name string, content io.Reader) (err error) {
	place := filepath.Join(w.folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(place, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	n, err := io.Copy(f, io.LimitReader(content, w.left+1))
	if err != nil {
		return err
	}
	if w.left -= n; w.left < 0 {
		return &Reason{Code: "too_large", Message: fmt.Sprintf("The document becomes more than the limit allows, at %s.", name)}
	}
	w.files = append(w.files, name)
	return nil
}
