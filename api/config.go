package api

import (
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/docjobs/docjobs/job"
)

// Uploads keeps the archives that jobs are submitted with.
type Uploads interface {
	// Find returns a known upload, or an [job.Error] with CodeNotFound.
	Find(ctx context.Context, id string) (*job.Upload, error)
	// Receive takes an archive in. It reports false when the same content was
	// known already.
	Receive(ctx context.Context, archive io.Reader) (u *job.Upload, created bool, err error)
}

// Artifacts opens what jobs have made.
type Artifacts interface {
	// Files yields every file of the outputs in the order of their paths;
	// folders are walked.
	Files(ctx context.Context, outputs []job.Output) iter.Seq2[job.Artifact, error]
	// Open opens the file that has the path among the outputs, or returns an
	// [job.Error] with CodeNotFound.
	Open(ctx context.Context, outputs []job.Output, path string) (io.ReadSeekCloser, *job.Artifact, error)
}

// A Config says what the API stands on. Service, Schedules, Uploads and
// Artifacts are needed; everything else may be left out.
type Config struct {
	Service   job.Service
	Uploads   Uploads
	Artifacts Artifacts

	// Schedules submits jobs again and again.
	Schedules job.Scheduler

	// Keys tells who calls; when nil, everybody who reaches the server may do
	// everything.
	Keys Keys
	// Exposed says that other machines can reach the server. Then every request
	// needs a key.
	Exposed bool
	// RateLimit bounds the requests of each tenant's keys.
	RateLimit RateLimit

	// Fetched is told, beside the download and about once each, which results somebody has
	// fetched; nobody is when nil.
	Fetched func(ctx context.Context, id job.ID, attempt int) error

	// Sites has, for every target that is served here, the handler of its
	// current release. They are mounted at /sites/<target>/.
	Sites map[string]http.Handler
	// Ready tells whether jobs can be taken; its error is the reason why not.
	Ready func(ctx context.Context) error
	// UI is the address of the Temporal UI, such as http://127.0.0.1:8233, and
	// Namespace the namespace of the jobs there ("default" when empty). They
	// make the links from jobs to their workflows; without UI there are none.
	UI        string
	Namespace string
	// MaxUpload is the greatest size of an uploaded archive in bytes; 1 GiB
	// when zero.
	MaxUpload int64
	// Logger gets defects as errors and every request at debug level;
	// slog.Default when nil.
	Logger *slog.Logger
	// Metrics is where the API registers its metrics and what /metrics shows;
	// a registry of its own when nil.
	Metrics *prometheus.Registry
	// Version of the program, for the description and the front page.
	Version string
	// KeepAlive is the time between two comments in a silent event stream;
	// 15 s when zero.
	KeepAlive time.Duration
}

// Defaults of [Config].
const (
	defaultMaxUpload = 1 << 30
	defaultKeepAlive = 15 * time.Second
	defaultNamespace = "default"
	defaultVersion   = "development"
)

// complete checks the configuration and returns it with its defaults.
func (c Config) complete() (Config, error) {
	var errs []error
	if c.Service == nil {
		errs = append(errs, errors.New("api: Config.Service is missing"))
	}
	if c.Schedules == nil {
		errs = append(errs, errors.New("api: Config.Schedules is missing"))
	}
	if c.Uploads == nil {
		errs = append(errs, errors.New("api: Config.Uploads is missing"))
	}
	if c.Artifacts == nil {
		errs = append(errs, errors.New("api: Config.Artifacts is missing"))
	}
	for name := range c.Sites {
		if !job.ValidTarget(name) {
			errs = append(errs, errors.New("api: Config.Sites: "+name+" is not a name of a target"))
		}
	}
	if c.Exposed && c.Keys == nil {
		errs = append(errs, errors.New("api: Config.Keys is missing: a server that others can reach needs keys"))
	}
	if c.RateLimit.PerSecond < 0 || c.RateLimit.Burst < 0 {
		errs = append(errs, errors.New("api: Config.RateLimit must not be negative"))
	}
	if c.Keys == nil {
		c.Keys = noKeys{}
	}
	if c.Ready == nil {
		c.Ready = func(context.Context) error { return nil }
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Metrics == nil {
		c.Metrics = prometheus.NewRegistry()
	}
	c.MaxUpload = orDefault(c.MaxUpload, defaultMaxUpload)
	c.KeepAlive = orDefault(c.KeepAlive, defaultKeepAlive)
	c.Namespace = orDefault(c.Namespace, defaultNamespace)
	c.Version = orDefault(c.Version, defaultVersion)
	return c, errors.Join(errs...)
}

// orDefault returns v, or def when v is zero.
func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}
