package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/site"
	"github.com/docjobs/docjobs/engine/source"
	"github.com/docjobs/docjobs/engine/source/gitsource"
	"github.com/docjobs/docjobs/engine/weblinks"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/notify"
	"github.com/docjobs/docjobs/record"
	"github.com/docjobs/docjobs/upload"
	"github.com/docjobs/docjobs/workflows"
)

// Config is what a worker needs. Fields without a default are required.
type Config struct {
	Store      *artifact.Store
	Uploads    *upload.Store
	Limits     source.Limits
	Git        gitsource.Options
	Targets    map[string]activities.Target
	Workspace  string                          // folder for temporary files, this worker's alone
	Site       site.BuildOptions               // how sites are built: generators, sandbox, limits; the rest is each job's
	Version    string                          // of the generators
	Web        weblinks.Options                // how links to other sites are checked
	Jobs       activities.Jobs                 // takes the jobs of schedules; none are taken when nil
	Builds     int                             // builds and checks at once, and beside them so many batches; default: half of the processors, at least 1
	Transfers  int                             // fetches, releases and verifications at once; default 8
	Documents  int                             // documents converted at once, over all batches; default: the number of processors
	Validators map[string]activities.Validator // by version of DITA; what has none is not validated
	Notify     *notify.Sender                  // tells others of jobs; default: nobody
	Base       string                          // address of the API, for links in what is told
	Keep       Keeping                         // how long results and what they are made of are kept
	Logger     *slog.Logger                    // for what concerns the operator; default: none
}

// Keeping is what a worker knows of how long results are kept. The zero value has
// defaults.
type Keeping struct {
	Vaults  map[string]*artifact.Vault // the operator's archives, by name
	Grace   time.Duration              // how long what no job needs any more is kept all the same; 48 hours when 0
	Sweep   time.Duration              // the time between two sweeps; 6 hours when 0
	Uploads time.Duration              // how long uploads are kept that no job refers to; 7 days when 0
}

// Defaults of [Keeping]. The grace time is more than a step may take with all its tries.
const (
	DefaultGrace = 48 * time.Hour
	DefaultSweep = 6 * time.Hour
)

// stopTimeout is how long a stopping worker waits for its activities. A build
// is not worth waiting for: it is told to stop and the next worker begins it
// again.
const stopTimeout = 5 * time.Second

// validate fills in defaults and names every fault at once.
func (c *Config) validate() error {
	var faults []error
	for name, missing := range map[string]bool{
		"Store": c.Store == nil, "Uploads": c.Uploads == nil, "Targets": len(c.Targets) == 0,
		"Workspace": c.Workspace == "", "Site.Executable": len(c.Site.Executable) == 0,
	} {
		if missing {
			faults = append(faults, fmt.Errorf("field %s is missing", name))
		}
	}
	if c.Builds == 0 {
		c.Builds = max(1, runtime.GOMAXPROCS(0)/2)
	}
	if c.Transfers == 0 {
		c.Transfers = 8
	}
	if c.Documents == 0 {
		c.Documents = runtime.GOMAXPROCS(0)
	}
	if c.Builds < 1 || c.Transfers < 1 || c.Documents < 1 {
		faults = append(faults, errors.New("none of Builds, Transfers and Documents may be negative"))
	}
	if c.Notify == nil {
		c.Notify = notify.NewSender(notify.Endpoints{}, "docjobs")
	}
	c.Keep.Grace = cmp.Or(c.Keep.Grace, DefaultGrace)
	c.Keep.Sweep = cmp.Or(c.Keep.Sweep, DefaultSweep)
	c.Keep.Uploads = cmp.Or(c.Keep.Uploads, workflows.DefaultKeep)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("worker configuration: %w", err)
	}
	return nil
}

// Run polls for work and does it until ctx ends, and then stops: activities
// that run are told to stop and are left to the next worker. ready, which may
// be nil, is called once all queues are polled. The error is why the worker
// could not start, or had to stop before ctx ended.
func Run(ctx context.Context, c client.Client, config Config, ready func()) (err error) {
	if err := config.validate(); err != nil {
		return err
	}
	workspace, err := activities.OpenWorkspace(config.Workspace)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, workspace.Close()) }()
	sweeping, stopSweeping := context.WithCancel(ctx)
	defer stopSweeping()
	go workspace.SweepAbandoned(sweeping, config.Logger)

	fatal := make(chan error, 6)
	workers := newWorkers(c, config, workspace, func(err error) {
		select {
		case fatal <- err:
		default:
		}
	})
	for i, w := range workers {
		if err := w.Start(); err != nil {
			stop(workers[:i])
			return fmt.Errorf("starting the worker: %w", err)
		}
	}
	defer stop(workers)
	if _, err := c.ExecuteWorkflow(ctx, workflows.SweepOptions(), workflows.Sweep); err != nil && ctx.Err() == nil {
		return fmt.Errorf("starting to sweep: %w", err)
	}
	if ready != nil {
		ready()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-fatal:
		return fmt.Errorf("the worker cannot go on: %w", err)
	}
}

