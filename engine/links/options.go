package links

import (
	"fmt"
	"io/fs"
)

// Options says what to check. Root is required.
type Options struct {
	// Root is the built site. Use the FS of an [os.Root] (as [CheckDir] does) so that symbolic links cannot lead out
	// of it.
	Root fs.FS
	// BaseURL is where the site will be served: "https://docs.example.com/sub/", only a path "/sub/", or empty for
	// the root of an unknown server. With a host, absolute links to it are checked like relative ones.
	BaseURL string
	// CleanURLs lets a link to "guide" be answered by guide.html, as several hosts do.
	CleanURLs bool
	// Concurrency is the number of pages read at a time; 0 takes one per processor.
	Concurrency int
	// Progress is called now and then with the number of documents read, never from two goroutines at a time.
	Progress func(done, total int64)
	// Ignore are the broken links that the report lists apart. Links to other sites that match are not collected.
	Ignore []Ignore
	// External collects links to other sites in Report.ExternalLinks. They are not fetched.
	External bool
	// Source names the file that a page was made from, in SourceFS, for the report. It must be safe for concurrent use.
	Source func(page string) (file string, ok bool)
	// SourceFS holds the files that Source names; without it places have no source line.
	SourceFS fs.FS
	// Limits bounds memory against hostile input; zero fields take the defaults.
	Limits Limits
}

// Limits bounds what one check takes in and gives out. A page over a limit is reported as not fully checked
// (Report.Incomplete), never as an error, and links to its anchors are not judged.
type Limits struct {
	Files           int   // files in the site; default 2,000,000; more is an error
	FileBytes       int64 // size of one page or stylesheet; default 64 MiB
	TokenBytes      int   // one tag, text or inline script; default 16 MiB
	LinksPerPage    int   // default 200,000
	AnchorsPerPage  int   // default 200,000
	Targets         int   // broken targets in the report; default 5,000
	PlacesPerTarget int   // places listed of one target; default 50
	Places          int   // places in the whole report; default 20,000
}

func (l Limits) withDefaults() Limits {
	set := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	if l.FileBytes <= 0 {
		l.FileBytes = 64 << 20
	}
	set(&l.Files, 2_000_000)
	set(&l.TokenBytes, 16<<20)
	set(&l.LinksPerPage, 200_000)
	set(&l.AnchorsPerPage, 200_000)
	set(&l.Targets, 5_000)
	set(&l.PlacesPerTarget, 50)
	set(&l.Places, 20_000)
	return l
}

// ReadError says that a file of the site cannot be read. The site is not at fault; trying again may help.
type ReadError struct {
	File string // path in the site
	Err  error
}

func (e *ReadError) Error() string {
	return fmt.Sprintf("cannot read %s of the built site: %v", e.File, e.Err)
}

// Unwrap returns the cause.
func (e *ReadError) Unwrap() error { return e.Err }
