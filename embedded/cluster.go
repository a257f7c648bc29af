package embedded

import (
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

const (
	// clusterName and historyShards are written into the database at the
	// first start and can never change for it.
	clusterName = "active"
	// One shard: every shard has queue readers and timers of its own, and they
	// would all wait for the same single writer.
	historyShards = 1
	storeName     = "sqlite"
)

// newTemporal assembles the four services of a Temporal cluster in this
// process. They find each other by a fixed table instead of gossip, which
// after a kill would wait for the dead process's entries to expire.
func newTemporal(cfg *config.Config, p ports, dynamic dynamicconfig.Client, logger *logger) (temporal.Server, error) {
	claims := authorization.NewNoopClaimMapper()
	return temporal.NewServer(
		temporal.WithConfig(cfg),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(map[primitives.ServiceName]static.Hosts{
			primitives.FrontendService: static.SingleLocalHost(hostPort(p.frontend)),
			primitives.HistoryService:  static.SingleLocalHost(hostPort(p.history)),
			primitives.MatchingService: static.SingleLocalHost(hostPort(p.matching)),
			primitives.WorkerService:   static.SingleLocalHost(hostPort(p.worker)),
		}),
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return claims }),
		temporal.WithDynamicConfigClient(dynamic),
	)
}

func clusterConfig(p ports, db *config.SQL) *config.Config {
	cfg := &config.Config{
		Persistence: config.Persistence{
			DefaultStore:     storeName,
			VisibilityStore:  storeName,
			NumHistoryShards: historyShards,
			DataStores:       map[string]config.DataStore{storeName: {SQL: db}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: hostPort(p.frontend)},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		PublicClient:        config.PublicClient{HostPort: hostPort(p.frontend)},
		Services: map[string]config.Service{
			string(primitives.FrontendService): grpcService(p.frontend),
			string(primitives.HistoryService):  grpcService(p.history),
			string(primitives.MatchingService): grpcService(p.matching),
			string(primitives.WorkerService):   grpcService(p.worker),
		},
	}
	cfg.Global.Membership.BroadcastAddress = loopback
	cfg.Archival.History.State = "disabled"
	cfg.Archival.Visibility.State = "disabled"
	cfg.NamespaceDefaults.Archival.History.State = "disabled"
	cfg.NamespaceDefaults.Archival.Visibility.State = "disabled"
	return cfg
}

// grpcService binds by address: the server's "bind on localhost" can be
// redirected to any interface by an environment variable.
func grpcService(port int) config.Service {
	return config.Service{RPC: config.RPC{GRPCPort: port, BindOnIP: loopback}}
}
