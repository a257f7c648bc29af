package docx

// progress tells how much of the XML was read.
type progress struct {
	tell              func(done, total int64)
	done, total, told int64
}

// progressStep is how many bytes lie between two reports.
const progressStep = 256 << 10

// expect sums up the parts that will be read.
func (r *reader) expect() {
	r.progress.tell = r.options.Progress
	r.progress.total = r.pkg.size(r.pkg.main)
	for kind, usual := range map[string]string{
		"styles": "word/styles.xml", "numbering": "word/numbering.xml",
		"footnotes": "", "endnotes": "", "comments": "",
	} {
		r.progress.total += r.pkg.size(r.related(kind, usual))
	}
}

// at reports the place in the part in hand.
func (p *progress) at(offset int64) {
	if p.tell != nil && p.done+offset >= p.told+progressStep {
		p.told = p.done + offset
		p.tell(min(p.told, p.total), p.total)
	}
}

// part adds a part that was read.
func (p *progress) part(size int64) {
	p.at(size)
	p.done += size
}

func (p *progress) end() {
	if p.tell != nil {
		p.tell(p.total, p.total)
	}
}
