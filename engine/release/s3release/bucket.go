package s3release

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/docjobs/docjobs/engine/release"
)

// bucket is what this package needs of a bucket. What is not there is
// [fs.ErrNotExist]; a condition that does not hold is errPrecondition; what the store
// refuses for good is a [release.RefusedError].
type bucket struct {
	client *s3.Client
	name   string
}

var errPrecondition = errors.New("the object is not the one that was expected")

// condition is on what an object is before it is written.
type condition struct{ ifMatch, ifNoneMatch *string }

// absent holds if there is no object.
var absent = condition{ifNoneMatch: aws.String("*")}

// is holds if the object has this ETag, or for "" if there is none.
func is(etag string) condition {
	if etag == "" {
		return absent
	}
	return condition{ifMatch: &etag}
}

// look asks whether the bucket is there and may be used. (The answer to HeadBucket has
// no body, which would say why not.)
func (b *bucket) look(ctx context.Context, prefix string) error {
	_, err := b.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix, MaxKeys: aws.Int32(1)})
	return b.judge(prefix, err)
}

// get reads an object of at most limit bytes; of a longer one, with part, its beginning.
func (b *bucket) get(ctx context.Context, key string, limit int64, part bool) (data []byte, etag string, err error) {
	in := &s3.GetObjectInput{Bucket: &b.name, Key: &key, ChecksumMode: types.ChecksumModeEnabled}
	if part {
		in.Range, in.ChecksumMode = aws.String(fmt.Sprintf("bytes=0-%d", limit-1)), ""
	}
	out, err := b.client.GetObject(ctx, in)
	if err != nil {
		return nil, "", b.judge(key, err)
	}
	defer out.Body.Close()
	data, err = io.ReadAll(io.LimitReader(out.Body, limit+1))
	if err != nil {
		return nil, "", b.judge(key, err)
	}
	if int64(len(data)) > limit {
		if !part {
			return nil, "", &release.DamagedError{Path: b.place(key), Err: fmt.Errorf("it has more than %d bytes", limit)}
		}
		data = data[:limit]
	}
	return data, aws.ToString(out.ETag), nil
}

// put writes an object whose digest (hex) is known, and compares what arrived.
func (b *bucket) put(ctx context.Context, key string, content io.ReadSeeker, size int64, digest string, p properties, c condition) (etag string, err error) {
	sum := base64Of(digest)
	in := &s3.PutObjectInput{
		Bucket: &b.name, Key: &key, Body: content, ContentLength: &size, ChecksumSHA256: &sum,
		IfMatch: c.ifMatch, IfNoneMatch: c.ifNoneMatch,
		ContentType: some(p.ContentType), CacheControl: some(p.CacheControl), ContentDisposition: some(p.ContentDisposition),
		ContentEncoding: some(p.ContentEncoding), ContentLanguage: some(p.ContentLanguage), WebsiteRedirectLocation: some(p.Redirect),
	}
	// The signature covers the digest, so that the content need not be read once more for it.
	out, err := b.client.PutObject(v4.SetPayloadHash(ctx, digest), in)
	if err != nil {
		return "", b.judge(key, err)
	}
	if got := aws.ToString(out.ChecksumSHA256); got != "" && got != sum {
		return "", &release.StoredOtherError{Place: b.place(key), Want: digest, Got: hexOf(got)}
	}
	return aws.ToString(out.ETag), nil
}

// errUnverified says that the store does not tell the digest of a copy.
var errUnverified = errors.New("the store does not tell the digest of the copy")

// copy copies an object within the bucket and gives it new properties.
func (b *bucket) copy(ctx context.Context, from, to, digest string, p properties) error {
	out, err := b.client.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket: &b.name, Key: &to, CopySource: aws.String(copySource(b.name, from)),
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256, MetadataDirective: types.MetadataDirectiveReplace,
		ContentType: some(p.ContentType), CacheControl: some(p.CacheControl), ContentDisposition: some(p.ContentDisposition),
		ContentEncoding: some(p.ContentEncoding), ContentLanguage: some(p.ContentLanguage), WebsiteRedirectLocation: some(p.Redirect),
	})
	switch {
	case err != nil:
		return b.judge(from, err)
	case out.CopyObjectResult == nil || aws.ToString(out.CopyObjectResult.ChecksumSHA256) == "":
		return errUnverified
	}
	if got := *out.CopyObjectResult.ChecksumSHA256; got != base64Of(digest) {
		return &release.StoredOtherError{Place: b.place(from), Want: digest, Got: hexOf(got)}
	}
	return nil
}

// copySource is the address of an object in a header.
func copySource(bucket, key string) string {
	return bucket + "/" + escaped(key)
}

// escaped is a path with everything but slashes and unreserved characters escaped.
func escaped(p string) string {
	parts := strings.Split(p, "/")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(url.QueryEscape(part), "+", "%20")
	}
	return strings.Join(parts, "/")
}

// has reports whether an object has this digest and these properties.
func (b *bucket) has(ctx context.Context, key, digest string, p properties) (bool, error) {
	out, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.name, Key: &key, ChecksumMode: types.ChecksumModeEnabled})
	if err != nil {
		if err = b.judge(key, err); errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		return false, err
	}
	return aws.ToString(out.ChecksumSHA256) == base64Of(digest) && p == properties{
		ContentType: aws.ToString(out.ContentType), CacheControl: aws.ToString(out.CacheControl),
		ContentDisposition: aws.ToString(out.ContentDisposition), ContentEncoding: aws.ToString(out.ContentEncoding),
		ContentLanguage: aws.ToString(out.ContentLanguage), Redirect: aws.ToString(out.WebsiteRedirectLocation),
	}, nil
}

