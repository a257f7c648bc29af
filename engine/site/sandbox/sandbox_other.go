//go:build !linux

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// Open reports that this platform has no means that are built in here.
func Open(context.Context) (*Sandbox, error) { return &Sandbox{}, nil }

func (s *Sandbox) isolate(*exec.Cmd, *Policy) {}

func enter(*Policy) error { return errors.New("this platform has no sandbox") }

// Exit codes of [Child], where there is one.
const (
	CannotEnter = 125
	CannotRun   = 127
	Signalled   = 128
	OutOfMemory = 200
)

// Child reports that there is no sandbox to run a program in.
func Child() int {
	fmt.Fprintln(os.Stderr, "ERROR this platform has no sandbox")
	return CannotEnter
}
