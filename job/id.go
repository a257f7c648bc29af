package job

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"regexp"
	"strings"
)

// An ID names a job for its whole life, across every attempt, for example
// "publish-3f9k2m7qx1ab4c5d". It is the workflow ID in Temporal as well.
//
// It is the kind, a dash and at least 12 characters of lower-case base32 in
// Crockford's alphabet. A batch inside a job carries its parent's ID, a dot and
// its own short name ("convert-3f9k2m7qx1ab4c5d.b07"). It is safe in URLs and
// file names, holds no tenant and no secret, and is at most [MaxIDLength] bytes.
type ID string

// MaxIDLength is the greatest length of an [ID], in bytes. Temporal's SQL
// visibility stores workflow IDs in 255 characters; the rest is kept for
// children and companions that add a suffix.
const MaxIDLength = 200

// idDigits is the number of base32 characters after the dash: 80 bits.
const idDigits = 16

// crockford is Douglas Crockford's base32 alphabet in lower case, which leaves
// out i, l, o and u (https://www.crockford.com/base32.html).
var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

var idPattern = regexp.MustCompile(`^[a-z]+-[0-9a-hjkmnp-tv-z]{12,64}(\.[a-z0-9]+(-[a-z0-9]+)*)*$`)

// DeriveID returns the ID of the work that the parts describe: the same kind
// and parts always give the same ID, and a different one for any other parts.
func DeriveID(kind Kind, parts ...string) ID {
	h := sha256.New()
	for _, part := range append([]string{string(kind)}, parts...) {
		// Lengths go in front, so that ("ab","c") and ("a","bc") differ.
		_ = binary.Write(h, binary.BigEndian, uint64(len(part)))
		h.Write([]byte(part))
	}
	return ID(string(kind) + "-" + crockford.EncodeToString(h.Sum(nil))[:idDigits])
}

// RandomID returns a fresh ID that nothing else has, for jobs that are wanted
// again although the same work was done before.
func RandomID(kind Kind) ID {
	return DeriveID(kind, rand.Text())
}

// ParseID returns s as an ID, or an [Error] with [CodeNotFound] when s cannot
// be the ID of any job.
func ParseID(s string) (ID, error) {
	if len(s) > MaxIDLength || !idPattern.MatchString(s) {
		return "", &Error{
			Code:    CodeNotFound,
			Message: fmt.Sprintf("%q is not a Job ID.", abbreviate(s, 80)),
			Hint:    "A Job ID looks like publish-3f9k2m7qx1ab4c5d: the kind of job, a dash and letters and digits.",
		}
	}
	return ID(s), nil
}

// Kind returns the kind of job that the ID belongs to.
func (id ID) Kind() Kind {
	kind, _, _ := strings.Cut(string(id), "-")
	return Kind(kind)
}

// Parent returns the ID of the job that the batch id belongs to, or "" when id
// names a job of its own.
func (id ID) Parent() ID {
	if i := strings.LastIndexByte(string(id), '.'); i >= 0 {
		return id[:i]
	}
	return ""
}

// Batch returns the ID of the job's n-th batch, from 1.
func (id ID) Batch(n int) ID { return ID(fmt.Sprintf("%s.b%02d", id, n)) }

// abbreviate returns s cut to at most n bytes, for messages.
func abbreviate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
