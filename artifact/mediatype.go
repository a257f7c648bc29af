package artifact

import (
	"path"
	"strings"
)

// mediaTypes is a table of our own because the one in package mime takes in the
// machine's mime.types: equal folders would have other digests elsewhere.
// Types as registered with IANA (iana.org/assignments/media-types).
var mediaTypes = map[string]string{
	".atom": "application/atom+xml", ".avif": "image/avif", ".css": "text/css; charset=utf-8",
	".csv": "text/csv; charset=utf-8", ".dita": "application/dita+xml", ".ditamap": "application/dita+xml",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".gif":  "image/gif", ".gz": "application/gzip", ".htm": "text/html; charset=utf-8",
	".html": "text/html; charset=utf-8", ".ico": "image/vnd.microsoft.icon", ".jpeg": "image/jpeg",
	".jpg": "image/jpeg", ".js": "text/javascript; charset=utf-8", ".json": "application/json",
	".jsonl": "application/jsonl", ".map": "application/json", ".markdown": "text/markdown; charset=utf-8",
	".md": "text/markdown; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".mp4": "video/mp4",
	".otf": "font/otf", ".pdf": "application/pdf", ".png": "image/png", ".rss": "application/rss+xml",
	".sarif": "application/sarif+json", ".svg": "image/svg+xml", ".toml": "application/toml",
	".ttf": "font/ttf", ".txt": "text/plain; charset=utf-8", ".wasm": "application/wasm",
	".webmanifest": "application/manifest+json", ".webp": "image/webp", ".woff": "font/woff",
	".woff2": "font/woff2", ".xml": "application/xml", ".yaml": "application/yaml",
	".yml": "application/yaml", ".zip": "application/zip",
}

// MediaType tells a file's media type from its name, the same on every machine.
// Unknown endings are application/octet-stream.
func MediaType(name string) string {
	if t, known := mediaTypes[strings.ToLower(path.Ext(name))]; known {
		return t
	}
	return rawContent
}

// compressed tells whether packing the file again would only take time.
func compressed(mediaType string) bool {
	switch mediaType {
	case "image/svg+xml", "image/vnd.microsoft.icon", "font/ttf", "font/otf":
		return false
	case "application/zip", "application/gzip", "application/pdf", mediaTypes[".docx"]:
		return true
	}
	kind, _, _ := strings.Cut(mediaType, "/")
	return kind == "image" || kind == "video" || kind == "font"
}
