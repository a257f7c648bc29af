package s3release

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strings"

	"github.com/docjobs/docjobs/engine/hosting"
	"github.com/docjobs/docjobs/engine/release"
)

// properties are what a store answers besides the content of an object. Only these
// headers can be kept in a store; others of a site's _headers are for an edge.
type properties struct {
	ContentType, CacheControl, ContentDisposition, ContentEncoding, ContentLanguage string

	Redirect string // where the website endpoint of a bucket sends readers
}

// What caches are told. Pages, and all that is not named by its content, are asked for
// again each time, which costs a 304 where nothing has changed.
const (
	revalidate = "public, max-age=0, must-revalidate"
	forever    = "public, max-age=31536000, immutable"
)

var stateProperties = properties{ContentType: "application/json", CacheControl: "no-cache"}

// propertiesOf are those of a file of a site. What the site's own _headers say wins.
func propertiesOf(file string, headers hosting.Headers) properties {
	p := properties{ContentType: release.MediaType(file), CacheControl: revalidate}
	if release.Fingerprinted(file) {
		p.CacheControl = forever
	}
	if len(headers) == 0 {
		return p
	}
	said := headers.For(address(file))
	for name, value := range map[string]*string{
		"Content-Type": &p.ContentType, "Cache-Control": &p.CacheControl, "Content-Disposition": &p.ContentDisposition,
		"Content-Encoding": &p.ContentEncoding, "Content-Language": &p.ContentLanguage,
	} {
		if v := said[name]; v != "" {
			*value = v
		}
	}
	return p
}

// address is the path under which readers find a file.
func address(file string) string {
	if path.Base(file) == "index.html" {
		file = strings.TrimSuffix(file, "index.html")
	}
	return "/" + file
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
