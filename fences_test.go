package docjobs_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/docjobs/docjobs/"

// fences say what the packages in a folder may import of this module, and which
// modules of others are theirs alone. Tests are free.
var fences = []struct {
	folder string
	may    []string // folders of this module; "" is none
}{
	{"job", nil},
	{"engine", []string{"engine"}},
	{"artifact", []string{"job"}},
	{"record", []string{"job", "artifact"}},
	{"index", []string{"job", "artifact", "record"}},
	{"upload", []string{"job", "artifact", "engine"}},
	{"keyring", []string{"job", "artifact"}},
	{"notify", []string{"job", "artifact", "engine/netguard"}},
	{"activities", []string{"job", "artifact", "record", "upload", "engine", "notify"}},
	{"workflows", []string{"job", "artifact", "record", "activities", "notify"}},
	{"worker", []string{"job", "artifact", "record", "upload", "engine", "activities", "workflows", "notify"}},
	{"ticket", []string{"job"}},
	{"api", []string{"job", "ticket", "api"}},
	{"client", []string{"job"}},
	{"embedded", nil},
}

// reserved are the only folders that may import something heavy or something
// that ties them to a technology.
var reserved = map[string][]string{
	"github.com/gohugoio/hugo":                 {"engine/site/hugo"},
	"go.temporal.io/server":                    {"embedded"},
	"github.com/temporalio":                    {"embedded"},
	"go.temporal.io/sdk":                       {"activities", "workflows", "worker", "embedded", "cmd", "bench", "e2e"},
	"go.temporal.io/api":                       {"activities", "workflows", "worker", "embedded", "cmd", "bench", "e2e"},
	"github.com/gin-gonic/gin":                 {"api"},
	"code.dny.dev/ssrf":                        {"engine/netguard"},
	"gocloud.dev":                              {"artifact"},
	"github.com/aws":                           {"engine/release/s3release"},
	"modernc.org/sqlite":                       {"index", "embedded"},
	"github.com/go-git/go-git":                 {"engine/source"},
	"github.com/spf13/cobra":                   {"cmd"},
	"github.com/danielgtaylor/":                {"api"},
	"github.com/goccy/go-yaml":                 {"cmd", "engine/site/plain", "engine/convert"},
	module + "engine/site/hugo":                {"cmd", "bench", "e2e"},
	module + "embedded":                        {"cmd", "bench", "e2e"},
	module + "api/apitest":                     {},
	module + "engine/release/s3release":        {"cmd"},
	module + "engine/release/s3release/s3test": {},
	module + "cmd/docjobs/cli":                 {"cmd"},
}

// TestImportsRunOneWay holds the direction of imports: the nouns in the middle
// know nobody, the engines could be lifted out, and only the edges know of
// Temporal, HTTP, or each other.
func TestImportsRunOneWay(t *testing.T) {
	t.Parallel()
	seen := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "tools") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		seen++
		return checkFile(t, filepath.ToSlash(path))
	})
	require.NoError(t, err)
	require.Greater(t, seen, 100, "the files were found")
}

func checkFile(t *testing.T, path string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		return err
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		for prefix, folders := range reserved {
			if strings.HasPrefix(imported+"/", strings.TrimSuffix(prefix, "/")+"/") && !within(path, folders) && !strings.HasPrefix(path, strings.TrimPrefix(prefix, module)) {
				t.Errorf("%s imports %s, which only %v may", path, imported, folders)
			}
		}
		inside, ours := strings.CutPrefix(imported, module)
		for _, fence := range fences {
			if ours && within(path, []string{fence.folder}) && !within(inside, append(fence.may, fence.folder)) {
				t.Errorf("%s imports %s; %s may import %v of this module", path, imported, fence.folder, fence.may)
			}
		}
	}
	return nil
}

// within reports whether a path is in one of the folders.
func within(path string, folders []string) bool {
	for _, folder := range folders {
		if path == folder || strings.HasPrefix(path, folder+"/") {
			return true
		}
	}
	return false
}
