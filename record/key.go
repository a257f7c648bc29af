package record

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
)

// keyHolder is the job that an Idempotency-Key belongs to.
type keyHolder struct {
	JobID job.ID `json:"job_id"`
}

// ClaimKey gives an Idempotency-Key of a tenant to a job and returns the job that it
// belongs to: the first that claimed it, whichever that was.
func (s *Store) ClaimKey(ctx context.Context, tenant, key string, id job.ID) (job.ID, error) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d:%s%s", len(tenant), tenant, key))
	name := "idempotency/" + hex.EncodeToString(sum[:]) + ".json"
	err := s.documents.Create(ctx, name, keyHolder{id})
	if !errors.Is(err, artifact.ErrExists) {
		return id, err
	}
	var holder keyHolder
	err = s.documents.Get(ctx, name, &holder)
	return holder.JobID, err
}