// newWorkers returns a worker for each task queue.
func newWorkers(c client.Client, config Config, workspace *activities.Workspace, fatal func(error)) []worker.Worker {
	common := worker.Options{
		WorkerStopTimeout: stopTimeout,
		OnFatalError:      fatal,
		// Being told to stop comes back with a heartbeat: let none wait.
		MaxHeartbeatThrottleInterval:     time.Second,
		DefaultHeartbeatThrottleInterval: time.Second,
	}
	publish := &activities.Publish{
		Store: config.Store, Uploads: config.Uploads, Limits: config.Limits, Git: config.Git,
		Targets: config.Targets, Workspace: workspace,
		Site: config.Site, GeneratorVersion: config.Version,
		HTTP: &http.Client{Timeout: time.Minute}, Web: config.Web,
	}

	convert := &activities.Convert{
		Publish: publish, Slots: activities.NewSlots(config.Documents), Validators: config.Validators,
	}

	jobs := worker.New(c, workflows.TaskQueue, common)
	workflows.Register(jobs)
	records := record.NewStore(config.Store.Documents())
	jobs.RegisterActivity(&activities.Records{Store: records})
	jobs.RegisterActivity(&activities.Probe{})
	if config.Jobs != nil {
		jobs.RegisterActivity(&activities.Schedules{Jobs: config.Jobs})
	}
	retention := &activities.Retention{
		Client: c, Queue: workflows.TaskQueue, Store: config.Store, Records: records, Vaults: config.Keep.Vaults, Closed: closed(c),
	}
	jobs.RegisterActivity(retention)
	jobs.RegisterActivity(&activities.Turns{Client: c, Queue: workflows.TaskQueue, Rules: rulesOf(config.Targets)})

	io := common
	io.DisableWorkflowWorker = true
	io.MaxConcurrentActivityExecutionSize = config.Transfers
	transfers := worker.New(c, workflows.TaskQueueIO, io)
	transfers.RegisterActivity(publish)
	transfers.RegisterActivity(convert)
	if config.Jobs != nil {
		transfers.RegisterActivity(&activities.Many{Jobs: config.Jobs, Store: config.Store})
	}
	transfers.RegisterActivity(retention)
	transfers.RegisterActivity(&activities.Sweep{
		Store: config.Store, Records: records, Uploads: config.Uploads,
		Grace: config.Keep.Grace, Every: config.Keep.Sweep, KeepUploads: config.Keep.Uploads, Log: config.Logger,
		Open: func(ctx context.Context, before time.Time) (job.ID, error) {
			return workflows.OpenBefore(ctx, c, before)
		},
	})

	web := common
	web.DisableWorkflowWorker = true
	web.MaxConcurrentActivityExecutionSize = config.Transfers
	strangers := worker.New(c, workflows.TaskQueueWeb, web)
	strangers.RegisterActivity(publish)

	cpu := common
	cpu.DisableWorkflowWorker = true
	cpu.MaxConcurrentActivityExecutionSize = config.Builds
	builds := worker.New(c, workflows.TaskQueueCPU, cpu)
	builds.RegisterActivity(publish)
	builds.RegisterActivity(convert)

	batches := worker.New(c, workflows.TaskQueueBatches, cpu)
	batches.RegisterActivity(convert)

	telling := common
	telling.DisableWorkflowWorker = true
	telling.MaxConcurrentActivityExecutionSize = deliveriesAtOnce
	deliveries := worker.New(c, workflows.TaskQueueNotify, telling)
	deliveries.RegisterActivity(&activities.Notify{
		Records: records, Log: notify.NewLog(config.Store.Documents()), Sender: config.Notify, Base: config.Base, Closed: closed(c), Queue: workflows.QueueDelivery(c),
	})

	return []worker.Worker{jobs, transfers, strangers, builds, batches, deliveries}
}

// deliveriesAtOnce is how many endpoints a worker waits for at the same time. That
// costs next to nothing, and slow endpoints shall not keep others waiting.
const deliveriesAtOnce = 64

// closed returns a function that returns once a run of a job's workflow has closed,
// however it did.
func closed(c client.Client) func(context.Context, job.ID, string) error {
	return func(ctx context.Context, id job.ID, runID string) error {
		err := c.GetWorkflow(ctx, string(id), runID).Get(ctx, nil)
		var ended *temporal.WorkflowExecutionError
		var gone *serviceerror.NotFound
		if errors.As(err, &ended) || errors.As(err, &gone) {
			return nil
		}
		return err
	}
}

// rulesOf returns what the operator says about the targets.
func rulesOf(targets map[string]activities.Target) map[string]activities.Rules {
	rules := make(map[string]activities.Rules, len(targets))
	for name, t := range targets {
		rules[name] = t.Rules
	}
	return rules
}

// stop stops all workers at once, so that their waiting overlaps.
func stop(workers []worker.Worker) {
	done := make(chan struct{})
	for _, w := range workers {
		go func() { w.Stop(); done <- struct{}{} }()
	}
	for range workers {
		<-done
	}
}
