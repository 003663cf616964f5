package hunt_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// TestInjectedAccountsMustBeNamed checks that a table with injected account partitions is refused unless accounts are
// named, and that only the partitions of named accounts are read.
func TestInjectedAccountsMustBeNamed(t *testing.T) {
	p := layoutOf(t, "cloudtrail/athena-org-projection")
	db := sqltest.DuckDB(t)
	at := time.Date(2023, 7, 10, 10, 0, 0, 0, time.UTC)
	var rows [][]any
	for _, account := range []string{"111122223333", "444455556666", "777788889999"} {
		row := sqltest.SyntheticRow(p, at, map[string]string{"eventID": account, "eventName": "DeleteUser", "eventSource": "iam.amazonaws.com"})
		row[len(p.Columns)] = account
		rows = append(rows, row)
	}
	if err := db.Load(t.Context(), "injected", sqltest.Columns(p), rows); err != nil {
		t.Fatal(err)
	}
	table := athenatest.Table{Database: "security", Name: "injected", Parameters: map[string]string{
		"projection.enabled": "true", "projection.account.type": "injected", "projection.timestamp.type": "date", "projection.timestamp.format": "yyyy/MM/dd",
	}}
	_, e := onAthena(t, athenatest.Options{Backend: athenatest.SQL(db)}, table, p, "duckdb")
	opt := lake.Options{
		Engine: e, Tables: []lake.Table{{Name: "injected", Layout: p}}, Set: setOfRules(t, spelledRule), From: theDay, To: theDay.AddDate(0, 0, 1),
		AllTime: true, Sizes: []lake.Size{{Chunk: 24 * time.Hour}},
	}
	var refused *lake.AccountsError
	if _, err := lake.Open(t.Context(), opt); !errors.As(err, &refused) || refused.Column != "account" {
		t.Errorf("without accounts: got error %v", err)
	}
	for _, accounts := range [][]string{{"444455556666"}, {"111122223333", "777788889999"}} {
		opt.Accounts = accounts
		l, err := lake.Open(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		j, err := journal.Create(t.TempDir(), journal.Header{Created: time.Now(), Fingerprint: l.Fingerprint()})
		if err != nil {
			t.Fatal(err)
		}
		l.Use(j)
		found, _ := spelledLines(t, hunt.Options{Set: opt.Set, Source: hunt.Tables(l), From: opt.From, To: opt.To})
		_ = j.Close()
		if !slices.Equal(found, accounts) {
			t.Errorf("got %q, want %q", found, accounts)
		}
	}
	opt.Tables[0].Layout = layoutOf(t, "cloudtrail/athena")
	if _, err := lake.Open(t.Context(), opt); !errors.As(err, &refused) || refused.Column != "" {
		t.Errorf("table without accounts: got error %v", err)
	}
}
