package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/keyring"
)

// keysOptions are the flags of docjobs keys.
type keysOptions struct {
	config, data string
	json         bool
}

// newKeysCommand returns docjobs keys and what belongs to it. The commands work on
// the artifact store, where every API process finds the keys; they need no server.
func newKeysCommand(s streams) *cobra.Command {
	o := keysOptions{}
	cmd := &cobra.Command{
		Use:   "keys COMMAND",
		Short: "Make, list and revoke API keys",
		Long: `Make, list and revoke the keys of the API. They are kept, hashed, in the artifact
store that the configuration names, so these commands are the operator's: they need
its configuration and no running server.

From the first key on, every request needs one, also from this machine. A key opens
the jobs of its tenant only.`,
		Example: `  docjobs keys create "Ada Lovelace"
  docjobs keys create ci --tenant handbook --scope read --scope submit --expires 8760h
  docjobs keys revoke 7k2m9qx1ab`,
	}
	f := cmd.PersistentFlags()
	f.StringVar(&o.config, "config", "", "configuration `FILE` (YAML)")
	f.StringVar(&o.data, "data", "", "`FOLDER` for everything that is kept (default: docjobs in the user's data folder)")
	f.BoolVar(&o.json, "json", false, "print JSON")
	cmd.AddCommand(newKeysCreateCommand(&o, s), newKeysListCommand(&o, s), newKeysRevokeCommand(&o, s))
	return cmd
}

// withRing opens the keys of the configuration for f.
func (o *keysOptions) withRing(ctx context.Context, f func(*keyring.Ring) error) error {
	c, err := loadConfig(o.config, o.data)
	if err != nil {
		return err
	}
	return c.withRing(ctx, f)
}

// withRing opens the keys for f, without a server.
func (c *config) withRing(ctx context.Context, f func(*keyring.Ring) error) (err error) {
	store, err := artifact.Open(ctx, c.Artifacts, artifact.Options{})
	if err != nil {
		return fmt.Errorf("the artifact store cannot be opened: %w", err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return f(keyring.New(store.Documents()))
}

func newKeysCreateCommand(o *keysOptions, s streams) *cobra.Command {
	key, scopes := keyring.Key{}, []string{}
	var expires time.Duration
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Make a key and print it, once",
		Long: `Make a key for the person or program NAME, who is the submitter of its jobs, and
print it on standard output. It cannot be shown again. Scopes: read (follow jobs, fetch
results), submit (submit, cancel, resubmit), approve, admin (everything).`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			key.Name = args[0]
			for _, scope := range scopes {
				key.Scopes = append(key.Scopes, job.Scope(scope))
			}
			if expires != 0 {
				at := time.Now().UTC().Add(expires)
				key.ExpiresAt = &at
			}
			return o.withRing(cmd.Context(), func(ring *keyring.Ring) error { return createKey(cmd.Context(), ring, key, o.json, s) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&key.Tenant, "tenant", job.DefaultTenant, "`NAME` of the tenant whose jobs the key opens")
	f.StringArrayVar(&scopes, "scope", []string{string(job.ScopeRead), string(job.ScopeSubmit)}, "`SCOPE` of the key: read, submit, approve or admin; may be repeated")
	f.DurationVar(&expires, "expires", 0, "how long the key is valid, such as 720h (default: until it is revoked)")
	_ = cmd.RegisterFlagCompletionFunc("scope", cobra.FixedCompletions(scopeWords(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func scopeWords() []cobra.Completion {
	words := make([]cobra.Completion, len(job.Scopes))
	for i, scope := range job.Scopes {
		words[i] = cobra.Completion(scope)
	}
	return words
}

// createKey makes the key and shows it.
func createKey(ctx context.Context, ring *keyring.Ring, key keyring.Key, asJSON bool, s streams) error {
	token, made, err := ring.Create(ctx, key)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(s.out).Encode(struct {
			Key string `json:"key"`
			shownKey
		}{token, show(made)})
	}
	if _, err := fmt.Fprintln(s.out, token); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.err, "Key %s of %s, tenant %s, may: %s. It cannot be shown again.\nSet DOCJOBS_KEY to it, or send it as Authorization: Bearer.\n",
		made.ID, made.Name, made.Tenant, joinScopes(made.Scopes))
	return err
}

// shownKey is a key as it is shown: without its digest.
type shownKey struct {
	ID        string      `json:"id"`
	Tenant    string      `json:"tenant"`
	Name      string      `json:"name"`
	Scopes    []job.Scope `json:"scopes"`
	State     string      `json:"state"` // "valid", "expired", "revoked"
	CreatedAt time.Time   `json:"created_at"`
	ExpiresAt *time.Time  `json:"expires_at,omitempty"`
	RevokedAt *time.Time  `json:"revoked_at,omitempty"`
}

func show(k *keyring.Key) shownKey {
	state := "valid"
	switch {
	case k.RevokedAt != nil:
		state = "revoked"
	case !k.Valid(time.Now()):
		state = "expired"
	}
	return shownKey{k.ID, k.Tenant, k.Name, k.Scopes, state, k.CreatedAt, k.ExpiresAt, k.RevokedAt}
}

func joinScopes(scopes []job.Scope) string {
	words := make([]string, len(scopes))
	for i, scope := range scopes {
		words[i] = string(scope)
	}
	return strings.Join(words, ", ")
}

func newKeysListCommand(o *keysOptions, s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the keys, without their secrets",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.withRing(cmd.Context(), func(ring *keyring.Ring) error {
				keys, err := ring.List(cmd.Context())
				if err != nil {
					return err
				}
				return listKeys(keys, o.json, s)
			})
		},
	}
}

func listKeys(keys []keyring.Key, asJSON bool, s streams) error {
	if asJSON {
		shown := make([]shownKey, len(keys))
		for i := range keys {
			shown[i] = show(&keys[i])
		}
		return json.NewEncoder(s.out).Encode(map[string]any{"keys": shown})
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tSTATE\tTENANT\tNAME\tSCOPES\tCREATED")
	for i := range keys {
		k := show(&keys[i])
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.State, k.Tenant, k.Name, joinScopes(k.Scopes), k.CreatedAt.Format(time.DateOnly))
	}
	return table.Flush()
}

func newKeysRevokeCommand(o *keysOptions, s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke ID",
		Short: "Make a key open nothing any more",
		Long: `Make a key open nothing any more, within seconds in every API process. ID is what
docjobs keys list shows, the middle of the key.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.withRing(cmd.Context(), func(ring *keyring.Ring) error {
				k, err := ring.Revoke(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if o.json {
					return json.NewEncoder(s.out).Encode(show(k))
				}
				_, err = fmt.Fprintf(s.err, "Key %s of %s is revoked.\n", k.ID, k.Name)
				return err
			})
		},
	}
}
