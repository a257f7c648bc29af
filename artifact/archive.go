package artifact

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"time"
)

// ArchiveOptions of [Trees.WriteZip] and [Trees.WriteTarGz]. The same tree with
// the same options makes the same bytes.
type ArchiveOptions struct {
	// Folder is the path in the archive under which the files are put, such as
	// "handbook" or "handbook/v2"; "" puts them at the top.
	Folder string
	// Modified is the time that every file is given. Zero is the first of January
	// 1980, the earliest that zip can express.
	Modified time.Time
}

func (o ArchiveOptions) name(f File) string {
	if o.Folder == "" {
		return f.Path
	}
	return o.Folder + "/" + f.Path
}

func (o ArchiveOptions) modified() time.Time {
	if o.Modified.IsZero() {
		return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return o.Modified.UTC().Truncate(time.Second)
}

// check keeps paths that unpackers would refuse, or obey, out of archives.
func (o ArchiveOptions) check(tree *Tree) error {
	if o.Folder != "" {
		if err := checkPath(o.Folder); err != nil {
			return fmt.Errorf("folder for the archive: %w", err)
		}
	}
	return tree.check()
}

// WriteZip writes the files of a tree to w as a zip archive (PKWARE APPNOTE 6.3)
// in the order of their paths. Nothing but a piece of one file is in memory.
// After an error what was written is no complete archive.
func (t *Trees) WriteZip(ctx context.Context, w io.Writer, tree *Tree, o ArchiveOptions) error {
	if err := o.check(tree); err != nil {
		return err
	}
	archive := zip.NewWriter(w)
	for _, f := range tree.Files {
		method := zip.Deflate
		if compressed(f.MediaType) {
			method = zip.Store
		}
		header := &zip.FileHeader{Name: o.name(f), Method: method, Modified: o.modified()}
		header.SetMode(0o644)
		entry, err := archive.CreateHeader(header)
		if err != nil {
			return fmt.Errorf("zip archive: %w", err)
		}
		if err := t.copyFile(ctx, entry, f); err != nil {
			return fmt.Errorf("zip archive: %s: %w", f.Path, err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("zip archive: %w", err)
	}
	return nil
}

// WriteTarGz writes the files of a tree to w as a tar archive (POSIX pax)
// compressed by gzip (RFC 1952), otherwise as [Trees.WriteZip] does.
func (t *Trees) WriteTarGz(ctx context.Context, w io.Writer, tree *Tree, o ArchiveOptions) error {
	if err := o.check(tree); err != nil {
		return err
	}
	packed := gzip.NewWriter(w)
	archive := tar.NewWriter(packed)
	for _, f := range tree.Files {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: o.name(f), Size: f.Size, Mode: 0o644, ModTime: o.modified()}
		if err := archive.WriteHeader(header); err != nil {
			return fmt.Errorf("tar archive: %s: %w", f.Path, err)
		}
		if err := t.copyFile(ctx, archive, f); err != nil {
			return fmt.Errorf("tar archive: %s: %w", f.Path, err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("tar archive: %w", err)
	}
	if err := packed.Close(); err != nil {
		return fmt.Errorf("tar archive: %w", err)
	}
	return nil
}

func (t *Trees) copyFile(ctx context.Context, w io.Writer, f File) error {
	source, err := t.store.Open(ctx, f.Ref())
	if err != nil {
		return err
	}
	defer source.Close()
	_, err = io.Copy(w, source)
	return err
}
