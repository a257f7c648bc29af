// Package artifact keeps the inputs and outputs of jobs in a blob bucket: a
// folder, memory, or an S3-like service, through gocloud.dev/blob. It knows
// nothing of workflows, HTTP or pipelines.
//
// A [Store] is the bucket, and holds these kinds of things:
//
//	blobs/<aa>/<sha256>                                 bytes, by their digest      Store
//	  (a manifest of files is a blob as well)           a folder                    Trees
//	logs/<job>/<attempt>.<nn>-<step>.<try>/<n>.jsonl    a step's log, in chunks     Logs
//	any other key                                       small JSON documents        Documents
//	holds/<job>/<attempt>/…                             what is needed, and by whom Holds
//	bin/<aa>/<sha256>.<since>                           blobs on their way out      Store.Sweep
//
// Begin with [Open], put a folder with [Trees.Put], and give the resulting
// [TreeRef] (a digest and two numbers) to whoever needs the folder: it can be
// looked into ([Trees.Get]), written out ([Trees.Materialize]) or sent as an
// archive ([Trees.WriteZip], [Trees.WriteTarGz]).
//
// # What holds
//
// Nothing half-written is ever visible under a final key. Bytes whose digest is
// not known yet are spooled outside the bucket, and a write whose digest turns
// out wrong is aborted before it is committed. Everything that is read to its
// end is compared with its digest, and an error names the damaged key.
//
// The package asks of a bucket only what all of them have: whole-object writes,
// reads of a range, listing by prefix, and creation of a key that must not exist
// yet. It needs no append, no rename and no compare-and-swap.
//
// Writes are safe against the death of the process at any moment. They are not
// followed by an fsync: after a power failure a local folder may have lost its
// last seconds, and what was half on the disk is reported as damaged when it is
// read.
package artifact
