package e2e_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/client"
	"github.com/docjobs/docjobs/job"
)

// newKey makes a key with docjobs keys create.
func newKey(t *testing.T, data string, args ...string) string {
	t.Helper()
	made := run(t, append([]string{"keys", "create", "--data", data}, args...)...)
	require.Zero(t, made.code, made.err)
	return strings.TrimSpace(made.out)
}

// openedBy returns a client of the server with the key.
func (p *program) openedBy(t *testing.T, key string) *client.Client {
	t.Helper()
	c, err := client.New(p.addresses.HTTP, client.WithKey(key))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// Two tenants with equal content have a job each, and neither can tell of the
// other on any route that there is.
func TestTenantsAreApartOnEveryRoute(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	one := newKey(t, data, "Ada", "--tenant", "one")
	two := newKey(t, data, "Bob", "--tenant", "two", "--scope", "admin")
	p := up(t, data, "--http", "0.0.0.0:0")
	p.addresses.HTTP = strings.NewReplacer("[::]", "127.0.0.1", "0.0.0.0", "127.0.0.1").Replace(p.addresses.HTTP)

	source := folder(t, map[string]string{"README.md": "# Home\n\nHello.\n"})
	publish := func(key string) *job.Status {
		cmd := command(limited(t, time.Minute), t, "submit", "publish", source, "--target", "local", "--server", p.addresses.HTTP, "--wait", "--json")
		cmd.Env = append(cmd.Env, "DOCJOBS_KEY="+key)
		done := finish(t, cmd)
		require.Zero(t, done.code, done.err)
		var status job.Status
		require.NoError(t, json.Unmarshal([]byte(done.out), &status))
		return &status
	}
	mine := publish(one)
	require.Equal(t, "Ada", mine.Submitter, "the key says who submits")
	theirs := publish(two)
	require.NotEqual(t, mine.ID, theirs.ID)

	_, err := p.openedBy(t, one).Get(t.Context(), mine.ID, job.StatusQuery{})
	require.NoError(t, err)
	page, err := p.openedBy(t, two).List(t.Context(), job.Filter{})
	require.NoError(t, err)
	for _, listed := range page.Jobs {
		require.NotEqual(t, mine.ID, listed.ID)
	}
	walkRoutes(t, p, two, mine.ID)

	refused := run(t, "list", "--server", p.addresses.HTTP)
	require.Equal(t, 1, refused.code)
	require.Contains(t, refused.err, "DOCJOBS_KEY")
}

// walkRoutes asks for everything that the description of the API names under one
// job, with the key of another tenant.
func walkRoutes(t *testing.T, p *program, key string, id job.ID) {
	t.Helper()
	_, body := ask(t, "GET", p.addresses.HTTP+"/openapi.json", nil)
	var description struct {
		Paths map[string]map[string]json.RawMessage
	}
	require.NoError(t, json.Unmarshal(body, &description))
	walked := 0
	for path, methods := range description.Paths {
		if !strings.HasPrefix(path, "/v1/jobs/{id}") {
			continue
		}
		address := p.addresses.HTTP + strings.NewReplacer("{id}", string(id), "{path}", "site/index.html").Replace(path)
		for method := range methods {
			method = strings.ToUpper(method)
			resp, answer := ask(t, method, address, map[string]string{"Authorization": "Bearer " + key})
			require.Contains(t, []int{http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusBadRequest}, resp.StatusCode, "%s %s: %s", method, path, answer)
			require.NotContains(t, string(answer), "Ada")
			resp, _ = ask(t, method, address, nil)
			require.Equal(t, http.StatusUnauthorized, resp.StatusCode, "%s %s", method, path)
			walked++
		}
	}
	require.Greater(t, walked, 8)
}

func TestOthersReachTheServerOnlyWithKeys(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	refused := run(t, "up", "--data", data, "--http", "0.0.0.0:0", "--temporal-port", "0", "--ui-port", "0")
	require.Equal(t, 2, refused.code, refused.err)
	require.Contains(t, refused.err, "docjobs keys create")

	key := newKey(t, data, "Ada")
	listed := run(t, "keys", "list", "--data", data)
	require.Contains(t, listed.out, "valid")
	require.NotContains(t, listed.out, key)
	id := strings.Split(key, "_")[1]
	revoked := run(t, "keys", "revoke", id, "--data", data)
	require.Zero(t, revoked.code, revoked.err)
	require.Contains(t, run(t, "keys", "list", "--data", data).out, "revoked")
	require.Equal(t, 1, run(t, "keys", "revoke", "nothing", "--data", data).code)
}
