package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/docjobs/docjobs/engine/site/hugo"
	"github.com/docjobs/docjobs/engine/site/plain"
)

// hugoAlone builds the folder with nothing but Hugo, from a site that was
// prepared before, with empty caches. It returns how long Hugo took from the
// start of its process to its end, and how long the preparation took, both in
// milliseconds.
func hugoAlone(ctx context.Context, docs, dir string) (built, prepared float64, err error) {
	site := filepath.Join(dir, "site")
	began := time.Now()
	if _, err := plain.Prepare(ctx, plain.Options{Source: docs, Site: site}); err != nil {
		return 0, 0, err
	}
	prepared = ms(time.Since(began))
	argv, err := hugo.Command()
	if err != nil {
		return 0, 0, err
	}
	argv = append(argv, "build", "--source", site, "--destination", filepath.Join(dir, "public"),
		"--baseURL", "http://localhost/", "--noTimes", "--noBuildLock")
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = []string{
		"TZ=UTC", "HOME=" + dir, "TMPDIR=" + os.TempDir(), "HUGO_ENABLEGITINFO=false",
		"HUGO_CACHEDIR=" + filepath.Join(dir, "cache"), "HUGO_RESOURCEDIR=" + filepath.Join(dir, "resources"),
	}
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	stdin, err := cmd.StdinPipe() // its end would end the child
	if err != nil {
		return 0, 0, err
	}
	defer stdin.Close()
	began = time.Now()
	if err := cmd.Run(); err != nil {
		return 0, 0, fmt.Errorf("hugo alone: %w\n%s", err, output.Bytes())
	}
	return ms(time.Since(began)), prepared, nil
}
