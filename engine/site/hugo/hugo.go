package hugo

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/gohugoio/hugo/commands"
	"github.com/gohugoio/hugo/common/herrors"
	"github.com/gohugoio/hugo/common/hugo"

	"github.com/docjobs/docjobs/engine/site/sandbox"
)

// Marker is the first argument that makes a program run as Hugo. It is no
// command that a user would type.
const Marker = "__hugo"

// Version is Hugo's version, such as "0.165.0". The same source built with
// another version is another site.
var Version = hugo.CurrentVersion.String()

// Command is the beginning of the child's argument list: this program and
// the marker. Hugo's own arguments follow.
func Command() ([]string, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program to run Hugo from it: %w", err)
	}
	return []string{exe, Marker}, nil
}

// IsChild says whether this process was started to run Hugo.
func IsChild() bool {
	return len(os.Args) > 1 && os.Args[1] == Marker
}

// offline refuses requests. Hugo's security policy does so first, with better
// words, but a site can give each of its languages a policy of its own.
type offline struct{}

// RoundTrip names the address and fails.
func (offline) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("%s %s: there is no network in a build", r.Method, r.URL.Redacted())
}

// Child runs Hugo in this process with the arguments after [Marker] and gives
// the exit code. It ends the whole process group when standard input ends,
// which says that the parent is gone. Hugo has no network and, where the
// platform can do that, no files but those that the parent grants it (see
// package sandbox): nothing of the site has been read yet.
func Child() int {
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	go func() { <-terminated; endGroup() }()
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); endGroup() }()
	http.DefaultTransport = offline{}
	if err := sandbox.Enter(); err != nil {
		fmt.Fprintf(os.Stderr, "ERROR %s\n", err)
		return 1
	}
	return Main(slices.Clone(os.Args[2:]))
}

// Main runs Hugo with a command line in this process. It writes to standard
// output and standard error; the result is the exit code.
func Main(args []string) int {
	err := commands.Execute(args)
	if err == nil {
		return 0
	}
	for _, e := range herrors.Errors(err) {
		fmt.Fprintf(os.Stderr, "ERROR %s\n", e)
	}
	return 1
}

// endGroup kills the process group, which the parent made for this process
// alone. Without a group of its own only the process ends.
func endGroup() {
	if syscall.Getpgrp() == os.Getpid() {
		_ = syscall.Kill(0, syscall.SIGKILL)
	}
	os.Exit(1)
}
