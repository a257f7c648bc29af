package embedded_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/docjobs/docjobs/embedded"
)

func TestStart_refusesTakenPorts(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port

	for _, tc := range []struct {
		purpose string
		config  embedded.Config
	}{
		{"Temporal server", embedded.Config{Port: port}},
		{"Temporal UI", embedded.Config{UIPort: port}},
	} {
		tc.config.Dir, tc.config.Namespace = t.TempDir(), namespace
		_, err = embedded.Start(t.Context(), tc.config)
		var portErr *embedded.PortError
		require.ErrorAs(t, err, &portErr)
		require.ErrorContains(t, err, fmt.Sprintf("%s port %d is already in use", tc.purpose, port))
		require.NoFileExists(t, filepath.Join(tc.config.Dir, "temporal.db"), "checked too late")
		start(t, embedded.Config{Dir: tc.config.Dir, NoUI: true}) // the refusal let go of the folder
	}
}

func TestStart_refusesUnusableFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		_, err := embedded.Start(t.Context(), embedded.Config{Dir: dir, Namespace: namespace})
		var folderErr *embedded.FolderError
		require.ErrorAs(t, err, &folderErr)
		require.ErrorContains(t, err, dir)
	}
}

func TestStart_refusesReadOnlyFolder(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o500))
	_, err := embedded.Start(t.Context(), embedded.Config{Dir: dir, Namespace: namespace})
	var folderErr *embedded.FolderError
	require.ErrorAs(t, err, &folderErr)
}

func TestStart_refusesSecondServerOnFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start(t, embedded.Config{Dir: dir, NoUI: true})
	_, err := embedded.Start(t.Context(), embedded.Config{Dir: dir, Namespace: namespace})
	var locked *embedded.LockedError
	require.ErrorAs(t, err, &locked)
	require.Equal(t, embedded.LockedError{Dir: dir, PID: os.Getpid()}, *locked)
}

func TestStart_refusesDatabaseOfOtherVersion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stop(t, start(t, embedded.Config{Dir: dir, NoUI: true}))
	database, stamp := filepath.Join(dir, "temporal.db"), filepath.Join(dir, "temporal.db.version")
	before, err := os.ReadFile(database)
	require.NoError(t, err)
	current, err := os.ReadFile(stamp)
	require.NoError(t, err)

	for name, write := range map[string]func() error{
		"older": func() error {
			return os.WriteFile(stamp, []byte(`{"server":"1.20.0","schema":"0.5","visibility":"0.1"}`), 0o600)
		},
		"garbled": func() error { return os.WriteFile(stamp, []byte("{"), 0o600) },
		"missing": func() error { return os.Remove(stamp) },
	} {
		require.NoError(t, write(), name)
		_, err = embedded.Start(t.Context(), embedded.Config{Dir: dir, Namespace: namespace})
		var version *embedded.VersionError
		require.ErrorAs(t, err, &version, name)
		require.ErrorContains(t, err, database)
		require.ErrorContains(t, err, version.Wrote.String())
		require.ErrorContains(t, err, version.Runs.String())
		after, err := os.ReadFile(database)
		require.NoError(t, err)
		require.Equal(t, before, after, "the database was touched")
	}
	require.NoError(t, os.WriteFile(stamp, current, 0o600))
	start(t, embedded.Config{Dir: dir, NoUI: true})
}

func TestStart_refusesBadConfig(t *testing.T) {
	t.Parallel()
	_, err := embedded.Start(t.Context(), embedded.Config{Retention: time.Hour})
	for _, fault := range []string{"Dir", "Namespace", "Retention"} {
		require.ErrorContains(t, err, fault)
	}
}

func TestStart_refusesSearchAttributeOfOtherType(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := embedded.Config{Dir: dir, NoUI: true, SearchAttributes: map[string]enumspb.IndexedValueType{
		"Kind": enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	}}
	stop(t, start(t, c))
	c.Namespace = namespace
	c.SearchAttributes["Kind"] = enumspb.INDEXED_VALUE_TYPE_INT
	_, err := embedded.Start(t.Context(), c)
	var attribute *embedded.SearchAttributeError
	require.ErrorAs(t, err, &attribute)
	require.Equal(t, "Kind", attribute.Name)
}
