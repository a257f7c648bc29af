package embedded

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.temporal.io/server/common/headers"
	"go.temporal.io/server/schema/sqlite"
)

// Version identifies what wrote a database file.
type Version struct {
	Server     string `json:"server"`     // Temporal server, "1.32.1"
	Schema     string `json:"schema"`     // main SQLite schema, "0.11"
	Visibility string `json:"visibility"` // visibility SQLite schema, "0.1"
}

// String is the form used in error messages.
func (v Version) String() string {
	if v == (Version{}) {
		return "an unknown version"
	}
	return fmt.Sprintf("Temporal server %s (schema %s, visibility %s)", v.Server, v.Schema, v.Visibility)
}

// currentVersion is the version compiled into this binary.
func currentVersion() Version {
	return Version{
		Server:     headers.ServerVersion,
		Schema:     sqlite.Version,
		Visibility: sqlite.VisibilityVersion,
	}
}

// VersionError says that the database was written by another version. There
// is no schema upgrade for SQLite, and a server that opens a foreign schema
// may damage it, so the file has not been opened.
type VersionError struct {
	File  string
	Wrote Version // zero if the version file is missing or unreadable
	Runs  Version
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("%s was written by %v but this binary runs %v: back up its folder, then use the binary that wrote it or start in a new folder",
		e.File, e.Wrote, e.Runs)
}

// checkStamp refuses a database that another version wrote. It reads only
// the version file and the database's size. For a folder without a database
// it writes the version file, so that a database never exists without one.
func checkStamp(dir string, runs Version) error {
	db := filepath.Join(dir, databaseName)
	info, err := os.Stat(db)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return writeStamp(dir, runs)
	}
	if err != nil {
		return &FolderError{Dir: dir, Err: err}
	}
	wrote, err := readStamp(dir)
	if err != nil {
		return &FolderError{Dir: dir, Err: err}
	}
	if wrote != runs {
		return &VersionError{File: db, Wrote: wrote, Runs: runs}
	}
	return nil
}

// readStamp returns the zero Version for a missing or garbled file.
func readStamp(dir string) (Version, error) {
	text, err := os.ReadFile(filepath.Join(dir, stampName))
	if errors.Is(err, fs.ErrNotExist) {
		return Version{}, nil
	}
	if err != nil {
		return Version{}, err
	}
	var v Version
	if json.Unmarshal(text, &v) != nil {
		return Version{}, nil
	}
	return v, nil
}

func writeStamp(dir string, v Version) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := writeFileSynced(filepath.Join(dir, stampName), append(text, '\n')); err != nil {
		return &FolderError{Dir: dir, Err: err}
	}
	return nil
}

// writeFileSynced replaces path in one step: readers see the old content or
// the new, also after a power cut.
func writeFileSynced(path string, text []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
