package release

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain lets this test program play a process that is killed: with
// crashStage set it releases siteB on the target in crashDir and kills itself
// after that stage.
func TestMain(m *testing.M) {
	if stage := os.Getenv(crashStage); stage != "" {
		os.Exit(crash(os.Getenv(crashDir), stage))
	}
	os.Exit(m.Run())
}

const (
	crashStage = "RELEASE_TEST_CRASH_STAGE"
	crashDir   = "RELEASE_TEST_CRASH_DIR"
	// crashRollback is the release to roll back to, instead of a publish.
	crashRollback = "RELEASE_TEST_CRASH_ROLLBACK"
)

func crash(dir, stage string) int {
	t, err := OpenFile(dir, Options{Name: "docs"})
	if err != nil {
		return 1
	}
	t.reached = func(reached string) {
		if reached == stage {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	ctx := context.Background()
	switch to := os.Getenv(crashRollback); {
	case stage == "dropped":
		_, err = t.Prune(ctx, PruneOptions{Keep: 1})
	case to != "":
		_, err = t.Rollback(ctx, RollbackOptions{Meta: Meta{JobID: "rollback-r", Attempt: 1}, Release: to})
	default:
		src, lerr := Dir(ctx, filepath.Join(filepath.Dir(dir), "built"))
		if lerr != nil {
			return 2
		}
		_, err = t.Publish(ctx, src, Meta{JobID: "publish-b", Attempt: 1}, nil)
	}
	if err != nil {
		return 3
	}
	return 4 // the stage was never reached
}

func runCrash(t *testing.T, target *FileTarget, stage string, more ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(append(os.Environ(), crashStage+"="+stage, crashDir+"="+target.dir), more...)
	err := cmd.Run()
	var exit *exec.ExitError
	require.True(t, errors.As(err, &exit), "%v", err)
	require.Equal(t, syscall.SIGKILL, exit.Sys().(syscall.WaitStatus).Signal(), "%v", err)
}

func TestPublishSurvivesKillAfterEveryStage(t *testing.T) {
	t.Parallel()
	stages := []struct {
		name string
		live map[string]string // right after the kill
	}{
		{"locked", siteA}, {"fetched", siteA}, {"assembled", siteA}, {"described", siteA}, {"synced", siteA},
		{"promoted", siteA}, {"stored", siteA}, {"recorded", siteA}, {"switched", siteB},
	}
	for _, stage := range stages {
		t.Run(stage.name, func(t *testing.T) {
			t.Parallel()
			target := newTarget(t)
			writeSite(t, filepath.Join(filepath.Dir(target.dir), "built"), siteB)
			a := publish(t, target, "publish-a", siteA)

			runCrash(t, target, stage.name)
			requireLive(t, target, stage.live)
			list, err := target.Releases(t.Context())
			require.NoError(t, err, "no release is half there")

			again := publish(t, target, "publish-b", siteB)
			requireLive(t, target, siteB)
			requireTidy(t, target)
			for _, known := range list {
				if known.JobID == "publish-b" {
					require.Equal(t, known.Head, again.Head, "the release that the killed process made is used as it is")
				}
			}
			h := history(t, target)
			require.Len(t, h, 2, "one switch for each release")
			require.Equal(t, []string{again.ID, a.ID}, []string{h[0].Release, h[0].Previous})
		})
	}
}

// A rollback that is killed has happened or not; the next try makes the one switch
// that there is to make.
func TestRollbackSurvivesKillAfterEveryStage(t *testing.T) {
	t.Parallel()
	for stage, live := range map[string]map[string]string{"recorded": siteB, "switched": siteA} {
		t.Run(stage, func(t *testing.T) {
			t.Parallel()
			target := newTarget(t)
			a := publish(t, target, "publish-a", siteA)
			b := publish(t, target, "publish-b", siteB)
			runCrash(t, target, stage, crashRollback+"="+a.ID)
			requireLive(t, target, live)

			again, err := target.Rollback(t.Context(), RollbackOptions{
				Meta: Meta{JobID: "rollback-r", Attempt: 1}, Release: a.ID, IfLive: b.ID,
			})
			require.NoError(t, err)
			require.Equal(t, a.ID, again.ID)
			requireLive(t, target, siteA)
			requireTidy(t, target)
			h := history(t, target)
			require.Len(t, h, 3, "one switch for each job")
			require.Equal(t, RolledBack, h[0].Action)
		})
	}
}

// Between record and switch nothing may have happened for a reader, and
// another release may come first.
func TestSwitchThatNeverHappenedIsForgotten(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	writeSite(t, filepath.Join(filepath.Dir(target.dir), "built"), siteB)
	a := publish(t, target, "publish-a", siteA)
	runCrash(t, target, "recorded")
	require.Len(t, history(t, target), 1)

	c := publish(t, target, "publish-c", map[string]string{"index.html": "home C"})
	require.Equal(t, a.ID, c.Replaced)
	require.Equal(t, Switched, publish(t, target, "publish-b", siteB).Outcome, "the killed attempt never switched, so its retry does")
	require.Len(t, history(t, target), 3)
}

func TestPruneSurvivesKill(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	publish(t, target, "publish-1", map[string]string{"index.html": "one"})
	publish(t, target, "publish-2", map[string]string{"index.html": "two"})
	publish(t, target, "publish-a", siteA)

	runCrash(t, target, "dropped")
	requireLive(t, target, siteA)
	_, err := target.Prune(t.Context(), PruneOptions{Keep: 1})
	require.NoError(t, err)
	requireLive(t, target, siteA)
	requireTidy(t, target)
	require.Len(t, blobs(t, target), len(siteA))
}

func TestTornHistoryLineIsIgnored(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	publish(t, target, "publish-a", siteA)
	f, err := os.OpenFile(target.path("history.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString("not JSON\n{\"at\":\"2026-01-")
	require.NoError(t, err)
	require.NoError(t, f.Close())

	require.Len(t, history(t, target), 1)
	publish(t, target, "publish-b", siteB)
	require.Len(t, history(t, target), 2)
	data, err := os.ReadFile(target.path("history.jsonl"))
	require.NoError(t, err)
	require.NotContains(t, string(data), "not JSON")
}

func writeSite(tb testing.TB, dir string, site map[string]string) {
	tb.Helper()
	for p, content := range site {
		p = filepath.Join(dir, p)
		require.NoError(tb, os.MkdirAll(filepath.Dir(p), 0o755))
		require.NoError(tb, os.WriteFile(p, []byte(content), 0o644))
	}
}
