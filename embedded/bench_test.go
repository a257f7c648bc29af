package embedded_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/docjobs/docjobs/embedded"
)

var tunings = []struct {
	name   string
	tuning embedded.Tuning
}{{"tuned", embedded.Tuned}, {"stock", embedded.Stock}}

// BenchmarkTurnaround starts one empty three-step workflow after the other
// and waits for its result: p50 and p99 in milliseconds.
func BenchmarkTurnaround(b *testing.B) {
	for _, tc := range tunings {
		b.Run(tc.name, func(b *testing.B) {
			c := benchClient(b, tc.tuning)
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				require.NoError(b, runThreeSteps(b.Context(), c))
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
			b.ReportMetric(ms(took[len(took)*99/100]), "p99-ms")
		})
	}
}

// BenchmarkThroughput keeps 100 empty three-step workflows in flight.
func BenchmarkThroughput(b *testing.B) {
	for _, tc := range tunings {
		b.Run(tc.name, func(b *testing.B) {
			c := benchClient(b, tc.tuning)
			slots := make(chan struct{}, 100)
			results := make(chan error)
			began, n := time.Now(), 0
			go func() {
				for range b.N {
					slots <- struct{}{}
					go func() { results <- runThreeSteps(b.Context(), c); <-slots }()
				}
			}()
			for ; n < b.N; n++ {
				require.NoError(b, <-results)
			}
			b.ReportMetric(float64(n)/time.Since(began).Seconds(), "workflows/s")
		})
	}
}

// BenchmarkStart measures from nothing to a usable namespace, and the stop.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		srv, err := embedded.Start(b.Context(), embedded.Config{Dir: b.TempDir(), Namespace: namespace})
		require.NoError(b, err)
		b.StopTimer()
		stop(b, srv)
		b.StartTimer()
	}
}

func benchClient(b *testing.B, tuning embedded.Tuning) client.Client {
	c := dial(b, start(b, embedded.Config{NoUI: true, Tuning: tuning}))
	startWorker(b, c)
	for range 3 { // fill caches, open task queues
		require.NoError(b, runThreeSteps(b.Context(), c))
	}
	b.ResetTimer()
	return c
}

func runThreeSteps(ctx context.Context, c client.Client) error {
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: taskQueue}, threeSteps)
	if err != nil {
		return err
	}
	return run.Get(ctx, nil)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
