package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// zipDirectory is where a zip file's central directory lies.
type zipDirectory struct {
	start   int64 // offset of the first central header
	entries int   // counted, not believed
	fileEnd int64 // end of the end record and its comment; what follows is garbage
}

// Sizes and signatures from APPNOTE.TXT 6.3.10, sections 4.3.12 to 4.3.16.
const (
	zipEndSize       = 22
	zipLocatorSize   = 20
	zip64EndSize     = 56
	zipHeaderSize    = 46
	zipHeaderSig     = 0x02014b50
	zip64EndSig      = 0x06064b50
	zip64LocatorSig  = 0x07064b50
	zipMaxCommentLen = 1<<16 - 1
)

var errZipDirectory = errors.New("the zip directory is missing or contradicts itself")

// readZipDirectory finds the central directory and counts its entries in
// constant memory. The directory must end where the end record starts and lie
// where that record says, so that there is one way only to read the file.
func readZipDirectory(r io.ReaderAt, size int64, maxEntries int) (zipDirectory, error) {
	end, at, err := findZipEnd(r, size)
	if err != nil {
		return zipDirectory{}, err
	}
	d := zipDirectory{fileEnd: at + zipEndSize + int64(binary.LittleEndian.Uint16(end[20:]))}
	declared := uint64(binary.LittleEndian.Uint16(end[10:]))
	length := uint64(binary.LittleEndian.Uint32(end[12:]))
	offset := uint64(binary.LittleEndian.Uint32(end[16:]))
	limit := at
	if declared == 0xffff || length == 0xffffffff || offset == 0xffffffff {
		if z, pos, ok := findZip64End(r, at); ok {
			declared, length, offset = binary.LittleEndian.Uint64(z[32:]), binary.LittleEndian.Uint64(z[40:]), binary.LittleEndian.Uint64(z[48:])
			limit = pos
		}
	}
	if declared > uint64(maxEntries) {
		return zipDirectory{}, refuse(ReasonEntries, "", "it has %d entries, the limit is %d", declared, maxEntries)
	}
	if offset > uint64(limit) || length != uint64(limit)-offset {
		return zipDirectory{}, errZipDirectory
	}
	d.start = int64(offset)
	d.entries, err = countZipHeaders(io.NewSectionReader(r, d.start, int64(length)), maxEntries)
	if err == nil && uint64(d.entries) != declared {
		err = errZipDirectory
	}
	return d, err
}

// findZipEnd looks for the end record from the end of the file backwards.
func findZipEnd(r io.ReaderAt, size int64) (end []byte, at int64, err error) {
	tail := make([]byte, min(size, zipEndSize+zipMaxCommentLen))
	from := size - int64(len(tail))
	if n, err := r.ReadAt(tail, from); n < len(tail) {
		return nil, 0, err
	}
	for i := len(tail) - zipEndSize; i >= 0; i-- {
		if bytes.HasPrefix(tail[i:], []byte("PK\x05\x06")) &&
			i+zipEndSize+int(binary.LittleEndian.Uint16(tail[i+20:])) <= len(tail) {
			return tail[i : i+zipEndSize], from + int64(i), nil
		}
	}
	return nil, 0, errZipDirectory
}

func findZip64End(r io.ReaderAt, end int64) (record []byte, at int64, ok bool) {
	loc := make([]byte, zipLocatorSize)
	if n, _ := r.ReadAt(loc, end-zipLocatorSize); n < len(loc) || binary.LittleEndian.Uint32(loc) != zip64LocatorSig {
		return nil, 0, false
	}
	pos := binary.LittleEndian.Uint64(loc[8:])
	if pos > uint64(end) {
		return nil, 0, false
	}
	record = make([]byte, zip64EndSize)
	if n, _ := r.ReadAt(record, int64(pos)); n < len(record) || binary.LittleEndian.Uint32(record) != zip64EndSig {
		return nil, 0, false
	}
	return record, int64(pos), true
}

// countZipHeaders walks the central headers, which must fill the directory.
func countZipHeaders(dir *io.SectionReader, limit int) (n int, err error) {
	head := make([]byte, zipHeaderSize)
	for at := int64(0); at < dir.Size(); n++ {
		if n == limit {
			return n, refuse(ReasonEntries, "", "it has more than %d entries", limit)
		}
		if k, err := dir.ReadAt(head, at); k < len(head) {
			if err != nil && err != io.EOF {
				return n, err
			}
			return n, errZipDirectory
		}
		if binary.LittleEndian.Uint32(head) != zipHeaderSig {
			return n, errZipDirectory
		}
		at += zipHeaderSize + int64(binary.LittleEndian.Uint16(head[28:])) +
			int64(binary.LittleEndian.Uint16(head[30:])) + int64(binary.LittleEndian.Uint16(head[32:]))
		if at > dir.Size() {
			return n, errZipDirectory
		}
	}
	return n, nil
}
