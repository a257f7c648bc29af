package artifact

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// Handler returns a handler for [slog.New] that writes to this log. Attributes
// follow the message as in slog's text format; one named "item" becomes the
// line's item.
func (w *LogWriter) Handler(level slog.Leveler) slog.Handler {
	return &logHandler{w: w, level: level}
}

type logHandler struct {
	w      *LogWriter
	level  slog.Leveler
	item   string
	attrs  []slog.Attr // with the names of their groups before theirs
	groups string      // "a.b."
}

func (h *logHandler) Enabled(_ context.Context, level slog.Level) bool {
	return h.level == nil || level >= h.level.Level()
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	with := *h
	with.groups += name + "."
	return &with
}

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	with.attrs = append([]slog.Attr(nil), h.attrs...)
	for _, a := range attrs {
		if a.Key == "item" && h.groups == "" {
			with.item = a.Value.Resolve().String()
			continue
		}
		a.Key = h.groups + a.Key
		with.attrs = append(with.attrs, a)
	}
	return &with
}

// Handle leaves the quoting of attributes to slog's own text handler.
func (h *logHandler) Handle(ctx context.Context, record slog.Record) error {
	item := h.item
	attrs := append([]slog.Attr(nil), h.attrs...)
	record.Attrs(func(a slog.Attr) bool {
		if a.Key == "item" && h.groups == "" {
			item = a.Value.Resolve().String()
			return true
		}
		a.Key = h.groups + a.Key
		attrs = append(attrs, a)
		return true
	})
	message := record.Message
	if len(attrs) > 0 {
		var text strings.Builder
		details := slog.NewRecord(record.Time, record.Level, "", 0)
		details.AddAttrs(attrs...)
		if err := slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.Level(-1000), ReplaceAttr: withoutBuiltins}).Handle(ctx, details); err != nil {
			return err
		}
		message += " " + strings.TrimSpace(text.String())
	}
	h.w.add(record.Time, record.Level, item, message)
	return nil
}

// withoutBuiltins drops time, level and the empty message, which the line has
// of its own.
func withoutBuiltins(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch v := a.Value.Any().(type) {
	case slog.Level:
		if a.Key == slog.LevelKey {
			return slog.Attr{}
		}
	case string:
		if a.Key == slog.MessageKey && v == "" {
			return slog.Attr{}
		}
	default:
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
	}
	return a
}

// Lines returns a writer that makes a line of the log of each line written to
// it, such as the output of a program. A line without an end is held, up to the
// length at which lines are cut, until the writer is closed. It is safe for
// concurrent use; closing it does not close the log.
func (w *LogWriter) Lines(level slog.Level, item string) io.WriteCloser {
	return &lineWriter{w: w, level: level, item: item}
}

type lineWriter struct {
	w     *LogWriter
	level slog.Level
	item  string

	mu   sync.Mutex
	held []byte
}

// Write never fails: a program is not to die of its log.
func (l *lineWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	written := len(p)
	for {
		line, rest, ended := bytes.Cut(p, []byte{'\n'})
		l.hold(line)
		if !ended {
			return written, nil
		}
		l.release()
		p = rest
	}
}

// hold keeps more than is shown, because control sequences will go.
func (l *lineWriter) hold(part []byte) {
	room := 4*l.w.o.MaxLine - len(l.held)
	l.held = append(l.held, part[:min(len(part), max(room, 0))]...)
}

func (l *lineWriter) release() {
	if text := strings.TrimSuffix(string(l.held), "\r"); strings.TrimSpace(clean(text)) != "" {
		l.w.Log(l.level, l.item, text)
	}
	l.held = l.held[:0]
}

// Close writes the line that has no end.
func (l *lineWriter) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.release()
	return nil
}
