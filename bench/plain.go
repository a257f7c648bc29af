package main

import (
	"context"
	"time"

	temporal "go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// plainQueue is the task queue of the plain workflow.
const plainQueue = "plain"

// plainStep does nothing.
func plainStep(context.Context) error { return nil }

// plainSteps is the yardstick: what anybody would write first with the
// Temporal SDK for three steps one after the other.
func plainSteps(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
	for range 3 {
		if err := workflow.ExecuteActivity(ctx, plainStep).Get(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// servePlain runs a worker for the yardstick, with the options that package
// worker gives to the one that runs jobs, and a client as the SDK makes it.
func (s *system) servePlain(ctx context.Context) (err error) {
	if s.plain, err = s.dial(ctx, temporal.ConnectionOptions{}); err != nil {
		return err
	}
	w := worker.New(s.plain, plainQueue, worker.Options{
		WorkerStopTimeout:                5 * time.Second,
		MaxHeartbeatThrottleInterval:     time.Second,
		DefaultHeartbeatThrottleInterval: time.Second,
	})
	w.RegisterWorkflow(plainSteps)
	w.RegisterWorkflow(plainWaiting)
	w.RegisterActivity(plainStep)
	if err := w.Start(); err != nil {
		return err
	}
	s.onStop(func() error { w.Stop(); return nil })
	return nil
}

// doPlain runs the yardstick once, from start to result.
func (s *system) doPlain(ctx context.Context) (o once, err error) {
	began := time.Now()
	run, err := s.plain.ExecuteWorkflow(ctx, temporal.StartWorkflowOptions{TaskQueue: plainQueue}, plainSteps)
	if err != nil {
		return o, err
	}
	o.submit = time.Since(began)
	err = run.Get(ctx, nil)
	o.turnaround = time.Since(began)
	return o, err
}
