package embedded

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	persistencespb "go.temporal.io/server/api/persistence/v1"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/persistence"
	"go.temporal.io/server/common/persistence/serialization"
	persistencesql "go.temporal.io/server/common/persistence/sql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	"go.temporal.io/server/common/resolver"
	"go.temporal.io/server/common/searchattribute/sadefs"
	"go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

// SearchAttributeError says that a search attribute cannot be registered.
type SearchAttributeError struct {
	Name   string
	Reason string
}

func (e *SearchAttributeError) Error() string {
	return fmt.Sprintf("search attribute %q: %s", e.Name, e.Reason)
}

// ensureNamespace creates the namespace or brings it up to date. It works on
// the database while no server runs: through the API, changes would take
// seconds to reach every cache.
func ensureNamespace(ctx context.Context, cfg *config.SQL, c Config) error {
	db, err := persistencesql.NewSQLDB(sqlplugin.DbKindMain, cfg, resolver.NewNoopResolver(),
		log.NewNoopLogger(), metrics.NoopMetricsHandler)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := createNamespace(cfg, c); err != nil {
		return fmt.Errorf("namespace %q: %w", c.Namespace, err)
	}
	if err := updateNamespace(ctx, db, c); err != nil {
		return fmt.Errorf("namespace %q: %w", c.Namespace, err)
	}
	return nil
}

// createNamespace does nothing if the namespace exists.
func createNamespace(cfg *config.SQL, c Config) error {
	ns, err := sqlite.NewNamespaceConfig(clusterName, c.Namespace, false, nil)
	if err != nil {
		return err
	}
	if _, err := reconcile(ns.Detail.Config, c.Retention, c.SearchAttributes); err != nil {
		return err
	}
	return sqlite.CreateNamespaces(cfg, ns)
}

// updateNamespace writes the row back only if something differs.
func updateNamespace(ctx context.Context, db sqlplugin.DB, c Config) error {
	rows, err := db.SelectFromNamespace(ctx, sqlplugin.NamespaceFilter{Name: &c.Namespace})
	if err != nil {
		return err
	}
	row := rows[0]
	codec := serialization.NewSerializer()
	detail, err := codec.NamespaceDetailFromBlob(persistence.NewDataBlob(row.Data, row.DataEncoding))
	if err != nil {
		return err
	}
	changed, err := reconcile(detail.Config, c.Retention, c.SearchAttributes)
	if err != nil || !changed {
		return err
	}
	detail.ConfigVersion++
	blob, err := codec.NamespaceDetailToBlob(detail)
	if err != nil {
		return err
	}
	row.Data, row.DataEncoding = blob.Data, blob.EncodingType.String()
	_, err = db.UpdateNamespace(ctx, &row)
	return err
}

// reconcile applies retention and missing search attributes to a namespace's
// settings and reports whether anything changed.
func reconcile(ns *persistencespb.NamespaceConfig, retention time.Duration, want map[string]enumspb.IndexedValueType) (bool, error) {
	changed := ns.GetRetention().AsDuration() != retention
	ns.Retention = durationpb.New(retention)
	if ns.CustomSearchAttributeAliases == nil {
		ns.CustomSearchAttributeAliases = map[string]string{}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		added, err := addSearchAttribute(ns.CustomSearchAttributeAliases, name, want[name])
		if err != nil {
			return false, err
		}
		changed = changed || added
	}
	return changed, nil
}

// addSearchAttribute gives name a free column of its type. SQL visibility
// has a fixed set of columns ("Keyword01"); aliases maps them to names.
func addSearchAttribute(aliases map[string]string, name string, want enumspb.IndexedValueType) (bool, error) {
	if name == "" || !sadefs.IsMappable(name) {
		return false, &SearchAttributeError{Name: name, Reason: "the name belongs to Temporal; choose another"}
	}
	columns := sadefs.GetDBIndexSearchAttributes(nil).CustomSearchAttributes
	var free []string
	room := 0
	for column, columnType := range columns {
		switch alias := aliases[column]; {
		case alias == name && columnType == want:
			return false, nil
		case alias == name:
			return false, &SearchAttributeError{Name: name, Reason: fmt.Sprintf(
				"it has type %s in this data folder and cannot become %s; use another name or a new folder", columnType, want)}
		case columnType == want:
			room++
			if alias == "" {
				free = append(free, column)
			}
		}
	}
	if len(free) == 0 {
		return false, &SearchAttributeError{Name: name, Reason: fmt.Sprintf(
			"all %d search attributes of type %s are taken; SQLite has room for no more", room, want)}
	}
	aliases[slices.Min(free)] = name
	return true, nil
}
