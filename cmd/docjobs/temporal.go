package main

import (
	"context"
	"log/slog"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
)

// memoWarning is the size of a memo, in bytes, from which the SDK warns. A job's
// memo holds its whole record, by design: it is what is read while no worker is
// alive.
const memoWarning = 64 << 10

// clientOptions completes the options of a Temporal client.
func clientOptions(o client.Options, log *slog.Logger) client.Options {
	o.Logger = sdklog.NewStructuredLogger(slog.New(operatorLog{log.Handler()}))
	o.PayloadLimits = client.PayloadLimitOptions{MemoSizeWarning: memoWarning}
	return o
}

// operatorLog passes on what concerns an operator. That a step failed or was
// cancelled does not: it is in the job's own log, in better words.
type operatorLog struct{ slog.Handler }

// Handle implements [slog.Handler].
func (h operatorLog) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "Activity error." && !h.Enabled(ctx, slog.LevelDebug) {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h operatorLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return operatorLog{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h operatorLog) WithGroup(name string) slog.Handler {
	return operatorLog{h.Handler.WithGroup(name)}
}
