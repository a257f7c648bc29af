package keyring

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/docjobs/docjobs/job"
)

// A Key is what is kept of an API key.
type Key struct {
	ID        string      `json:"id"`
	Tenant    string      `json:"tenant"` // whose jobs it opens
	Name      string      `json:"name"`   // who holds it: the submitter of its jobs
	Scopes    []job.Scope `json:"scopes"`
	SHA256    string      `json:"sha256"` // of the whole key, lower-case hex
	CreatedAt time.Time   `json:"created_at"`
	ExpiresAt *time.Time  `json:"expires_at,omitempty"`
	RevokedAt *time.Time  `json:"revoked_at,omitempty"`
}

// Caller returns on whose behalf requests with the key are made.
func (k *Key) Caller() job.Caller {
	return job.Caller{Tenant: k.Tenant, Name: k.Name, Scopes: k.Scopes}
}

// Valid reports whether the key opens anything at this moment.
func (k *Key) Valid(now time.Time) bool {
	return k.RevokedAt == nil && (k.ExpiresAt == nil || now.Before(*k.ExpiresAt))
}

const (
	maxName = 200 // bytes, as of a submitter

	idDigits     = 10 // 50 bits: unique, not secret
	secretDigits = 52 // 256 bits and a little
)

var (
	// digits is Crockford's base32 in lower case, as Job IDs have it.
	digits = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

	idPattern    = regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{10}$`)
	tokenPattern = regexp.MustCompile(`^dj_([0-9a-hjkmnp-tv-z]{10})_[0-9a-hjkmnp-tv-z]{52}$`)
)

// newToken returns a fresh key and its ID.
func newToken() (token, id string) {
	random := make([]byte, 40)
	_, _ = rand.Read(random) // never fails
	text := digits.EncodeToString(random)
	id = text[:idDigits]
	return "dj_" + id + "_" + text[idDigits:idDigits+secretDigits], id
}

// digestOf returns what is kept of a token.
func digestOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// opens reports whether the token is this key.
func (k *Key) opens(token string) bool {
	return subtle.ConstantTimeCompare([]byte(digestOf(token)), []byte(k.SHA256)) == 1
}

// check returns everything that is wrong with a key that is to be made.
func (k *Key) check(now time.Time) error {
	var faults []job.Fault
	if !job.ValidTenant(k.Tenant) {
		faults = append(faults, job.Fault{Field: "tenant", Message: "must be 1 to 63 lower-case letters, digits and inner dashes."})
	}
	if k.Name == "" || len(k.Name) > maxName || !utf8.ValidString(k.Name) || strings.ContainsFunc(k.Name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '"' || r == '\\' }) {
		faults = append(faults, job.Fault{Field: "name", Message: fmt.Sprintf("must be 1 to %d bytes of text without double quotes and backslashes.", maxName)})
	}
	if len(k.Scopes) == 0 {
		faults = append(faults, job.Fault{Field: "scopes", Message: "must name at least one."})
	}
	for _, s := range k.Scopes {
		if !slices.Contains(job.Scopes, s) {
			faults = append(faults, job.Fault{Field: "scopes", Message: fmt.Sprintf("%.40q is not one of read, submit, approve and admin.", s)})
		}
	}
	if k.ExpiresAt != nil && !k.ExpiresAt.After(now) {
		faults = append(faults, job.Fault{Field: "expires", Message: "must lie in the future."})
	}
	if len(faults) > 0 {
		return job.Invalid(faults...)
	}
	return nil
}
