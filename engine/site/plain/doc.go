// Package plain turns a folder of Markdown, as it lies in a repository and
// without any configuration, into a Hugo site with a theme of its own.
//
// [Prepare] reads the folder and writes a complete Hugo source tree (one
// configuration file, content, layouts, static files), so that
//
//	hugo --source SITE --destination OUT
//
// builds the documentation. The package runs no Hugo itself.
//
// # What becomes what
//
//   - A folder with Markdown in it is a section. Its index.md, _index.md or
//     README.md, or a file beside it with the folder's name, is the section's
//     page; a section without one gets a page that lists its children.
//   - Every other .md or .markdown file is a page at its own address:
//     guide/setup.md is served as guide/setup/.
//   - All other regular files are copied byte by byte to the same path.
//   - Names that start with a dot, node_modules, docjobs.yaml and symbolic links are left
//     out, as are pages marked "draft: true" or "published: false".
//   - While a folder holds nothing but one folder with Markdown, that folder
//     is the site's root (a repository whose documentation lies in docs/).
//
// Titles come from the front matter, else the first level 1 heading, else the
// file name. Order comes from the front matter (weight, nav_order, sort_rank,
// sidebar_position, order, position), else a number before the file name
// (01-intro.md), else the natural order of the names.
//
// # How it stays linear
//
// Everything that depends on more than one page is computed here once:
// breadcrumbs, previous and next, lists of children and the address of every
// link are handed to Hugo in each page's front matter, and the navigation and
// the search index are one shared script each. A template therefore looks at
// one page only, and a page contains nothing that grows with the site.
//
// # Foreign syntax
//
// Hugo's shortcode delimiters mean nothing in a plain folder and are kept as
// the text that they are, see the comment in protect.go. Front matter keys other than
// those in [Meta] are read and dropped, so that url, layout, type, aliases or
// a date in an unknown format cannot upset the build.
//
// The same input gives the same bytes; neither time nor machine enters.
package plain
