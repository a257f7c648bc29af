package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	temporal "go.temporal.io/sdk/client"

	"github.com/docjobs/docjobs/api"
	"github.com/docjobs/docjobs/client"
	"github.com/docjobs/docjobs/cmd/docjobs/cli"
	"github.com/docjobs/docjobs/embedded"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/workflows"
)

const (
	defaultHTTP         = "127.0.0.1:8420"
	defaultTemporalPort = 7233
	defaultUIPort       = 8233
	embeddedNamespace   = "docjobs"

	// stopTimeout bounds how long everything takes to stop.
	stopTimeout = 15 * time.Second
	// drainTimeout bounds how long requests in flight take to end.
	drainTimeout = 3 * time.Second
)

// upOptions are the flags of docjobs up.
type upOptions struct {
	config, data         string
	http                 string
	temporalPort, uiPort int
	json                 bool
	publish, target      string
	exit                 bool
	unsafe               bool
}

// A stack is everything that runs in the one process of docjobs up.
type stack struct {
	listener net.Listener
	temporal *embedded.Server
	client   temporal.Client
	parts    *parts
	server   *http.Server
	work     context.CancelFunc
	failed   chan error // why a part ended by itself
	worked   chan struct{}
}

// addresses are where a stack can be reached.
type addresses struct {
	HTTP     string `json:"http"`
	UI       string `json:"ui"`
	Temporal string `json:"temporal"`
	// Validation says, by version of DITA, what conversions are validated with, and "" for nothing.
	Validation map[string]string `json:"dita_validation,omitempty"`
}

// start brings everything up; what came up is stopped again on an error.
func start(ctx context.Context, o upOptions, log *slog.Logger) (_ *stack, err error) {
	c, err := loadConfig(o.config, o.data)
	if err != nil {
		return nil, err
	}
	c.UnsafeBuilds = c.UnsafeBuilds || o.unsafe
	if _, there := c.Targets[o.target]; o.publish != "" && !there {
		return nil, &usageError{fmt.Sprintf("--target: the configuration has no target %q", o.target)}
	}
	s := &stack{failed: make(chan error, 2), worked: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	if s.listener, err = listen(ctx, c, o.http); err != nil {
		return nil, err
	}
	if s.temporal, err = embedded.Start(ctx, embedded.Config{
		Dir: c.Data, Port: o.temporalPort, UIPort: o.uiPort, Namespace: embeddedNamespace,
		Retention: c.Retention, SearchAttributes: searchAttributes(), Logger: log,
	}); err != nil {
		return nil, err
	}
	if s.client, err = temporal.DialContext(ctx, clientOptions(temporal.Options{
		HostPort: s.temporal.Address(), Namespace: embeddedNamespace,
		// It is this same machine: compressing costs a twentieth of all processor time.
		ConnectionOptions: temporal.ConnectionOptions{GrpcCompression: &temporal.GrpcCompressionNone{}},
	}, log)); err != nil {
		return nil, fmt.Errorf("the job engine does not answer: %w", err)
	}
	if s.parts, err = open(ctx, c, "up", s.addresses().HTTP, log); err != nil {
		return nil, err
	}
	return s, s.serve(ctx)
}

// serve starts API and worker, and returns when both work.
func (s *stack) serve(ctx context.Context) error {
	handler, err := s.parts.handler(s.client, embeddedNamespace, s.temporal.UIURL(), s.listener)
	if err != nil {
		return err
	}
	s.server = api.Server(handler)
	go func() {
		if err := s.server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- fmt.Errorf("the API has stopped: %w", err)
		}
	}()
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.work = stop
	ready := make(chan struct{})
	go func() {
		defer close(s.worked)
		if err := s.parts.work(working, s.client, embeddedNamespace, func() { close(ready) }); err != nil {
			s.failed <- err
		}
	}()
	select {
	case <-ready:
		return nil
	case err := <-s.failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// addresses tells where the stack can be reached.
func (s *stack) addresses() addresses {
	return addresses{
		HTTP:     "http://" + s.listener.Addr().String(),
		UI:       s.temporal.UIURL(),
		Temporal: s.temporal.Address(),
	}
}

// wait returns when ctx ends, or with the error of a part that cannot go on.
func (s *stack) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return err
	case <-s.temporal.Failed():
		return fmt.Errorf("the job engine has stopped: %w", s.temporal.Err())
	}
}

// stop stops what is up, the API first, so that nothing more is accepted, and
// the job engine last.
func (s *stack) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	var errs []error
	if s.server != nil {
		draining, cancel := context.WithTimeout(ctx, drainTimeout)
		defer cancel()
		if s.server.Shutdown(draining) != nil {
			errs = append(errs, s.server.Close()) // event streams that nobody ends
		}
	} else if s.listener != nil {
		errs = append(errs, s.listener.Close())
	}
	if s.work != nil {
		s.work()
		<-s.worked
	}
	if s.client != nil {
		s.client.Close()
	}
	if s.parts != nil {
		errs = append(errs, s.parts.close())
	}
	if s.temporal != nil {
		errs = append(errs, s.temporal.Stop(ctx))
	}
	return errors.Join(errs...)
}

// searchAttributes are what the namespace must know.
func searchAttributes() map[string]enumspb.IndexedValueType {
	attributes := map[string]enumspb.IndexedValueType{}
	for _, a := range workflows.SearchAttributes {
		attributes[a.GetName()] = a.GetValueType()
	}
	return attributes
}

