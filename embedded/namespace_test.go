package embedded_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/docjobs/docjobs/embedded"
)

const (
	keyword = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	integer = enumspb.INDEXED_VALUE_TYPE_INT

	eventually = time.Minute
	tick       = 20 * time.Millisecond
)

func TestStart_updatesNamespace(t *testing.T) {
	t.Parallel()
	dir, day := t.TempDir(), 24*time.Hour

	srv := start(t, embedded.Config{Dir: dir, NoUI: true, SearchAttributes: types{"Kind": keyword}})
	require.Equal(t, embedded.DefaultRetention, retentionOf(t, dial(t, srv)))
	stop(t, srv)

	c := embedded.Config{Dir: dir, NoUI: true, Retention: 3 * day, SearchAttributes: types{"Failed": integer}}
	srv = start(t, c)
	require.Equal(t, 3*day, retentionOf(t, dial(t, srv)))
	require.Equal(t, types{"Kind": keyword, "Failed": integer}, attributesOf(t, dial(t, srv)), "added one, kept one")
	stop(t, srv)

	srv = start(t, c)
	require.Equal(t, types{"Kind": keyword, "Failed": integer}, attributesOf(t, dial(t, srv)), "nothing to do")
}

// The attributes work at once: no cache has to learn about them first.
func TestStart_searchAttributesCanBeUsed(t *testing.T) {
	t.Parallel()
	c := dial(t, start(t, embedded.Config{NoUI: true, SearchAttributes: types{"Kind": keyword, "Failed": integer}}))
	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "found", TaskQueue: taskQueue,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			temporal.NewSearchAttributeKeyKeyword("Kind").ValueSet("publish"),
			temporal.NewSearchAttributeKeyInt64("Failed").ValueSet(3),
		),
	}, threeSteps)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		list, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{
			Query: `Kind = "publish" AND Failed > 2`,
		})
		return err == nil && len(list.Executions) == 1
	}, eventually, tick)
}

type types = map[string]enumspb.IndexedValueType

func retentionOf(t *testing.T, c client.Client) time.Duration {
	t.Helper()
	ns, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	require.NoError(t, err)
	return ns.Config.WorkflowExecutionRetentionTtl.AsDuration()
}

func attributesOf(t *testing.T, c client.Client) types {
	t.Helper()
	list, err := c.OperatorService().ListSearchAttributes(t.Context(), &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	require.NoError(t, err)
	return list.CustomAttributes
}
