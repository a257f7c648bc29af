package embedded

import (
	"context"
	"errors"
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// probeID is a workflow ID that nothing uses.
const probeID = "embedded-readiness-probe"

// waitReady returns when a workflow can be started in the namespace.
//
// It asks for a workflow that does not exist: the answer "not found" comes
// from the history shard that would create it, so frontend, namespace and
// shard all work. Any other answer is asked again until ctx ends.
func waitReady(ctx context.Context, address, namespace string, failed <-chan struct{}) error {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	api := workflowservice.NewWorkflowServiceClient(conn)
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		err := probe(ctx, api, namespace)
		if err == nil {
			return nil
		}
		select {
		case <-failed:
			return err
		case <-ctx.Done():
			return fmt.Errorf("embedded Temporal server is not ready: %w (last answer: %w)", context.Cause(ctx), err)
		case <-time.After(wait):
		}
	}
}

func probe(ctx context.Context, api workflowservice.WorkflowServiceClient, namespace string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err := api.DescribeWorkflowExecution(ctx, &workflowservice.DescribeWorkflowExecutionRequest{
		Namespace: namespace,
		Execution: &commonpb.WorkflowExecution{WorkflowId: probeID},
	}, grpc.WaitForReady(true))
	var notFound *serviceerror.NotFound
	if err = serviceerror.FromStatus(status.Convert(err)); errors.As(err, &notFound) {
		return nil
	}
	return err
}
