// Command byhand measures a publish beside the tools that a team would use by
// hand: Hugo of the same version, htmltest, and a copy into the folder of the
// web server, one after the other:
//
//	go run ./bench/byhand                    # 100 and 1,000 pages, 5 rounds; about 3 minutes
//	go run ./bench/byhand -pages 10000 -rounds 3
//	go run ./bench/byhand -bucket            # to a bucket: aws s3 sync instead of the copy
//
// The bucket is that of versitygw, an S3 server on a folder, over loopback;
// what that server takes is waited for by both sides and counted as processor
// time by none. aws is installed by who measures.
//
// Everything is measured as whole processes, from start to end, and takes turns
// round by round; the programs are built first. docjobs is measured as
// "docjobs submit publish --wait" against a running "docjobs up", and as the one
// command "docjobs up --publish --exit". After a first publish one page is
// changed and all publish again.
//
// Nothing is deleted before the end, because ext4 is slow to create files
// for some minutes after many were deleted: name a -dir on a file system that
// has had time.
//
// Memory is the greatest sum of the resident sets of all processes of a side
// at one time, looked at 20 times a second. What two processes share counts
// twice.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench/byhand:", err)
		os.Exit(1)
	}
}

type options struct {
	sizes    []int
	rounds   int
	dir      string
	programs programs
	one      bool
	bucket   bool
}

func run(ctx context.Context, out io.Writer) (err error) {
	pages := flag.String("pages", "100,1000", "pages of the sites")
	rounds := flag.Int("rounds", 5, "how often all is done, each time from nothing")
	parent := flag.String("dir", "", "`FOLDER` for everything that is made; the folder for temporary files if empty")
	one := flag.Bool("one", true, "measure the one command, too")
	var o options
	flag.BoolVar(&o.bucket, "bucket", false, "publish to a bucket; the one command is left out then")
	flag.StringVar(&o.programs.aws, "aws", "aws", "the `PROGRAM` aws, with -bucket")
	flag.StringVar(&o.programs.versitygw, "versitygw", "", "the `PROGRAM` versitygw, with -bucket; built if empty")
	flag.StringVar(&o.programs.docjobs, "docjobs", "", "the `PROGRAM` docjobs; built if empty")
	flag.StringVar(&o.programs.hugo, "hugo", "", "the `PROGRAM` hugo; built if empty")
	flag.StringVar(&o.programs.htmltest, "htmltest", "", "the `PROGRAM` htmltest; built if empty")
	flag.Parse()
	o.rounds, o.one = *rounds, *one && !o.bucket
	for field := range strings.SplitSeq(*pages, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil || n < 10 {
			return fmt.Errorf("-pages %q: name numbers from 10, with commas between them", *pages)
		}
		o.sizes = append(o.sizes, n)
	}
	if o.rounds < 1 || flag.NArg() > 0 {
		return errors.New("name at least one round, and flags only")
	}
	if o.dir, err = os.MkdirTemp(*parent, "docjobs-byhand-*"); err != nil {
		return err
	}
	defer os.RemoveAll(o.dir)
	if err := o.programs.build(ctx, o.dir, o.bucket); err != nil {
		return err
	}
	for i, n := range o.sizes {
		r, err := o.measure(ctx, n)
		if err != nil {
			return fmt.Errorf("%d pages: %w", n, err)
		}
		if i == 0 {
			printMachine(out, o.dir)
		}
		r.print(out)
	}
	return nil
}

// programs are the paths of what is measured.
type programs struct{ docjobs, hugo, htmltest, versitygw, aws string }

// build builds what was not named.
func (p *programs) build(ctx context.Context, dir string, bucket bool) error {
	for _, b := range []struct {
		program   *string
		name, pkg string
		module    string
	}{
		{&p.docjobs, "docjobs", "./cmd/docjobs", "."},
		{&p.hugo, "hugo", "github.com/gohugoio/hugo", "."},
		{&p.htmltest, "htmltest", "github.com/wjdp/htmltest", "bench/htmltest"},
		{&p.versitygw, "versitygw", "github.com/versity/versitygw/cmd/versitygw", "tools"},
	} {
		if *b.program != "" || b.program == &p.versitygw && !bucket {
			continue
		}
		*b.program = filepath.Join(dir, b.name)
		cmd := exec.CommandContext(ctx, "go", "build", "-o", *b.program, b.pkg)
		cmd.Dir, cmd.Env, cmd.Stderr = b.module, append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("building %s: %w", b.name, err)
		}
	}
	return nil
}

// sides are who publishes, in the order in which the first round goes.
const (
	byHand    = "by hand"
	submitted = "docjobs submit"
	oneGo     = "docjobs up"
)

// measure measures a size, round by round; who begins changes every round.
func (o *options) measure(ctx context.Context, pages int) (*report, error) {
	r := &report{pages: pages, figures: map[string][]round{}}
	sides := []side{{byHand, o.byHand}, {submitted, o.submitted}}
	if o.one {
		sides = append(sides, side{oneGo, o.oneCommand})
	}
	for i := range o.rounds {
		for k := range sides {
			s := sides[(i+k)%len(sides)]
			dir, err := os.MkdirTemp(o.dir, "round-*")
			if err != nil {
				return nil, err
			}
			measured, err := s.publish(ctx, dir, pages)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			r.figures[s.name] = append(r.figures[s.name], measured)
			syscall.Sync() // nobody pays for what another one has written
		}
	}
	return r, nil
}

type side struct {
	name    string
	publish func(ctx context.Context, dir string, pages int) (round, error)
}

// A round is a first publish, and another one after a page was changed.
type round struct{ first, second figures }

// bothTimes writes the site and publishes it, changes a page and publishes again.
func bothTimes(dir string, pages int, publish func(site string) (figures, error)) (r round, err error) {
	site := filepath.Join(dir, "site")
	if err := writeSite(site, pages); err != nil {
		return r, err
	}
	syscall.Sync()
	if r.first, err = publish(site); err != nil {
		return r, err
	}
	if err := changePage(site, pages/2, pages); err != nil {
		return r, err
	}
	r.second, err = publish(site)
	return r, err
}

// median is the middle of the values, the lower one of two.
func median[T int | int64 | float64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2]
}
