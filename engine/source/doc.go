// Package source turns what a user hands in as documentation (a folder, a .zip,
// a .tar.gz, a .tar) into a safe folder of plain files with a digest. All
// input is taken to be hostile.
//
// # One digest for one content
//
// [Digest], [Pack], [Inspect], [Unpack] and [Writer] compute the same tree
// digest for the same files, whatever carried them: times, owners, permissions,
// order and compression do not count. A client asks a server "do you have
// this?" with [Digest] before it sends anything, [Pack] makes the archive to
// send, [Inspect] checks an archive without writing a byte, [Unpack] writes it.
//
//	sum, err := source.Digest(ctx, "docs", source.DefaultLimits()) // ask first
//	sum, err = source.Pack(ctx, "docs", upload, source.PackOptions{})
//	sum, err = source.Unpack(ctx, archive, size, "work/source", source.DefaultLimits(), nil)
//
// The byte format of the digest is described at [TreeDigest].
//
// # What a tree is
//
// A tree is a set of regular files. Empty folders, permissions (the executable
// bit too: nothing in a source is ever executed) and times are not part of it.
// Names listed at [Ignored] are left out wherever they appear.
//
// If everything in an archive lies in one top folder, as in the archives that
// hosting sites make, that one folder is removed: once, not again. Folders and
// git trees are taken as they are. [Pack] always writes such a top folder, so
// that packing and unpacking are exact opposites even for a folder that has a
// single folder in it.
//
// # What is refused
//
// Bad input yields a [*Refused] with a stable [Reason]. Every other error is
// the world's (disk, cancelled context) and may go away when tried again.
// Package gitsource, below this one, does the same for git repositories.
package source
