package artifact

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// LogOptions of a [LogWriter]. Zero values choose what is given in parentheses.
type LogOptions struct {
	Interval  time.Duration // longest time from a line to its chunk (1 s)
	ChunkSize int           // bytes after which a chunk is stored at once (64 KiB)
	MaxLine   int           // bytes of a message; what is longer is cut (8 KiB)
	MaxBytes  int           // bytes of the stream; then one line says so and the rest is dropped (16 MiB)
	MaxQueue  int           // bytes that wait for a slow store; what comes then is counted and dropped (1 MiB)
	Timeout   time.Duration // for storing one chunk, before it is tried again (10 s)
}

func (o LogOptions) withDefaults() LogOptions {
	setDefault(&o.Interval, time.Second)
	setDefault(&o.ChunkSize, 64<<10)
	setDefault(&o.MaxLine, 8<<10)
	setDefault(&o.MaxBytes, 16<<20)
	setDefault(&o.MaxQueue, 1<<20)
	setDefault(&o.Timeout, 10*time.Second)
	return o
}

func setDefault[T int | time.Duration](v *T, value T) {
	if *v <= 0 {
		*v = value
	}
}

// LogWriter writes one stream of a job's log. Writing puts a line into a queue
// and never waits for the store; a goroutine stores the queue in chunks. It is
// safe for concurrent use, and several writers of the same stream, in whatever
// process, do not overwrite each other.
type LogWriter struct {
	store  *Store
	stream LogStream
	o      LogOptions

	mu      sync.Mutex
	queue   [][]byte // encoded lines
	queued  int      // bytes in queue
	total   int      // bytes accepted so far
	dropped int      // lines lost to a full queue, not yet reported
	full    bool     // MaxBytes is reached
	closed  bool

	wake    chan struct{} // a chunk's worth is waiting
	closing chan struct{}
	done    chan struct{}
	stop    context.CancelFunc // abandons what is being stored
	lost    error              // why the last lines could not be stored; set before done
}

// Writer begins to write a stream, behind what it may contain already. The
// caller closes the writer; the end of ctx does not, so that a cancelled step
// can still say what it did.
func (l *Logs) Writer(ctx context.Context, stream LogStream, o LogOptions) (*LogWriter, error) {
	if err := stream.check(); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	w := &LogWriter{
		store: l.store, stream: stream, o: o.withDefaults(), stop: stop,
		wake: make(chan struct{}, 1), closing: make(chan struct{}), done: make(chan struct{}),
	}
	go w.run(ctx)
	return w, nil
}

// Log writes one line at the present time. item names the document that the
// line is about, "" if there is none.
func (w *LogWriter) Log(level slog.Level, item, message string) {
	w.add(time.Now(), level, item, message)
}

func (w *LogWriter) add(at time.Time, level slog.Level, item, message string) {
	encoded := w.encode(at, level, shorten(clean(item), maxPath), shorten(clean(message), w.o.MaxLine))
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed || w.full:
	case w.queued+len(encoded) > w.o.MaxQueue:
		w.dropped++
	case w.total+len(encoded) > w.o.MaxBytes:
		w.full = true
		w.push(w.encode(at, slog.LevelWarn, "", fmt.Sprintf("This step wrote more than %d bytes to its log. The rest is not kept.", w.o.MaxBytes)))
	default:
		w.reportDropped(at)
		w.push(encoded)
	}
}

// reportDropped stands where the lost lines would have stood.
func (w *LogWriter) reportDropped(at time.Time) {
	if w.dropped > 0 {
		w.push(w.encode(at, slog.LevelWarn, "", fmt.Sprintf("%d lines are missing here: the store did not take them in time.", w.dropped)))
		w.dropped = 0
	}
}

func (w *LogWriter) push(encoded []byte) {
	w.queue = append(w.queue, encoded)
	w.queued += len(encoded)
	w.total += len(encoded)
	if w.queued >= w.o.ChunkSize {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

func (w *LogWriter) encode(at time.Time, level slog.Level, item, message string) []byte {
	encoded, err := json.Marshal(Line{
		Time: at.UTC(), Level: level, Attempt: w.stream.Attempt, Step: w.stream.Step, Try: w.stream.Try,
		Item: item, Message: message,
	})
	if err != nil { // a time after the year 9999
		encoded, _ = json.Marshal(Line{Attempt: w.stream.Attempt, Step: w.stream.Step, Try: w.stream.Try, Message: err.Error()})
	}
	return append(encoded, '\n')
}

// Close stores what is waiting and ends the writer; later lines are dropped. It
// waits no longer than ctx allows, and tells if lines were lost.
func (w *LogWriter) Close(ctx context.Context) error {
	w.mu.Lock()
	if !w.closed {
		w.reportDropped(time.Now())
		w.closed = true
		close(w.closing)
	}
	w.mu.Unlock()
	select {
	case <-w.done:
	case <-ctx.Done():
		w.stop()
		return fmt.Errorf("log of job %s, step %s: the last lines are lost: %w", w.stream.Job, w.stream.Step, ctx.Err())
	}
	if w.lost != nil {
		return fmt.Errorf("log of job %s, step %s: the last lines are lost: %w", w.stream.Job, w.stream.Step, w.lost)
	}
	return nil
}

var errLogTooLong = errors.New("the stream has as many chunks as it may")
