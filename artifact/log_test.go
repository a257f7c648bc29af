package artifact

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"gocloud.dev/blob"
	"gocloud.dev/blob/driver"
	"gocloud.dev/gcerrors"
)

func stream(ordinal int, step string) LogStream {
	return LogStream{Job: "publish-3f9k2m7qx1ab", Attempt: 1, Ordinal: ordinal, Step: step, Try: 1}
}

func openLog(t *testing.T, logs *Logs, s LogStream, o LogOptions) *LogWriter {
	w, err := logs.Writer(t.Context(), s, o)
	require.NoError(t, err)
	return w
}

func messages(t *testing.T, logs *Logs, q LogQuery) (messages []string) {
	for line, err := range logs.All(t.Context(), "publish-3f9k2m7qx1ab", q) {
		require.NoError(t, err)
		messages = append(messages, line.Message)
	}
	return messages
}

func TestLogIsReadableWhileItIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logs := openStore(t, "mem://").Logs()
		w := openLog(t, logs, stream(2, "build"), LogOptions{})
		w.Log(slog.LevelWarn, "guide.md", "first")
		require.Empty(t, messages(t, logs, LogQuery{}), "lines wait for the interval")
		time.Sleep(time.Second) // of the test's own clock
		synctest.Wait()
		page, err := logs.Read(t.Context(), "publish-3f9k2m7qx1ab", LogQuery{})
		require.NoError(t, err)
		require.Len(t, page.Lines, 1)
		line := page.Lines[0]
		require.WithinDuration(t, time.Now(), line.Time, time.Second)
		line.Time = time.Time{}
		require.Equal(t, Line{Level: slog.LevelWarn, Attempt: 1, Step: "build", Try: 1, Item: "guide.md", Message: "first"}, line)

		w.Log(slog.LevelInfo, "", strings.Repeat("x", 100))
		for range 1000 { // a chunk's worth does not wait
			w.Log(slog.LevelInfo, "", "more")
		}
		synctest.Wait()
		next, err := logs.Read(t.Context(), "publish-3f9k2m7qx1ab", LogQuery{After: page.Next})
		require.NoError(t, err)
		require.Greater(t, len(next.Lines), 100)
		require.NoError(t, w.Close(t.Context()))
		require.NoError(t, w.Close(t.Context()))
		require.Len(t, messages(t, logs, LogQuery{}), 1002)
	})
}

func TestLogQueries(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		logs := s.Logs()
		write := func(s LogStream, message string) {
			w := openLog(t, logs, s, LogOptions{})
			w.Log(slog.LevelInfo, "", message)
			require.NoError(t, w.Close(t.Context()))
		}
		write(stream(2, "build"), "build 1")
		write(stream(1, "fetch"), "fetch")
		retried := stream(2, "build")
		retried.Try = 2
		write(retried, "build 2")
		second := stream(1, "fetch")
		second.Attempt = 2
		write(second, "again")
		write(second, "and more")
		require.Equal(t, []string{"fetch", "build 1", "build 2", "again", "and more"}, messages(t, logs, LogQuery{}))
		require.Equal(t, []string{"build 1", "build 2"}, messages(t, logs, LogQuery{Step: "build", Limit: 1}))
		require.Equal(t, []string{"again", "and more"}, messages(t, logs, LogQuery{Attempt: 2}))
		require.NoError(t, logs.Delete(t.Context(), "publish-3f9k2m7qx1ab", maxAttempt))
		require.Empty(t, messages(t, logs, LogQuery{}))
		require.Empty(t, everything(t, s))
	})
}

