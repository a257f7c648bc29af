package hugo

import (
	"fmt"
	"os"
	"path/filepath"
)

// The variables with which the parent says what the child may touch: lists of
// folders as in PATH. They are gone before Hugo reads anything.
const (
	// ReadVariable names the folders that may be read.
	ReadVariable = "DOCJOBS_BUILD_READ"
	// WriteVariable names the folders that may be read and written.
	WriteVariable = "DOCJOBS_BUILD_WRITE"
	// ToolsVariable is not empty where the build may run other programs.
	ToolsVariable = "DOCJOBS_BUILD_TOOLS"
)

// confineChild takes from this process what the parent has not granted it. It
// goes on without where the platform cannot do that, and says so.
func confineChild() error {
	read := filepath.SplitList(os.Getenv(ReadVariable))
	write := filepath.SplitList(os.Getenv(WriteVariable))
	tools := os.Getenv(ToolsVariable) != ""
	for _, name := range []string{ReadVariable, WriteVariable, ToolsVariable} {
		if err := os.Unsetenv(name); err != nil {
			return err
		}
	}
	if len(read)+len(write) == 0 {
		return nil // started by hand
	}
	confined, err := confine(read, write, tools)
	if err != nil {
		return fmt.Errorf("the build cannot be confined to its folders: %w", err)
	}
	if !confined {
		fmt.Fprintln(os.Stderr, "WARN  this platform cannot confine the build to its folders (Linux with Landlock can): publish only sources that you trust")
	}
	return nil
}
