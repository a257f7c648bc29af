package release

import (
	"fmt"
	"regexp"
	"strings"
)

// MaxJobID is the longest job ID in bytes. With the tree digest's prefix the
// release ID stays below the 255 bytes that file systems allow for a name.
const MaxJobID = 200

// treePrefix is how many hex digits of the tree digest a release ID carries.
// 48 bits tell apart the few hundred trees that one job can ever have; the
// whole digest is compared before a release is reused.
const treePrefix = 12

var (
	jobIDPattern  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	digestPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
	prefixPattern = regexp.MustCompile(`^[0-9a-f]{12}$`)
)

// ID returns the release ID of a job and a tree digest:
// <job-id>.<first 12 hex digits of the tree digest>.
func ID(jobID, tree string) (string, error) {
	if err := checkJobID(jobID); err != nil {
		return "", err
	}
	if !digestPattern.MatchString(tree) {
		return "", &InvalidError{Field: "tree digest", Reason: fmt.Sprintf("%.80q is not a SHA-256 in lower-case hex", tree)}
	}
	return jobID + "." + tree[:treePrefix], nil
}

// CheckID says whether id can be a release ID. IDs become file names, so
// everything that a caller passes in goes through here first.
func CheckID(id string) error {
	dot := strings.LastIndexByte(id, '.')
	if dot < 0 || checkJobID(id[:dot]) != nil || !prefixPattern.MatchString(id[dot+1:]) {
		return &InvalidError{Field: "release ID", Reason: fmt.Sprintf("%.80q is not of the form <job-id>.<12 hex digits>", id)}
	}
	return nil
}

func checkJobID(id string) error {
	if len(id) > MaxJobID || !jobIDPattern.MatchString(id) || strings.Contains(id, "..") {
		return &InvalidError{Field: "job ID", Reason: fmt.Sprintf(
			"%.80q cannot name a release: it needs 1 to %d letters, digits, dots, dashes or underscores, a letter or digit first and no two dots in a row", id, MaxJobID)}
	}
	return nil
}
