package source_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docjobs/docjobs/engine/source"
	"github.com/stretchr/testify/require"
)

func smallLimits() source.Limits {
	l := source.DefaultLimits()
	l.Entries, l.FileBytes, l.TotalBytes, l.RatioFloor = 20, 1<<20, 2<<20, 64<<10
	return l
}

// TestHostileArchives is the list of what must never get in. Inspect and Unpack
// must give the same reason, and Unpack must leave nothing behind.
func TestHostileArchives(t *testing.T) {
	t.Parallel()
	good := entry{name: "index.md", body: "# Hello"}
	many := make([]entry, 21)
	for i := range many {
		many[i] = entry{name: string(rune('a'+i)) + ".md", body: "x"}
	}
	big := strings.Repeat("a", 1<<20+1)
	noise := strings.Repeat("The quick brown fox. ", 1<<15) // 672 KiB
	for name, c := range map[string]struct {
		data []byte
		want source.Reason
	}{
		"tar: dot dot":                     {tarOf(t, good, entry{name: "../evil.md"}), source.ReasonTraversal},
		"tar: dot dot inside":              {tarOf(t, good, entry{name: "a/../../evil.md"}), source.ReasonTraversal},
		"tar: absolute":                    {tarOf(t, good, entry{name: "/etc/passwd"}), source.ReasonTraversal},
		"tar: backslash":                   {tarOf(t, good, entry{name: `..\evil.md`}), source.ReasonTraversal},
		"tar: drive letter":                {tarOf(t, good, entry{name: "C:evil.md"}), source.ReasonTraversal},
		"tar: traversal in ignored":        {tarOf(t, good, entry{name: ".git/../../evil"}), source.ReasonTraversal},
		"zip: dot dot":                     {zipOf(t, nil, good, entry{name: "../evil.md"}), source.ReasonTraversal},
		"zip: absolute":                    {zipOf(t, nil, good, entry{name: "/evil.md"}), source.ReasonTraversal},
		"zip: backslash":                   {zipOf(t, nil, good, entry{name: `a\..\evil.md`}), source.ReasonTraversal},
		"zip: NUL":                         {zipOf(t, nil, good, entry{name: "evil\x00.md"}), source.ReasonName},
		"zip: not UTF-8":                   {zipOf(t, nil, good, entry{name: "caf\xe9.md"}), source.ReasonName},
		"tar: line feed":                   {tarOf(t, good, entry{name: "a\nb.md"}), source.ReasonName},
		"tar: empty component":             {tarOf(t, good, entry{name: "a//b.md"}), source.ReasonName},
		"tar: device name":                 {tarOf(t, good, entry{name: "a/NUL.md"}), source.ReasonName},
		"tar: long component":              {tarOf(t, good, entry{name: strings.Repeat("n", 256)}), source.ReasonLongName},
		"tar: long path":                   {tarOf(t, good, entry{name: strings.Repeat("nnn/", 300) + "x"}), source.ReasonLongName},
		"tar: deep path":                   {tarOf(t, good, entry{name: strings.Repeat("d/", 64) + "x"}), source.ReasonDepth},
		"tar: symlink":                     {tarOf(t, good, entry{name: "l", kind: tar.TypeSymlink, link: "/etc/passwd"}), source.ReasonLink},
		"tar: hard link":                   {tarOf(t, good, entry{name: "l", kind: tar.TypeLink, link: "index.md"}), source.ReasonLink},
		"zip: symlink":                     {zipOf(t, func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink | 0o777) }, good), source.ReasonLink},
		"tar: character device":            {tarOf(t, good, entry{name: "d", kind: tar.TypeChar}), source.ReasonDevice},
		"tar: block device":                {tarOf(t, good, entry{name: "d", kind: tar.TypeBlock}), source.ReasonDevice},
		"tar: FIFO":                        {tarOf(t, good, entry{name: "d", kind: tar.TypeFifo}), source.ReasonDevice},
		"zip: socket":                      {zipOf(t, func(h *zip.FileHeader) { h.SetMode(fs.ModeSocket) }, good), source.ReasonDevice},
		"tar: duplicate":                   {tarOf(t, good, good), source.ReasonDuplicate},
		"zip: duplicate":                   {zipOf(t, nil, good, good), source.ReasonDuplicate},
		"zip: duplicate by dot slash":      {zipOf(t, nil, good, entry{name: "./index.md"}), source.ReasonDuplicate},
		"zip: case duplicate":              {zipOf(t, nil, good, entry{name: "INDEX.md"}), source.ReasonCaseDuplicate},
		"tar: case duplicate of folder":    {tarOf(t, entry{name: "a/x"}, entry{name: "A/y"}), source.ReasonCaseDuplicate},
		"tar: Unicode duplicate":           {tarOf(t, entry{name: "é.md"}, entry{name: "e\u0301.md"}), source.ReasonCaseDuplicate},
		"tar: file then folder":            {tarOf(t, entry{name: "a"}, entry{name: "a/b"}), source.ReasonConflict},
		"tar: folder then file":            {tarOf(t, entry{name: "a/b"}, entry{name: "a"}), source.ReasonConflict},
		"zip: encrypted":                   {zipOf(t, func(h *zip.FileHeader) { h.Flags |= 1 }, good), source.ReasonEncrypted},
		"tar: too many entries":            {tarOf(t, many...), source.ReasonEntries},
		"zip: too many entries":            {zipOf(t, nil, many...), source.ReasonEntries},
		"zip: directory claims few":        {understated(zipOf(t, nil, many...)), source.ReasonEntries},
		"zip: directory claims one of two": {understated(zipOf(t, nil, many[:2]...)), source.ReasonCorrupt},
		"zip: zip64 claims billions":       {zip64Claim(), source.ReasonEntries},
		"tar: large file":                  {tarOf(t, entry{name: "a", body: big}), source.ReasonFileSize},
		"zip: large file":                  {zipOf(t, nil, entry{name: "a", body: big}), source.ReasonFileSize},
		"tar: large in all":                {tarOf(t, entry{name: "a", body: noise}, entry{name: "b", body: noise}, entry{name: "c", body: noise}, entry{name: "d", body: noise}), source.ReasonTotalSize},
		"tar: large in ignored":            {tarOf(t, entry{name: ".git/a", body: big}), source.ReasonFileSize},
		"tar.gz: ratio":                    {gz(t, tarOf(t, entry{name: "a", body: big[:1<<20]})), source.ReasonRatio},
		"zip: ratio":                       {zipOf(t, nil, entry{name: "a", body: big[:1<<20]}), source.ReasonRatio},
		"zip: smaller than it says":        {patched(zipOf(t, nil, good), 24, 99), source.ReasonCorrupt},
		"zip: larger than it says":         {patched(zipOf(t, nil, good), 24, 2), source.ReasonCorrupt},
		"zip: wrong checksum":              {patched(zipOf(t, nil, good), 16, 1), source.ReasonCorrupt},
		"zip: overlapping entries":         {overlapping(t), source.ReasonOverlap},
		"zip: data past the directory":     {patched(zipOf(t, nil, good), 20, 1<<20), source.ReasonOverlap},
		"zip: cut off":                     {zipOf(t, nil, good)[:60], source.ReasonCorrupt},
		"tar: cut off in a file":           {tarOf(t, good)[:515], source.ReasonCorrupt},
		"tar: without end":                 {tarOf(t, good)[:1024], source.ReasonCorrupt},
		"tar.gz: cut off":                  {gz(t, tarOf(t, good))[:40], source.ReasonCorrupt},
		"tar.gz: wrong checksum":           {flip(gz(t, tarOf(t, good)), -6), source.ReasonCorrupt},
		"zip: empty":                       {zipOf(t, nil), source.ReasonEmpty},
		"tar: empty":                       {tarOf(t), source.ReasonEmpty},
		"zip: only folders":                {zipOf(t, nil, entry{name: "a/"}), source.ReasonEmpty},
		"zip: only ignored":                {zipOf(t, nil, entry{name: ".git/config"}), source.ReasonEmpty},
		"no bytes":                         {nil, source.ReasonEmpty},
		"not an archive":                   {[]byte("%PDF-1.7 and so on"), source.ReasonFormat},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := source.Inspect(t.Context(), bytes.NewReader(c.data), int64(len(c.data)), smallLimits())
			requireReason(t, err, c.want)

			above := t.TempDir()
			_, err = source.Unpack(t.Context(), bytes.NewReader(c.data), int64(len(c.data)), filepath.Join(above, "out"), smallLimits(), nil)
			requireReason(t, err, c.want)
			left, err := os.ReadDir(above)
			require.NoError(t, err)
			require.Empty(t, left, "nothing may be left behind")
		})
	}
}

