package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
	"go.temporal.io/sdk/client"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/api"
	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/index"
	"github.com/docjobs/docjobs/keyring"
	"github.com/docjobs/docjobs/notify"
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
	index   *index.Index               // of all jobs
	sites   map[string]http.Handler    // of the targets that this process can serve
	vaults  map[string]*artifact.Vault // the operator's archives
	temp    *flock.Flock               // of the folder for temporary files
	base    string                     // address of the API, for links

	validation []worker.Validation // what results are validated with; known once the worker is ready
}

// open opens the artifact store and the targets. role is the part of docjobs
// that this process is, and base the address of the API, under which targets
// without an address of their own are served.
func open(ctx context.Context, c *config, role, base string, log *slog.Logger) (_ *parts, err error) {
	p := &parts{config: c, log: log, base: cmp.Or(c.PublicURL, base), targets: map[string]activities.Target{}, sites: map[string]http.Handler{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	temp := filepath.Join(c.Data, "tmp", role)
	if p.temp, err = claimTemp(temp, role); err != nil {
		return nil, err
	}
	if p.store, err = artifact.Open(ctx, c.Artifacts, artifact.Options{Scratch: temp}); err != nil {
		return nil, fmt.Errorf("the artifact store cannot be opened: %w", err)
	}
	p.index, err = index.Open(ctx, index.Config{
		Path: filepath.Join(c.Data, "index-"+role+".db"), Records: record.NewStore(p.store.Documents()), Blobs: p.store, Logger: log,
	})
	if err != nil {
		return nil, err
	}
	p.uploads = upload.New(upload.Config{
		Blobs: p.store, Documents: p.store.Documents(), Limits: c.limits(), MaxSize: c.maxUpload(), TempDir: temp,
	})
	if err := p.openVaults(ctx); err != nil {
		return nil, err
	}
	for name, t := range c.Targets {
		opened, site, err := t.open(ctx, name, log)
		if err != nil {
			return nil, fmt.Errorf("target %s: %w", name, err)
		}
		p.targets[name] = activities.Target{Target: opened, URL: t.address(base, name), Keep: t.keep(), Rules: t.rules()}
		if site != nil {
			p.sites[name] = site
		}
	}
	return p, nil
}

// claimTemp makes the folder for temporary files this process's own and
// empties it: what is in it was left by one that was killed.
func claimTemp(dir, role string) (*flock.Flock, error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return nil, fmt.Errorf("the data folder cannot be used: %w", err)
	}
	lock := flock.New(dir + ".lock")
	locked, err := lock.TryLock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("the data folder cannot be used: %w", err)
	case !locked:
		return nil, fmt.Errorf("another docjobs %s uses the data folder %s; give each a folder of its own with --data", role, filepath.Dir(filepath.Dir(dir)))
	}
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return nil, errors.Join(fmt.Errorf("the data folder cannot be used: %w", err), lock.Unlock())
	}
	return lock, nil
}

// close gives up what is open.
func (p *parts) close() error {
	errs := []error{p.closeVaults()}
	if p.index != nil {
		errs = append(errs, p.index.Close())
	}
	if p.store != nil {
		errs = append(errs, p.store.Close())
	}
	if p.temp != nil {
		errs = append(errs, p.temp.Unlock())
	}
	return errors.Join(errs...)
}

// service returns the job service over the Temporal client.
func (p *parts) service(c client.Client, namespace string) (*workflows.Service, error) {
	git, err := p.config.git()
	if err != nil {
		return nil, err
	}
	endpoints, err := p.config.notify()
	if err != nil {
		return nil, err
	}
	return workflows.NewService(workflows.ServiceConfig{
		Client: c, Namespace: namespace,
		Records: record.NewStore(p.store.Documents()), Index: p.index,
		Sources: &activities.Sources{Uploads: p.uploads.Callers(), Git: git},
		Targets: activities.Live(p.targets),
		Logs:    p.store.Logs(),
		Blobs:   p.store, Holds: p.store.Holds(),
		Notify: endpoints, Deliveries: notify.NewLog(p.store.Documents()),
		Keep: p.config.keep(),
	}), nil
}

// handler returns the HTTP API.
func (p *parts) handler(c client.Client, namespace, ui string, listener net.Listener) (http.Handler, error) {
	p.index.Fill() // before somebody asks
	keys := keyring.New(p.store.Documents())
	service, err := p.service(c, namespace)
	if err != nil {
		return nil, err
	}
	return api.New(api.Config{
		Service: service, Schedules: service, Uploads: p.uploads.Callers(), Keys: keys, Exposed: !loopback(listener.Addr()),
		RateLimit: api.RateLimit{PerSecond: p.config.API.RequestsPerSecond, Burst: p.config.API.Burst},
		Artifacts: p.store.Outputs(), Sites: p.sites, Fetched: service.Fetched,
		UI: ui, Namespace: namespace, MaxUpload: p.config.maxUpload(), Logger: p.log, Version: version(),
		Ready: func(ctx context.Context) error {
			_, err := c.CheckHealth(ctx, &client.CheckHealthRequest{})
			return err
		},
	})
}

// work runs the worker until ctx ends.
func (p *parts) work(ctx context.Context, c client.Client, namespace string, ready func()) error {
	service, err := p.service(c, namespace)
	if err != nil {
		return err
	}
	git, err := p.config.git()
	if err != nil {
		return err
	}
	web, err := p.config.web()
	if err != nil {
		return err
	}
	endpoints, err := p.config.notify()
	if err != nil {
		return err
	}
	if err := endpoints.CheckSecrets(); err != nil {
		return err
	}
	built, fingerprint, err := p.config.site(ctx, p.log)
	if err != nil {
		return err
	}
	validators, validation, err := worker.Validators(ctx, p.config.Worker.Grammars, filepath.Join(p.config.Data, "grammars"), p.log)
	if err != nil {
		return err
	}
	p.validation = validation
	return worker.Run(ctx, c, worker.Config{
		Store: p.store, Uploads: p.uploads, Limits: p.config.limits(), Git: git, Targets: p.targets,
		Workspace: filepath.Join(p.config.Data, "work"), Site: built, Version: fingerprint, Web: web, Jobs: service,
		Builds: p.config.Worker.Builds, Transfers: p.config.Worker.Transfers,
		Documents: p.config.Worker.Documents, Logger: p.log,
		Notify: notify.NewSender(endpoints, "docjobs/"+version()), Base: p.base,
		Validators: validators, Keep: p.keeping(),
	}, ready)
}
