package links_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/links"
)

func TestNewBreakage(t *testing.T) {
	t.Parallel()
	const a, b = `<a href="gone">`, `<p></p>` + "\n" + `<a href="gone">`
	tests := []struct {
		name     string
		old, now []string
		want     []string // the new links
		mended   int
	}{
		{"same", []string{"a.html", a}, []string{"a.html", a}, nil, 0},
		{"moved in the page", []string{"a.html", a}, []string{"a.html", b}, nil, 0},
		{"another page", []string{"a.html", a}, []string{"a.html", a, "b.html", b}, []string{"missing /gone on b.html"}, 0},
		{"another target", []string{"a.html", a}, []string{"a.html", a + `<a href="lost">`}, []string{"missing /lost on a.html"}, 0},
		{"mended", []string{"a.html", a}, []string{"a.html", ""}, nil, 1},
		{"mended on one of two pages", []string{"a.html", a, "b.html", a}, []string{"a.html", "", "b.html", a}, nil, 1},
		{"one mended, one new", []string{"a.html", a}, []string{"a.html", `<a href="lost">`}, []string{"missing /lost on a.html"}, 1},
		{"was fine before", []string{"x.html", ""}, []string{"a.html", a}, []string{"missing /gone on a.html"}, 0},
		{"list of the old report was cut", []string{"a.html", a, "b.html", a, "c.html", a}, []string{"d.html", a}, nil, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			limits := links.Limits{PlacesPerTarget: 2}
			old := check(t, links.Options{Root: site(tt.old...), Limits: limits})
			now := check(t, links.Options{Root: site(tt.now...), Limits: limits, BaseURL: "/elsewhere/"})
			now.Compare(stored(t, old.Baseline()))
			var got []string
			for _, target := range now.Broken {
				for _, p := range target.Places {
					if p.New {
						got = append(got, string(target.Reason)+" "+strings.TrimPrefix(target.URL, "/elsewhere")+" on "+p.Page)
					}
				}
			}
			require.Equal(t, tt.want, got)
			require.Equal(t, len(got), now.NewLinks)
			require.Equal(t, tt.mended, now.Mended)
		})
	}
}

// stored is the baseline as it is after it was kept.
func stored(t *testing.T, b *links.Baseline) *links.Baseline {
	t.Helper()
	text, err := json.Marshal(b)
	require.NoError(t, err)
	again := &links.Baseline{}
	require.NoError(t, json.Unmarshal(text, again))
	return again
}

func TestNewLinksBeyondTheLists(t *testing.T) {
	t.Parallel()
	limits := links.Limits{Targets: 1}
	of := func(body string) *links.Report {
		return check(t, links.Options{Root: site("a.html", body), Limits: limits})
	}
	old := of(`<a href="x"></a><a href="x"></a><a href="y">`)
	same := of(`<a href="x"></a><a href="x"></a><a href="y">`)
	same.Compare(old.Baseline())
	require.Zero(t, same.NewLinks)
	more := of(`<a href="x"></a><a href="x"></a><a href="y"></a><a href="z">`)
	more.Compare(old.Baseline())
	require.Equal(t, 1, more.NewLinks, "what is not listed is new where there is more of it")
}

func TestNewTargetsComeFirst(t *testing.T) {
	t.Parallel()
	old := check(t, links.Options{Root: site("a.html", `<a href="x"></a><a href="x">`)})
	now := check(t, links.Options{Root: site("a.html", `<a href="x"></a><a href="x"></a><a href="y">`)})
	now.Compare(old.Baseline())
	require.Equal(t, "/y", now.Broken[0].URL)
	require.Equal(t, 1, now.NewTargets)
}

func TestIgnoredLinksAreKnownOnceTheIgnoreIsGone(t *testing.T) {
	t.Parallel()
	root := site("a.html", `<a href="x">`)
	old := check(t, links.Options{Root: root, Ignore: []links.Ignore{{URL: "/x"}}})
	require.Zero(t, old.BrokenLinks)
	now := check(t, links.Options{Root: root})
	now.Compare(old.Baseline())
	require.Equal(t, []int{1, 0}, []int{now.BrokenLinks, now.NewLinks})
}
