package convert

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"syscall"

	"github.com/docjobs/docjobs/engine/dita"
	"github.com/docjobs/docjobs/engine/dita/refs"
)

// A writer writes files into a folder, up to a number of bytes, and has the references
// of the documents among them checked.
type writer struct {
	folder    string
	left      int64
	files     []string
	documents []string // those of the files that are topics or maps
	check     *refs.Checker
	made      map[string]bool // folders that are there
	buffer    []byte          // a document, before it is written as a whole
}

// document writes a topic or a map.
func (w *writer) document(name string, d *dita.Document) error {
	w.buffer = d.Append(w.buffer[:0])
	if err := w.file(name, bytes.NewReader(w.buffer)); err != nil {
		return err
	}
	w.documents = append(w.documents, name)
	w.check.Add(name, bytes.NewReader(w.buffer))
	return nil
}

// file writes a file of the folder.
func (w *writer) file(name string, content io.Reader) (err error) {
	f, err := w.create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	n, err := w.copy(f, content)
	if err != nil {
		return err
	}
	if w.left -= n; w.left < 0 {
		return &Reason{Code: "too_large", Message: fmt.Sprintf("The document becomes more than the limit allows, at %s.", name)}
	}
	w.files = append(w.files, name)
	return nil
}

// copy writes what is left of the limit, and a byte more to tell that it is passed.
func (w *writer) copy(f *os.File, content io.Reader) (int64, error) {
	if whole, ok := content.(*bytes.Reader); ok && int64(whole.Len()) <= w.left {
		return whole.WriteTo(f)
	}
	return io.Copy(f, io.LimitReader(content, w.left+1))
}

// create creates a file, and the folder that it is in.
func (w *writer) create(name string) (*os.File, error) {
	if folder := path.Dir(name); !w.made[folder] {
		if err := os.MkdirAll(filepath.Join(w.folder, filepath.FromSlash(folder)), 0o755); err != nil {
			return nil, err
		}
		w.made[folder] = true
	}
	return os.OpenFile(filepath.Join(w.folder, filepath.FromSlash(name)), createFlags, 0o644)
}

// createFlags make a new file. O_NONBLOCK, which means nothing to one on a disk, keeps
// package os from setting and clearing it by system calls of its own for every file.
const createFlags = os.O_CREATE | os.O_EXCL | os.O_WRONLY | syscall.O_NONBLOCK
