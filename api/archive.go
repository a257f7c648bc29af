package api

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/docjobs/docjobs/job"
)

// An archiveFormat is a form in which all artifacts can be had at once.
type archiveFormat struct {
	mediaType string
	extension string
	open      func(io.Writer) archive
}

// archive is an archive that is being written. Between add and the next add or
// close the content of the file is written to what add returned.
type archive interface {
	add(name string, a job.Artifact, modified time.Time) (io.Writer, error)
	close() error
}

var archiveFormats = map[string]archiveFormat{
	"zip":    {"application/zip", ".zip", newZip},
	"tar.gz": {"application/gzip", ".tar.gz", newTarGz},
}

// archiveFor returns the archive that the Accept header field prefers over
// JSON, if any.
func archiveFor(accept string) (archiveFormat, bool) {
	mediaType := negotiate(accept, "application/json", "application/zip", "application/gzip")
	for _, format := range archiveFormats {
		if format.mediaType == mediaType {
			return format, true
		}
	}
	return archiveFormat{}, false
}

// writeArchive streams every file into one archive, in a folder named by the
// Job ID. The same attempt always makes the same bytes: the files come in the
// order of their paths and have the time at which the attempt ended.
func (s *server) writeArchive(c *gin.Context, format archiveFormat, result *job.Result, files iter.Seq2[job.Artifact, error]) error {
	modified := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC) // the earliest that zip can tell
	if result.FinishedAt != nil && result.FinishedAt.After(modified) {
		modified = result.FinishedAt.UTC().Truncate(time.Second)
	}
	c.Header("Content-Type", format.mediaType)
	c.Header("Content-Disposition", `attachment; filename="`+string(result.ID)+format.extension+`"`)
	c.Header("Cache-Control", "private, no-cache")
	c.Status(http.StatusOK)
	out := format.open(newPatientWriter(c))
	for file, err := range files {
		if err != nil {
			return err
		}
		if err := s.addFile(c.Request.Context(), out, result, file, modified); err != nil {
			return err
		}
	}
	return out.close()
}

// addFile copies one artifact into the archive.
func (s *server) addFile(ctx context.Context, out archive, result *job.Result, file job.Artifact, modified time.Time) error {
	if !fs.ValidPath(file.Path) || strings.Contains(file.Path, `\`) {
		return fmt.Errorf("artifact %q: the path would leave the folder it is unpacked into", file.Path)
	}
	// The file stands for itself: to look it up in its folder again would be to
	// read the folder's manifest once for every file.
	itself := []job.Output{{Path: file.Path, MediaType: file.MediaType, SHA256: file.SHA256, Size: file.Size}}
	content, _, err := s.Artifacts.Open(ctx, itself, file.Path)
	if err != nil {
		return err
	}
	defer content.Close()
	w, err := out.add(string(result.ID)+"/"+file.Path, file, modified)
	if err != nil {
		return fmt.Errorf("artifact %s: %w", file.Path, err)
	}
	if _, err := io.Copy(w, content); err != nil {
		return fmt.Errorf("artifact %s: %w", file.Path, err)
	}
	return nil
}

// zipArchive writes zip (PKWARE APPNOTE 6.3).
type zipArchive struct{ *zip.Writer }

func newZip(w io.Writer) archive { return zipArchive{zip.NewWriter(w)} }

func (z zipArchive) add(name string, a job.Artifact, modified time.Time) (io.Writer, error) {
	header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: modified}
	if packed(a.MediaType) {
		header.Method = zip.Store
	}
	header.SetMode(0o644)
	return z.CreateHeader(header)
}

func (z zipArchive) close() error { return z.Close() }

// packed reports whether files of the type are compressed already.
func packed(mediaType string) bool {
	switch mediaType {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "font/woff2",
		"application/zip", "application/gzip", "video/mp4", "video/webm":
		return true
	}
	return false
}

// tarGz writes tar (POSIX pax) through gzip (RFC 1952).
type tarGz struct {
	gzip *gzip.Writer
	tar  *tar.Writer
}

func newTarGz(w io.Writer) archive {
	packed := gzip.NewWriter(w)
	return tarGz{packed, tar.NewWriter(packed)}
}

func (t tarGz) add(name string, a job.Artifact, modified time.Time) (io.Writer, error) {
	return t.tar, t.tar.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: name, Size: a.Size, Mode: 0o644, ModTime: modified,
	})
}

func (t tarGz) close() error {
	if err := t.tar.Close(); err != nil {
		return err
	}
	return t.gzip.Close()
}
