package cli

import (
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// IO is the world as a command sees it. Only Out and Err are needed.
type IO struct {
	In       io.Reader
	Out, Err io.Writer
	Env      func(string) string // os.Getenv
	// OutTTY and ErrTTY tell whether a person looks at Out and Err.
	OutTTY, ErrTTY bool
	// Zone is the time zone in which times are shown; nil is the local one.
	Zone *time.Location
	// Now tells the time for "running for …"; nil is time.Now.
	Now func() time.Time
}

// Terminal returns the IO of a process with these standard streams.
func Terminal(in io.Reader, out, err *os.File) IO {
	return IO{In: in, Out: out, Err: err, Env: os.Getenv, OutTTY: isTerminal(out), ErrTTY: isTerminal(err)}
}

// isTerminal reports whether somebody can see what is written to the file.
// Build machines have terminals of no size, on which nothing can be drawn.
func isTerminal(file *os.File) bool {
	_, rows, err := term.GetSize(int(file.Fd()))
	return err == nil && rows > 0
}

// complete returns the IO with its defaults.
func (w IO) complete() IO {
	if w.Env == nil {
		w.Env = func(string) string { return "" }
	}
	if w.Zone == nil {
		w.Zone = time.Local
	}
	if w.Now == nil {
		w.Now = time.Now
	}
	return w
}

// dumb reports whether the terminal cannot move its cursor or show colours.
func (w IO) dumb() bool { return w.Env("TERM") == "dumb" }

// bars reports whether lines on Err can be drawn again and again.
func (w IO) bars() bool { return w.ErrTTY && !w.dumb() }

// colors reports whether a stream gets colours. Mode is "always", "never" or
// "auto", which asks the stream, TERM, and NO_COLOR (https://no-color.org).
func (w IO) colors(mode string, tty bool) bool {
	switch mode {
	case "always":
		return true
	case "never":
		return false
	}
	return tty && !w.dumb() && w.Env("NO_COLOR") == ""
}
