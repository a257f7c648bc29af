package site

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A check that takes long on a busy machine must not give a build the time to use
// whatever it likes.
func TestChecksRestForABoundedTime(t *testing.T) {
	t.Parallel()
	for took, rest := range map[time.Duration]time.Duration{
		time.Millisecond: memoryInterval, 20 * time.Millisecond: 200 * time.Millisecond, 10 * time.Second: memoryRest,
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			var ended []time.Time
			every(ctx, memoryInterval, memoryRest, func() {
				if len(ended) > 0 {
					require.Equal(t, rest, time.Since(ended[0]), took)
					cancel()
				}
				time.Sleep(took)
				ended = append(ended, time.Now())
			})
		})
	}
}
