package api

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// server holds what the handlers share. It is not changed once made.
type server struct {
	Config
	metrics  metrics
	limiters *limiters
	fetches  *fetches
	openapi  []byte
}

// New returns the handler of the whole API. It returns an error that names
// everything that is missing from the configuration.
func New(c Config) (http.Handler, error) {
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	s := &server{Config: c, limiters: newLimiters(c.RateLimit), fetches: &fetches{note: c.Fetched}}
	if s.metrics, err = newMetrics(c.Metrics); err != nil {
		return nil, err
	}
	engine, err := s.engine()
	if err != nil {
		return nil, err
	}
	if s.openapi, err = s.register(s.newHuma(engine)); err != nil {
		return nil, err
	}
	s.extras(engine)
	return engine, nil
}

// engine returns a router that has every precaution and no route.
func (s *server) engine() (*gin.Engine, error) {
	// Gin's mode belongs to the process. Any but this one writes every route
	// to the standard output.
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	engine.ForwardedByClientIP = false
	if err := engine.SetTrustedProxies(nil); err != nil {
		return nil, err
	}
	engine.Use(s.observe, s.guard(), s.authenticate)
	engine.NoRoute(func(c *gin.Context) { writeProblem(c, noRoute()) })
	engine.NoMethod(func(c *gin.Context) { writeProblem(c, noMethod(c.Request.Method)) })
	return engine, nil
}

// Limits of [Server]. There is no time limit for writing an answer: event
// streams go on for hours. Writers of streams set a deadline for every write.
const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
)

type closingKey struct{}

// Server returns an HTTP server for the handler that [New] made. When it is
// shut down, streams and requests that wait for a job end at once, and their
// clients come back to the next server; other requests are finished first.
func Server(handler http.Handler) *http.Server {
	closing, shutdown := context.WithCancel(context.Background())
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.Background(), closingKey{}, closing)
		},
	}
	server.RegisterOnShutdown(shutdown)
	return server
}

// untilClosing returns a context that ends with ctx, or when the [Server] is
// being shut down.
func untilClosing(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	closing, ok := ctx.Value(closingKey{}).(context.Context)
	if !ok {
		return ctx, cancel
	}
	stop := context.AfterFunc(closing, cancel)
	return ctx, func() { stop(); cancel() }
}