// announce says where everything is and what conversions are validated with: one line
// of JSON for programs, or a few lines for people.
func (s *stack) announce(out io.Writer, asJSON bool) error {
	a := s.addresses()
	if asJSON {
		a.Validation = map[string]string{}
		for _, v := range s.parts.validation {
			a.Validation[v.Version] = ""
			if v.Validated {
				a.Validation[v.Version] = v.With
			}
		}
		return json.NewEncoder(out).Encode(a)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "docjobs is up.\n  API          %s\n  Temporal UI  %s\n  Temporal     %s\n", a.HTTP, a.UI, a.Temporal)
	for _, v := range s.parts.validation {
		with := "validated with " + v.With
		if !v.Validated {
			with = "not validated: " + strings.TrimPrefix(v.With, "no validator: ")
		}
		fmt.Fprintf(&b, "  DITA %s     %s\n", v.Version, with)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// newUpCommand returns docjobs up.
func newUpCommand(streams streams) *cobra.Command {
	o := upOptions{}
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run everything in this process",
		Long: `Run the Temporal server on SQLite with its UI, the worker and the API in this
process, reachable from this machine only. Everything is kept in one folder; jobs
that run when the process ends, however it ends, go on with the next start.`,
		Example: `  docjobs up
  docjobs up --publish docs --exit
  docjobs up --data /srv/docjobs --http 127.0.0.1:9000 --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return up(cmd.Context(), o, streams) },
	}
	f := cmd.Flags()
	f.StringVar(&o.config, "config", "", "configuration `FILE` (YAML)")
	f.StringVar(&o.data, "data", "", "`FOLDER` for everything that is kept (default: docjobs in the user's data folder)")
	f.StringVar(&o.http, "http", defaultHTTP, "`ADDRESS` of the API; port 0 is any free one")
	f.IntVar(&o.temporalPort, "temporal-port", defaultTemporalPort, "port of the Temporal server; 0 is any free one")
	f.IntVar(&o.uiPort, "ui-port", defaultUIPort, "port of the Temporal UI; 0 is any free one")
	f.BoolVar(&o.json, "json", false, "print the addresses as one line of JSON when everything is ready")
	f.StringVar(&o.publish, "publish", "", "publish this `SOURCE` once everything is ready")
	f.StringVar(&o.target, "target", localTarget, "`NAME` of the target to publish to")
	f.BoolVar(&o.unsafe, "unsafe-builds", false, "build also what this machine cannot shut in; for sources that you trust")
	f.BoolVar(&o.exit, "exit", false, "with --publish: stop when the job has ended, with exit code 0 if it completed")
	return cmd
}

// up runs everything until ctx ends, or, with --publish --exit, until the job
// has ended.
func up(ctx context.Context, o upOptions, s streams) (err error) {
	if o.exit && o.publish == "" {
		return &usageError{"--exit goes with --publish"}
	}
	level := new(slog.LevelVar)
	level.Set(slog.LevelError)
	everything, err := start(ctx, o, newLogger(s.err, level))
	if err != nil {
		if ctx.Err() != nil {
			return nil // stopped while it was starting
		}
		return err
	}
	defer func() {
		level.Set(slog.LevelError + 1) // what stops complains of what has stopped
		err = errors.Join(err, everything.stop())
	}()
	if err := everything.announce(s.out, o.json); err != nil {
		return err
	}
	if o.publish != "" {
		status, err := publish(ctx, o, everything.addresses(), s)
		if o.exit || err != nil && ctx.Err() == nil {
			return errors.Join(err, verdict(status))
		}
	}
	return everything.wait(ctx)
}

// publish publishes a source, as docjobs submit would, and
// says where everything is.
func publish(ctx context.Context, o upOptions, a addresses, s streams) (*job.Status, error) {
	terminal := cli.Terminal(s.in, s.out, s.err)
	server, err := client.New(a.HTTP, client.WithKey(os.Getenv("DOCJOBS_KEY")))
	if err != nil {
		return nil, err
	}
	defer server.Close()
	receipt, err := cli.SubmitSource(ctx, server, cli.PublishOptions{
		Source: o.publish, Publish: job.Publish{Target: o.target}, Submission: job.Submission{Submitter: os.Getenv("USER")}, IO: terminal,
	})
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(s.err, "Job ID %s\n", receipt.ID)
	status := &receipt.Status
	if receipt.Deduplicated && receipt.Ended() {
		fmt.Fprintln(s.err, "Nothing was started: this work was done before, and is live.")
	} else if status, err = cli.Follow(ctx, server, receipt.ID, cli.FollowOptions{IO: terminal}); err != nil {
		return nil, err
	}
	if err := cli.Report(terminal, status); err != nil && !errors.Is(err, cli.ErrNotCompleted) {
		return nil, err
	}
	fmt.Fprintf(s.err, "\n  Job          %s/v1/jobs/%s\n  Temporal UI  %s/namespaces/%s/workflows/%s\n", a.HTTP, status.ID, a.UI, embeddedNamespace, status.ID)
	if status.Release != nil {
		fmt.Fprintf(s.err, "  Site         %s\n", status.Release.URL)
	}
	if !o.exit {
		fmt.Fprintln(s.err, "\nPress Ctrl-C to stop.")
	}
	return status, nil
}

// verdict is the exit code that goes with how a job ended.
func verdict(status *job.Status) error {
	if status == nil || status.State == job.StateCompleted {
		return nil
	}
	return cli.ErrNotCompleted
}
