// Package embedded runs a Temporal server and its web UI inside this process,
// on one SQLite file, for a single machine.
//
// [Start] takes a data folder and returns once workflows can be started;
// [Server.Stop] drains, writes everything into the database file and leaves
// nothing listening. In between, any Temporal client talks to
// [Server.Address] as to any other cluster:
//
//	srv, err := embedded.Start(ctx, embedded.Config{Dir: dir, Namespace: "default"})
//	if err != nil {
//		return err
//	}
//	defer srv.Stop(context.Background())
//	c, err := client.Dial(client.Options{HostPort: srv.Address(), Namespace: "default"})
//
// # The data folder
//
//	temporal.db          workflows, histories and visibility (SQLite, write-ahead log)
//	temporal.db-wal      recent commits; empty or gone after a clean stop
//	temporal.db.version  the versions that wrote the file, see [VersionError]
//	temporal.lock        held while a server runs, with its process ID, see [LockedError]
//	temporal.log         the server's own log, at most two files of 10 MB
//
// One process uses a folder at a time. Every commit is synced to disk before
// it is acknowledged, so the folder may be copied while no server runs, and
// survives a kill or a power cut while one does.
//
// # What is tuned
//
// Temporal's defaults are those of a cluster: queue readers that poll at most
// twenty times a second, four partitions a task queue, caches for 128,000
// workflows. tuning.go holds what is changed and why; [Stock] turns it off,
// for comparison in benchmarks.
//
// # Reading order
//
// server.go tells the story; each step has a file: folder.go, stamp.go,
// ports.go, database.go, namespace.go, cluster.go with tuning.go, ready.go,
// ui.go and log.go.
package embedded