func TestManyWritersOfOneStream(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"mem://", "file://" + t.TempDir()} {
		logs := openStore(t, address).Logs()
		var all sync.WaitGroup
		for writer := range 4 {
			all.Go(func() {
				w, err := logs.Writer(t.Context(), stream(1, "build"), LogOptions{ChunkSize: 500})
				if err != nil {
					t.Error(err)
					return
				}
				for i := range 100 {
					w.Log(slog.LevelInfo, "", fmt.Sprintf("%d-%d", writer, i))
				}
				if err := w.Close(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		seen := map[string]bool{}
		for _, m := range messages(t, logs, LogQuery{}) {
			seen[m] = true
		}
		require.Len(t, seen, 400)
	}
}

// However a log is polled while it grows, each stream's lines come once and in
// order.
func TestCursorProperty(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 1))
		logs := openStore(t, "mem://").Logs()
		steps := []string{"fetch", "build", "check"}
		var want, got [3][]string
		var q LogQuery
		for range 40 {
			step := random.IntN(len(steps))
			w := openLog(t, logs, stream(step, steps[step]), LogOptions{ChunkSize: 1 + random.IntN(400)})
			for range random.IntN(6) {
				message := fmt.Sprint(step, " ", len(want[step]))
				want[step] = append(want[step], message)
				w.Log(slog.LevelInfo, "", message)
			}
			require.NoError(t, w.Close(t.Context()))
			for random.IntN(3) > 0 {
				q.Limit = 1 + random.IntN(5)
				q.After = poll(t, logs, q, steps, &got).Next
			}
		}
		for more := true; more; {
			page := poll(t, logs, q, steps, &got)
			q.After, more = page.Next, page.More
		}
		require.Equal(t, want, got, "seed %d", seed)
	}
}

func poll(t *testing.T, logs *Logs, q LogQuery, steps []string, got *[3][]string) LogPage {
	page, err := logs.Read(t.Context(), "publish-3f9k2m7qx1ab", q)
	require.NoError(t, err)
	require.LessOrEqual(t, len(page.Lines), q.Limit)
	for _, line := range page.Lines {
		for i, step := range steps {
			if step == line.Step {
				got[i] = append(got[i], line.Message)
			}
		}
	}
	return page
}

func TestLogBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logs := openStore(t, "mem://").Logs()
		w := openLog(t, logs, stream(1, "build"), LogOptions{MaxLine: 10, MaxBytes: 1000})
		w.Log(slog.LevelInfo, "", "123456789ü and more")
		for range 50 {
			w.Log(slog.LevelInfo, "", "x")
		}
		require.NoError(t, w.Close(t.Context()))
		lines := messages(t, logs, LogQuery{})
		require.Equal(t, "123456789… [11 bytes cut off]", lines[0])
		require.Less(t, len(lines), 15)
		require.Equal(t, "This step wrote more than 1000 bytes to its log. The rest is not kept.", lines[len(lines)-1])
	})
}

// stuckBucket hangs on writes, or fails after having written.
type stuckBucket struct {
	driver.Bucket
	hang, lie atomic.Bool
	stored    sync.Map
}

func (b *stuckBucket) ErrorCode(err error) gcerrors.ErrorCode {
	if errors.Is(err, errMissing) {
		return gcerrors.NotFound
	}
	if errors.Is(err, errThere) {
		return gcerrors.FailedPrecondition
	}
	return gcerrors.Unknown
}

var errMissing, errThere = errors.New("missing"), errors.New("there")

func (b *stuckBucket) Close() error            { return nil }
func (b *stuckBucket) ErrorAs(error, any) bool { return false }
func (b *stuckBucket) As(any) bool             { return false }

func (b *stuckBucket) ListPaged(context.Context, *driver.ListOptions) (*driver.ListPage, error) {
	page := &driver.ListPage{}
	b.stored.Range(func(key, _ any) bool {
		page.Objects = append(page.Objects, &driver.ListObject{Key: key.(string)})
		return true
	})
	return page, nil
}

func (b *stuckBucket) NewRangeReader(_ context.Context, key string, _, _ int64, _ *driver.ReaderOptions) (driver.Reader, error) {
	content, found := b.stored.Load(key)
	if !found {
		return nil, errMissing
	}
	return &stuckReader{strings.NewReader(content.(string))}, nil
}

