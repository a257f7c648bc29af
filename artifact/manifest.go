package artifact

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode/utf8"
)

// A manifest is JSON lines (jsonlines.org), UTF-8, "\n" after each line. The
// first line gives the version and the totals, each further one a file, sorted
// by path:
//
//	{"tree":1,"files":2,"bytes":345}
//	{"path":"css/site.css","size":300,"sha256":"…","type":"text/css; charset=utf-8"}
//	{"path":"index.html","size":45,"sha256":"…","type":"text/html; charset=utf-8"}
//
// The order of the members is fixed and nothing is optional: equal folders have
// equal manifests.
type manifestHeader struct {
	Version int   `json:"tree"`
	Files   int   `json:"files"`
	Bytes   int64 `json:"bytes"`
}

const (
	manifestVersion = 1
	maxFiles        = 1_000_000
	maxPath         = 1024      // bytes of a path
	maxManifestLine = 16 * 1024 // a path of maxPath with every byte escaped, and the rest
)

func writeManifest(w io.Writer, tree *Tree) error {
	buffered := bufio.NewWriterSize(w, 64*1024)
	lines := json.NewEncoder(buffered)
	lines.SetEscapeHTML(false)
	if err := lines.Encode(manifestHeader{manifestVersion, len(tree.Files), tree.Bytes()}); err != nil {
		return err
	}
	for _, f := range tree.Files {
		if err := lines.Encode(f); err != nil {
			return err
		}
	}
	return buffered.Flush()
}

// parseManifest takes nothing on trust: a manifest may come from anyone who can
// write to the bucket, and its paths become file names.
func parseManifest(r io.Reader) (*Tree, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, maxManifestLine), maxManifestLine)
	var header manifestHeader
	if err := nextLine(lines, &header); err != nil {
		return nil, fmt.Errorf("manifest of a folder, line 1: %w", err)
	}
	if header.Version != manifestVersion {
		return nil, fmt.Errorf("manifest of a folder has version %d, this program reads version %d", header.Version, manifestVersion)
	}
	tree := &Tree{}
	for {
		var file File
		err := nextLine(lines, &file)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("manifest of a folder, line %d: %w", len(tree.Files)+2, err)
		}
		if len(tree.Files) == maxFiles {
			return nil, fmt.Errorf("manifest of a folder lists more than %d files", maxFiles)
		}
		tree.Files = append(tree.Files, file)
	}
	if err := tree.check(); err != nil {
		return nil, fmt.Errorf("manifest of a folder: %w", err)
	}
	if len(tree.Files) != header.Files || tree.Bytes() != header.Bytes {
		return nil, fmt.Errorf("manifest of a folder lists %d files, its first line says %d, or their sizes differ", len(tree.Files), header.Files)
	}
	return tree, nil
}

// nextLine decodes one line; after the last one it returns io.EOF.
func nextLine(lines *bufio.Scanner, v any) error {
	if !lines.Scan() {
		if err := lines.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("not of the expected form: %v", err) // an io.EOF in there is not the end
	}
	if d.More() {
		return errors.New("more than one value")
	}
	return nil
}

// check holds for every tree that is stored or was read: references are well
// formed, sums do not overflow, paths are sorted, unique, and can all be
// files of one folder.
func (t *Tree) check() error {
	if len(t.Files) > maxFiles {
		return fmt.Errorf("%d files are too many for one folder, at most %d are allowed", len(t.Files), maxFiles)
	}
	var sum int64
	for i, f := range t.Files {
		if err := checkPath(f.Path); err != nil {
			return err
		}
		if err := f.Ref().Validate(); err != nil {
			return &FileError{f.Path, err.Error()}
		}
		if sum += f.Size; sum < 0 {
			return errors.New("the sizes of the files add up to more than 8 EiB")
		}
		if i > 0 && t.Files[i-1].Path >= f.Path {
			return &FileError{f.Path, "is listed twice or out of order"}
		}
		if parent, clash := t.fileAbove(f.Path); clash {
			return &FileError{f.Path, fmt.Sprintf("%s is a file, it cannot be a folder too", parent)}
		}
	}
	return nil
}

func (t *Tree) fileAbove(path string) (parent string, clash bool) {
	for i := strings.LastIndexByte(path, '/'); i > 0; i = strings.LastIndexByte(path[:i], '/') {
		if _, found := t.Lookup(path[:i]); found {
			return path[:i], true
		}
	}
	return "", false
}

func checkPath(path string) error {
	switch {
	case !utf8.ValidString(path):
		return &FileError{strings.ToValidUTF8(path, "\uFFFD"), "the name is not UTF-8; rename the file"}
	case !fs.ValidPath(path) || path == "." || strings.ContainsAny(path, "\x00\\"):
		return &FileError{fmt.Sprintf("%.100q", path), "not a relative path of plain names with slashes between them"}
	case len(path) > maxPath:
		return &FileError{path[:60] + "…", fmt.Sprintf("the path has %d bytes, at most %d are allowed", len(path), maxPath)}
	}
	return nil
}
