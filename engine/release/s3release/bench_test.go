package s3release

import (
	"fmt"
	"strings"
	"testing"

	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/engine/release/s3release/s3test"
)

// What a release of 1,000 pages of 10 kB costs against versitygw on loopback.
func BenchmarkRelease(b *testing.B) {
	for _, layout := range []Layout{Pointer, Sync} {
		b.Run(string(layout), func(b *testing.B) {
			server := s3test.Start(b)
			server.Bucket(b, bucketUsed)
			site := map[string]string{}
			for i := range 1000 {
				site[fmt.Sprintf("page-%d/index.html", i)] = fmt.Sprint(i) + strings.Repeat("x", 10_000)
			}
			n := 0
			open := func() *Target {
				n++
				target, err := Open(b.Context(), Options{
					Name: "docs", Bucket: bucketUsed, Prefix: fmt.Sprint("n", n), Endpoint: server.URL, PathStyle: true, Layout: layout,
					Credentials: &Credentials{AccessKey: s3test.AccessKey, SecretKey: s3test.SecretKey},
				})
				if err != nil {
					b.Fatal(err)
				}
				return target
			}
			b.Run("first", func(b *testing.B) {
				src := source(b, site)
				for b.Loop() {
					run(b, open(), src, "publish-a")
				}
			})
			target := open()
			first := run(b, target, source(b, site), "publish-a")
			b.Run("one-page-changed", func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					site["page-7/index.html"] = fmt.Sprint("changed ", i)
					run(b, target, source(b, site), fmt.Sprintf("publish-b-%d-%d", n, i))
				}
			})
			b.Run("rollback", func(b *testing.B) {
				last, err := target.Head(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				for i := 0; b.Loop(); i++ {
					to := []string{first.ID, last.ID}[i%2]
					if _, err := target.Rollback(b.Context(), release.RollbackOptions{Meta: meta(fmt.Sprintf("rollback-%d-%d", n, i)), Release: to}); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

func run(b *testing.B, t *Target, src release.Source, id string) release.Result {
	r, err := t.Publish(b.Context(), src, meta(id), nil)
	if err != nil {
		b.Fatal(err)
	}
	return r
}
