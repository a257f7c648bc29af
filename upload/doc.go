// Package upload takes archives of documentation sources in, checks them, and
// keeps them in the artifact store under the digest of their content.
//
// An upload's ID is "sha256:" and the tree digest of its files (package
// engine/source), so that the same folder is the same upload whatever archive
// carried it, and a client that knows the digest can ask for it before sending
// anything. Nothing of an archive that is refused stays behind.
package upload
