package artifact

import (
	"encoding/hex"
	"fmt"
	"hash"
)

// Ref names stored bytes: their SHA-256 in lower-case hexadecimal, and how many
// they are.
type Ref struct {
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

func (r Ref) String() string { return fmt.Sprintf("sha256:%s (%d bytes)", r.SHA256, r.Size) }

// Validate says what is wrong with a reference that came from outside.
func (r Ref) Validate() error {
	if !validDigest(r.SHA256) {
		return fmt.Errorf("%.80q is not a SHA-256 digest of 64 lower-case hexadecimal digits", r.SHA256)
	}
	if r.Size < 0 {
		return fmt.Errorf("size %d of %s is negative", r.Size, r.SHA256)
	}
	return nil
}

// key spreads blobs over 256 folders, which keeps each small enough to list.
func (r Ref) key() string { return blobsPrefix + r.SHA256[:2] + "/" + r.SHA256 }

func refOf(h hash.Hash, size int64) Ref {
	return Ref{SHA256: hex.EncodeToString(h.Sum(nil)), Size: size}
}

func validDigest(s string) bool {
	if len(s) != 64 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
