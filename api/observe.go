package api

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what the API counts. Every label has a fixed set of values: the
// route is the template, never the path.
type metrics struct {
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
	handler  http.Handler
}

// newMetrics registers the metrics.
func newMetrics(registry *prometheus.Registry) (metrics, error) {
	m := metrics{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "docjobs_http_request_duration_seconds",
			Help:    "Time to answer HTTP requests; for streams, how long they were open.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 30, 120},
		}, []string{"method", "route", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "docjobs_http_requests_in_flight",
			Help: "HTTP requests that are being answered.",
		}),
		handler: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
	}
	for _, c := range []prometheus.Collector{m.duration, m.inFlight} {
		if err := registry.Register(c); err != nil {
			return metrics{}, err
		}
	}
	return m, nil
}

var knownMethods = map[string]bool{
	http.MethodGet: true, http.MethodHead: true, http.MethodPost: true, http.MethodPut: true,
	http.MethodPatch: true, http.MethodDelete: true, http.MethodOptions: true,
}

// observe counts and logs the request, and answers for a handler that panics.
func (s *server) observe(c *gin.Context) {
	start := time.Now()
	s.metrics.inFlight.Inc()
	defer func() {
		failure := recover()
		abort := failure != nil && (failure == http.ErrAbortHandler || c.Writer.Written())
		if failure != nil && failure != http.ErrAbortHandler {
			s.panicked(c, failure)
		}
		s.metrics.inFlight.Dec()
		s.count(c, time.Since(start))
		if abort { // half an answer must not look like a whole one
			panic(http.ErrAbortHandler)
		}
	}()
	c.Next()
}

// panicked logs a panic and answers with a problem if that is still possible.
func (s *server) panicked(c *gin.Context, failure any) {
	s.Logger.ErrorContext(c.Request.Context(), "panic", "route", c.FullPath(), "job_id", c.Param("id"),
		"panic", failure, "stack", string(debug.Stack()))
	if !c.Writer.Written() {
		writeProblem(c, s.defect(c.Request.Context(), c.Param("id"), failure))
	}
}

// statusClientGone stands in metrics and log for a request whose client did not
// wait for the answer, as in nginx.
const statusClientGone = 499

// count records the request in the metrics and the access log.
func (s *server) count(c *gin.Context, took time.Duration) {
	method, route := c.Request.Method, c.FullPath()
	if !knownMethods[method] {
		method = "other"
	}
	if route == "" {
		route = "other"
	}
	status := c.Writer.Status()
	if status >= http.StatusInternalServerError && c.Request.Context().Err() != nil {
		status = statusClientGone
	}
	s.metrics.duration.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
	if s.Logger.Enabled(c.Request.Context(), slog.LevelDebug) {
		s.Logger.DebugContext(c.Request.Context(), "request", "method", method, "path", c.Request.URL.Path,
			"status", status, "bytes", c.Writer.Size(), "took", took, "job_id", c.Param("id"))
	}
}
