package embedded

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/metrics"
	persistencesql "go.temporal.io/server/common/persistence/sql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/resolver"
	"go.temporal.io/server/schema/sqlite"
)

// pragma is a SQLite setting of every connection of the server.
type pragma struct{ name, value string }

// durable are the settings that the server refuses to run without: readers
// beside the writer, every commit synced before it is acknowledged, and a
// wait instead of an error while another process (a backup, a shell) holds
// the file. The order is that in which SQLite must see them.
var durable = []pragma{
	{"busy_timeout", "10000"}, // milliseconds
	{"journal_mode", "wal"},
	{"synchronous", "2"}, // FULL
}

// sqlConfig describes the server's connection to the database in dir.
//
// It keeps one connection: SQLite has one writer anyway, and Temporal's
// transactions read before they write, which with a second connection fails
// at once (SQLITE_BUSY_SNAPSHOT) whatever the busy timeout.
func sqlConfig(dir string, tuning Tuning) *config.SQL {
	attributes := map[string]string{
		"mode": "rwc",
		// The plugin pools connections by address for the life of the process
		// and never closes them. An address of its own keeps a second start in
		// this process off a connection whose file may be gone. SQLite and the
		// plugin ignore the value.
		"setup": "start-" + strconv.FormatInt(time.Now().UnixNano(), 36),
	}
	if tuning == Tuned {
		for _, p := range durable {
			attributes[p.name] = p.value
		}
	}
	return &config.SQL{
		PluginName:        sqliteplugin.PluginName,
		DatabaseName:      uriPath(filepath.Join(dir, databaseName)),
		ConnectAttributes: attributes,
		MaxConns:          1,
		MaxIdleConns:      1,
		// Lets go of the files, eventually, in a process that lives on after Stop.
		MaxConnLifetime: 30 * time.Minute,
	}
}

// uriPath escapes the characters of a path that mean something in a SQLite
// URI (https://www.sqlite.org/uri.html): the plugin does not.
func uriPath(path string) string { return (&url.URL{Path: path}).EscapedPath() }

// openDatabase creates the schema if the file has none, and checks that the
// server's own connection runs with the durable settings.
func openDatabase(ctx context.Context, dir string, cfg *config.SQL, tuning Tuning) error {
	db, err := sql.Open("sqlite", "file:"+cfg.DatabaseName+"?_pragma=busy_timeout=10000")
	if err != nil {
		return &FolderError{Dir: dir, Err: err}
	}
	defer db.Close()
	if err := createSchema(ctx, db); err != nil {
		return fmt.Errorf("database %s: %w", filepath.Join(dir, databaseName), err)
	}
	if tuning == Stock {
		return nil
	}
	if err := checkPragmas(cfg, durable); err != nil {
		return fmt.Errorf("database %s: %w", filepath.Join(dir, databaseName), err)
	}
	return nil
}

// createSchema fills an empty database in one transaction: a crash leaves
// either no table or all.
func createSchema(ctx context.Context, db *sql.DB) error {
	var tables int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'").Scan(&tables); err != nil {
		return err
	}
	if tables > 0 {
		return nil
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit this does nothing
	if err := sqlite.SetupSchemaOnDB(schemaTx{tx: tx}); err != nil {
		return err
	}
	return tx.Commit()
}

// schemaTx is as much of an AdminDB as SetupSchemaOnDB uses.
type schemaTx struct {
	sqlplugin.AdminDB
	tx *sql.Tx
}

// Exec implements sqlplugin.AdminDB.
func (s schemaTx) Exec(stmt string, args ...any) error {
	_, err := s.tx.Exec(stmt, args...)
	return err
}

// checkPragmas asks the server's own connection what it runs with. The
// plugin's interface has no query that returns a value, but a statement that
// fails unless the setting is as wanted does as well. Misspelled attributes
// are otherwise ignored without a word.
func checkPragmas(cfg *config.SQL, want []pragma) error {
	db, err := persistencesql.NewSQLAdminDB(sqlplugin.DbKindUnknown, cfg, resolver.NewNoopResolver(),
		log.NewNoopLogger(), metrics.NoopMetricsHandler)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, p := range want {
		column := p.name
		if column == "busy_timeout" {
			column = "timeout" // the one pragma whose column has another name
		}
		stmt := fmt.Sprintf("SELECT CASE WHEN CAST(%s AS TEXT) = ? THEN 1 ELSE json('not as wanted') END FROM pragma_%s", column, p.name)
		if err := db.Exec(stmt, p.value); err != nil {
			return fmt.Errorf("SQLite does not run with %s=%s, so a crash could lose acknowledged work; the server refuses to start: %w", p.name, p.value, err)
		}
	}
	return nil
}

// checkpoint moves the write-ahead log into the database file, so that the
// file alone holds everything.
func checkpoint(ctx context.Context, cfg *config.SQL) error {
	db, err := sql.Open("sqlite", "file:"+cfg.DatabaseName+"?_pragma=busy_timeout=5000")
	if err != nil {
		return err
	}
	defer db.Close()
	var busy, logged, moved int
	if err := db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &logged, &moved); err != nil {
		return fmt.Errorf("checkpoint of the database: %w", err)
	}
	if busy != 0 {
		return fmt.Errorf("checkpoint of the database: another process is using the file; nothing is lost, the next start completes it")
	}
	return nil
}
