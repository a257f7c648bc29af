package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"go.temporal.io/sdk/client"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/api"
	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/engine/site/hugo"
	"github.com/docjobs/docjobs/record"
	"github.com/docjobs/docjobs/upload"
	"github.com/docjobs/docjobs/worker"
	"github.com/docjobs/docjobs/workflows"
)

// parts are what API and worker share in one process.
type parts struct {
	config  *config
	log     *slog.Logger
	store   *artifact.Store
	uploads *upload.Store
	targets map[string]activities.Target
}

// open opens the artifact store and the targets. base is the address of the
// API, under which targets without an address of their own are served.
func open(ctx context.Context, c *config, base string, log *slog.Logger) (_ *parts, err error) {
	temp := filepath.Join(c.Data, "tmp")
	if err := emptyFolder(temp); err != nil {
		return nil, err
	}
	store, err := artifact.Open(ctx, c.Artifacts, artifact.Options{Scratch: temp})
	if err != nil {
		return nil, fmt.Errorf("the artifact store cannot be opened: %w", err)
	}
	p := &parts{config: c, log: log, store: store, targets: map[string]activities.Target{}}
	p.uploads = upload.New(upload.Config{
		Blobs: store, Documents: store.Documents(), Limits: c.limits(), MaxSize: c.maxUpload(), TempDir: temp,
	})
	for name, t := range c.Targets {
		opened, err := release.OpenFile(t.Path, release.Options{Name: name, Logger: log})
		if err != nil {
			return nil, errors.Join(fmt.Errorf("target %s: %w", name, err), store.Close())
		}
		p.targets[name] = activities.Target{Target: opened, URL: t.address(base, name)}
	}
	return p, nil
}

// address is where readers find the target's site; it ends in a slash.
func (t targetConfig) address(base, name string) string {
	if t.URL != "" {
		return strings.TrimSuffix(t.URL, "/") + "/"
	}
	return base + "/sites/" + name + "/"
}

// emptyFolder makes the folder, without what a killed process left in it.
func emptyFolder(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("the data folder cannot be used: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("the data folder cannot be used: %w", err)
	}
	return nil
}

func (p *parts) close() error { return p.store.Close() }

// service returns the job service over the Temporal client.
func (p *parts) service(c client.Client, namespace string) (*workflows.Service, error) {
	git, err := p.config.git()
	if err != nil {
		return nil, err
	}
	return workflows.NewService(workflows.ServiceConfig{
		Client: c, Namespace: namespace,
		Records: record.NewStore(p.store.Documents()),
		Sources: &activities.Sources{Uploads: p.uploads, Git: git},
		Targets: activities.Live(p.targets),
		Logs:    p.store.Logs(),
		Blobs:   p.store,
	}), nil
}

// handler returns the HTTP API.
func (p *parts) handler(c client.Client, namespace, ui string) (http.Handler, error) {
	service, err := p.service(c, namespace)
	if err != nil {
		return nil, err
	}
	sites := map[string]http.Handler{}
	for name, t := range p.targets {
		sites[name] = release.NewHandler(t.Target)
	}
	return api.New(api.Config{
		Service: service, Uploads: p.uploads, Artifacts: p.store.Outputs(), Sites: sites,
		UI: ui, Namespace: namespace, MaxUpload: p.config.maxUpload(), Logger: p.log, Version: version(),
		Ready: func(ctx context.Context) error {
			_, err := c.CheckHealth(ctx, &client.CheckHealthRequest{})
			return err
		},
	})
}

// work runs the worker until ctx ends.
func (p *parts) work(ctx context.Context, c client.Client, ready func()) error {
	git, err := p.config.git()
	if err != nil {
		return err
	}
	generator, err := hugo.Command()
	if err != nil {
		return err
	}
	return worker.Run(ctx, c, worker.Config{
		Store: p.store, Uploads: p.uploads, Limits: p.config.limits(), Git: git, Targets: p.targets,
		Workspace: filepath.Join(p.config.Data, "work"), Generator: generator, Version: hugo.Version + " " + version(),
		Builds: p.config.Worker.Builds, Transfers: p.config.Worker.Transfers, Logger: p.log,
	}, ready)
}
