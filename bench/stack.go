package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	temporal "go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/api"
	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/client"
	"github.com/docjobs/docjobs/embedded"
	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/engine/site"
	"github.com/docjobs/docjobs/engine/site/hugo"
	"github.com/docjobs/docjobs/engine/site/sandbox"
	"github.com/docjobs/docjobs/engine/source"
	"github.com/docjobs/docjobs/index"
	"github.com/docjobs/docjobs/notify"
	"github.com/docjobs/docjobs/record"
	"github.com/docjobs/docjobs/upload"
	"github.com/docjobs/docjobs/worker"
	"github.com/docjobs/docjobs/workflows"
)

const (
	namespace  = "docjobs"
	siteTarget = "local"
	// stopTimeout bounds how long a server takes to stop.
	stopTimeout = 30 * time.Second
	// maxUpload bounds the sources, in bytes.
	maxUpload = 1 << 30
)

// A system is a running Temporal server with what was put on top of it.
type system struct {
	temporal *embedded.Server
	client   temporal.Client // of API and worker
	plain    temporal.Client // of the yardstick
	jobs     *client.Client  // our API, over HTTP
	undo     []func() error  // what stops the parts, in the order of their start
}

// startTemporal starts a server in the folder.
func startTemporal(ctx context.Context, dir string, tuning embedded.Tuning) (*system, error) {
	attributes := map[string]enumspb.IndexedValueType{}
	for _, a := range workflows.SearchAttributes {
		attributes[a.GetName()] = a.GetValueType()
	}
	server, err := embedded.Start(ctx, embedded.Config{
		Dir: dir, Namespace: namespace, NoUI: true, SearchAttributes: attributes, Tuning: tuning,
	})
	if err != nil {
		return nil, err
	}
	s := &system{temporal: server}
	s.onStop(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		return server.Stop(ctx)
	})
	return s, nil
}

// dial connects to the server. Without options it is as the SDK does it.
func (s *system) dial(ctx context.Context, o temporal.ConnectionOptions) (temporal.Client, error) {
	c, err := temporal.DialContext(ctx, temporal.Options{
		HostPort: s.temporal.Address(), Namespace: namespace, ConnectionOptions: o,
		Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err == nil {
		s.onStop(func() error { c.Close(); return nil })
	}
	return c, err
}

// onStop leaves something to be done when the system stops.
func (s *system) onStop(f func() error) { s.undo = append(s.undo, f) }

// stop stops everything, the last first.
func (s *system) stop() error {
	var errs []error
	for i := len(s.undo) - 1; i >= 0; i-- {
		errs = append(errs, s.undo[i]())
	}
	s.undo = nil
	return errors.Join(errs...)
}

// serveJobs puts API and worker of docjobs on the server, as docjobs up does.
func (s *system) serveJobs(ctx context.Context, dir string) error {
	parts, err := s.acceptJobs(ctx, dir)
	if err != nil {
		return err
	}
	return s.work(ctx, parts, filepath.Join(dir, "work"))
}

// acceptJobs puts the API of docjobs on the server, without a worker.
func (s *system) acceptJobs(ctx context.Context, dir string) (p parts, err error) {
	if s.client, err = s.dial(ctx, temporal.ConnectionOptions{GrpcCompression: &temporal.GrpcCompressionNone{}}); err != nil {
		return p, err
	}
	store, err := artifact.Open(ctx, "file://"+filepath.ToSlash(filepath.Join(dir, "artifacts")), artifact.Options{})
	if err != nil {
		return p, err
	}
	s.onStop(store.Close)
	target, err := release.OpenFile(filepath.Join(dir, "site"), release.Options{Name: siteTarget})
	if err != nil {
		return p, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return p, err
	}
	s.onStop(func() error { _ = listener.Close(); return nil }) // the API closes it, if it got so far
	base := "http://" + listener.Addr().String()
	p = parts{
		store: store, site: release.NewHandler(target),
		uploads: upload.New(upload.Config{
			Blobs: store, Documents: store.Documents(), Limits: source.DefaultLimits(), MaxSize: maxUpload,
		}),
		targets: map[string]activities.Target{siteTarget: {Target: target, URL: base + "/sites/" + siteTarget + "/"}},
	}
	if p.index, err = index.Open(ctx, index.Config{
		Path: filepath.Join(dir, "index.db"), Records: record.NewStore(store.Documents()), Blobs: store, Logger: slog.New(slog.DiscardHandler),
	}); err != nil {
		return p, err
	}
	s.onStop(p.index.Close)
	if err := s.serveAPI(p, listener); err != nil {
		return p, err
	}
	// Connections are kept for as many callers as there ever are: what is
	// measured is the answers, not the handshakes of this one client.
	transport := &http.Transport{MaxIdleConnsPerHost: mostInFlight}
	s.jobs, err = client.New(base, client.WithHTTPClient(&http.Client{Transport: transport}))
	if err == nil {
		s.onStop(func() error { s.jobs.Close(); return nil })
	}
	return p, err
}

// parts are what API and worker share.
type parts struct {
	store   *artifact.Store
	index   *index.Index
	uploads *upload.Store
	targets map[string]activities.Target
	site    http.Handler
}

// serveAPI serves the HTTP API on the listener.
func (s *system) serveAPI(p parts, listener net.Listener) error {
	service := workflows.NewService(workflows.ServiceConfig{
		Client: s.client, Namespace: namespace, Records: record.NewStore(p.store.Documents()), Index: p.index,
		Sources: &activities.Sources{Uploads: p.uploads.Callers()}, Targets: activities.Live(p.targets),
		Logs: p.store.Logs(), Blobs: p.store, Holds: p.store.Holds(), Deliveries: notify.NewLog(p.store.Documents()),
	})
	handler, err := api.New(api.Config{
		Service: service, Schedules: service,
		Uploads: p.uploads.Callers(), Artifacts: p.store.Outputs(), Sites: map[string]http.Handler{siteTarget: p.site},
		Namespace: namespace, MaxUpload: maxUpload, Logger: slog.New(slog.DiscardHandler), Version: "bench",
		Ready: func(context.Context) error { return nil },
	})
	if err != nil {
		return err
	}
	server := api.Server(handler)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	s.onStop(func() error {
		closed := server.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("the API has stopped: %w", err)
		}
		return closed
	})
	return nil
}

// work runs the worker and returns when it polls.
func (s *system) work(ctx context.Context, p parts, workspace string) error {
	generator, err := hugo.Command()
	if err != nil {
		return err
	}
	box, err := sandbox.Open(ctx)
	if err != nil {
		return err
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() {
		done <- worker.Run(working, s.client, worker.Config{
			Store: p.store, Uploads: p.uploads, Limits: source.DefaultLimits(), Targets: p.targets,
			Workspace: workspace, Site: site.BuildOptions{Executable: generator, Version: hugo.Version, Sandbox: box, Unsafe: true}, Version: hugo.Version,
		}, func() { close(ready) })
	}()
	select {
	case <-ready:
		s.onStop(func() error { stop(); return <-done })
		return nil
	case err := <-done:
		stop()
		return err
	}
}
