package cli

import (
	"sync"
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// A meter shows how many bytes of a whole have been moved. Its line appears
// with the first byte; where no lines can be drawn again it says nothing.
type meter struct {
	io    IO
	p     *printer
	name  string
	total int64
	done  atomic.Int64

	mu     sync.Mutex
	closed bool
	ui     *mpb.Progress
	bar    *mpb.Bar
}

func newMeter(w IO, color, name string, total int64) *meter {
	w = w.complete()
	m := &meter{io: w, name: name, total: total}
	if w.Err != nil {
		m.p = w.printer(w.Err, color, w.ErrTTY)
	}
	return m
}

// set says how many bytes have been moved.
func (m *meter) set(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done.Store(n)
	if m.p == nil || m.closed || !m.io.bars() || n == 0 {
		return
	}
	if m.bar == nil {
		m.ui = container(m.io)
		m.bar = m.ui.New(m.total+1, mpb.BarStyle().Lbound("").Rbound("").Filler("━").Tip("━").Padding("─"),
			mpb.BarWidth(barWidth), mpb.BarFillerTrim(),
			mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return m.p.pad(m.name, 10) })),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
				return " " + size(min(m.done.Load(), m.total)) + " of " + size(m.total)
			})),
		)
	}
	m.bar.SetCurrent(min(n, m.total))
}

// close leaves the last picture. Whole says whether all was moved.
func (m *meter) close(whole bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	if m.bar == nil {
		return
	}
	if whole {
		m.bar.SetCurrent(m.total + 1)
	}
	m.bar.Abort(false)
	m.ui.Wait()
}
