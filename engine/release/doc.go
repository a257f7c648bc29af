// Package release puts finished static sites live, one immutable release at
// a time, on a [Target]. The target of this package is a folder on disk,
// [FileTarget]; package s3release has one that is a bucket.
//
// A built site goes in as a [Source] (a list of paths with their digests and
// a way to open them; [Dir] makes one from a folder). [Target.Publish] stores
// it as a release and switches the target to it; [Target.Rollback] switches
// back to an older release without building anything; [Target.Prune] deletes
// what is no longer wanted; [Handler] serves whatever is live over HTTP.
//
//	src, err := release.Dir(ctx, "public")
//	defer src.Close()
//	target, err := release.OpenFile("/srv/docs", release.Options{Name: "docs"})
//	result, err := target.Publish(ctx, src, release.Meta{JobID: "publish-3f9k2m7qx1ab", Attempt: 1}, nil)
//	http.Handle("/", release.NewHandler(target))
//
// # On disk
//
//	blobs/<aa>/<sha256>          every file content once, named by its digest
//	releases/<id>/site/…         the site; files are hard links into blobs
//	releases/<id>/manifest.json  every file with size and digest
//	releases/<id>/head.json      the same without the list of files
//	current                      symbolic link to releases/<id>/site
//	history.jsonl                one line for every switch of current
//	lock                         flock(2), held by whoever changes the target
//	tmp/                         work in progress; worthless unless locked
//
// Any web server may serve <target>/current as its document root.
//
// # What can be relied on
//
//   - current always names a complete release. A reader that resolves it once
//     sees that release and no other, whatever happens meanwhile.
//   - A release never changes. Its ID is <job-id>.<first 12 hex digits of the
//     tree digest>, so the same job with the same content has the same release.
//   - Publish and Rollback may be repeated after a crash at any moment: the
//     switch happens exactly once for a job's attempt, even when another job
//     has switched the target in between (see [Superseded]).
//   - Whatever a killed process leaves behind is in tmp and is removed by the
//     next one that takes the lock.
//   - Content is on stable storage before current points at it.
package release
