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

// TestInjectedAccounts: a table whose accounts are injected is refused unless they are named, and hunted in the partitions of
// those that are.
func TestInjectedAccounts(t *testing.T) {
	p := profileOf(t, "cloudtrail/athena-org-projection")
	db := sqltest.DuckDB(t)
	at := time.Date(2023, 7, 10, 10, 0, 0, 0, time.UTC)
	var rows [][]any
	for _, account := range []string{"111122223333", "444455556666", "777788889999"} {
		row := sqltest.PlacedRow(p, at, map[string]string{"eventID": account, "eventName": "DeleteUser", "eventSource": "iam.amazonaws.com"})
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
		Engine: e, Tables: []lake.Table{{Name: "injected", Profile: p}}, Set: setOfRules(t, spelledRule), From: theDay, To: theDay.AddDate(0, 0, 1),
	}
	var refused *lake.AccountsError
	if _, err := lake.Describe(t.Context(), opt); !errors.As(err, &refused) || refused.Column != "account" {
		t.Errorf("without accounts: %v", err)
	}
	for _, accounts := range [][]string{{"444455556666"}, {"111122223333", "777788889999"}} {
		opt.Accounts = accounts
		l, err := lake.Describe(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		j, err := journal.Create(t.TempDir(), journal.Header{Created: time.Now(), Fingerprint: l.Fingerprint()})
		if err != nil {
			t.Fatal(err)
		}
		l.Use(j)
		found, _ := spelledLines(t, hunt.Options{Set: opt.Set, Lake: l, From: opt.From, To: opt.To})
		_ = j.Close()
		if !slices.Equal(found, accounts) {
			t.Errorf("found %q, want %q", found, accounts)
		}
	}
	opt.Tables[0].Profile = profileOf(t, "cloudtrail/athena")
	if _, err := lake.Describe(t.Context(), opt); !errors.As(err, &refused) || refused.Column != "" {
		t.Errorf("a table without accounts: %v", err)
	}
}
