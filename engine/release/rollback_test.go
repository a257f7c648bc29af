package release

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRollbackSwitchesBack(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	a := publish(t, target, "publish-a", siteA)
	b := publish(t, target, "publish-b", siteB)
	opts := RollbackOptions{Meta: Meta{JobID: "rollback-1", Attempt: 1}, Release: a.ID, IfLive: b.ID}

	r, err := target.Rollback(t.Context(), opts)
	require.NoError(t, err)
	require.Equal(t, Result{Head: a.Head, Outcome: Switched, Replaced: b.ID}, r)
	requireLive(t, target, siteA)

	r, err = target.Rollback(t.Context(), opts)
	require.NoError(t, err, "a retry is not refused because of its own effect")
	require.Equal(t, AlreadyLive, r.Outcome)

	h := history(t, target)
	require.Len(t, h, 3)
	require.Equal(t, RolledBack, h[0].Action)
	require.Equal(t, "rollback-1", h[0].JobID)
	require.Equal(t, []string{a.ID, b.ID}, []string{h[0].Release, h[0].Previous})
}

func TestLateRetryOfRollbackDoesNothing(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	a := publish(t, target, "publish-a", siteA)
	publish(t, target, "publish-b", siteB)
	opts := RollbackOptions{Meta: Meta{JobID: "rollback-1", Attempt: 1}, Release: a.ID}
	_, err := target.Rollback(t.Context(), opts)
	require.NoError(t, err)
	c := publish(t, target, "publish-c", siteB)

	r, err := target.Rollback(t.Context(), opts)
	require.NoError(t, err)
	require.Equal(t, Superseded, r.Outcome)
	live, err := target.LiveID()
	require.NoError(t, err)
	require.Equal(t, c.ID, live)
}

func TestRollbackIsRefused(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	a := publish(t, target, "publish-a", siteA)
	publish(t, target, "publish-b", siteB)
	meta := Meta{JobID: "rollback-1", Attempt: 1}

	_, err := target.Rollback(t.Context(), RollbackOptions{Meta: meta, Release: "publish-x.0123456789ab"})
	var missing *NotFoundError
	require.ErrorAs(t, err, &missing)

	_, err = target.Rollback(t.Context(), RollbackOptions{Meta: meta, Release: a.ID, IfLive: "publish-x.0123456789ab"})
	var moved *MovedError
	require.ErrorAs(t, err, &moved)
	requireLive(t, target, siteB)

	_, err = target.Rollback(t.Context(), RollbackOptions{Meta: meta, Release: "../../etc"})
	var invalid *InvalidError
	require.ErrorAs(t, err, &invalid)
}

func TestLockNamesItsHolder(t *testing.T) {
	t.Parallel()
	target := newTarget(t)
	unlock, err := target.lock(t.Context(), "publish", "publish-first")
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = reopen(t, target).Publish(ctx, newSource(t, siteA), Meta{JobID: "publish-second", Attempt: 1}, nil)
	var locked *LockedError
	require.ErrorAs(t, err, &locked)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, "publish-first", locked.Holder.JobID)
	require.ErrorContains(t, err, "a publish of job publish-first")

	unlock()
	require.Empty(t, target.holder())
	publish(t, target, "publish-second", siteA)
}

func TestReleaseIDs(t *testing.T) {
	t.Parallel()
	tree := strings.Repeat("0123456789abcdef", 4)
	id, err := ID("publish-abc.b07", tree)
	require.NoError(t, err)
	require.Equal(t, "publish-abc.b07.0123456789ab", id)
	require.NoError(t, CheckID(id))

	for _, bad := range []string{
		"", ".", "..", "a", "a.", ".0123456789ab", "a.0123456789AB", "a.0123456789abc", "../a.0123456789ab",
		"a/b.0123456789ab", "a..b.0123456789ab", "-a.0123456789ab", "a\n.0123456789ab", "a.0123456789ab\n",
		strings.Repeat("a", MaxJobID+1) + ".0123456789ab",
	} {
		require.Error(t, CheckID(bad), "%q", bad)
	}
}
