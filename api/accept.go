package api

import (
	"strconv"
	"strings"
)

// negotiate returns which of the media types the Accept header field prefers
// (RFC 9110, section 12.5.1). The first is the server's own choice: it answers
// ties, wildcards, and clients that accept none of them.
func negotiate(accept string, offers ...string) string {
	best, bestQuality := offers[0], 0.0
	for _, offer := range offers {
		if q := quality(accept, offer); q > bestQuality {
			best, bestQuality = offer, q
		}
	}
	return best
}

// quality returns the weight that accept gives to the media type: that of the
// most specific range which covers it, or 0.
func quality(accept, mediaType string) float64 {
	family, _, _ := strings.Cut(mediaType, "/")
	found, precision := 0.0, 0
	for part := range strings.SplitSeq(accept, ",") {
		accepted, params, _ := strings.Cut(part, ";")
		p := 0
		switch accepted = strings.ToLower(strings.TrimSpace(accepted)); accepted {
		case mediaType:
			p = 3
		case family + "/*":
			p = 2
		case "*/*":
			p = 1
		}
		if p > precision {
			found, precision = weight(params), p
		}
	}
	return found
}

// weight returns the q parameter, 1 when there is none.
func weight(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if strings.EqualFold(name, "q") {
			q, err := strconv.ParseFloat(value, 64)
			if err != nil || q < 0 || q > 1 {
				return 0
			}
			return q
		}
	}
	return 1
}
