package links

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"io"
	"strings"
	"sync"
)

// integrities checks files against integrity attributes. A browser refuses a script or stylesheet whose digest is
// another one, so that the page is as broken as without it.
type integrities struct {
	known sync.Map // integrityKey to bool
}

type integrityKey struct {
	file      fileID
	integrity string
}

// integrityHashes are the algorithms of Subresource Integrity, from weak to strong.
var integrityHashes = []struct {
	name string
	hash func() hash.Hash
}{{"sha256", sha256.New}, {"sha384", sha512.New384}, {"sha512", sha512.New}}

// matches reports whether a browser takes the file: any digest of the strongest algorithm is the file's own (W3C
// Subresource Integrity, 3.3.4). Attributes without a known algorithm count for nothing.
func (s *integrities) matches(x *index, file fileID, integrity string, limit int64) bool {
	key := integrityKey{file, integrity}
	if ok, known := s.known.Load(key); known {
		return ok.(bool)
	}
	wanted, sum := strongest(integrity)
	ok := len(wanted) == 0 || digestOf(x, file, sum, wanted, limit)
	s.known.Store(key, ok)
	return ok
}

// strongest returns the digests that count, and the hash that makes them.
func strongest(integrity string) (digests []string, sum hash.Hash) {
	for _, algorithm := range integrityHashes {
		var found []string
		for field := range strings.FieldsSeq(integrity) {
			name, digest, _ := strings.Cut(field, "-")
			digest, _, _ = strings.Cut(digest, "?")
			if strings.EqualFold(name, algorithm.name) && digest != "" {
				found = append(found, digest)
			}
		}
		if found != nil {
			digests, sum = found, algorithm.hash()
		}
	}
	return digests, sum
}

// digestOf compares the file's digest. A file that cannot be read in full is given the benefit of the doubt.
func digestOf(x *index, id fileID, sum hash.Hash, wanted []string, limit int64) bool {
	file, err := x.root.Open(x.names[id])
	if err != nil {
		return true
	}
	defer file.Close()
	n, err := io.Copy(sum, io.LimitReader(file, limit))
	if err != nil || n == limit {
		return true
	}
	own := sum.Sum(nil)
	for _, text := range wanted {
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			if encoding.EncodeToString(own) == text || strings.TrimRight(encoding.EncodeToString(own), "=") == text {
				return true
			}
		}
	}
	return false
}