type stuckReader struct{ *strings.Reader }

func (stuckReader) Close() error                         { return nil }
func (stuckReader) Attributes() *driver.ReaderAttributes { return &driver.ReaderAttributes{} }
func (stuckReader) As(any) bool                          { return false }

func (b *stuckBucket) NewTypedWriter(ctx context.Context, key, _ string, _ *driver.WriterOptions) (driver.Writer, error) {
	return &stuckWriter{ctx: ctx, bucket: b, key: key}, nil
}

type stuckWriter struct {
	strings.Builder
	ctx    context.Context
	bucket *stuckBucket
	key    string
}

func (w *stuckWriter) Close() error {
	if w.bucket.hang.Load() {
		<-w.ctx.Done()
		return w.ctx.Err()
	}
	if _, there := w.bucket.stored.LoadOrStore(w.key, w.String()); there {
		return errThere
	}
	if w.bucket.lie.CompareAndSwap(true, false) {
		return errors.New("the answer was lost on the way")
	}
	return nil
}

func TestLogNeverWaitsForTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bucket := &stuckBucket{}
		bucket.hang.Store(true)
		logs := New(blob.NewBucket(bucket), Options{}).Logs()
		w := openLog(t, logs, stream(1, "build"), LogOptions{MaxQueue: 2000})
		for range 100 {
			w.Log(slog.LevelInfo, "", "line")
		}
		time.Sleep(time.Minute) // of the test's own clock: several tries time out
		bucket.hang.Store(false)
		time.Sleep(time.Minute)
		w.Log(slog.LevelInfo, "", "after")
		require.NoError(t, w.Close(t.Context()))
		var all strings.Builder
		bucket.stored.Range(func(_, content any) bool { all.WriteString(content.(string)); return true })
		kept := strings.Count(all.String(), `"line"`)
		require.Greater(t, kept, 10)
		require.Contains(t, all.String(), fmt.Sprintf(`"%d lines are missing here: the store did not take them in time."`, 100-kept))
		require.Contains(t, all.String(), `"after"`)
	})
}

func TestClosingALogOverAStuckStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bucket := &stuckBucket{}
		bucket.hang.Store(true)
		w := openLog(t, New(blob.NewBucket(bucket), Options{}).Logs(), stream(1, "build"), LogOptions{})
		w.Log(slog.LevelInfo, "", "line")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := w.Close(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "the last lines are lost")
	})
}

func TestAChunkWhoseAnswerWasLostIsNotStoredTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bucket := &stuckBucket{}
		bucket.lie.Store(true)
		w := openLog(t, New(blob.NewBucket(bucket), Options{}).Logs(), stream(1, "build"), LogOptions{})
		w.Log(slog.LevelInfo, "", "line")
		time.Sleep(3 * time.Second)
		require.NoError(t, w.Close(t.Context()))
		chunks := 0
		bucket.stored.Range(func(_, _ any) bool { chunks++; return true })
		require.Equal(t, 1, chunks)
	})
}

func TestOutputOfAProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logs := openStore(t, "mem://").Logs()
		w := openLog(t, logs, stream(1, "build"), LogOptions{MaxLine: 40})
		out := w.Lines(slog.LevelInfo, "")
		output := "\x1b[1;31mERROR\x1b[0m page\r\n\n10%\r50%\r100%\n\x1b]8;;http://x\x1b\\link\x1b]8;;\a\ttab\n" + strings.Repeat("y", 500) + "\nno end"
		for i := range len(output) { // in the worst of pieces
			n, err := out.Write([]byte{output[i]})
			require.NoError(t, err)
			require.Equal(t, 1, n)
		}
		require.NoError(t, out.Close())
		require.NoError(t, w.Close(t.Context()))
		lines := messages(t, logs, LogQuery{})
		require.Equal(t, []string{"ERROR page", "100%", "link\ttab"}, lines[:3])
		require.True(t, strings.HasPrefix(lines[3], strings.Repeat("y", 40)+"…"), lines[3])
		require.Equal(t, "no end", lines[4])
	})
}

func TestSlogHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logs := openStore(t, "mem://").Logs()
		w := openLog(t, logs, stream(1, "build"), LogOptions{})
		log := slog.New(w.Handler(slog.LevelInfo))
		log.Debug("hidden")
		log.Info("plain")
		log.With("item", "guide.md", "pages", 3).WithGroup("time").Warn("slow page", "took", time.Second, "why", "two words")
		require.NoError(t, w.Close(t.Context()))
		page, err := logs.Read(t.Context(), "publish-3f9k2m7qx1ab", LogQuery{})
		require.NoError(t, err)
		require.Len(t, page.Lines, 2)
		require.Equal(t, "plain", page.Lines[0].Message)
		require.Equal(t, "guide.md", page.Lines[1].Item)
		require.Equal(t, slog.LevelWarn, page.Lines[1].Level)
		require.Equal(t, `slow page pages=3 time.took=1s time.why="two words"`, page.Lines[1].Message)
	})
}

func TestLogNamesAndCursorsAreChecked(t *testing.T) {
	t.Parallel()
	logs := openStore(t, "mem://").Logs()
	for _, bad := range []LogStream{{}, {Job: "../x", Attempt: 1, Step: "a", Try: 1}, {Job: "j", Attempt: 1, Step: "A b", Try: 1}, {Job: "j", Step: "a", Try: 1}} {
		_, err := logs.Writer(t.Context(), bad, LogOptions{})
		require.Error(t, err)
	}
	for _, cursor := range []Cursor{"x", "~", "0001.01-fetch.00001.0.0", "0001.01-fetch.00001.1.-1", "0001.01-../x.00001.1.1", Cursor(strings.Repeat("a", maxCursor+1))} {
		_, err := logs.Read(t.Context(), "j", LogQuery{After: cursor})
		require.ErrorIs(t, err, errCursor)
	}
	_, err := logs.Read(t.Context(), "../x", LogQuery{})
	require.Error(t, err)
}

func TestADamagedLineDoesNotStopAFollower(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		chunk := `{"message":"one","level":"INFO"}` + "\n{cut\n" + `{"message":"two","level":"INFO"}` + "\n"
		require.NoError(t, s.bucket.WriteAll(t.Context(), stream(1, "build").chunk(1), []byte(chunk), nil))
		require.Equal(t, []string{"one", "This line of the log is damaged.", "two"}, messages(t, s.Logs(), LogQuery{}))
	})
}

func FuzzClean(f *testing.F) {
	f.Add("\x1b[1;31mred\x1b[0m")
	f.Add("\x1b]0;title\a\r\n10%\r20%")
	f.Add("\xff\x1b[\x1b")
	f.Fuzz(func(t *testing.T, text string) {
		out := clean(text)
		require.True(t, utf8.ValidString(out))
		require.NotContains(t, strings.ReplaceAll(out, "\t", ""), "\n")
		require.False(t, strings.ContainsFunc(out, func(r rune) bool { return r != '\t' && unicode.IsControl(r) }))
		require.Equal(t, out, clean(out), "cleaning twice changes nothing")
		require.LessOrEqual(t, len(shorten(out, 20)), max(len(out), 20)+len("… [18446744073709551615 bytes cut off]"))
	})
}

func FuzzCursor(f *testing.F) {
	f.Add("0001.01-fetch.00001.3.0~0001.02-build.00001.7.12")
	f.Fuzz(func(t *testing.T, text string) {
		at, err := Cursor(text).parse()
		if err != nil {
			return
		}
		again, err := at.cursor().parse()
		require.NoError(t, err)
		require.Equal(t, at, again)
	})
}
