package weblinks

import (
	"crypto/x509"
	"net/netip"
	"time"
)

// Options says how addresses are checked. Zero fields take the defaults.
type Options struct {
	// Budget bounds the whole run; what was not asked by then is unknown. Default 5 minutes.
	Budget time.Duration
	// Timeout bounds one request with its redirects. Default 20 seconds.
	Timeout time.Duration
	// Hosts is how many hosts are asked at the same time. Default 32.
	Hosts int
	// PerHost is how many requests one host gets at the same time. Default 2.
	PerHost int
	// Interval is the time between the beginnings of two requests to one host. Default 250 ms.
	Interval time.Duration
	// MaxWait is the longest Retry-After that is waited for. Default 30 seconds.
	MaxWait time.Duration
	// Ports are dialled besides 80, 443, 8080 and 8443.
	Ports []uint16
	// AllowPrivate are private networks that may be dialled.
	AllowPrivate []netip.Prefix
	// RootCAs are the certificate authorities; the system's when nil.
	RootCAs *x509.CertPool
	// Cache keeps good answers; nil keeps none.
	Cache Cache
	// Fresh is how long a good answer counts. Default 7 days.
	Fresh time.Duration
	// Progress is called now and then, never from two goroutines at a time.
	Progress func(done, total int64)
}

func (o Options) withDefaults() Options {
	o.Budget = orDefault(o.Budget, 5*time.Minute)
	o.Timeout = orDefault(o.Timeout, 20*time.Second)
	o.Hosts = orDefault(o.Hosts, 32)
	o.PerHost = orDefault(o.PerHost, 2)
	o.Interval = orDefault(o.Interval, 250*time.Millisecond)
	o.MaxWait = orDefault(o.MaxWait, 30*time.Second)
	o.Fresh = orDefault(o.Fresh, 7*24*time.Hour)
	if o.Cache == nil {
		o.Cache = noCache{}
	}
	if o.Progress == nil {
		o.Progress = func(int64, int64) {}
	}
	return o
}

func orDefault[T int | time.Duration](v, def T) T {
	if v <= 0 {
		return def
	}
	return v
}
