package grammar

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// dtdExtensions are those of the files that a DTD consists of.
var dtdExtensions = []string{".dtd", ".mod", ".ent"}

// Bounds on what counts as a grammar.
const (
	maxGrammarFiles = 2000
	maxGrammarBytes = 64 << 20
)

// A grammarFile is one file of a grammar.
type grammarFile struct {
	path    string
	content []byte
}

// grammarFiles reads the files under a folder that have one of the extensions, in the
// order of their paths.
func grammarFiles(root string, extensions ...string) (files []grammarFile, err error) {
	size := 0
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !slices.Contains(extensions, filepath.Ext(path)) {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files = append(files, grammarFile{path, content})
		if size += len(content); len(files) > maxGrammarFiles || size > maxGrammarBytes {
			return errors.New("the folder " + root + " holds more than a grammar")
		}
		return nil
	})
	return files, err
}

// digestOf names a grammar by its place and by the content of its files, so that a new
// one is never taken for an old one.
func digestOf(root, folder string, extensions ...string) (string, error) {
	files, err := grammarFiles(root, extensions...)
	h := sha256.New()
	_, _ = io.WriteString(h, made+folder+"\n") // a hash never fails
	for _, file := range files {
		_, _ = fmt.Fprintf(h, "%s %x\n", file.path, sha256.Sum256(file.content))
	}
	return hex.EncodeToString(h.Sum(nil)[:12]), err
}

// copyDTDs copies DTDs in a form that trang understands: see [withCommas].
func copyDTDs(from, to string) error {
	files, err := grammarFiles(from, dtdExtensions...)
	if err != nil {
		return err
	}
	withCommas(files)
	for _, file := range files {
		name, err := filepath.Rel(from, file.path)
		if err != nil {
			return err
		}
		path := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, file.content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// trailing is the declaration of a parameter entity that ends with a comma.
var trailing = regexp.MustCompile(`(<!ENTITY\s+%\s+)([\w.-]+)(\s+"[^"]*),(\s*"\s*>)`)

// withCommas moves a comma at the end of a parameter entity to where the entity is
// used. DITA's table is declared as "%tbl.table-titles.mdl; %tbl.table-main.mdl;", with
// the comma between them at the end of the first; trang, which keeps entities as
// patterns, makes of that a choice of titles or rows.
func withCommas(files []grammarFile) {
	names := map[string]bool{}
	for i := range files {
		files[i].content = trailing.ReplaceAllFunc(files[i].content, func(declaration []byte) []byte {
			names[string(trailing.FindSubmatch(declaration)[2])] = true
			return trailing.ReplaceAll(declaration, []byte("$1$2$3$4"))
		})
	}
	for name := range names {
		use := regexp.MustCompile(`%` + regexp.QuoteMeta(name) + `;`)
		for i := range files {
			files[i].content = use.ReplaceAllLiteral(files[i].content, []byte("%"+name+";,"))
		}
	}
}
