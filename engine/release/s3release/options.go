package s3release

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"

	"github.com/docjobs/docjobs/engine/release"
)

// Layout says where readers find the files of the live release.
type Layout string

const (
	// Pointer: where the pointer says. What serves the site has to follow it.
	Pointer Layout = "pointer"
	// Sync: directly below the prefix, as in any bucket that holds a site.
	Sync Layout = "sync"
)

// Options describe a target.
type Options struct {
	Name   string // the target's configured name; recorded in manifests
	Bucket string
	Prefix string // folder in the bucket, without slashes around it; may be empty
	Region string // us-east-1 when empty and Endpoint is set; else what the SDK finds
	// Endpoint is the address of a store that is not AWS's; empty for that.
	Endpoint  string
	PathStyle bool   // address buckets by path, not by host name
	Layout    Layout // Pointer when empty
	// Credentials are those of the SDK's default chain when nil.
	Credentials *Credentials
	CloudFront  *CloudFront // what is told of a switch; may be nil

	Logger *slog.Logger      // default: none
	Now    func() time.Time  // default: time.Now
	HTTP   http.RoundTripper // default: the SDK's, for many requests to one host
	Tries  int               // of one request; 5 when zero

	hurry bool // tests do not wait between tries
}

// Credentials are a key of the store.
type Credentials struct{ AccessKey, SecretKey, SessionToken string }

var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	prefixName = regexp.MustCompile(`^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$`)
)

// Check returns all that is wrong with the options, by the name of the setting.
func (o *Options) Check() (faults []error) {
	if !bucketName.MatchString(o.Bucket) {
		faults = append(faults, fmt.Errorf("bucket: %q is not the name of a bucket", o.Bucket))
	}
	if o.Prefix != "" && (!prefixName.MatchString(o.Prefix) || strings.Contains("/"+o.Prefix+"/", "/../") || strings.Contains("/"+o.Prefix+"/", "/./")) {
		faults = append(faults, fmt.Errorf("prefix: %q is not a folder such as docs or site/docs: letters, digits, dots, dashes and underscores, no slash at the ends", o.Prefix))
	}
	if u, err := url.Parse(o.Endpoint); o.Endpoint != "" && (err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http") {
		faults = append(faults, fmt.Errorf("endpoint: %q is not an address such as https://s3.example.org", o.Endpoint))
	}
	if o.Endpoint == "" && o.Region == "" {
		faults = append(faults, fmt.Errorf("region: is needed where endpoint is not set"))
	}
	switch o.Layout {
	case "", Pointer, Sync:
	default:
		faults = append(faults, fmt.Errorf(`layout: %q is not known; it is "pointer" or "sync"`, o.Layout))
	}
	if c := o.Credentials; c != nil && (c.AccessKey == "" || c.SecretKey == "") {
		faults = append(faults, fmt.Errorf("credentials: access key and secret key are needed, or none for the default chain"))
	}
	return append(faults, o.CloudFront.check(o.Layout)...)
}

// Bounds of requests.
const (
	defaultTries  = 5
	atOnce        = 32               // requests
	dialTimeout   = 10 * time.Second // to connect
	answerTimeout = 2 * time.Minute  // to the first byte of an answer; a copy of a large object takes long
	checkTimeout  = 20 * time.Second // for the look at the bucket at the start
)

// Open opens the target. A bucket that is not there or may not be used is refused; a
// store that does not answer is not, so that what needs no target can go on.
func Open(ctx context.Context, o Options) (*Target, error) {
	for _, fault := range o.Check() {
		return nil, fault
	}
	o.Layout = cmp.Or(o.Layout, Pointer)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	cfg, err := awsConfig(ctx, o)
	if err != nil {
		return nil, err
	}
	t := &Target{o: o, log: o.Logger, now: o.Now, site: folder(o.Prefix), state: folder(o.Prefix)}
	if o.Layout == Sync {
		t.state += ".docjobs/"
	}
	t.bucket = &bucket{name: o.Bucket, client: s3.NewFromConfig(cfg, func(so *s3.Options) {
		so.UsePathStyle = o.PathStyle
		so.DisableLogOutputChecksumValidationSkipped = true
		if o.Endpoint != "" {
			so.BaseEndpoint = &o.Endpoint
		}
	})}
	if o.CloudFront != nil {
		t.edge = o.CloudFront.edge(cfg, o.Name)
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	switch err := t.bucket.look(ctx, t.state); {
	case isRefused(err):
		return nil, err
	case err != nil:
		t.log.Warn("the bucket of a target does not answer; it is asked again when it is needed", "target", o.Name, "bucket", o.Bucket, "error", err)
	}
	return t, nil
}

// folder is a folder as the beginning of a key.
func folder(path string) string {
	if path == "" {
		return ""
	}
	return path + "/"
}

// httpClient is one for many requests to one host.
func httpClient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = dialTimeout }).
		WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConns, t.MaxIdleConnsPerHost, t.MaxConnsPerHost = 4*atOnce, 2*atOnce, 2*atOnce
			t.ResponseHeaderTimeout = answerTimeout
		})
}

func awsConfig(ctx context.Context, o Options) (aws.Config, error) {
	tries := cmp.Or(o.Tries, defaultTries)
	load := []func(*config.LoadOptions) error{
		config.WithHTTPClient(httpClient()),
		config.WithLogger(logging.LoggerFunc(func(_ logging.Classification, format string, args ...any) {
			o.Logger.Debug("AWS SDK: " + fmt.Sprintf(format, args...))
		})),
		config.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(so *retry.StandardOptions) {
				so.MaxAttempts = tries
				if o.hurry {
					so.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
				}
			})
		}),
	}
	if region := o.Region; region != "" || o.Endpoint != "" {
		load = append(load, config.WithRegion(cmp.Or(region, "us-east-1")))
	}
	if c := o.Credentials; c != nil {
		load = append(load, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(c.AccessKey, c.SecretKey, c.SessionToken)))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return cfg, &release.RefusedError{Place: "the AWS settings of this machine", Reason: "cannot be read", Err: err}
	}
	if o.HTTP != nil {
		cfg.HTTPClient = &http.Client{Transport: o.HTTP}
	}
	return cfg, nil
}
