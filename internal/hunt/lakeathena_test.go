package hunt_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/engine/athena"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// onAthena opens the engine on a fake Athena endpoint, with one table of a layout.
func onAthena(t *testing.T, o athenatest.Options, table athenatest.Table, p *schema.Layout, dialect string) (*athenatest.Server, *athena.Engine) {
	t.Helper()
	for _, c := range sqltest.Columns(p) {
		column := athenatest.Column{Name: c.Name, Type: sqltest.HiveType(c.Type)}
		if slices.ContainsFunc(p.PartitionedBy, func(by schema.Column) bool { return by.Name == c.Name }) {
			table.PartitionKeys = append(table.PartitionKeys, column)
		} else {
			table.Columns = append(table.Columns, column)
		}
	}
	o.Tables, o.Scanned = []athenatest.Table{table}, func(string) int64 { return 20 << 20 }
	server := athenatest.Start(t, o)
	server.SetEnv(t)
	e, err := athena.Open(t.Context(), athena.Options{
		Region: server.Region(), Database: table.Database, Dialect: dialect, MaxBackoff: 50 * time.Millisecond, Poll: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return server, e
}

// duckBackend returns DuckDB as the backend that runs an endpoint's statements.
func duckBackend(t *testing.T, p *schema.Layout) athenatest.Backend {
	t.Helper()
	db := sqltest.DuckDB(t)
	if err := db.Load(t.Context(), "trail", sqltest.Columns(p), publicRows(t, p)); err != nil {
		t.Fatal(err)
	}
	return athenatest.SQL(db)
}

func TestSameFindingsOnAthena(t *testing.T) {
	needsDuckDB(t)
	p := layoutOf(t, "cloudtrail/athena")
	server, e := onAthena(t, athenatest.Options{Backend: duckBackend(t, p)}, athenatest.Table{Database: "security", Name: "trail"}, p, "duckdb")
	ledger := sameFindings(t, e, "trail", p)
	if c := ledger.Lake; c.BilledBytes != int64(c.Queries)*(20<<20) || c.Dollars == 0 {
		t.Errorf("%d queries of 20 MiB: got %d billed bytes, $%f", c.Queries, c.BilledBytes, c.Dollars)
	}
	for sql, n := range server.Started() {
		if n != 1 {
			t.Errorf("got %d starts of %.100s, want 1", n, sql)
		}
	}
}

func TestSameStoryOnAthena(t *testing.T) {
	needsDuckDB(t)
	p := layoutOf(t, "cloudtrail/athena")
	server, e := onAthena(t, athenatest.Options{Backend: duckBackend(t, p)}, athenatest.Table{Database: "security", Name: "trail"}, p, "duckdb")
	server.SetFaults(athenatest.Faults{Seed: 5, Throttled: 0.3, Failing: 0.05, Cut: 0.5})
	sameStory(t, e, "trail", p)
}

// TestSameFindingsWithFaults throttles a third of all calls, fails some, and truncates results.
func TestSameFindingsWithFaults(t *testing.T) {
	needsDuckDB(t)
	p := layoutOf(t, "cloudtrail/athena")
	server, e := onAthena(t, athenatest.Options{Backend: duckBackend(t, p)}, athenatest.Table{Database: "security", Name: "trail"}, p, "duckdb")
	server.SetFaults(athenatest.Faults{Seed: 7, Throttled: 0.3, Failing: 0.05, Cut: 0.5})
	sameFindings(t, e, "trail", p)
}

// TestSameFindingsOnAthenaIntegration runs Athena's own dialect on Trino, the engine that Athena is based on.
func TestSameFindingsOnAthenaIntegration(t *testing.T) {
	p := layoutOf(t, "cloudtrail/athena-partitioned")
	db := sqltest.Trino(t)
	parts := strings.Split(onTrino(t, db, p), ".")
	server, e := onAthena(t, athenatest.Options{Backend: athenatest.SQL(db)}, athenatest.Table{Database: parts[1], Name: parts[2]}, p, "")
	server.SetFaults(athenatest.Faults{Seed: 3, Throttled: 0.3, Failing: 0.05, Cut: 0.5})
	sameFindings(t, e, parts[2], p)
}
