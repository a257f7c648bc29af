package gitsource

import (
	"context"
	"encoding/binary"
	"io"

	"github.com/docjobs/docjobs/engine/source"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
)

// checkPack inflates every object of a pack into nothing, to learn whether it
// is a bomb before a parser that holds objects in memory sees it. A delta is
// judged by the size of what it makes (gitformat-pack(5)).
func checkPack(ctx context.Context, pack io.ReadSeeker, l source.Limits) error {
	s := packfile.NewScanner(pack)
	_, n, err := s.Header()
	if err != nil {
		return err
	}
	if int64(n) > 4*int64(l.Entries)+1024 { // files, their folders, a commit, a tag
		return &source.Refused{Reason: source.ReasonEntries, Detail: "the commit has more objects than the limit on entries allows"}
	}
	var total int64
	for range n {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		size, err := objectSize(s, l.FileBytes)
		if err != nil {
			return err
		}
		if total += size; total > 2*l.TotalBytes {
			return &source.Refused{Reason: source.ReasonTotalSize, Detail: "the objects of the commit are larger than the limit"}
		}
	}
	return nil
}

func objectSize(s *packfile.Scanner, limit int64) (int64, error) {
	h, err := s.NextObjectHeader()
	if err != nil {
		return 0, err
	}
	m := &measure{limit: limit}
	if _, _, err := s.NextObject(m); err != nil {
		return 0, err
	}
	size := m.n
	if h.Type == plumbing.OFSDeltaObject || h.Type == plumbing.REFDeltaObject {
		head := m.head[:min(int(m.n), len(m.head))]
		base, k := binary.Uvarint(head)
		target, k2 := binary.Uvarint(head[max(k, 0):])
		if k <= 0 || k2 <= 0 || base > uint64(limit) || target > uint64(limit) {
			return 0, tooLarge()
		}
		size = int64(target)
	}
	return size, nil
}

func tooLarge() error {
	return &source.Refused{Reason: source.ReasonFileSize, Detail: "an object of the repository is larger than the limit on files"}
}

// measure counts what is written, up to a limit, and keeps its beginning.
type measure struct {
	n, limit int64
	head     [2 * binary.MaxVarintLen64]byte
}

func (m *measure) Write(p []byte) (int, error) {
	if m.n < int64(len(m.head)) {
		copy(m.head[m.n:], p)
	}
	if m.n += int64(len(p)); m.n > m.limit {
		return 0, tooLarge()
	}
	return len(p), nil
}
