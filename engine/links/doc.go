// Package links finds broken internal links in a built static site.
//
// [CheckDir] (or [Check] on any fs.FS) reads every HTML page, the stylesheets that they use, sitemap.xml and
// _redirects, and returns a [Report] of the addresses that lead nowhere: pages, files, pictures, scripts, styles and
// anchors. Links to other sites are counted and, on
// demand, listed; nothing is ever fetched. A broken link is a result; only
// a file that cannot be read is an error.
//
// # How it works
//
// Pages are read by the tokenizer of golang.org/x/net/html, never as a tree. One pass keeps for each page the hashes
// of its anchors and of the few links that need a second thought: those to anchors and those already known to be
// broken. Everything else is judged against the list of files at once and forgotten, so memory follows the number of
// distinct anchors and anchor links, not the bytes of the site. When all anchors are known, the pages that hold broken
// links, and only they, are read a second time for line, text and source. A clean site is read once.
//
//	index.go      every file of the site, and what answers at a path
//	scan.go       the page scanner; tag.go the attributes of one tag; elements.go which of them hold addresses;
//	              css.go, attributes.go, sitemap.go, redirects.go the small formats
//	resolve.go    what an address means on a page (URL Standard, as far as a static site needs it); address.go its parts
//	judge.go      address + files = finding
//	collect.go    first phase, in parallel; document.go what it keeps
//	groups.go     anchors judged, everything broken gathered by target
//	places.go     second look: line, column, text; source.go the line in the source file
//	suggest.go    what the writer probably meant
//	ignore.go     broken links that the writers excuse
//	integrity.go  files that are not what an integrity attribute says
//	external.go   links to other sites, collected for somebody else to check
//	report.go     the report; new.go breakage that a baseline does not have; html.go, json.go its forms
//
// # What counts as existing
//
// A file; a folder with index.html, with or without the trailing slash; a path that a rule of _redirects answers; with
// Options.CleanURLs also guide.html for "guide". Query strings are ignored. "#", "#top" and text fragments always
// exist. A link to an anchor of a page that only forwards (meta refresh) is judged on the page it forwards to.
package links
