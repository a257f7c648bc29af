package docx

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"path"
	"strings"
)

// A relation is a relationship of a part (ISO/IEC 29500-2, 9.3).
type relation struct {
	kind     string // last component of its type: "image", "hyperlink", the same in Strict
	target   string // name of a part, or an address if external
	external bool
}

// A relations are those of one part, by ID.
type relations map[string]relation

// first returns the first relation of a kind by ID, so that it is always the same.
func (r relations) first(kind string) (relation, bool) {
	best := ""
	for id, rel := range r {
		if rel.kind == kind && !rel.external && (best == "" || id < best) {
			best = id
		}
	}
	return r[best], best != ""
}

// relations reads those of a part; "" is the package. None is no error.
func (p *Package) relations(ctx context.Context, part string) (relations, error) {
	folder, base := path.Split(part)
	x, closer, err := p.xml(ctx, folder+"_rels/"+base+".rels")
	if errors.Is(err, fs.ErrNotExist) {
		return relations{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	rels := relations{}
	x.root()
	x.each(func(e element) {
		if e.name != "rel:Relationship" || len(rels) >= 2*p.limits.Parts+100_000 {
			return
		}
		rel := relation{kind: path.Base(e.attr("Type")), target: e.attr("Target"), external: e.attr("TargetMode") == "External"}
		if !rel.external {
			rel.target = resolvePart(folder, rel.target)
		}
		rels[e.attr("Id")] = rel
	})
	return rels, x.failed()
}

// resolvePart resolves a target against the folder of its source part. What
// would leave the package ends at its root, as in any URL (RFC 3986, 5.2.4).
func resolvePart(folder, target string) string {
	target, _, _ = strings.Cut(target, "#")
	if decoded, err := url.PathUnescape(target); err == nil {
		target = decoded
	}
	target = strings.ReplaceAll(target, `\`, "/")
	if !strings.HasPrefix(target, "/") {
		target = "/" + folder + target
	}
	return strings.TrimPrefix(path.Clean(target), "/")
}
