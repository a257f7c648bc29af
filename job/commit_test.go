package job_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

// What a commit is made of is told to others, so that nothing secret may be in it.
func TestCommits(t *testing.T) {
	t.Parallel()
	sha := strings.Repeat("ab", 20)
	for repository, place := range map[string]string{
		"https://github.com/acme/handbook":            "github.com acme/handbook",
		"https://GitHub.com/acme/handbook.git":        "github.com acme/handbook",
		"ssh://git@gitlab.com/acme/docs/handbook.git": "gitlab.com acme/docs/handbook",
		"https://user:hunter2@github.com/acme/x":      "",
		"https://token@github.com/acme/x":             "",
		"ssh://git:hunter2@github.com/acme/x":         "",
		"file:///srv/handbook/x":                      "",
		"https://github.com/acme":                     "",
		"git@github.com:acme/handbook.git":            "",
		"https://github.com/acme/x?token=1":           "",
	} {
		s := job.Submission{Params: &job.Probe{Nonce: "x"}, Commit: &job.Commit{Repository: repository, SHA: sha}}
		err := s.Normalize()
		if place == "" {
			require.ErrorContains(t, err, "commit.repository", repository)
			require.NotContains(t, err.Error(), "hunter2")
			continue
		}
		require.NoError(t, err, repository)
		host, path := s.Commit.Place()
		require.Equal(t, place, host+" "+path)
	}
	for _, bad := range []string{"", "abc", strings.ToUpper(sha), sha + "0"} {
		s := job.Submission{Params: &job.Probe{Nonce: "x"}, Commit: &job.Commit{Repository: "https://github.com/acme/x", SHA: bad}}
		require.ErrorContains(t, s.Normalize(), "commit.sha", bad)
	}
}

func TestTheCommitOfASource(t *testing.T) {
	t.Parallel()
	sha := strings.Repeat("ab", 20)
	commit := job.Source{Git: "https://user:hunter2@github.com/acme/x.git", Digest: "commit:" + sha}.Commit()
	require.Equal(t, &job.Commit{Repository: "https://github.com/acme/x.git", SHA: sha}, commit)
	require.Nil(t, job.Source{Git: "https://github.com/acme/x.git"}.Commit(), "not fixed yet")
	require.Nil(t, job.Source{Upload: "sha256:" + sha, Digest: "tree:" + sha}.Commit())
	require.Nil(t, job.Source{Git: "file:///srv/x", Digest: "commit:" + sha}.Commit())
}
