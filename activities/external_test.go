package activities

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/weblinks"
	"github.com/docjobs/docjobs/job"
)

func TestExternalAsksOtherSites(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := map[string]int{}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		asked[req.URL.Path]++ // one at a time
		switch req.URL.Path {
		case "/gone":
			http.NotFound(w, req)
		case "/shut":
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	t.Cleanup(web.Close)
	u, err := url.Parse(web.URL)
	require.NoError(t, err)
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	require.NoError(t, err)
	r.Web = weblinks.Options{
		AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Ports: []uint16{uint16(port)},
		PerHost: 1, Interval: time.Microsecond,
	}
	page := ""
	for _, path := range []string{"/fine", "/gone", "/shut", "/ignored"} {
		page += `<p><a href="` + web.URL + path + `">x</a>`
	}
	built := BuildResult{Site: r.built(map[string]string{"index.html": page})}
	require.NoError(t, r.storePages(t.Context(), &built, map[string]string{"index.html": "home.md"}))
	source := r.uploaded(map[string]string{
		"docjobs.yaml": "links: {ignore: ['" + web.URL + "/ignored']}", "home.md": "# Home\n\n[x](" + web.URL + "/gone)\n",
	})
	checked, failed := do[CheckResult](r, r.Check, CheckInput{
		Job: testJob, Source: source, Site: built.Site, Pages: built.Pages, Policy: job.LinksNew, External: true,
	})
	require.Nil(t, failed)
	require.Zero(t, checked.Broken)

	in := ExternalInput{Job: testJob, Source: source, Pages: built.Pages, Links: checked.External}
	result, failed := do[ExternalResult](r, r.External, in)
	require.Nil(t, failed, "broken links are a result")
	require.Equal(t, 1, result.Broken)
	require.Equal(t, "1 of 3 addresses on other sites broken, 1 unknown", result.Summary)
	require.Equal(t, "home.md", result.First.File)
	require.Equal(t, 3, result.First.Line)
	require.Len(t, result.Outputs, 2)
	require.Zero(t, asked["/ignored"], "nobody is asked for what is ignored")

	_, failed = do[ExternalResult](r, r.External, in)
	require.Nil(t, failed)
	require.Equal(t, 1, asked["/fine"], "the next job knows the good answer")
	require.Equal(t, 4, asked["/gone"], "and asks again for a bad one, by HEAD and by GET")
}