func requireReason(t *testing.T, err error, want source.Reason) {
	t.Helper()
	var refused *source.Refused
	require.ErrorAs(t, err, &refused)
	require.Equal(t, want, refused.Reason, "%v", err)
}

// patched overwrites four bytes of the first central header.
func patched(z []byte, offset int, value uint32) []byte {
	at := bytes.Index(z, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(z[at+offset:], value)
	return z
}

// understated makes the end record claim a single entry.
func understated(z []byte) []byte {
	at := bytes.LastIndex(z, []byte("PK\x05\x06"))
	binary.LittleEndian.PutUint16(z[at+8:], 1)
	binary.LittleEndian.PutUint16(z[at+10:], 1)
	return z
}

// zip64Claim is a tiny file whose zip64 end record claims 2^40 entries.
func zip64Claim() []byte {
	b := make([]byte, 56+20+22)
	copy(b, "PK\x06\x06")
	binary.LittleEndian.PutUint64(b[4:], 44)
	binary.LittleEndian.PutUint64(b[24:], 1<<40)
	binary.LittleEndian.PutUint64(b[32:], 1<<40)
	copy(b[56:], "PK\x06\x07")
	binary.LittleEndian.PutUint32(b[72:], 1)
	copy(b[76:], "PK\x05\x06")
	for i := 84; i < 96; i++ {
		b[i] = 0xff
	}
	// Recognised by its first local header: put one in front of it all.
	head := []byte("PK\x03\x04")
	binary.LittleEndian.PutUint64(b[64:], uint64(len(head)))
	return append(head, b...)
}

// overlapping is a zip in which two central headers share one local entry.
func overlapping(t *testing.T) []byte {
	z := zipOf(t, nil, entry{name: "a.md", body: "shared"}, entry{name: "b.md", body: "shared"})
	second := bytes.LastIndex(z, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(z[second+42:], 0)
	return z
}

func flip(b []byte, at int) []byte {
	b[len(b)+at] ^= 0xff
	return b
}
