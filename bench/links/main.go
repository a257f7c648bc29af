// Command links measures the link check of docjobs beside htmltest on a generated site:
//
//	go run ./bench/links                # 10,000 pages, 110,001 links, 5 rounds
//	go run ./bench/links -pages 1000
//
// Both run as processes of their own and take turns; htmltest is built from the module bench/htmltest first. Time is from
// start to end of the process, memory its greatest resident set.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/docjobs/docjobs/engine/links"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench/links:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	pages := flag.Int("pages", 10_000, "pages of the site")
	perPage := flag.Int("links", 11, "links on a page")
	rounds := flag.Int("rounds", 5, "how often both check the site")
	module := flag.String("htmltest", "bench/htmltest", "`FOLDER` of the module that builds htmltest")
	check := flag.String("check", "", "only check the site in `FOLDER`, as the process that is measured does")
	flag.Parse()
	if *check != "" {
		return checkSite(ctx, *check, out)
	}
	dir, err := os.MkdirTemp("", "docjobs-links-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	htmltest, config := filepath.Join(dir, "htmltest"), filepath.Join(dir, "htmltest.yml")
	build := exec.CommandContext(ctx, "go", "build", "-o", htmltest, "github.com/wjdp/htmltest")
	build.Dir, build.Stderr = *module, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building htmltest: %w", err)
	}
	settings := "CheckExternal: false\nEnableCache: false\nEnableLog: false\n"
	if err := os.WriteFile(config, []byte(settings), 0o600); err != nil {
		return err
	}
	site := filepath.Join(dir, "site")
	if err := writeSite(site, *pages, *perPage); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var ours, theirs []figures
	for range *rounds {
		a, err := measure(ctx, self, "-check", site)
		if err != nil {
			return err
		}
		b, err := measure(ctx, htmltest, "-c", config, site)
		if err != nil {
			return err
		}
		ours, theirs = append(ours, a), append(theirs, b)
	}
	fmt.Fprintf(out, "%d pages, %d links on each, %d rounds, %d processors\n\n", *pages, *perPage, *rounds, runtime.NumCPU())
	fmt.Fprintf(out, "%-10s %22s %14s %16s\n", "", "wall time (range)", "processor", "peak memory")
	print(out, "docjobs", ours)
	print(out, "htmltest", theirs)
	return nil
}

// checkSite checks a site and writes what is counted of it.
func checkSite(ctx context.Context, site string, out io.Writer) error {
	report, err := links.CheckDir(ctx, site, links.Options{})
	if err != nil {
		return err
	}
	if report.BrokenLinks > 0 {
		return fmt.Errorf("%d links are broken in a site that has none", report.BrokenLinks)
	}
	return json.NewEncoder(out).Encode(map[string]int{"pages": report.Pages, "links": report.Links})
}

// figures are what one process took.
type figures struct {
	wall, cpu time.Duration
	memory    int64 // bytes
}

// measure runs a program that must succeed.
func measure(ctx context.Context, program string, arguments ...string) (figures, error) {
	cmd := exec.CommandContext(ctx, program, arguments...)
	began := time.Now()
	said, err := cmd.CombinedOutput()
	if err != nil {
		return figures{}, fmt.Errorf("%s: %w: %s", filepath.Base(program), err, said[max(0, len(said)-500):])
	}
	f := figures{wall: time.Since(began), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		f.memory = usage.Maxrss
		if runtime.GOOS == "linux" {
			f.memory <<= 10 // kilobytes there
		}
	}
	return f, nil
}

// print writes the medians.
func print(out io.Writer, name string, all []figures) {
	pick := func(of func(figures) int64) []int64 {
		values := make([]int64, len(all))
		for i, f := range all {
			values[i] = of(f)
		}
		slices.Sort(values)
		return values
	}
	wall := pick(func(f figures) int64 { return int64(f.wall) })
	cpu := pick(func(f figures) int64 { return int64(f.cpu) })
	memory := pick(func(f figures) int64 { return f.memory })
	seconds := func(v int64) float64 { return time.Duration(v).Seconds() }
	fmt.Fprintf(out, "%-10s %6.2f s (%.2f–%.2f s) %12.2f s %12.0f MB\n", name,
		seconds(wall[len(wall)/2]), seconds(wall[0]), seconds(wall[len(wall)-1]), seconds(cpu[len(cpu)/2]), float64(memory[len(memory)/2])/1e6)
}

// text is what stands under a heading: a paragraph, and code as site generators mark it up.
var text = "<p>" + strings.Repeat("Words that fill the page. ", 8) + "</p>\n<pre><code>" +
	strings.Repeat("<span class=\"line\"><span class=\"k\">func</span> <span class=\"nf\">Name</span><span class=\"p\">()</span></span>\n", 4) +
	"</code></pre>\n"

// writeSite writes pages of headings, text, code and links to other pages, every third one to an anchor.
func writeSite(dir string, pages, perPage int) error {
	for i := range pages {
		var b strings.Builder
		fmt.Fprintf(&b, "<!doctype html>\n<html><head><title>Page %d</title></head>\n<body><nav><a href=\"/\">Home</a></nav>\n", i)
		for k := range perPage - 1 {
			to, fragment := (i*7+k*13)%pages, ""
			if k%3 == 0 {
				fragment = fmt.Sprintf("#section-%d", k%10)
			}
			fmt.Fprintf(&b, "<h2 id=\"section-%d\">Section %d</h2>\n%s<p><a href=\"../page-%05d/%s\">page %d</a></p>\n",
				k, k, text, to, fragment, to)
		}
		b.WriteString("</body></html>\n")
		if err := writePage(filepath.Join(dir, fmt.Sprintf("page-%05d", i)), b.String()); err != nil {
			return err
		}
	}
	return writePage(dir, "<!doctype html>\n<html><head><title>Home</title></head><body><a href=\"page-00000/\">First page</a></body></html>\n")
}

func writePage(dir, text string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "index.html"), []byte(text), 0o600)
}
