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

// onAthena opens the engine on an endpoint that stands in for Athena, with a table of a profile.
func onAthena(t *testing.T, o athenatest.Options, table athenatest.Table, p *schema.Profile, dialect string) (*athenatest.Server, *athena.Engine) {
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

// duckBehind is DuckDB as what runs the statements of an endpoint.
func duckBehind(t *testing.T, p *schema.Profile) athenatest.Backend {
	t.Helper()
	db := sqltest.DuckDB(t)
	if err := db.Load(t.Context(), "trail", sqltest.Columns(p), publicRows(t, p)); err != nil {
		t.Fatal(err)
	}
	return athenatest.SQL(db)
}

func TestSameFindingsOnAthena(t *testing.T) {
	p := profileOf(t, "cloudtrail/athena")
	server, e := onAthena(t, athenatest.Options{Backend: duckBehind(t, p)}, athenatest.Table{Database: "security", Name: "trail"}, p, "duckdb")
	ledger := sameFindings(t, e, "trail", p)
	if c := ledger.Lake; c.BilledBytes != int64(c.Queries)*(20<<20) || c.Dollars == 0 {
		t.Errorf("%d queries of 20 MiB are billed as %d bytes, $%f", c.Queries, c.BilledBytes, c.Dollars)
	}
	for sql, n := range server.Started() {
		if n != 1 {
			t.Errorf("%d starts of %.100s", n, sql)
		}
	}
}

// TestSameFindingsOnABadDay: a third of all calls is throttled, some fail, and results are cut off.
func TestSameFindingsOnABadDay(t *testing.T) {
	p := profileOf(t, "cloudtrail/athena")
	server, e := onAthena(t, athenatest.Options{Backend: duckBehind(t, p)}, athenatest.Table{Database: "security", Name: "trail"}, p, "duckdb")
	server.SetFaults(athenatest.Faults{Seed: 7, Throttled: 0.3, Failing: 0.05, Cut: 0.5})
	sameFindings(t, e, "trail", p)
}

// TestSameFindingsOnAthenaIntegration runs Athena's own dialect, on the engine that Athena is made of.
func TestSameFindingsOnAthenaIntegration(t *testing.T) {
	p := profileOf(t, "cloudtrail/athena-partitioned")
	db := sqltest.Trino(t)
	parts := strings.Split(onTrino(t, db, p), ".")
	server, e := onAthena(t, athenatest.Options{Backend: athenatest.SQL(db)}, athenatest.Table{Database: parts[1], Name: parts[2]}, p, "")
	server.SetFaults(athenatest.Faults{Seed: 3, Throttled: 0.3, Failing: 0.05, Cut: 0.5})
	sameFindings(t, e, parts[2], p)
}
