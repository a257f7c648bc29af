package api

import (
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"github.com/docjobs/docjobs/job"
)

// A RateLimit bounds how many requests the keys of one tenant may send to one API
// process. Zero is the default.
type RateLimit struct {
	PerSecond float64 // on average
	Burst     int     // at once
}

// Defaults of [RateLimit].
const (
	defaultPerSecond = 50
	defaultBurst     = 200
)

// limiters are the tenants' limiters. There are as many as there are tenants that
// have keys.
type limiters struct {
	RateLimit
	mu       sync.Mutex
	byTenant map[string]*rate.Limiter
}

func newLimiters(l RateLimit) *limiters {
	l.PerSecond = orDefault(l.PerSecond, float64(defaultPerSecond))
	l.Burst = orDefault(l.Burst, defaultBurst)
	return &limiters{RateLimit: l, byTenant: map[string]*rate.Limiter{}}
}

// of returns the tenant's limiter.
func (l *limiters) of(tenant string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter, ok := l.byTenant[tenant]
	if !ok {
		limiter = rate.NewLimiter(rate.Limit(l.PerSecond), l.Burst)
		l.byTenant[tenant] = limiter
	}
	return limiter
}

// limit counts a request of a caller with a key and refuses it when the tenant
// has sent too many. The header fields are those of
// draft-ietf-httpapi-ratelimit-headers-10: the policy, and what is left of it.
func (s *server) limit(c *gin.Context, keyed bool) error {
	if !keyed {
		return nil
	}
	limiter := s.limiters.of(job.CallerFrom(c.Request.Context()).Tenant)
	allowed := limiter.Allow()
	left := max(limiter.Tokens(), 0)
	full := (float64(s.limiters.Burst) - left) / s.limiters.PerSecond // seconds until nothing counts any more
	window := math.Ceil(float64(s.limiters.Burst) / s.limiters.PerSecond)
	c.Header("RateLimit-Policy", fmt.Sprintf(`"tenant";q=%d;w=%.0f`, s.limiters.Burst, window))
	c.Header("RateLimit", fmt.Sprintf(`"tenant";r=%d;t=%.0f`, int(left), math.Ceil(full)))
	if allowed {
		return nil
	}
	pause := time.Duration((1 - left) / s.limiters.PerSecond * float64(time.Second))
	p := newProblem(&job.Error{
		Code: job.CodeTooMany, Cause: job.CauseRequest, Retryable: true,
		Message: "The keys of this tenant send more requests than the server takes.",
		Hint:    "Wait as long as Retry-After says; to follow a job, use Prefer: wait or the event stream.",
	})
	p.setHeader("Retry-After", strconv.Itoa(max(1, int(math.Ceil(pause.Seconds())))))
	return p
}
