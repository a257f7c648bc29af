package client

import (
	"context"
	"time"

	"github.com/docjobs/docjobs/job"
)

// Longest pause between two questions of [Client.Wait], and the first one.
const (
	firstPause = time.Second
	maxPause   = 5 * time.Minute
)

// Wait follows the newest attempt of a job until it has ended, and returns how.
// Seen, if not nil, is called with every status on the way. The server is asked
// to hold its answer until the job has ended (Prefer: wait), for a second at
// first and for twice as long every time, up to [job.MaxWait]; from then on
// pauses lie between the questions, so that a job of many hours is asked for
// every five minutes. When the job changes its state it starts over. A server
// that is away for a while is waited for; how long at most, ctx decides.
func (c *Client) Wait(ctx context.Context, id job.ID, seen func(*job.Status)) (*job.Status, error) {
	var last job.State
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		next := time.Now().Add(pause)
		st, err := c.Get(ctx, id, job.StatusQuery{Wait: min(pause, job.MaxWait)})
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil && (last == "" || job.CodeOf(err) != job.CodeUnavailable):
			return nil, err
		case err == nil:
			if seen != nil {
				seen(st)
			}
			if st.Ended() {
				return st, nil
			}
			if st.State != last {
				last, pause = st.State, firstPause
			}
		}
		if err := sleep(ctx, time.Until(next)); err != nil {
			return nil, err
		}
	}
}
