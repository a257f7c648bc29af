package workflows

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/docjobs/docjobs/job"
)

// sameKey finds the job that was asked for in the same words with the same
// Idempotency-Key, and answers nothing if there is none. Words decide before what they
// stand for is looked up: a branch may have moved since, its repository be away, and
// another release be live.
func (s *Service) sameKey(ctx context.Context, sub *job.Submission) (*job.Receipt, error) {
	if sub.IdempotencyKey == "" || sub.Params == nil {
		return nil, nil
	}
	asked, err := askedFor(sub.Params)
	if err != nil {
		return nil, err
	}
	w := &work{kind: sub.Kind(), tenant: job.CallerFrom(ctx).Tenant, key: sub.IdempotencyKey}
	const rounds = 5 // each needs a job to start or to end in between
	for range rounds {
		v, err := s.glance(ctx, w.id(0))
		switch {
		case job.CodeOf(err) == job.CodeNotFound:
			return nil, nil
		case err != nil:
			return nil, err
		case v.rec.Asked != asked && w.kind == job.KindRollback:
			return nil, keyUsed(v.rec.Status.ID)
		case v.rec.Asked != asked:
			return nil, nil // it may be the same content in other words
		case v.running || !v.rec.Status.Outcome().Repeatable():
			return known(v), nil // also when its result has expired: that was done
		case sub.DryRun:
			return &job.Receipt{Status: workOf(v.rec).newRecord(v.rec.Status.ID, v.rec).Status}, nil
		}
		status, err := s.Resubmit(ctx, v.rec.Status.ID, job.Resubmission{})
		if err == nil {
			return &job.Receipt{Status: *status}, nil
		}
		if job.CodeOf(err) != job.CodeConflict {
			return nil, err
		}
	}
	return nil, unavailable(w.id(0), errors.New("the job kept changing its state"))
}

// askedFor is the digest of parameters as they were sent, with defaults filled in. What
// people call the source is no part of it.
func askedFor(params job.Params) (string, error) {
	text, err := json.Marshal(params)
	if err != nil {
		return "", err
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return "", err
	}
	if source, ok := fields["source"].(map[string]any); ok {
		delete(source, "name")
	}
	text, err = json.Marshal(fields) // in the order of the names
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}
