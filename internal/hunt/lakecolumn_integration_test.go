package hunt_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// TestColumnOfAnotherTypeIntegration uses a struct column that is text, and one without some members, on a real
// server. The rules that need them are reported, and all other rules find what they find in files.
func TestColumnOfAnotherTypeIntegration(t *testing.T) {
	db := sqltest.Trino(t)
	e := trinoEngine(t)
	p := layoutOf(t, "cloudtrail/athena")
	set := publicRules(t)
	source := onTrino(t, db, p)
	// A finding that a rule without its column would have folded appears by itself, so nothing is folded here.
	want, _ := lines(t, hunt.Options{Set: set, Unfolded: true, Source: &hunt.Files{Paths: []string{testkit.Shared(t, "data/invictus")}}})
	for i, c := range []struct{ name, useridentity, reason string }{
		{"text", "json_format(CAST(useridentity AS json))", "column useridentity is varchar, not struct<"},
		{"few members", "CAST(row(useridentity.type, useridentity.arn, useridentity.accountid) AS row(type varchar, arn varchar, accountid varchar))", "column useridentity has no member "},
	} {
		t.Run(c.name, func(t *testing.T) {
			var columns []string
			for _, column := range sqltest.Columns(p) {
				name := sqltest.QuoteIdentifier(column.Name)
				if column.Name == "useridentity" {
					name = c.useridentity + " AS useridentity"
				}
				columns = append(columns, name)
			}
			table := fmt.Sprintf("memory.%v.other_%d", ask(t, db, "SELECT current_schema")[0][0], i)
			ask(t, db, "CREATE TABLE "+table+" AS SELECT "+strings.Join(columns, ", ")+" FROM "+source)
			got, ledger := lines(t, hunt.Options{Set: set, Unfolded: true, Source: tableSource(t, set, e, table, p)})
			account := ledger.Lake
			if account.Left.Total > 0 || account.CannotRun.Total == 0 {
				t.Errorf("got left %+v, cannot run %+v, want none left and some that cannot run", account.Left, account.CannotRun)
			}
			l, err := lake.Open(t.Context(), lake.Options{Engine: e, Tables: []lake.Table{{Name: table, Layout: p}}, Set: set, AllTime: true, Sizes: []lake.Size{{}}})
			if err != nil {
				t.Fatal(err)
			}
			silent := map[string]bool{}
			for _, cannot := range l.CannotRun() {
				if cannot.Correlation {
					silent[set.Correlations[cannot.Index].Title] = true
				} else {
					silent[set.Rules[cannot.Index].Title] = true
				}
				if cannot.Column != "" && !strings.HasPrefix(cannot.Reason, c.reason) {
					t.Errorf("got reason %q, want it to begin with %q", cannot.Reason, c.reason)
				}
			}
			// A rule that runs finds the same events; reports show fewer details of a user.
			key := func(line string) string {
				var f struct {
					Rule struct{ Title string }
					IDs  []string `json:"event_ids"`
				}
				if err := json.Unmarshal([]byte(line), &f); err != nil {
					t.Fatal(err)
				}
				if silent[f.Rule.Title] {
					return ""
				}
				return f.Rule.Title + fmt.Sprint(f.IDs)
			}
			left, found := map[string]bool{}, 0
			for _, line := range want {
				left[key(line)] = true
			}
			for _, line := range got {
				if !left[key(line)] {
					t.Errorf("unexpected: %.400s", line)
				}
				left[key(line)] = false
				found++
			}
			for line, missing := range left {
				if missing && line != "" {
					t.Errorf("missing: %.200s", line)
				}
			}
			if found < 50 {
				t.Errorf("got %d findings of %d, want at least 50", found, len(want))
			}
			t.Logf("%d findings of %d; cannot run: %+v", found, len(want), account.CannotRun.Total)
		})
	}
}
