package embedded

import (
	"time"

	"go.temporal.io/server/common/dynamicconfig"
)

// MaxIDLength is the longest workflow ID, task queue name or other Temporal
// identifier that the server accepts, in bytes. SQL visibility stores workflow
// IDs in 255 characters while Temporal's default limit is 1,000: a longer one
// would start and then be missing from every list.
const MaxIDLength = 200

// queuePollRPS is how often a history queue may look for new tasks, a second.
// The readers are woken by every commit and then wait for this limit, so the
// default of 20 puts up to 50 ms between any two steps of a workflow.
const queuePollRPS = 2000

// requestRPS lifts the per-second request limits that protect the hosts of a
// cluster from each other. With one process on one file they only turn a
// burst of submissions into retries a second later.
const requestRPS = 20_000

// settings are the values of the server's dynamic configuration.
func settings(t Tuning) dynamicconfig.StaticClient {
	if t == Stock {
		return dynamicconfig.StaticClient{
			dynamicconfig.EnableServerVersionCheck.Key(): false,
		}
	}
	return dynamicconfig.StaticClient{
		// Latency.
		dynamicconfig.TransferProcessorMaxPollRPS.Key():   queuePollRPS,
		dynamicconfig.TimerProcessorMaxPollRPS.Key():      queuePollRPS,
		dynamicconfig.VisibilityProcessorMaxPollRPS.Key(): queuePollRPS,
		dynamicconfig.OutboundProcessorMaxPollRPS.Key():   queuePollRPS,
		// Whoever waits for the end of a workflow misses it if its goroutine does
		// not run in time (the history service's notifier drops what does not
		// fit a buffer of one), and learns of it when its poll expires: one wait
		// in a hundred took the default of 20 s on a busy machine.
		dynamicconfig.HistoryLongPollExpirationInterval.Key(): time.Second,
		// One partition: with four, a task and a poller that sit in different
		// ones meet only by way of forwarding.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,

		// Bursts.
		dynamicconfig.FrontendRPS.Key():                        requestRPS,
		dynamicconfig.FrontendMaxNamespaceRPSPerInstance.Key(): requestRPS,
		dynamicconfig.HistoryRPS.Key():                         requestRPS,
		dynamicconfig.MatchingRPS.Key():                        requestRPS,
		dynamicconfig.MatchingPersistenceMaxQPS.Key():          requestRPS,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():           requestRPS,
		// Lists: the default of 10 a second is less than a dashboard and a
		// few waiting command lines ask for.
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 1000,

		// Behaviour.
		dynamicconfig.MatchingEnableFairness.Key():            true, // fairness keys and priorities
		dynamicconfig.EnableCancelWorkerPollsOnShutdown.Key(): true, // no task goes to a worker that is leaving
		dynamicconfig.MaxIDLengthLimit.Key():                  MaxIDLength,
		dynamicconfig.EnableServerVersionCheck.Key():          false, // calls home otherwise

		// Memory: the defaults are 128,000 workflows and 256 MiB of events.
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key():     8192,
		dynamicconfig.EventsHostLevelCacheMaxSizeBytes.Key(): 32 << 20,
	}
}