// verify reads an object back and returns a [release.StoredOtherError] if its digest is
// another.
func (b *bucket) verify(ctx context.Context, key, digest string) error {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	if err != nil {
		return b.judge(key, err)
	}
	defer out.Body.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, out.Body); err != nil {
		return b.judge(key, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != digest {
		return &release.StoredOtherError{Place: b.place(key), Want: digest, Got: got}
	}
	return nil
}

// listed is an object of a list.
type listed struct {
	key      string
	size     int64
	modified time.Time
}

// list lists the objects whose keys begin with prefix.
func (b *bucket) list(ctx context.Context, prefix string) iter.Seq2[listed, error] {
	return func(yield func(listed, error) bool) {
		pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(listed{}, b.judge(prefix, err))
				return
			}
			for _, o := range page.Contents {
				if !yield(listed{aws.ToString(o.Key), aws.ToInt64(o.Size), aws.ToTime(o.LastModified)}, nil) {
					return
				}
			}
		}
	}
}

// folders lists the names of the folders directly below prefix, which ends in a slash.
func (b *bucket) folders(ctx context.Context, prefix string) (names []string, err error) {
	pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix, Delimiter: aws.String("/")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, b.judge(prefix, err)
		}
		for _, common := range page.CommonPrefixes {
			names = append(names, strings.TrimSuffix(strings.TrimPrefix(aws.ToString(common.Prefix), prefix), "/"))
		}
	}
	return names, nil
}

// batch is how many objects one request deletes at most.
const batch = 1000

// delete deletes objects. Those that are not there count as deleted.
func (b *bucket) delete(ctx context.Context, keys []string) error {
	for len(keys) > 0 {
		n := min(len(keys), batch)
		in := &s3.DeleteObjectsInput{Bucket: &b.name, Delete: &types.Delete{Quiet: aws.Bool(true)}}
		for i := range n {
			in.Delete.Objects = append(in.Delete.Objects, types.ObjectIdentifier{Key: &keys[i]})
		}
		out, err := b.client.DeleteObjects(ctx, in)
		if err != nil {
			return b.judge(keys[0], err)
		}
		for _, failed := range out.Errors {
			if code := aws.ToString(failed.Code); code != "NoSuchKey" {
				return fmt.Errorf("%s cannot be deleted: %s: %s", b.place(aws.ToString(failed.Key)), code, aws.ToString(failed.Message))
			}
		}
		keys = keys[n:]
	}
	return nil
}

// place names an object, or for "" the bucket.
func (b *bucket) place(key string) string { return "s3://" + b.name + "/" + key }

// refusals are the answers that do not change by asking again, with their meaning.
var refusals = map[string]string{
	"AccessDenied":                       "the credentials have no right to this",
	"Forbidden":                          "the credentials have no right to this, or there are none",
	"InvalidAccessKeyId":                 "the access key is not known there",
	"SignatureDoesNotMatch":              "the secret key is wrong",
	"NoSuchBucket":                       "there is no such bucket",
	"PermanentRedirect":                  "the bucket is in another region",
	"MovedPermanently":                   "the bucket is in another region",
	"AuthorizationHeaderMalformed":       "the bucket is in another region",
	"IllegalLocationConstraintException": "the bucket is in another region",
	"InvalidToken":                       "the session token is wrong",
	"NotImplemented":                     "the store cannot do this",
}

// judge puts an error of the SDK into this package's words.
func (b *bucket) judge(key string, err error) error {
	if err == nil {
		return nil
	}
	status := 0
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		status = response.HTTPStatusCode()
	}
	code := apiCode(err)
	reason, refused := refusals[code]
	missing := status == http.StatusNotFound && slices.Contains([]string{"NoSuchKey", "NotFound", ""}, code)
	if !refused && !missing && slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}, status) {
		reason, refused = "the store does not accept the credentials", true
	}
	switch {
	case refused:
		return &release.RefusedError{Place: b.place(key), Reason: reason, Err: said(err)}
	case status == http.StatusPreconditionFailed || status == http.StatusConflict || code == "PreconditionFailed":
		return errPrecondition
	case missing:
		return fmt.Errorf("%s: %w", b.place(key), fs.ErrNotExist)
	case strings.Contains(err.Error(), "failed to retrieve credentials"), strings.Contains(err.Error(), "get identity"):
		return &release.RefusedError{Place: b.place(key), Reason: "no credentials were found for it", Err: err}
	}
	return fmt.Errorf("%s: %w", b.place(key), err)
}

// apiCode is the code of a service's answer, or "".
func apiCode(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// said is what a service has answered, without the numbers of its requests.
func said(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorMessage() != "" {
		return fmt.Errorf("%s: %s", api.ErrorCode(), strings.TrimSuffix(api.ErrorMessage(), "."))
	}
	return err
}

func isRefused(err error) bool {
	var refused *release.RefusedError
	return errors.As(err, &refused)
}

// some is nil for "".
func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func base64Of(digest string) string {
	sum, _ := hex.DecodeString(digest) // which [release.Draft] has checked
	return base64.StdEncoding.EncodeToString(sum)
}

func hexOf(sum string) string {
	data, err := base64.StdEncoding.DecodeString(sum)
	if err != nil {
		return sum
	}
	return hex.EncodeToString(data)
}

// putJSON writes a small object.
func (b *bucket) putJSON(ctx context.Context, key string, data []byte, p properties, c condition) (etag string, err error) {
	return b.put(ctx, key, bytes.NewReader(data), int64(len(data)), digestOf(data), p, c)
}
