package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/ioc"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/source"
)

// A list of indicators runs as long as its SQL fits; a longer one is refused with the reason, and other lists run.
func TestLongListsAreRefused(t *testing.T) {
	lists := func(forms ...string) *ruleset.Lowered {
		var all []*ioc.List
		for n, form := range forms {
			format, count, _ := strings.Cut(form, " x ")
			var text strings.Builder
			for i := range atoi(t, count) {
				fmt.Fprintf(&text, format+"\n", i>>8, i&255)
			}
			l, _, err := ioc.Parse(source.NewFile(fmt.Sprintf("list%d.txt", n), text.String()))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, l)
		}
		return ioc.Rules(all, schema.All())
	}
	for n, test := range []struct {
		dialect string
		lists   []string
		runs    int
		reason  string
	}{
		{"athena", []string{"10.0.%d.%d x 10000"}, 1, ""},
		{"athena", []string{"10.0.%d.%d x 20000", "10.1.%d.%d x 10"}, 1, "bytes; athena takes at most 262144"},
		{"trino", []string{"10.0.%d.%d x 20000"}, 1, ""},
		{"trino", []string{"10.200.%d.%d x 64000"}, 0, "bytes; trino takes at most 1000000"},
		{"duckdb", []string{"10.0.%d.%d x 30000"}, 1, ""},
		{"duckdb", []string{"key:AKIA%d.%d x 1100"}, 0, "networks and texts within JSON"},
		{"duckdb", []string{"10.%d.%d.0/24 x 2001"}, 0, "it compares with 2001 networks"},
	} {
		if testing.Short() && n < 5 && n != 1 {
			continue // the longest lists
		}
		dialect := sqlgen.DialectByName(test.dialect).InUTC()
		lowered := lists(test.lists...)
		set, _, err := ruleset.Load(t.Context(), nil, ruleset.Options{Lowered: []*ruleset.Lowered{lowered}})
		if err != nil {
			t.Fatal(err)
		}
		p := plan.Build(set, layoutOf(t, "cloudtrail/athena"), plan.Options{
			Dialect: dialect, Table: "logs", From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC),
		})
		runs := 0
		for _, s := range p.Statements {
			runs += len(s.Rules)
			if text := s.SQL(plan.Chunk{}); dialect.MaxBytes > 0 && len(text) > dialect.MaxBytes {
				t.Errorf("%v: a statement has %d bytes", test, len(text))
			}
		}
		if runs != test.runs || len(p.CannotRun) != len(test.lists)-test.runs {
			t.Errorf("%v: %d rules run and %d cannot, want %d and %d", test, runs, len(p.CannotRun), test.runs, len(test.lists)-test.runs)
			continue
		}
		if test.reason != "" && !strings.Contains(p.CannotRun[0].Reason, test.reason) {
			t.Errorf("%v: got %q", test, p.CannotRun[0].Reason)
		}
	}
}

func atoi(t *testing.T, text string) (n int) {
	t.Helper()
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatal(err)
	}
	return n
}
