package cli_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/api/apitest"
)

func TestDeliveries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := string(w.submitted("told"))
	o := w.run("deliveries", id)
	require.Zero(t, o.code)
	require.Contains(t, o.out, "job.queued")
	require.Contains(t, o.out, "503 (try 1)")
	require.Contains(t, o.out, apitest.DeliveryID)
	o = w.run("redeliver", id, apitest.DeliveryID)
	require.Zero(t, o.code)
	require.Contains(t, o.out, "ops")
	o = w.run("redeliver", id, "msg_none")
	require.Equal(t, 1, o.code)
	require.Contains(t, o.err, "no such delivery")
}
