package release

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// place puts one file into the site: as a hard link, which takes no space and
// no copying, or as a copy where the file system cannot link (any further:
// ext4 allows 65,000 links to one file).
func (s *stage) place(ctx context.Context, f File) error {
	err := s.t.link(s.blob(f), s.site(f.Path))
	if err == nil {
		return nil
	}
	if errors.Is(err, fs.ErrExist) {
		return s.collision(f)
	}
	if !cannotLink(err) {
		return err
	}
	return s.copyBlob(ctx, f)
}

// collision explains why a file of the fresh, empty folder exists already:
// the file system takes its name for that of another file.
func (s *stage) collision(f File) error {
	for _, other := range s.m.Files {
		if other.Path != f.Path && strings.EqualFold(other.Path, f.Path) {
			return &SourceError{Path: f.Path, Reason: fmt.Sprintf(
				"differs from %q only in upper and lower case, and the target's file system keeps only one of them: rename one", other.Path)}
		}
	}
	return &SourceError{Path: f.Path, Reason: "has a name that the target's file system takes for another file's: rename one"}
}

func cannotLink(err error) bool {
	for _, reason := range []error{
		syscall.EMLINK, // too many links to this file
		syscall.EPERM,  // no links on this file system, or not to another user's file
		syscall.EXDEV, errors.ErrUnsupported,
	} {
		if errors.Is(err, reason) {
			return true
		}
	}
	return false
}

func (s *stage) copyBlob(ctx context.Context, f File) error {
	in, err := os.Open(s.blob(f))
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(s.site(f.Path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o444)
	if errors.Is(err, fs.ErrExist) {
		return s.collision(f)
	}
	if err != nil {
		return err
	}
	_, err = stream(ctx, out, in)
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return err
}

// CopyVerified copies the content of f and compares it with what f promises
// while it passes, or returns a [MismatchError]. It reads at most one byte more
// than f.Size.
func CopyVerified(ctx context.Context, w io.Writer, r io.Reader, f File) error {
	h := sha256.New()
	n, err := stream(ctx, io.MultiWriter(w, h), io.LimitReader(r, max(f.Size, f.Size+1)))
	if err != nil {
		return fmt.Errorf("cannot copy source file %q: %w", f.Path, err)
	}
	if sum := hexSum(h); n != f.Size || sum != f.SHA256 {
		return &MismatchError{Path: f.Path, Want: f.SHA256, Got: sum, WantSize: f.Size, GotSize: n}
	}
	return nil
}
