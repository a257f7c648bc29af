// Package s3release is a [release.Target] that is a bucket of S3 or of any store that
// speaks its protocol.
//
//	target, err := s3release.Open(ctx, s3release.Options{Name: "docs", Bucket: "example-docs", Region: "eu-central-1"})
//	result, err := target.Publish(ctx, src, release.Meta{JobID: "publish-3f9k2m7qx1ab", Attempt: 1}, nil)
//
// # In the bucket
//
// All below the prefix of the target; with [Sync] below .docjobs/ in it:
//
//	current.json                 the pointer: which release is live, since when, by whom, and before
//	conditions.json              on which it is tried whether the store honours conditions
//	releases/<id>/site/…         the site, and fingerprinted assets of older releases
//	releases/<id>/manifest.json  every file with size and digest; redirects and headers for an edge
//
// With [Sync] the site itself stands below the prefix, for readers of a plain bucket.
//
// # What can be relied on
//
//   - A release has a manifest when it is complete, and only then: the manifest is
//     written last and never over another (If-None-Match: *).
//   - The pointer is changed by compare-and-swap (If-Match), so that of two that publish
//     at once one is told that it lost, see [release.ConflictError].
//   - What other releases hold already is copied within the bucket. Every upload and copy
//     carries a SHA-256 that the store computes and that is compared.
//   - Anything may be killed at any moment. The same call again finds what is there and
//     does the rest, under the same release ID.
//   - Before anything is deleted the pointer says so. A release that is being removed
//     cannot be made live.
//
// With [Pointer] a switch is one request, and what was live stays whole. With [Sync] it
// is a sequence of copies (assets, pages, site maps) and then deletes; one that was
// killed has changed a part of the pages, and is finished by the next call. Only one
// sequence runs at a time: the pointer says whose.
package s3release
