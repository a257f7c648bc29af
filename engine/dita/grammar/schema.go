package grammar

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// made changes when grammars are made in another way of the same sources.
const made = "docjobs grammar 2\n"

// entry is the grammar of all kinds of documents in a folder of the cache.
const entry = "dita.rng"

// cached returns the grammar in the folder of the cache for a digest, which make fills
// if it is not there. Whoever comes second finds the work done.
func (c Config) cached(digest string, make func(folder string) error) (string, error) {
	cache := c.Cache
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("where to keep grammars: %w", err)
		}
		cache = filepath.Join(user, "docjobs")
	}
	folder, err := filepath.Abs(filepath.Join(cache, "grammar-"+digest))
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(folder, entry)); err == nil {
		return filepath.Join(folder, entry), nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	temp, err := os.MkdirTemp(cache, ".grammar-*.tmp")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	if err := make(temp); err != nil {
		return "", err
	}
	if err := os.Rename(temp, folder); err != nil {
		if _, there := os.Stat(filepath.Join(folder, entry)); there != nil {
			return "", err
		}
	}
	return filepath.Join(folder, entry), nil
}

// wrap makes one grammar of those of the kinds, in RELAX NG.
func (c Config) wrap(folder string) (string, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	digest, err := digestOf(folder, folder, ".rng")
	if err != nil {
		return "", err
	}
	return c.cached(digest, func(temp string) error {
		return write(temp, func(kind string) (string, error) {
			file := url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(folder, kind+".rng"))}
			return fmt.Sprintf("<externalRef href=%q/>", file.String()), nil
		})
	})
}

// convert has trang make RELAX NG of the DTDs.
func (c Config) convert(ctx context.Context, trang, folder string) (string, error) {
	tree := filepath.Dir(filepath.Dir(folder)) // the modules of all shells
	digest, err := digestOf(tree, folder, dtdExtensions...)
	if err != nil {
		return "", err
	}
	return c.cached(digest, func(temp string) error {
		dtds := filepath.Join(temp, "dtd")
		if err := copyDTDs(tree, dtds); err != nil {
			return err
		}
		shells, err := filepath.Rel(tree, folder)
		if err != nil {
			return err
		}
		return write(temp, func(kind string) (string, error) {
			return c.convertKind(ctx, trang, temp, filepath.Join(dtds, shells, kind+".dtd"), kind)
		})
	})
}

// convertKind converts the grammar of one kind of document, and returns the pattern
// that refers to it.
func (c Config) convertKind(ctx context.Context, trang, temp, dtd, kind string) (string, error) {
	if err := os.Mkdir(filepath.Join(temp, kind), 0o755); err != nil {
		return "", err
	}
	text, ok, err := runner{c.Time}.output(ctx, temp, trang, "-i", "no-generate-start", dtd, filepath.Join(kind, kind+".rng"))
	if err == nil && !ok {
		err = fmt.Errorf("trang cannot convert %s.dtd: %s", kind, beginning(text))
	}
	if err != nil {
		return "", err
	}
	pattern, err := definition(filepath.Join(temp, kind), kind)
	return fmt.Sprintf("<grammar><include href=\"%s/%s.rng\"/><start><ref name=%q/></start></grammar>", kind, kind, pattern), err
}

// write writes the grammar that chooses among the patterns of the kinds. Their
// definitions stay apart: those of the same name differ.
func write(folder string, pattern func(kind string) (string, error)) error {
	var b strings.Builder
	b.WriteString(`<grammar xmlns="http://relaxng.org/ns/structure/1.0"><start><choice>` + "\n")
	for _, kind := range kinds {
		p, err := pattern(string(kind))
		if err != nil {
			return err
		}
		b.WriteString(p + "\n")
	}
	b.WriteString("</choice></start></grammar>\n")
	if err := os.Chmod(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, entry), []byte(b.String()), 0o644)
}

// definition returns the name under which trang defined an element.
func definition(folder, element string) (string, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.rng"))
	if err != nil {
		return "", err
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		if name := definedIn(content, element); name != "" {
			return name, nil
		}
	}
	return "", fmt.Errorf("the grammar that trang made does not define %s", element)
}

func definedIn(content []byte, element string) string {
	d, define := xml.NewDecoder(bytes.NewReader(content)), ""
	for {
		token, err := d.Token()
		if err != nil {
			return "" // trang's own output: at its end
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range start.Attr {
			switch {
			case a.Name.Local != "name":
			case start.Name.Local == "define":
				define = a.Value
			case start.Name.Local == "element" && a.Value == element:
				return define
			}
		}
	}
}
