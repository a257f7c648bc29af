package artifact

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// LogQuery chooses lines of a job's log. The zero value is all of them.
type LogQuery struct {
	Attempt int    // 0: every attempt
	Step    string // "": every step
	After   Cursor // "": from the beginning
	Limit   int    // lines; 0 is 1,000, and more than 10,000 are not given at once
}

// LogPage is a piece of a job's log.
type LogPage struct {
	Lines []Line
	Next  Cursor // where to go on, also when there are no lines yet
	More  bool   // there are more lines already
}

const (
	defaultLimit = 1000
	maxLimit     = 10_000
	// maxChunk bounds what is read of a chunk: a writer stores up to a chunk's size,
	// or one line, which a caller may have allowed to be long.
	maxChunk = 16 << 20
)

// Read returns the next lines after a cursor. Steps follow in the order of
// their pipeline, lines within a step as they were written. Lines of a step
// that still runs while a later one has begun come with a later page; none
// comes twice and none is left out, however the reading is split into pages.
//
// It asks the bucket for one list of the streams, and for each stream's next
// chunk: a poll that finds nothing reads nothing.
func (l *Logs) Read(ctx context.Context, job string, q LogQuery) (LogPage, error) {
	at, err := q.After.parse()
	if err != nil {
		return LogPage{}, err
	}
	streams, err := l.streams(ctx, job, q)
	if err != nil {
		return LogPage{}, err
	}
	limit := q.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	page := LogPage{}
	for _, stream := range streams {
		if page.More {
			break
		}
		if err := l.readStream(ctx, stream, at, min(limit, maxLimit), &page); err != nil {
			return LogPage{}, err
		}
	}
	page.Next = at.cursor()
	return page, nil
}

// All yields all lines that a query finds at present, whatever its limit.
func (l *Logs) All(ctx context.Context, job string, q LogQuery) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		for more := true; more; {
			page, err := l.Read(ctx, job, q)
			if err != nil {
				yield(Line{}, err)
				return
			}
			for _, line := range page.Lines {
				if !yield(line, nil) {
					return
				}
			}
			q.After, more = page.Next, page.More
		}
	}
}

func (l *Logs) streams(ctx context.Context, job string, q LogQuery) (streams []LogStream, err error) {
	if !validSegment(job) {
		return nil, fmt.Errorf("log of job %q: not a Job ID", job)
	}
	prefix := logsPrefix + job + "/"
	narrow := prefix
	if q.Attempt != 0 {
		narrow += fmt.Sprintf("%04d.", q.Attempt)
	}
	for key, err := range l.store.list(ctx, narrow, "/") {
		if err != nil {
			return nil, err
		}
		stream, ok := parseStream(job, strings.TrimSuffix(strings.TrimPrefix(key, prefix), "/"))
		if ok && (q.Step == "" || q.Step == stream.Step) {
			streams = append(streams, stream)
		}
	}
	slices.SortFunc(streams, func(a, b LogStream) int { return strings.Compare(a.name(), b.name()) })
	return streams, nil
}

// readStream takes up to limit lines into the page and moves the place.
func (l *Logs) readStream(ctx context.Context, stream LogStream, at places, limit int, page *LogPage) error {
	name := stream.name()
	for {
		place := at.of(name)
		chunk, err := l.store.readKey(ctx, stream.chunk(place.chunk), maxChunk)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		lines := decodeChunk(chunk, stream)
		lines = lines[min(place.line, len(lines)):]
		if room := limit - len(page.Lines); len(lines) > room {
			page.Lines = append(page.Lines, lines[:room]...)
			page.More = true
			at[name] = place.skip(room)
			return nil
		}
		page.Lines = append(page.Lines, lines...)
		at[name] = place.next()
	}
}

// decodeChunk puts a note in the place of a line that cannot be read: one
// damaged line is not to keep a follower from all that come after it.
func decodeChunk(chunk []byte, stream LogStream) (lines []Line) {
	scanner := bufio.NewScanner(bytes.NewReader(chunk))
	scanner.Buffer(nil, maxChunk+1)
	for scanner.Scan() {
		var line Line
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			line = Line{Attempt: stream.Attempt, Step: stream.Step, Try: stream.Try, Message: "This line of the log is damaged."}
		}
		lines = append(lines, line)
	}
	return lines
}
