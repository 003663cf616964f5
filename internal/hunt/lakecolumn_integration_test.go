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

// TestColumnOfAnotherTypeIntegration: a struct that is a text, and one without some of its members, on a real server. The rules
// that need them are named, and all others find what they find in files.
func TestColumnOfAnotherTypeIntegration(t *testing.T) {
	db := sqltest.Trino(t)
	e := trinoEngine(t)
	p := profileOf(t, "cloudtrail/athena")
	set := publicRules(t)
	source := onTrino(t, db, p)
	want, _ := lines(t, hunt.Options{Set: set, Paths: []string{testkit.Shared(t, "data/invictus")}})
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
			got, ledger := inLake(t, set, e, table, p)
			account := ledger.Lake
			if account.Left.Total > 0 || account.CannotRun.Total == 0 {
				t.Errorf("left %+v, cannot run %+v", account.Left, account.CannotRun)
			}
			l, err := lake.Describe(t.Context(), lake.Options{Engine: e, Tables: []lake.Table{{Name: table, Profile: p}}, Set: set})
			if err != nil {
				t.Fatal(err)
			}
			silent := map[string]bool{}
			for _, cannot := range l.CannotRun() {
				if cannot.Correlation {
					silent[set.Correlations[cannot.Rule].Title] = true
				} else {
					silent[set.Rules[cannot.Rule].Title] = true
				}
				if cannot.Column != "" && !strings.HasPrefix(cannot.Reason, c.reason) {
					t.Errorf("the reason is %q", cannot.Reason)
				}
			}
			// A rule that runs finds the same; what reports show of a user is less.
			key := func(line string) string {
				var f struct {
					Rule struct{ Title string }
					IDs  []string `json:"event_ids"`
				}
				if err := json.Unmarshal([]byte(strings.Replace(line, `"event":}`, `"event":0}`, 1)), &f); err != nil {
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
					t.Errorf("too many: %.400s", line)
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
				t.Errorf("%d findings are left of %d", found, len(want))
			}
			t.Logf("%d findings of %d; cannot run: %+v", found, len(want), account.CannotRun.Total)
		})
	}
}
