package plain

import (
	"encoding/json"
	"net"
	"net/url"
	"strings"
)

// hugoConfig is the whole hugo.json of a prepared site.
func hugoConfig(t *tree, o Options) ([]byte, error) {
	language := o.Language
	if language == "" {
		language = "en"
	}
	config := map[string]any{
		"baseURL":                    baseURL(o.BaseURL),
		"title":                      t.title,
		"disableKinds":               disabledKinds(t, o.BaseURL),
		"disablePathToLower":         true,
		"disableHugoGeneratorInject": true,
		"enableEmoji":                true,
		"timeout":                    "120s",
		"markup":                     markup(),
		"security":                   security(),
		"params": map[string]any{
			"lang":      language,
			"dir":       direction(language),
			"canonical": isPublic(o.BaseURL),
		},
	}
	b, err := json.MarshalIndent(config, "", "  ")
	return append(b, '\n'), err
}

// markup is CommonMark with GitHub's extensions, definition lists and
// footnotes; quotes and dashes stay as typed.
func markup() map[string]any {
	return map[string]any{
		"goldmark": map[string]any{
			"renderer":   map[string]any{"unsafe": true},
			"extensions": map[string]any{"typographer": map[string]any{"disable": true}},
			"parser":     map[string]any{"autoHeadingIDType": "github"},
			"renderHooks": map[string]any{
				"link":  map[string]any{"useEmbedded": "never"},
				"image": map[string]any{"useEmbedded": "never"},
			},
		},
		"highlight":       map[string]any{"noClasses": false},
		"tableOfContents": map[string]any{"startLevel": 2, "endLevel": 3},
	}
}

// security takes from Hugo what a plain folder does not need: programs,
// environment variables, remote resources.
func security() map[string]any {
	none := []string{"none"}
	return map[string]any{
		"enableInlineShortcodes": false,
		"exec":                   map[string]any{"allow": none, "osEnv": none},
		"funcs":                  map[string]any{"getenv": none},
		"http":                   map[string]any{"methods": none, "urls": none},
	}
}

// disabledKinds leaves out what a plain folder has no use for, what the
// source brings along itself, and a sitemap without absolute addresses.
func disabledKinds(t *tree, base string) []string {
	kinds := []string{"taxonomy", "term", "rss", "robotstxt"}
	own := map[string]bool{}
	for _, to := range t.files {
		own[fold(to)] = true
	}
	if own["404.html"] {
		kinds = append(kinds, "404")
	}
	if own["sitemap.xml"] || !isAbsolute(base) {
		kinds = append(kinds, "sitemap")
	}
	return kinds
}

// baseURL ends in a slash: Hugo resolves against it.
func baseURL(base string) string {
	if base == "" || strings.HasSuffix(base, "/") {
		return base
	}
	return base + "/"
}

func isAbsolute(base string) bool {
	u, err := url.Parse(base)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// isPublic tells whether search engines may be pointed to the address: not
// where it names this machine or a private network.
func isPublic(base string) bool {
	u, err := url.Parse(base)
	if err != nil || !isAbsolute(base) {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsGlobalUnicast() && !ip.IsPrivate()
	}
	return strings.Contains(host, ".") && !strings.HasSuffix(host, ".localhost") &&
		!strings.HasSuffix(host, ".local") && !strings.HasSuffix(host, ".internal")
}

// direction is the writing direction of a language, by the scripts that run
// from right to left.
func direction(language string) string {
	primary, _, _ := strings.Cut(strings.ToLower(language), "-")
	switch primary {
	case "ar", "fa", "he", "iw", "ur", "yi", "ps", "sd", "ug", "dv", "ckb":
		return "rtl"
	}
	return "ltr"
}
