package embedded

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"sync/atomic"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// logger gives the server's log to slog and turns its wish to end the
// process into an error.
type logger struct {
	out  *slog.Logger
	fail func(error)
}

var (
	_ log.Logger      = (*logger)(nil)
	_ log.WithLogger  = (*logger)(nil)
	_ log.SLogWrapper = (*logger)(nil)
)

// newLogger writes everything from level info on to file and errors, while
// open says so, also to user.
func newLogger(file io.Writer, user *slog.Logger, open *atomic.Bool, fail func(error)) *logger {
	return &logger{
		out: slog.New(slog.NewMultiHandler(
			slog.NewTextHandler(file, &slog.HandlerOptions{Level: slog.LevelInfo}),
			&errorGate{Handler: user.Handler(), open: open},
		)),
		fail: fail,
	}
}

func (l *logger) Debug(msg string, tags ...tag.Tag)  { l.log(slog.LevelDebug, msg, tags) }
func (l *logger) Info(msg string, tags ...tag.Tag)   { l.log(slog.LevelInfo, msg, tags) }
func (l *logger) Warn(msg string, tags ...tag.Tag)   { l.log(slog.LevelWarn, msg, tags) }
func (l *logger) Error(msg string, tags ...tag.Tag)  { l.log(slog.LevelError, msg, tags) }
func (l *logger) DPanic(msg string, tags ...tag.Tag) { l.log(slog.LevelError, msg, tags) }

// Panic implements log.Logger.
func (l *logger) Panic(msg string, tags ...tag.Tag) {
	l.log(slog.LevelError, msg, tags)
	panic("embedded Temporal server: " + msg)
}

// Fatal ends the goroutine instead of the process. The server calls it where
// it cannot go on, mostly at start: fx, which runs the start, reports the
// lost goroutine as a failed start.
func (l *logger) Fatal(msg string, tags ...tag.Tag) {
	l.log(slog.LevelError, msg, tags)
	err := fmt.Errorf("embedded Temporal server: %s", msg)
	for _, t := range tags {
		err = fmt.Errorf("%w; %s: %v", err, t.Key(), t.Value())
	}
	l.fail(err)
	runtime.Goexit()
}

// With implements log.WithLogger.
func (l *logger) With(tags ...tag.Tag) log.Logger {
	return &logger{out: slog.New(l.out.Handler().WithAttrs(attrs(tags))), fail: l.fail}
}

// SLog implements log.SLogWrapper.
func (l *logger) SLog() *slog.Logger { return l.out }

func (l *logger) log(level slog.Level, msg string, tags []tag.Tag) {
	if ctx := context.Background(); l.out.Enabled(ctx, level) {
		l.out.LogAttrs(ctx, level, msg, attrs(tags)...)
	}
}

func attrs(tags []tag.Tag) []slog.Attr {
	list := make([]slog.Attr, 0, len(tags))
	for _, t := range tags {
		list = append(list, slog.Any(t.Key(), t.Value()))
	}
	return list
}

// errorGate passes errors while it is open. It is shut around start and stop,
// when services that look for each other in vain are no news.
type errorGate struct {
	slog.Handler
	open *atomic.Bool
}

// Enabled implements slog.Handler.
func (g *errorGate) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelError && g.open.Load() && g.Handler.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (g *errorGate) WithAttrs(list []slog.Attr) slog.Handler {
	return &errorGate{Handler: g.Handler.WithAttrs(list), open: g.open}
}

// WithGroup implements slog.Handler.
func (g *errorGate) WithGroup(name string) slog.Handler {
	return &errorGate{Handler: g.Handler.WithGroup(name), open: g.open}
}
