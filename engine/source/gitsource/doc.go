// Package gitsource fetches one commit of a git repository as a safe folder
// with a digest, without a git program and without git's global configuration.
//
// [Resolve] turns a branch, tag or hash into a commit; [Checkout] fetches that
// commit alone (depth 1), checks the pack before anything is unpacked in
// memory, and writes the tree through [source.Writer], so that a git source, an
// archive and a folder with the same files have the same digest.
//
//	src := gitsource.Source{URL: "https://example.org/team/docs.git", Ref: "main"}
//	commit, err := gitsource.Resolve(ctx, src, gitsource.Options{})
//	res, err := gitsource.Checkout(ctx, src, commit, "work/source", gitsource.Options{}, nil, logFile)
//
// The protocol is smart HTTP (gitprotocol-http(5)) over https, and http where
// the operator allows it. Others (ssh, file, git, remote helpers) are refused.
// Every connection is checked, when it is dialled, against private, loopback,
// link-local and other special addresses, so that neither a name that resolves
// to one nor a redirect leads into the operator's network. Proxies from the
// environment are not used: they would dial unchecked.
//
// Errors are a [*source.Refused] for bad input or an [*Error], whose Kind tells
// what may be tried again. Neither holds credentials or what a server answered.
package gitsource
