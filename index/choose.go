package index

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/docjobs/docjobs/job"
)

// rare is how many jobs are looked up one by one, if so few have a label, a document, a
// digest or a text in their errors. If more have it, the list is read from its top, and
// has its page soon.
const rare = 2000

// conditions are what must hold of a row, with the values for it.
type conditions struct {
	terms []string
	args  []any
}

func (c *conditions) add(term string, args ...any) {
	c.terms = append(c.terms, term)
	c.args = append(c.args, args...)
}

func (c *conditions) String() string { return strings.Join(c.terms, " AND ") }

// A choice is what a filter chooses of the table jobs, which is called j: where the
// rows come from, and what must hold of them.
type choice struct {
	from string
	conditions
}

// A feature is something that jobs have and that is not in their row: query names
// those that have it, has says that j is one.
type feature struct {
	query   string
	args    []any
	has     string
	hasArgs []any
}

// within is a feature that is asked of j by looking it up among all that have it.
func within(query string, args ...any) feature {
	return feature{query, args, "j.n IN (" + query + ")", args}
}

// chosen returns what a filter chooses. If few jobs have one of the features that it
// asks for, they are looked up.
func (x *Index) chosen(ctx context.Context, tenant string, f job.Filter) (*choice, error) {
	c := &choice{from: "jobs j INDEXED BY jobs_list"} // SQLite itself would take one that does not cover
	fewest, first := rare+1, -1
	features := features(tenant, f)
	for i, feature := range features {
		var n int
		err := x.read.QueryRowContext(ctx, "SELECT count(*) FROM ("+feature.query+" LIMIT ?)", append(feature.args[:len(feature.args):len(feature.args)], rare+1)...).Scan(&n)
		if err != nil {
			return nil, fmt.Errorf("the index of jobs cannot be read: %w", err)
		}
		if n < fewest {
			fewest, first = n, i
		}
	}
	if first >= 0 {
		c.from = "(SELECT DISTINCT n FROM (" + features[first].query + ")) few CROSS JOIN jobs j ON j.n = few.n"
		c.args = append(c.args, features[first].args...)
	}
	c.columns(tenant, f)
	for i, feature := range features {
		if i != first {
			c.add(feature.has, feature.hasArgs...)
		}
	}
	return c, nil
}

// columns adds what must hold of the row itself.
func (c *choice) columns(tenant string, f job.Filter) {
	c.add("j.tenant = ?", tenant)
	switch {
	case f.Parent != "":
		c.add("j.parent = ?", f.Parent)
	case !strings.Contains(f.ID, "."): // batches are listed with their job
		c.add("j.parent = ''")
	}
	for _, equal := range []struct{ column, value string }{
		{"j.kind", string(f.Kind)}, {"j.submitter", f.Submitter}, {"j.target", f.Target},
	} {
		if equal.value != "" {
			c.add(equal.column+" = ?", equal.value)
		}
	}
	if len(f.States) > 0 {
		values := make([]any, len(f.States))
		for i, s := range f.States {
			values[i] = s
		}
		c.add("+j.state IN (?"+strings.Repeat(", ?", len(values)-1)+")", values...) // + keeps the order of the list
	}
	if !f.Since.IsZero() {
		c.add("j.created >= ?", f.Since.UnixMicro())
	}
	if !f.Until.IsZero() {
		c.add("j.created < ?", f.Until.UnixMicro())
	}
}

// features are the features that a filter asks for.
func features(tenant string, f job.Filter) (list []feature) {
	if f.ID != "" {
		from, to := begins(f.ID)
		list = append(list, feature{
			"SELECT n FROM jobs WHERE id >= ? AND id < ?", []any{from, to}, "j.id >= ? AND j.id < ?", []any{from, to},
		})
	}
	if f.Label != "" {
		list = append(list, feature{
			"SELECT n FROM labels WHERE label = ?", []any{f.Label},
			"EXISTS (SELECT 1 FROM labels l WHERE l.label = ? AND l.n = j.n)", []any{f.Label},
		})
	}
	list = append(list, documentFeatures(tenant, f)...)
	if f.Error != "" {
		list = append(list, errorFeature(f.Error))
	}
	return list
}

// documentFeatures are those of documents and digests. Given both, it is the document
// that has the digest, or the source that it came from.
func documentFeatures(tenant string, f job.Filter) []feature {
	from, to := begins(f.Version)
	switch {
	case f.Document != "" && f.Version != "":
		return []feature{within(`SELECT d.n AS n FROM documents d JOIN jobs v ON v.n = d.n WHERE d.tenant = ? AND d.document = ?
			AND (d.version >= ? AND d.version < ? OR v.version >= ? AND v.version < ?)`, tenant, f.Document, from, to, from, to)}
	case f.Document != "":
		return []feature{within("SELECT n FROM documents WHERE tenant = ? AND document = ?", tenant, f.Document)}
	case f.Version != "":
		return []feature{within(`SELECT n FROM documents WHERE tenant = ? AND version <> '' AND version >= ? AND version < ?
			UNION SELECT n FROM jobs WHERE tenant = ? AND version <> '' AND version >= ? AND version < ?`, tenant, from, to, tenant, from, to)}
	}
	return nil
}

// errorFeature is that an error has the text in it. The index of the text knows nothing
// of less than three letters.
func errorFeature(text string) feature {
	like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text) + "%"
	is := feature{
		`SELECT rowid AS n FROM errors WHERE text LIKE ? ESCAPE '\'`, []any{like},
		`j.failing = 1 AND EXISTS (SELECT 1 FROM errors e WHERE e.rowid = j.n AND e.text LIKE ? ESCAPE '\')`, []any{like},
	}
	if utf8.RuneCountInString(text) >= 3 {
		is.query, is.args = "SELECT rowid AS n FROM errors WHERE errors MATCH ?", []any{`"` + strings.ReplaceAll(text, `"`, `""`) + `"`}
	}
	return is
}

// begins returns from where to where texts lie that begin with an ASCII text.
func begins(text string) (from, to string) { return text, text + "\x7f" }
