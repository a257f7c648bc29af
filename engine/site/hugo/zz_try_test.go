package hugo_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/docjobs/docjobs/engine/site"
	"github.com/docjobs/docjobs/engine/site/hugo"
)

func TestTryCorpus(t *testing.T) {
	for _, c := range []string{"buildpacks", "hugo-book", "prometheus-docs"} {
		argv, _ := hugo.Command()
		d := t.TempDir()
		o := site.BuildOptions{Source: "/tmp/sitehelper/corpus/" + c, Output: filepath.Join(d, "out"), Work: filepath.Join(d, "work"), BaseURL: "https://example.org/docs/x/", Executable: argv, Log: func(l string) { t.Log(l) }}
		if c == "buildpacks" {
			o.Environment = map[string]string{"PACK_VERSION": "0.38.2"}
		}
		r, err := site.Build(t.Context(), o)
		if err != nil {
			t.Error(c, err)
			continue
		}
		var ru syscall.Rusage
		syscall.Getrusage(syscall.RUSAGE_CHILDREN, &ru)
		t.Log(c, r.Pages, r.Files, r.Bytes, r.Duration, "maxrss MB so far", ru.Maxrss/1024, "warnings", len(r.Warnings))
		o.Work = filepath.Join(d, "work2")
		o.Log = nil
		start := time.Now()
		m, err := site.Sources(t.Context(), o)
		t.Log("sources", len(m), err, time.Since(start))
		hit := 0
		for out, src := range m {
			if _, err := os.Stat(filepath.Join(o.Output, out)); err == nil {
				hit++
			} else if hit < 3 {
				t.Log("no output", out, src)
			}
			if _, err := os.Stat(filepath.Join(o.Source, src)); err != nil {
				t.Error("no source", src)
			}
		}
		t.Log("hit", hit)
	}
}
