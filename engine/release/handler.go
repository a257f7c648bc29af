package release

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Header is the response header that names the release which answered.
const Header = "Docjobs-Release"

// Handler serves the live release of a target as a static site:
//
//   - /dir/ is dir/index.html; /dir is redirected to /dir/ if that exists;
//   - what is not there is answered with the nearest 404.html (that of the
//     folder, else of its parents) and status 404; folders are not listed;
//   - fingerprinted assets (see [Fingerprinted]) of other releases that the target still
//     holds are found, too: a page that a reader has had open since before a switch
//     names them;
//   - GET and HEAD, with ranges, and with the file's SHA-256 as strong ETag.
//
// Which release is live is decided once for a request, so that an answer is
// wholly of one release; its name is in [Header]. Last-Modified is left out
// on purpose: a rollback makes older files current again, and a browser that
// trusts dates would keep the newer ones.
//
// A Handler may be mounted below a prefix with [http.StripPrefix], with or
// without the prefix's final slash.
type Handler struct {
	target *FileTarget
	cache  cache
	older  assets
}

// NewHandler returns a handler for whatever is live on t, now and later.
func NewHandler(t *FileTarget) *Handler { return &Handler{target: t} }

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This site can only be read: use GET or HEAD.", http.StatusMethodNotAllowed)
		return
	}
	var a answer
	err := h.target.whileLive(r.Context(), func(id string) (err error) {
		site, err := h.cache.get(id, h.load)
		if err == nil {
			a, err = h.resolve(site, r)
		}
		return err
	})
	if err != nil {
		h.fail(w, r, err)
		return
	}
	a.write(w, r)
}

func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, ErrNoRelease):
		http.Error(w, "Nothing has been published here yet.", http.StatusNotFound)
	case r.Context().Err() != nil: // the client has gone
	default:
		h.target.log.ErrorContext(r.Context(), "cannot serve the live release", "path", r.URL.Path, "error", err)
		http.Error(w, "The site cannot be read just now.", http.StatusInternalServerError)
	}
}

// site is what the handler keeps of a release.
type site struct {
	id    string
	files map[string]File
}

func (h *Handler) load(id string) (*site, error) {
	m, err := h.target.readManifest(id)
	if err != nil {
		return nil, err
	}
	s := &site{id: id, files: make(map[string]File, len(m.Files))}
	for _, f := range m.Files {
		s.files[f.Path] = f
	}
	return s, nil
}

// answer is a decided response. Nothing has been written yet.
type answer struct {
	release  string
	redirect string   // Location; empty for a file
	status   int      // of the file: 200 or 404
	file     File     // its entry in the manifest
	content  *os.File // nil: 404 without a page
}

// resolve decides by the manifest alone, so that no path of a request reaches
// the file system unless the release lists it.
func (h *Handler) resolve(s *site, r *http.Request) (answer, error) {
	a := answer{release: s.id, status: http.StatusOK}
	p, isDir, ok := requestPath(r)
	if !ok {
		return h.notFound(a, s, "")
	}
	if f, found := s.files[p]; found && !isDir {
		return h.open(a, f)
	}
	f, found := s.files[path.Join(p, "index.html")]
	switch {
	case !found && !isDir && Fingerprinted(p):
		return h.asset(a, s, p)
	case !found:
		return h.notFound(a, s, p)
	case isDir:
		return h.open(a, f)
	}
	a.redirect = withSlash(r, p)
	return a, nil
}

// asset looks for an asset of another release.
func (h *Handler) asset(a answer, s *site, p string) (answer, error) {
	for _, id := range h.older.having(h.target, p) {
		other := a
		other.release = id.release
		found, err := h.open(other, id.file)
		if err == nil {
			return found, nil
		}
		if !errors.Is(err, fs.ErrNotExist) { // else it has been pruned
			return a, err
		}
	}
	return h.notFound(a, s, p)
}

// notFound looks for a 404 page from p upwards, so that every language or
// version of a site can have its own.
func (h *Handler) notFound(a answer, s *site, p string) (answer, error) {
	a.status = http.StatusNotFound
	for dir := p; dir != "" && dir != "."; dir = path.Dir(dir) {
		if f, ok := s.files[dir+"/404.html"]; ok {
			return h.open(a, f)
		}
	}
	if f, ok := s.files["404.html"]; ok {
		return h.open(a, f)
	}
	return a, nil
}

// open opens a file of the release. The root keeps the path inside even if
// somebody has put a symbolic link into the folder.
func (h *Handler) open(a answer, f File) (answer, error) {
	root, err := os.OpenRoot(h.target.siteDir(a.release))
	if err != nil {
		return a, err
	}
	defer root.Close()
	content, err := root.Open(filepath.FromSlash(f.Path))
	if err != nil {
		return a, err
	}
	info, err := content.Stat()
	if err == nil && (!info.Mode().IsRegular() || info.Size() != f.Size) {
		err = &DamagedError{Path: content.Name(), Err: fmt.Errorf("it is not the file of %d bytes that was released", f.Size)}
	}
	if err != nil {
		content.Close()
		return a, err
	}
	a.file, a.content = f, content
	return a, nil
}

// requestPath returns the requested path without slashes at its ends, and
// whether it had one at its end. The root is "". A path that is not clean
// names nothing here: not ok.
func requestPath(r *http.Request) (p string, isDir, ok bool) {
	p = strings.TrimPrefix(r.URL.Path, "/")
	if p == "" {
		return "", strings.HasSuffix(originalPath(r), "/"), true
	}
	p, isDir = strings.CutSuffix(p, "/")
	return p, isDir, p != "." && fs.ValidPath(p)
}

// originalPath returns the path as the client sent it, before any prefix was
// stripped. It tells "/sites/local" from "/sites/local/", which both arrive
// here as "" below a handler that strips "/sites/local" or "/sites/local/".
func originalPath(r *http.Request) string {
	if u, err := url.ParseRequestURI(r.RequestURI); err == nil && u.Path != "" {
		return u.Path
	}
	return "/"
}

// withSlash returns the request's own address with a slash at its end, as a
// relative reference (RFC 3986, section 4.2) of the last element: the only
// form that is right below any prefix, also one that a proxy has removed.
func withSlash(r *http.Request, p string) string {
	if p == "" {
		p = originalPath(r)
	}
	u := url.URL{Path: path.Base(p) + "/", RawQuery: r.URL.RawQuery}
	return u.String()
}

// write sends the answer and closes its file.
func (a *answer) write(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set(Header, a.release)
	// Caches may keep everything but must ask whether it is still current:
	// the answer is a 304 by ETag unless a release changed that very file.
	header.Set("Cache-Control", "no-cache")
	header.Set("X-Content-Type-Options", "nosniff")
	if a.redirect != "" {
		header.Set("Location", a.redirect)
		w.WriteHeader(http.StatusMovedPermanently)
		return
	}
	if a.content == nil {
		http.Error(w, "404 page not found", http.StatusNotFound)
		return
	}
	defer a.content.Close()
	header.Set("Content-Type", MediaType(a.file.Path))
	if a.status == http.StatusOK {
		header.Set("ETag", `"`+a.file.SHA256+`"`)
		http.ServeContent(w, r, "", time.Time{}, a.content)
		return
	}
	// An error page is sent whole: conditions and ranges are about the file
	// that is not there.
	header.Set("Content-Length", strconv.FormatInt(a.file.Size, 10))
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		io.Copy(w, a.content) // fails only if the client has gone
	}
}
