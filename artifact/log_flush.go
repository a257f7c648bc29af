package artifact

import (
	"bytes"
	"context"
	"errors"
	"time"
)

const maxChunks = 999_999

// run stores the queue at each tick, or when enough is waiting, until the
// writer is closed. A chunk that cannot be stored stays at the head of the
// queue for the next tick.
func (w *LogWriter) run(ctx context.Context) {
	defer close(w.done)
	defer w.stop()
	ticker := time.NewTicker(w.o.Interval)
	defer ticker.Stop()
	next := 0 // the chunk to write; 0: not looked for yet
	for {
		select {
		case <-ticker.C:
		case <-w.wake:
		case <-w.closing:
			w.lost = w.flush(ctx, &next)
			return
		}
		_ = w.flush(ctx, &next) // the lines are kept
	}
}

// flush stores all that is waiting, in one chunk or several.
func (w *LogWriter) flush(ctx context.Context, next *int) error {
	for {
		chunk, lines := w.peek()
		if lines == 0 {
			return nil
		}
		if err := w.storeChunk(ctx, chunk, next); err != nil {
			return err
		}
		w.remove(lines, len(chunk))
	}
}

// peek copies whole lines from the head of the queue, at least one, up to a
// chunk's size.
func (w *LogWriter) peek() (chunk []byte, lines int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, line := range w.queue {
		if lines > 0 && len(chunk)+len(line) > w.o.ChunkSize {
			break
		}
		chunk = append(chunk, line...)
		lines++
	}
	return chunk, lines
}

func (w *LogWriter) remove(lines, size int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = append([][]byte(nil), w.queue[lines:]...)
	w.queued -= size
}

// storeChunk creates the next chunk that nobody else created. A write that
// failed may have succeeded in the store all the same: if the chunk that is
// there has our bytes it is ours.
func (w *LogWriter) storeChunk(ctx context.Context, chunk []byte, next *int) error {
	ctx, cancel := context.WithTimeout(ctx, w.o.Timeout)
	defer cancel()
	if *next == 0 {
		last, err := w.lastChunk(ctx)
		if err != nil {
			return err
		}
		*next = last + 1
	}
	for ; *next <= maxChunks; *next++ {
		key := w.stream.chunk(*next)
		err := w.store.writeKey(ctx, key, chunk, true)
		if errors.Is(err, ErrExists) {
			there, readErr := w.store.readKey(ctx, key, maxChunk)
			if readErr != nil {
				return readErr
			}
			if !bytes.Equal(there, chunk) {
				continue
			}
			err = nil
		}
		if err == nil {
			*next++
		}
		return err
	}
	return errLogTooLong
}

// lastChunk finds where an earlier writer of this stream stopped; 0 if there
// was none.
func (w *LogWriter) lastChunk(ctx context.Context) (last int, err error) {
	prefix := logsPrefix + w.stream.Job + "/" + w.stream.name() + "/"
	for key, err := range w.store.list(ctx, prefix, "") {
		if err != nil {
			return 0, err
		}
		last++
		if key != w.stream.chunk(last) {
			return last - 1, nil
		}
	}
	return last, nil
}
