package embedded

import (
	"database/sql"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/log/tag"
)

func TestCheckPragmas(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(attributes map[string]string)
		fault  string
	}{
		{name: "as wanted", change: func(map[string]string) {}},
		{name: "spelling that is ignored", change: rename("journal_mode", "_journal_mode"), fault: "journal_mode=wal"},
		{name: "not synced", change: func(a map[string]string) { a["synchronous"] = "1" }, fault: "synchronous=2"},
		{name: "no wait", change: rename("busy_timeout", "_busy_timeout"), fault: "busy_timeout=10000"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cfg := sqlConfig(t.TempDir(), Tuned)
			tc.change(cfg.ConnectAttributes)
			err := checkPragmas(cfg, durable)
			if tc.fault == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tc.fault)
		})
	}
}

func rename(from, to string) func(map[string]string) {
	return func(a map[string]string) {
		a[to] = a[from]
		delete(a, from)
	}
}

// A crash while the tables are made leaves an empty database, which the next
// start fills.
func TestCreateSchema_afterCrash(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), databaseName))
	require.NoError(t, err)
	defer db.Close()
	_, err = db.Exec("PRAGMA journal_mode=wal")
	require.NoError(t, err)
	for range 2 { // the second finds everything there
		require.NoError(t, createSchema(t.Context(), db))
		var tables int
		require.NoError(t, db.QueryRow("SELECT count(*) FROM sqlite_schema WHERE name IN ('executions', 'executions_visibility')").Scan(&tables))
		require.Equal(t, 2, tables)
	}
}

func TestAddSearchAttribute(t *testing.T) {
	t.Parallel()
	const keyword, integer = enumspb.INDEXED_VALUE_TYPE_KEYWORD, enumspb.INDEXED_VALUE_TYPE_INT
	aliases := map[string]string{"Keyword01": "Kind", "Int01": "a", "Int02": "b", "Int03": "c"}
	for _, tc := range []struct {
		name   string
		typ    enumspb.IndexedValueType
		added  bool
		reason string
	}{
		{name: "Kind", typ: keyword},
		{name: "State", typ: keyword, added: true},
		{name: "State", typ: keyword},
		{name: "Kind", typ: integer, reason: "cannot become Int"},
		{name: "d", typ: integer, reason: "all 3 search attributes of type Int are taken"},
		{name: "WorkflowId", typ: keyword, reason: "belongs to Temporal"},
		{name: "", typ: keyword, reason: "belongs to Temporal"},
	} {
		added, err := addSearchAttribute(aliases, tc.name, tc.typ)
		require.Equal(t, tc.added, added, tc.name)
		if tc.reason == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, tc.reason)
	}
	require.Equal(t, map[string]string{"Keyword01": "Kind", "Keyword02": "State", "Int01": "a", "Int02": "b", "Int03": "c"}, aliases)
}

// The server ends the process when it loses the race for a port; here the
// process stays, and another start can follow.
func TestServer_survivesLostPort(t *testing.T) {
	t.Parallel()
	c, err := Config{Dir: t.TempDir(), Namespace: "default", NoUI: true}.withDefaults()
	require.NoError(t, err)
	s := newServer(c)
	require.NoError(t, s.claim())
	thief, err := net.Listen("tcp4", hostPort(s.ports.history))
	require.NoError(t, err)
	defer thief.Close()

	require.NoError(t, s.prepare(t.Context()))
	lost := s.reason(s.serve(t.Context()))
	require.ErrorContains(t, lost, "address already in use")
	require.True(t, portLost(lost), lost)
	require.Error(t, s.Err())
	require.NoError(t, s.Stop(t.Context()))

	s, err = Start(t.Context(), c)
	require.NoError(t, err)
	require.NoError(t, s.Stop(t.Context()))
}

// A port that was asked for is not tried again.
func TestPortLost(t *testing.T) {
	t.Parallel()
	taken, err := listen(0, "")
	require.NoError(t, err)
	defer taken.Close()
	_, err = findPorts(portOf(taken))
	require.ErrorIs(t, err, syscall.EADDRINUSE)
	require.False(t, portLost(err))
	require.False(t, portLost(errors.New("no answer")))
}

func TestLogger_fatalEndsTheGoroutineOnly(t *testing.T) {
	t.Parallel()
	var open atomic.Bool
	failures := make(chan error, 1)
	l := newLogger(os.Stderr, slog.New(slog.DiscardHandler), &open, func(err error) { failures <- err })
	l.out = slog.New(slog.DiscardHandler)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		l.With(tag.NewStringTag("service", "history")).Fatal("no listener", tag.NewStringTag("address", "here"))
		runtime.Breakpoint() // never reached: kills the test if it is
	}()
	<-ended
	require.ErrorContains(t, <-failures, "no listener; address: here")
}

func TestLogger_passesErrorsWhileOpen(t *testing.T) {
	t.Parallel()
	var open atomic.Bool
	var file, user strings.Builder
	l := newLogger(&file, slog.New(slog.NewTextHandler(&user, nil)), &open, nil)
	l.Error("while starting")
	open.Store(true)
	l.Info("news")
	l.Warn("warning")
	l.With(tag.NewInt("shard", 1)).Error("trouble")
	require.NotContains(t, user.String(), "while starting")
	require.NotContains(t, user.String(), "news")
	require.NotContains(t, user.String(), "warning")
	require.Contains(t, user.String(), "msg=trouble shard=1")
	for _, msg := range []string{"while starting", "news", "warning", "trouble"} {
		require.Contains(t, file.String(), msg)
	}
}

func TestLogFile_isBounded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), logName)
	l, err := openLog(path, 100)
	require.NoError(t, err)
	line := []byte(strings.Repeat("x", 39) + "\n")
	for range 5 {
		_, err := l.Write(line)
		require.NoError(t, err)
	}
	require.NoError(t, l.Close())
	_, err = l.Write(line)
	require.NoError(t, err, "late lines are dropped")
	for name, size := range map[string]int{path: 40, path + ".1": 80} {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Len(t, text, size)
	}
}
