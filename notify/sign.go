package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/docjobs/docjobs/job"
)

// Lengths of the key in a secret, in bytes, as Standard Webhooks has them.
const (
	minKey = 24
	maxKey = 64
)

// A Key signs messages.
type Key []byte

// ParseSecret reads a secret of the form "whsec_" and base64.
func ParseSecret(secret string) (Key, error) {
	encoded, ok := strings.CutPrefix(strings.TrimSpace(secret), "whsec_")
	if !ok {
		return nil, errors.New(`does not begin with "whsec_"`)
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, errors.New(`is not base64 after "whsec_"`)
	}
	if len(key) < minKey || len(key) > maxKey {
		return nil, fmt.Errorf("has a key of %d bytes; it must have %d to %d", len(key), minKey, maxKey)
	}
	return key, nil
}

// Sign returns the header field webhook-signature: a signature by each of the
// keys, so that the receiver can hold any one of them.
func Sign(keys []Key, id string, at time.Time, body []byte) string {
	signatures := make([]string, len(keys))
	for i, key := range keys {
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.%s", id, timestamp(at), body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(signatures, " ")
}

// timestamp is the form of the header field webhook-timestamp: seconds since 1970.
func timestamp(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }

// ID returns the webhook-id of an event for an endpoint: the same whenever it is
// asked for, and another for every other event, job or endpoint.
func ID(id job.ID, event int64, endpoint string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %s", id, event, endpoint))
	return "msg_" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
}
