package gitsource

import (
	"net/url"
	"strings"
	"unicode"
)

// CheckURL refuses every URL that [Resolve] and [Checkout] would refuse before
// dialling, with the reason. Only the address that a name resolves to is left
// for later.
func CheckURL(raw string, o Options) error {
	_, err := parseURL(raw, o)
	return err
}

func parseURL(raw string, o Options) (*url.URL, error) {
	switch {
	case raw == "":
		return nil, refuse(ReasonURL, "the git URL is empty")
	case len(raw) > 2048:
		return nil, refuse(ReasonURL, "the git URL is longer than 2,048 bytes")
	case strings.HasPrefix(raw, "-"):
		return nil, refuse(ReasonURL, "a git URL must not start with a dash")
	case strings.ContainsFunc(raw, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || r == '\\' || r == unicode.ReplacementChar
	}):
		return nil, refuse(ReasonURL, "the git URL holds a space, a backslash or a control character")
	}
	scheme, rest, ok := strings.Cut(raw, ":")
	if ok && strings.HasPrefix(rest, ":") {
		return nil, refuse(ReasonScheme, "remote helpers (name::address) are not run; give an https:// URL")
	}
	if !ok || !strings.HasPrefix(rest, "//") {
		return nil, refuse(ReasonScheme, "it is not a full URL; give one that starts with https:// (ssh and local paths are not fetched)")
	}
	scheme = strings.ToLower(scheme)
	if scheme != "https" && (scheme != "http" || !o.AllowHTTP) {
		return nil, refuse(ReasonScheme, "only https:// URLs are fetched")
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, refuse(ReasonURL, "it cannot be read as a URL") // err repeats it, with its password
	}
	return u, checkParts(u)
}

func checkParts(u *url.URL) error {
	switch {
	case u.User != nil:
		return refuse(ReasonCredentials, "user names, passwords and tokens must not stand in the URL, where they would be stored; ask the operator to configure them")
	case u.Hostname() == "" || strings.HasPrefix(u.Hostname(), "-"):
		return refuse(ReasonURL, "the git URL names no host")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(u.String(), "#"):
		return refuse(ReasonURL, `the git URL must not hold "?" or "#"`)
	case strings.Trim(u.Path, "/") == "":
		return refuse(ReasonURL, "the git URL names no repository on the host")
	case strings.Contains(u.EscapedPath(), "%"):
		return refuse(ReasonURL, "the path of the git URL must not hold escapes (%) or characters that need them")
	case strings.Contains(u.Path+"/", "/../"):
		return refuse(ReasonURL, `the path of the git URL must not hold ".."`)
	}
	return nil
}

// checkRef follows git-check-ref-format(1) as far as safety asks.
func checkRef(ref string) error {
	bad := func(r rune) bool { return unicode.IsControl(r) || strings.ContainsRune(" ~^:?*[\\", r) }
	switch {
	case len(ref) > 255:
		return refuse(ReasonRef, "the ref is longer than 255 bytes")
	case strings.HasPrefix(ref, "-"), strings.Contains(ref, ".."), strings.Contains(ref, "@{"), strings.ContainsFunc(ref, bad),
		strings.HasSuffix(ref, "/"), strings.HasPrefix(ref, "/"), strings.HasSuffix(ref, ".lock"):
		return refuse(ReasonRef, "it is not the name of a branch or tag, nor a full commit hash")
	}
	return nil
}
