package job

import (
	"context"
	"regexp"
	"slices"
)

// A Caller is on whose behalf a service is called.
type Caller struct {
	Tenant string  // whose jobs are seen
	Name   string  // the submitter, where the submission names none
	Scopes []Scope // what the caller may do
}

// DefaultTenant owns every job of a server that asks for no keys.
const DefaultTenant = "default"

// A Scope is one thing that a caller may be allowed to do.
type Scope string

// The scopes.
const (
	ScopeRead    Scope = "read"    // follow jobs and fetch what they made
	ScopeSubmit  Scope = "submit"  // submit, cancel and resubmit jobs
	ScopeApprove Scope = "approve" // decide on jobs that wait for approval
	ScopeAdmin   Scope = "admin"   // everything, and what concerns the whole server
)

// Scopes lists every scope.
var Scopes = []Scope{ScopeRead, ScopeSubmit, ScopeApprove, ScopeAdmin}

// May reports whether the caller has the scope.
func (c Caller) May(s Scope) bool {
	return slices.Contains(c.Scopes, s) || slices.Contains(c.Scopes, ScopeAdmin)
}

var tenantPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// ValidTenant reports whether name can name a tenant: 1 to 63 lower-case
// letters, digits and inner dashes.
func ValidTenant(name string) bool { return tenantPattern.MatchString(name) }

// anyone is who calls a server that asks for no keys: whoever uses the machine.
var anyone = Caller{Tenant: DefaultTenant, Scopes: []Scope{ScopeAdmin}}

type callerKey struct{}

// WithCaller returns a context in which calls are made on behalf of c.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerFrom returns on whose behalf ctx calls: if nobody said, somebody who may
// do everything with the jobs of [DefaultTenant].
func CallerFrom(ctx context.Context) Caller {
	if c, ok := ctx.Value(callerKey{}).(Caller); ok {
		return c
	}
	return anyone
}
