package index

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/record"
)

//go:embed schema.sql
var schema string

// schemaVersion is raised with every change of the schema, or of what is put into it.
const schemaVersion = 2

// readers is how many lists are answered at the same time.
const readers = 4

// Blobs opens stored files; [artifact.Store] does.
type Blobs interface {
	Open(ctx context.Context, ref artifact.Ref) (io.ReadSeekCloser, error)
}

// Config is what an [Index] stands on.
type Config struct {
	Path    string // of the SQLite file; its folder must exist, and no other process use it
	Records *record.Store
	Blobs   Blobs
	Logger  *slog.Logger
}

// An Index finds jobs. It is safe for concurrent use.
type Index struct {
	c       Config
	write   *sql.DB // one connection
	read    *sql.DB
	working chan struct{} // holds a token while nobody changes the file
	notes   map[string]bool
	through atomic.Int64 // as progress has it: everything written before is in the index, microseconds
	current time.Time    // when the newest look at the journal that found everything began

	building sync.Once
	built    chan struct{} // closed when every record is in it
	ctx      context.Context
	stop     context.CancelFunc
	group    sync.WaitGroup
}

// Open opens the index, or makes an empty one where there is none, or one that is
// damaged or of another version of this program. It is filled once it is asked for
// something, or with [Index.Fill].
func Open(ctx context.Context, c Config) (*Index, error) {
	x := &Index{c: c, working: make(chan struct{}, 1), built: make(chan struct{})}
	err := x.open(ctx)
	if err != nil && ctx.Err() == nil { // nothing is lost with it
		x.close()
		x.built = make(chan struct{})
		c.Logger.Info("The index of jobs is made anew.", "file", c.Path, "reason", err)
		if err = remove(c.Path); err == nil {
			err = x.open(ctx)
		}
	}
	if err != nil {
		x.close()
		return nil, fmt.Errorf("the index of jobs cannot be opened: %w", err)
	}
	x.ctx, x.stop = context.WithCancel(context.WithoutCancel(ctx))
	x.working <- struct{}{}
	return x, nil
}

// Close ends what goes on in the background and closes the file.
func (x *Index) Close() error {
	x.stop()
	x.group.Wait()
	return x.close()
}

func (x *Index) close() (err error) {
	for _, db := range []*sql.DB{x.read, x.write} {
		if db != nil {
			err = errors.Join(err, db.Close())
		}
	}
	return err
}

// open opens the file. An error says that it is of no use.
func (x *Index) open(ctx context.Context) (err error) {
	address := "file:" + (&url.URL{Path: filepath.ToSlash(x.c.Path)}).EscapedPath() +
		"?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=cache_size(-32000)"
	if x.write, err = sql.Open("sqlite", address); err != nil {
		return err
	}
	x.write.SetMaxOpenConns(1)
	if err := x.prepare(ctx); err != nil {
		return err
	}
	if x.read, err = sql.Open("sqlite", address+"&_pragma=query_only(1)"); err != nil {
		return err
	}
	x.read.SetMaxOpenConns(readers)
	x.read.SetMaxIdleConns(readers)
	return x.resume(ctx)
}

// prepare makes the tables of an empty file.
func (x *Index) prepare(ctx context.Context) error {
	var version, tables int
	if err := x.write.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if err := x.write.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	if version == schemaVersion {
		return nil
	}
	if tables > 0 {
		return fmt.Errorf("it has version %d, and %d is needed", version, schemaVersion)
	}
	return x.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, schema+fmt.Sprintf("\nPRAGMA user_version = %d;", schemaVersion))
		return err
	})
}

// change does f in a transaction.
func (x *Index) change(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := x.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit this does nothing
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// remove deletes the file and what SQLite keeps beside it.
func remove(path string) error {
	for _, ending := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(path + ending); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
