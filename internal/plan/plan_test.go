package plan_test

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/value"
)

// loadRules loads the starter pack, SigmaHQ's rules for AWS, and the rules in more.
func loadRules(t testing.TB, more fs.FS) *ruleset.Set {
	t.Helper()
	folders := []ruleset.Folder{{Name: "starter", FS: rulepack.FS()}, {Name: "sigmahq", FS: os.DirFS(testkit.Shared(t, "data/sigmahq/rules/cloud/aws"))}}
	if more != nil {
		folders = append(folders, ruleset.Folder{Name: "more", FS: more})
	}
	set, _, err := ruleset.Load(t.Context(), folders, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// oneCallRules returns n rules, each for one API.
func oneCallRules(n int) fs.FS {
	files := fstest.MapFS{}
	for i := range n {
		files[fmt.Sprintf("rule%03d.yml", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, `title: Call %[1]d
id: 00000000-0000-4000-8000-%012[1]d
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventSource: service%[2]d.amazonaws.com, eventName: CreateThing%[1]d}
  condition: selection
level: low
`, i, i%40)}
	}
	return files
}

func layoutOf(t testing.TB, name string) *schema.Layout {
	t.Helper()
	p, err := schema.FindLayout(schema.All(), name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The starter pack, SigmaHQ's rules for AWS and 700 rules for one API each need at most three scans of a table.
func TestPlanNeedsAtMostThreeScans(t *testing.T) {
	set := loadRules(t, oneCallRules(700))
	from := time.Date(2026, 2, 6, 0, 0, 0, 0, time.UTC)
	for _, name := range []string{"athena", "trino", "duckdb"}[:testkit.Rounds(1, 3, 3)] {
		p := plan.Build(set, layoutOf(t, "cloudtrail/athena"), plan.Options{Dialect: sqlgen.DialectByName(name)})
		rows, counts := 0, 0
		simple := map[int]bool{}
		for _, s := range p.Statements {
			text := s.SQL(plan.Chunk{From: from, To: from.AddDate(0, 0, 1)})
			t.Logf("%s %s: %d rules, %d exact, %d correlations, %d columns, %d bytes", name, s.Kind, len(s.Rules), len(s.Exact), len(s.Correlations), len(s.Columns), len(text))
			if len(text) > 262_144 {
				t.Errorf("%s: %d bytes", name, len(text))
			}
			if len(s.Exact) > sqlgen.MaxPacked {
				t.Errorf("%s: %d exact predicates", name, len(s.Exact))
			}
			if s.WholeTable {
				t.Errorf("%s: the statement returns the whole table", name)
			}
			switch s.Kind {
			case plan.Rows:
				rows++
				for _, i := range s.Rules {
					simple[i] = true
				}
				if n := strings.Count(text, "'creatething"); n != 700 {
					t.Errorf("%s: got %d calls in the list, want 700", name, n)
				}
			case plan.Counts:
				counts++
			}
		}
		for _, c := range p.CannotRun {
			t.Logf("%v: %s", c.Correlation, c.Reason)
		}
		// One more scan looks up the events of findings.
		if rows != 1 || rows+counts+1 > 3 {
			t.Errorf("%s: got %d Rows and %d Counts statements, want at most 2, one of them Rows", name, rows, counts)
		}
		if len(simple) < 1000 {
			t.Errorf("%s: got %d rules in one scan, want at least 1000", name, len(simple))
		}
	}
}

// readEvents calls each for every event of public data.
func readEvents(t testing.TB, name string, each func(doc *value.Doc)) {
	t.Helper()
	path := testkit.Shared(t, name)
	err := event.NewReader(event.Options{NoHash: true}).Run(t.Context(), []string{path}, 1, func(_ int, b *event.Batch) error {
		for r := b.Next(); r != nil; r = b.Next() {
			each(r.Doc)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
