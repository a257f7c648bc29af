package s3release

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore"

	"github.com/docjobs/docjobs/engine/release"
)

// CloudFront is what stands between readers and the bucket.
type CloudFront struct {
	// Distribution is the ID of one whose caches are told what changed. Readers get the
	// release without that, too, but perhaps later, so that a failure is a warning.
	Distribution string
	// KeyValueStore is the ARN of one in which a function at the edge finds the live
	// release, under the name of the target. It is a part of the switch.
	KeyValueStore string
	// Wait is for how long an invalidation is waited for; a minute when zero.
	Wait time.Duration
}

var (
	distributionID   = regexp.MustCompile(`^[A-Z0-9]{5,40}$`)
	keyValueStoreARN = regexp.MustCompile(`^arn:aws[a-z-]*:cloudfront::[0-9]{12}:key-value-store/[0-9A-Za-z-]+$`)
)

// maxWait bounds how long an invalidation may hold up a job.
const maxWait = 10 * time.Minute

func (c *CloudFront) check(layout Layout) (faults []error) {
	if c == nil {
		return nil
	}
	if c.Distribution == "" && c.KeyValueStore == "" {
		faults = append(faults, errors.New("cloudfront: distribution or key_value_store is needed"))
	}
	if c.Distribution != "" && !distributionID.MatchString(c.Distribution) {
		faults = append(faults, fmt.Errorf("cloudfront.distribution: %q is not the ID of a distribution, such as E2QWRUHAPOMQZL", c.Distribution))
	}
	if c.KeyValueStore != "" && !keyValueStoreARN.MatchString(c.KeyValueStore) {
		faults = append(faults, fmt.Errorf("cloudfront.key_value_store: %q is not the ARN of a key-value store", c.KeyValueStore))
	}
	if c.KeyValueStore != "" && layout == Sync {
		faults = append(faults, errors.New("cloudfront.key_value_store: is for layout pointer only"))
	}
	if c.Wait < 0 || c.Wait > maxWait {
		faults = append(faults, fmt.Errorf("cloudfront.wait: %s is not between 0s and %s", c.Wait, maxWait))
	}
	return faults
}

// edge returns what is told of switches.
func (c *CloudFront) edge(cfg aws.Config, name string) *edge {
	cfg.Region = "us-east-1" // where CloudFront, which is everywhere, is spoken to
	e := &edge{c: *c, name: name, poll: 2 * time.Second}
	if e.c.Wait == 0 {
		e.c.Wait = time.Minute
	}
	if c.Distribution != "" {
		e.distributions = cloudfront.NewFromConfig(cfg)
	}
	if c.KeyValueStore != "" {
		e.keys = cloudfrontkeyvaluestore.NewFromConfig(cfg)
	}
	return e
}

// edge tells CloudFront of switches.
type edge struct {
	c             CloudFront
	name          string // of the target
	keys          *cloudfrontkeyvaluestore.Client
	distributions *cloudfront.Client
	poll          time.Duration // between two questions whether an invalidation is done
}

// switched tells CloudFront what is live. A warning is for what does not keep readers
// from getting it in the end.
func (e *edge) switched(ctx context.Context, t *Target, c change) (warning string, err error) {
	if e.keys != nil {
		if err := e.point(ctx, t); err != nil {
			return "", err
		}
	}
	if e.distributions == nil {
		return "", nil
	}
	if err := e.invalidate(ctx, t, c); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "CloudFront was not made to forget what it has cached; readers get it until it is stale: " + err.Error(), nil
	}
	return "", nil
}

// point brings the key-value store to what the pointer in the bucket says. The pointer
// is read after the version of the store, and the store is changed only if it still has
// that version: whoever comes last writes what is live then.
func (e *edge) point(ctx context.Context, t *Target) error {
	for range maxSwaps {
		store, err := e.keys.DescribeKeyValueStore(ctx, &cloudfrontkeyvaluestore.DescribeKeyValueStoreInput{KvsARN: &e.c.KeyValueStore})
		if err != nil {
			return e.refused(err)
		}
		p, _, err := t.load(ctx)
		if err != nil {
			return err
		}
		held, err := e.keys.GetKey(ctx, &cloudfrontkeyvaluestore.GetKeyInput{KvsARN: &e.c.KeyValueStore, Key: &e.name})
		if err == nil && aws.ToString(held.Value) == p.Release {
			return nil
		}
		if err != nil && apiCode(err) != "ResourceNotFoundException" {
			return e.refused(err)
		}
		_, err = e.keys.PutKey(ctx, &cloudfrontkeyvaluestore.PutKeyInput{
			KvsARN: &e.c.KeyValueStore, Key: &e.name, Value: &p.Release, IfMatch: store.ETag,
		})
		if err == nil || apiCode(err) != "ConflictException" {
			return e.refused(err)
		}
	}
	return fmt.Errorf("others changed the key-value store %d times meanwhile", maxSwaps)
}

// refused puts what does not change by asking again into this package's words.
func (e *edge) refused(err error) error {
	switch code := apiCode(err); code {
	case "AccessDeniedException", "AccessDenied":
		return &release.RefusedError{Place: e.c.KeyValueStore, Reason: "the credentials have no right to this", Err: err}
	case "ResourceNotFoundException":
		return &release.RefusedError{Place: e.c.KeyValueStore, Reason: "there is no such key-value store", Err: err}
	}
	return err
}

// maxInvalidated is how many paths an invalidation names at most; with more it is for
// everything. AWS charges for paths, and "/*" is one.
const maxInvalidated = 30

// invalidate makes the caches of the distribution forget what changed, and waits for it.
func (e *edge) invalidate(ctx context.Context, t *Target, c change) error {
	paths := invalidated(c)
	if len(paths) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, e.c.Wait)
	defer cancel()
	p, _, err := t.load(ctx)
	if err != nil {
		return err
	}
	// A repeated request for the same switch and paths is the same invalidation.
	reference := fmt.Sprintf("%s-%d-%s", p.Release, p.At.UnixNano(), digestOf(fmt.Append(nil, paths))[:12])
	made, err := e.distributions.CreateInvalidation(ctx, invalidation(e.c.Distribution, reference, paths))
	if err != nil {
		return err
	}
	for {
		got, err := e.distributions.GetInvalidation(ctx, &cloudfront.GetInvalidationInput{DistributionId: &e.c.Distribution, Id: made.Invalidation.Id})
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("invalidation %s was asked for, and is not done after %s", aws.ToString(made.Invalidation.Id), e.c.Wait)
		case err != nil:
			return err
		case aws.ToString(got.Invalidation.Status) == "Completed":
			return nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(e.poll):
		}
	}
}

// invalidated are the paths that a distribution is to forget.
func invalidated(c change) []string {
	if c.paths == nil {
		return []string{"/*"} // it is not known what changed
	}
	var paths []string
	for _, p := range c.paths {
		if release.Fingerprinted(p) {
			continue
		}
		for _, a := range slices.Compact([]string{address(p), "/" + p}) {
			paths = append(paths, escaped(a))
		}
		if len(paths) > maxInvalidated {
			return []string{"/*"}
		}
	}
	return paths
}

// invalidation is a request to forget paths. The reference tells it from others.
func invalidation(distribution, reference string, paths []string) *cloudfront.CreateInvalidationInput {
	return &cloudfront.CreateInvalidationInput{
		DistributionId: &distribution,
		InvalidationBatch: &types.InvalidationBatch{
			CallerReference: &reference,
			Paths:           &types.Paths{Quantity: aws.Int32(int32(len(paths))), Items: paths},
		},
	}
}
