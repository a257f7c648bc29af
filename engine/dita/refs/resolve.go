package refs

import (
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"strings"
)

// resolve returns what is wrong with a reference, or "".
func (c *Checker) resolve(d *document, r reference) string {
	address := r.address
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return fmt.Sprintf("%s %.200q is not an address", r.attribute, address)
	case u.Scheme != "" || u.Host != "":
		return "" // beyond the folder
	case address == "":
		return fmt.Sprintf("%s is empty", r.attribute)
	}
	target := d
	if u.Path != "" {
		file := path.Join(path.Dir(d.file), u.Path)
		switch {
		case path.IsAbs(u.Path) || strings.ContainsRune(u.Path, '\\'):
			return fmt.Sprintf("%s %.200q is not a relative address", r.attribute, address)
		case file == ".." || strings.HasPrefix(file, "../"):
			if c.options.Beyond {
				return ""
			}
			return fmt.Sprintf("%s %.200q leads out of the folder", r.attribute, address)
		}
		if target = c.documents[file]; target == nil {
			return c.other(r, file)
		}
	}
	return within(target, u.Fragment, r)
}

// other judges a reference to a file that is not among the documents.
func (c *Checker) other(r reference, file string) string {
	there, seen := c.exists[file]
	if !seen {
		info, err := c.dir.Stat(filepath.FromSlash(file))
		there = err == nil && info.Mode().IsRegular()
		c.exists[file] = there
	}
	if !there {
		return fmt.Sprintf("%s %.200q: there is no such file", r.attribute, r.address)
	}
	return ""
}

// within judges the part of an address behind the number sign.
func within(d *document, fragment string, r reference) string {
	if fragment == "" || d.damaged {
		return ""
	}
	topicID, elementID, two := strings.Cut(fragment, "/")
	t := d.topic(topicID)
	if topicID == "." && two && len(d.topics) > 0 {
		t = d.topics[0] // of the files here, which hold one topic each
	}
	switch {
	case t == nil:
		return fmt.Sprintf("%s %.200q: there is no topic with that ID", r.attribute, r.address)
	case two && !t.ids[elementID]:
		return fmt.Sprintf("%s %.200q: the topic has no element with that ID", r.attribute, r.address)
	}
	return ""
}
