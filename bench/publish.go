package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/docjobs/docjobs/embedded"
	"github.com/docjobs/docjobs/engine/source"
	"github.com/docjobs/docjobs/job"
)

// publishOptions are the flags of the benchmark publish.
type publishOptions struct {
	pages, rounds int
	json          string
}

// runPublish measures what it takes to publish a folder of Markdown.
func runPublish(ctx context.Context, args []string, out, complaints io.Writer) error {
	var o publishOptions
	flags := flag.NewFlagSet("bench publish", flag.ContinueOnError)
	flags.SetOutput(complaints)
	flags.IntVar(&o.pages, "pages", 1000, "pages of Markdown")
	flags.IntVar(&o.rounds, "rounds", 3, "how often all is done, each time on an empty server")
	flags.StringVar(&o.json, "json", "", "also write every figure to this `FILE`")
	if err := parse(flags, args); err != nil {
		return err
	}
	if o.pages < 2 || o.rounds < 1 {
		return errors.New("there must be at least 2 pages and 1 round")
	}
	r := &publishReport{Machine: thisMachine(), Pages: o.pages}
	for range o.rounds {
		if err := r.measure(ctx, o.pages); err != nil {
			return err
		}
	}
	r.print(out)
	return writeJSON(o.json, r)
}

// measure does one round in a folder of its own.
func (r *publishReport) measure(ctx context.Context, pages int) (err error) {
	dir, err := os.MkdirTemp("", "docjobs-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	docs := filepath.Join(dir, "docs")
	if err := writeCorpus(docs, pages); err != nil {
		return err
	}
	var round publishRound
	if round.Hugo, round.Prepare, err = hugoAlone(ctx, docs, filepath.Join(dir, "alone")); err != nil {
		return err
	}
	s, err := startTemporal(ctx, filepath.Join(dir, "server"), embedded.Tuned)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.serveJobs(ctx, filepath.Join(dir, "server")); err != nil {
		return err
	}
	if round.First, err = s.publish(ctx, docs); err != nil {
		return err
	}
	if err := touchPage(docs, pages/2, pages); err != nil {
		return err
	}
	round.Second, err = s.publish(ctx, docs)
	r.Rounds = append(r.Rounds, round)
	return err
}

// upload uploads the folder and returns its ID.
func (s *system) upload(ctx context.Context, docs string) (string, error) {
	limits := source.DefaultLimits()
	sum, err := source.Digest(ctx, docs, limits)
	if err != nil {
		return "", err
	}
	uploaded, err := s.jobs.Upload(ctx, "sha256:"+sum.Digest, func() (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() {
			_, err := source.Pack(ctx, docs, w, source.PackOptions{Limits: limits})
			w.CloseWithError(err)
		}()
		return r, nil
	})
	if err != nil {
		return "", err
	}
	return uploaded.ID, nil
}

// publish uploads the folder, submits the job and waits for its end.
func (s *system) publish(ctx context.Context, docs string) (p published, err error) {
	began := time.Now()
	uploaded, err := s.upload(ctx, docs)
	if err != nil {
		return p, err
	}
	p.Upload = ms(time.Since(began))

	began = time.Now()
	receipt, err := s.jobs.Submit(ctx, job.Submission{
		Params: &job.Publish{Source: job.Source{Upload: uploaded}, Target: siteTarget},
	})
	if err != nil {
		return p, err
	}
	p.Submit = ms(time.Since(began))
	status, err := s.jobs.Wait(ctx, receipt.ID, nil)
	if err != nil {
		return p, err
	}
	if status.State != job.StateCompleted {
		return p, fmt.Errorf("job %s is %s: %w", status.ID, status.State, errors.Join(errorOf(status)))
	}
	p.read(status)
	return p, nil
}
