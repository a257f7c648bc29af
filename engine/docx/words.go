package docx

import (
	"errors"
	"io/fs"
	"strings"
)

// chartWords are the elements of a chart that hold its titles and the names of its
// series and categories (ECMA-376-1, 21.2); numbers are none.
func chartWords(path []string) bool {
	last := path[len(path)-1]
	return last == "a:t" || last == "c:v" && contains(path, "c:strCache")
}

// diagramWords are those of a SmartArt diagram (21.4).
func diagramWords(path []string) bool { return path[len(path)-1] == "a:t" }

func contains(path []string, name string) bool {
	for _, p := range path {
		if p == name {
			return true
		}
	}
	return false
}

// maxWords bounds the text of one chart or diagram.
const maxWords = 64 << 10

// words returns the texts of a part, one a line, each once.
func (r *reader) words(part string, wanted func(path []string) bool) string {
	x, closer, err := r.pkg.xml(r.ctx, part)
	if errors.Is(err, fs.ErrNotExist) {
		r.missing(part, "a chart or diagram")
		return ""
	}
	if err != nil {
		r.findings.add(Finding{Code: "damaged-part", Part: part, Message: "a chart or diagram cannot be read"})
		return ""
	}
	defer closer.Close()
	var lines []string
	var path []string
	seen, size := map[string]bool{}, 0
	var visit func(e element)
	visit = func(e element) {
		path = append(path, e.name)
		defer func() { path = path[:len(path)-1] }()
		if !wanted(path) {
			x.each(visit)
			return
		}
		if line := strings.TrimSpace(x.text()); line != "" && !seen[line] && size < maxWords {
			seen[line], size = true, size+len(line)
			lines = append(lines, line)
		}
	}
	if root, ok := x.root(); ok {
		visit(root)
	}
	if x.failed() != nil {
		r.findings.add(Finding{Code: "damaged-part", Part: part, Message: "a chart or diagram cannot be read"})
	}
	return strings.Join(lines, "\n")
}
