package docx

// Options say how a document is read. The zero value is the documented default
// of everything.
type Options struct {
	Limits         Limits
	Changes        ChangePolicy
	Hidden         HiddenPolicy
	HeadersFooters HeaderPolicy
	Progress       func(done, total int64) // bytes of XML that were read, of those to read; may be nil
}

// A ChangePolicy says what becomes of tracked changes (ECMA-376-1, 17.13.5).
type ChangePolicy string

// The policies for tracked changes.
const (
	AcceptChanges ChangePolicy = ""       // as if the author had accepted all
	RejectChanges ChangePolicy = "reject" // as if the author had rejected all
	KeepChanges   ChangePolicy = "keep"   // insertions and deletions both, marked by Text.Change
)

// A HiddenPolicy says what becomes of hidden text (w:vanish).
type HiddenPolicy string

// The policies for hidden text.
const (
	DropHidden HiddenPolicy = ""     // left out, with a finding
	KeepHidden HiddenPolicy = "keep" // kept and marked
)

// A HeaderPolicy says what becomes of headers and footers.
type HeaderPolicy string

// The policies for headers and footers.
const (
	DropHeaders HeaderPolicy = ""     // left out
	KeepHeaders HeaderPolicy = "keep" // in Document.Headers and Document.Footers
)

// Limits bound what one document may cost. A zero field is its default; time is
// bounded by the context.
type Limits struct {
	FileBytes  int64 // the file as it is stored, default 512 MiB
	Bytes      int64 // unpacked, of all parts together, default 1 GiB
	PartBytes  int64 // unpacked, of one part of XML, default 128 MiB
	Parts      int   // default 20,000
	Depth      int   // of elements in a part, default 512; real documents stay under 100
	Nodes      int   // blocks and inlines of the document, default 2,000,000
	Ratio      int64 // unpacked to packed, default 250; text reaches 10 to 40
	RatioFloor int64 // unpacked bytes below which the ratio is not looked at, default 16 MiB
}

// DefaultLimits are the documented defaults.
func DefaultLimits() Limits {
	return Limits{
		FileBytes: 512 << 20, Bytes: 1 << 30, PartBytes: 128 << 20, Parts: 20_000,
		Depth: 512, Nodes: 2_000_000, Ratio: 250, RatioFloor: 16 << 20,
	}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	l.FileBytes = orDefault(l.FileBytes, d.FileBytes)
	l.Bytes = orDefault(l.Bytes, d.Bytes)
	l.PartBytes = orDefault(l.PartBytes, d.PartBytes)
	l.Parts = orDefault(l.Parts, d.Parts)
	l.Depth = orDefault(l.Depth, d.Depth)
	l.Nodes = orDefault(l.Nodes, d.Nodes)
	l.Ratio = orDefault(l.Ratio, d.Ratio)
	l.RatioFloor = orDefault(l.RatioFloor, d.RatioFloor)
	return l
}

func orDefault[N int | int64](n, otherwise N) N {
	if n <= 0 {
		return otherwise
	}
	return n
}

// tokenBytes bounds one tag or one stretch of text: an XML parser holds it in
// memory as a whole, and a tag of nothing but attributes as twenty times that.
const tokenBytes = 8 << 20
