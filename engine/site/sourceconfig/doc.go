// Package sourceconfig reads docjobs.yaml, with which the authors of a source
// say how it is built and which links the check leaves alone:
//
//	generator: mkdocs          # or hugo, markdown, static, a name that the operator has given
//	dir: docs                  # folder to build
//	output: site               # folder that the generator leaves the site in
//	command: handbook          # one of the operator's commands, by its name
//	env:
//	  EDITION: public
//	versions:
//	  hugo: 0.121.2
//	links:
//	  ignore:
//	    - /old/*               # an address
//	    - url: https://intranet.example.org/*
//	      page: guide/*.html   # on these pages only
//	      reason: readers outside cannot open it
//
// The reading is strict: an unknown key, a value of the wrong type or a path
// that leaves the source is an *[Error] with its line. A command is a name and
// never a command line.
package sourceconfig
