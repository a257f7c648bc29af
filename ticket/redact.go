package ticket

import "regexp"

// redacted stands where something was taken out.
const redacted = "[redacted]"

// secrets are what must not leave the team, with what is kept of each. They err on the
// side of taking out too much.
var secrets = []struct {
	pattern *regexp.Regexp
	keep    string
}{
	// The user and password of an address (RFC 3986, 3.2.1).
	{regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*://)[^\s/@"']+@`), "${1}" + redacted + "@"},
	// Headers of HTTP (RFC 9110, 11; RFC 6265).
	{regexp.MustCompile(`(?im)\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(\s*[:=]\s*).*$`), "${1}${2}" + redacted},
	{regexp.MustCompile(`(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}`), "${1} " + redacted},
	// Keys of well-known shapes: this program's, webhook secrets, AWS, GitHub, GitLab, Slack, JSON web tokens.
	{regexp.MustCompile(`\b(?:dj_[0-9A-Za-z]+_[0-9A-Za-z_-]+|whsec_[0-9A-Za-z+/=]+|(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[0-9A-Za-z]{20,}|github_pat_[0-9A-Za-z_]{20,}|glpat-[0-9A-Za-z_-]{15,}|xox[a-z]-[0-9A-Za-z-]{8,}|eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]+)`), redacted},
	// Anything that is named as a secret: variables, flags, members of JSON, parameters of addresses.
	{regexp.MustCompile(`(?i)([a-z0-9_.-]*(?:secret|token|passwo?r?d|passphrase|api[_-]?key|access[_-]?key|private[_-]?key|credential)[a-z0-9_.-]*["']?\s*[:=]\s*)(?:"[^"\n]*"|'[^'\n]*'|[^\s,;&"']+)`), "${1}" + redacted},
	// Private keys in PEM (RFC 7468), which a log may break into lines.
	{regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)`), redacted},
}

// Redact takes out of a text what looks like a secret.
func Redact(text string) string {
	for _, s := range secrets {
		text = s.pattern.ReplaceAllString(text, s.keep)
	}
	return text
}
