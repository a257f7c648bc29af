package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"

	"github.com/docjobs/docjobs/api"
)

// clusterOptions are the flags of docjobs api and docjobs worker.
type clusterOptions struct {
	config, data, api, ui string
	unsafe                bool
}

// dial connects to the Temporal that the standard TEMPORAL_* settings name and
// makes sure that it knows the search attributes.
func dial(ctx context.Context, log *slog.Logger) (client.Client, string, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return nil, "", fmt.Errorf("the TEMPORAL_* settings have an error: %w", err)
	}
	if options.Namespace == "" {
		options.Namespace = client.DefaultNamespace
	}
	if options.HostPort == "" {
		options.HostPort = client.DefaultHostPort
	}
	c, err := client.DialContext(ctx, clientOptions(options, log))
	if err != nil {
		return nil, "", fmt.Errorf("no answer from Temporal at %s: %w; set TEMPORAL_ADDRESS and the other TEMPORAL_* variables", options.HostPort, err)
	}
	if err := ensureSearchAttributes(ctx, c, options.Namespace); err != nil {
		c.Close()
		return nil, "", err
	}
	return c, options.Namespace, nil
}

// ensureSearchAttributes adds to the namespace what it does not know yet.
func ensureSearchAttributes(ctx context.Context, c client.Client, namespace string) error {
	operator := c.OperatorService()
	known, err := operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("the search attributes of namespace %s cannot be read: %w", namespace, err)
	}
	missing := map[string]enumspb.IndexedValueType{}
	for name, kind := range searchAttributes() {
		if _, there := known.GetCustomAttributes()[name]; !there {
			missing[name] = kind
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = operator.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: namespace, SearchAttributes: missing,
	})
	if err != nil {
		commands := ""
		for name, kind := range missing {
			commands += fmt.Sprintf("\n  temporal operator search-attribute create --namespace %s --name %s --type %s", namespace, name, kind)
		}
		return fmt.Errorf("namespace %s lacks search attributes, and they cannot be added from here (%w); an operator of the cluster adds them with:%s", namespace, err, commands)
	}
	return nil
}

// newWorkerCommand returns docjobs worker.
func newWorkerCommand(s streams) *cobra.Command {
	o := clusterOptions{}
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Run a worker against a Temporal cluster",
		Long: `Run a worker that takes jobs from the Temporal cluster which the standard
TEMPORAL_* settings name. All workers and APIs of a cluster need the same
configuration: the same artifact store and the same targets.`,
		Example: `  TEMPORAL_ADDRESS=temporal:7233 docjobs worker --config docjobs.yaml`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runWorker(cmd.Context(), o, newLogger(s.err, slog.LevelInfo))
		},
	}
	o.register(cmd)
	cmd.Flags().StringVar(&o.api, "api", "http://"+defaultHTTP, "`URL` of the API, which serves the targets that have no url of their own")
	cmd.Flags().BoolVar(&o.unsafe, "unsafe-builds", false, "build also what this machine cannot shut in; for sources that you trust")
	return cmd
}

func (o *clusterOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.config, "config", "", "configuration `FILE` (YAML)")
	f.StringVar(&o.data, "data", "", "`FOLDER` for what is kept on this machine")
}

func runWorker(ctx context.Context, o clusterOptions, log *slog.Logger) (err error) {
	c, err := loadConfig(o.config, o.data)
	if err != nil {
		return err
	}
	c.UnsafeBuilds = c.UnsafeBuilds || o.unsafe
	temporal, namespace, err := dial(ctx, log)
	if err != nil {
		return err
	}
	defer temporal.Close()
	p, err := open(ctx, c, "worker", strings.TrimSuffix(o.api, "/"), log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	return p.work(ctx, temporal, namespace, func() { log.Info("The worker is ready.", "namespace", namespace) })
}

// newAPICommand returns docjobs api.
func newAPICommand(s streams) *cobra.Command {
	o := clusterOptions{}
	cmd := &cobra.Command{
		Use:   "api",
		Short: "Run the API against a Temporal cluster",
		Long: `Run the HTTP API over the Temporal cluster which the standard TEMPORAL_*
settings name. It serves what file targets without an address of their own hold
under /sites/. Without API keys it is reachable from this machine only; see
docjobs keys.`,
		Example: `  TEMPORAL_ADDRESS=temporal:7233 docjobs api --config docjobs.yaml --ui http://temporal-ui:8080`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runAPI(cmd.Context(), o, newLogger(s.err, slog.LevelInfo))
		},
	}
	o.register(cmd)
	cmd.Flags().StringVar(&o.api, "http", defaultHTTP, "`ADDRESS` to listen on; port 0 is any free one")
	cmd.Flags().StringVar(&o.ui, "ui", os.Getenv("TEMPORAL_UI"), "`URL` of the Temporal UI, for links to it")
	return cmd
}

func runAPI(ctx context.Context, o clusterOptions, log *slog.Logger) (err error) {
	c, err := loadConfig(o.config, o.data)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, c, o.api)
	if err != nil {
		return err
	}
	defer listener.Close()
	temporal, namespace, err := dial(ctx, log)
	if err != nil {
		return err
	}
	defer temporal.Close()
	p, err := open(ctx, c, "api", "http://"+listener.Addr().String(), log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	handler, err := p.handler(temporal, namespace, o.ui, listener)
	if err != nil {
		return err
	}
	server := api.Server(handler)
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	log.Info("The API is ready.", "address", "http://"+listener.Addr().String(), "namespace", namespace)
	select {
	case err := <-stopped:
		return fmt.Errorf("the API has stopped: %w", err)
	case <-ctx.Done():
	}
	return shutDown(server)
}

// shutDown lets requests in flight end, and then ends those that do not.
func shutDown(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		return server.Close()
	}
	return nil
}

// newLogger writes log lines for people to w.
func newLogger(w *os.File, level slog.Leveler) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}
