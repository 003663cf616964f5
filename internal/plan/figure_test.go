package plan_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// Statements return at most a tenth of the bytes of a public incident.
func TestStatementsReturnFewBytes(t *testing.T) {
	if !testkit.Long() {
		t.Skip("runs if EGRET_LONG is set: TestFewQueriesAndBytes of package hunt runs these statements on the same incident")
	}
	testBytes(t, sqltest.DuckDB(t))
}

func TestStatementsReturnFewBytesIntegration(t *testing.T) { testBytes(t, sqltest.Trino(t)) }

func testBytes(t *testing.T, engine sqltest.Engine) {
	docs := copyDocs(t, "data/sans504")
	p := layoutOf(t, "cloudtrail/athena")
	total := 0
	for _, doc := range docs {
		total += len(doc.Source())
	}
	if err := engine.Load(t.Context(), "planned", sqltest.Columns(p), rowsOf(p, docs)); err != nil {
		t.Fatal(err)
	}
	planned := plan.Build(loadRules(t, oneCallRules(700)), p, plan.Options{Dialect: sqlgen.DialectByName(engine.Dialect()), Table: "planned"})
	returned := 0
	for _, s := range planned.Statements {
		rows := 0
		start := time.Now()
		bytes := rebuilt(t, engine, s, plan.Chunk{}, func([]byte) { rows++ })
		t.Logf("%s: %d rows, %d bytes of %d in %s", s.Kind, rows, bytes, total, time.Since(start))
		returned += bytes
	}
	if returned*10 > total {
		t.Errorf("got %d bytes of %d, want at most a tenth", returned, total)
	}
}

// Rows of Counts include all evidence of correlation findings of a native hunt, and the base rule of a row's pair matches the row
// as it matches the event. Chunks of 90 minutes, or of an hour if testkit.Long, return at least the rows of the whole range.
func TestCountsReturnAllEvidence(t *testing.T)            { testCounts(t, sqltest.DuckDB(t)) }
func TestCountsReturnAllEvidenceIntegration(t *testing.T) { testCounts(t, sqltest.Trino(t)) }

func testCounts(t *testing.T, engine sqltest.Engine) {
	set := loadRules(t, nil)
	p := layoutOf(t, "cloudtrail/athena")
	docs := copyDocs(t, "data/invictus")
	if err := engine.Load(t.Context(), "planned", sqltest.Columns(p), rowsOf(p, docs)); err != nil {
		t.Fatal(err)
	}
	ids := map[string]int{} // from rule ids to indexes of correlations
	for i, c := range set.Correlations {
		ids[c.ID] = i
	}
	result, err := hunt.Run(t.Context(), hunt.Options{Set: set, Source: &hunt.Files{Paths: []string{testkit.Shared(t, "data/invictus")}}, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	evidence := map[string]bool{}
	if _, err := result.Each(t.Context(), 0, nil, func(f *finding.Finding) error {
		if c, ok := ids[f.Rule.ID]; ok {
			for _, id := range f.EventIDs {
				evidence[fmt.Sprint(c, " ", id)] = true
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	c := set.Compile(p.Schema)
	m := c.Program.NewMatcher()
	matched := map[string]bool{}
	every := map[int]bool{}
	for i := range set.Rules {
		every[i] = true
	}
	for _, doc := range docs {
		matches(t, c, m, doc, every, matched)
	}
	from := time.Date(2023, 7, 10, 11, 0, 0, 0, time.UTC) // the exercise took two hours
	to := from.Add(3 * time.Hour)
	// With CountFrom 2, SQL counts nearly every correlation.
	opt := plan.Options{Dialect: sqlgen.DialectByName(engine.Dialect()), Table: "planned", CountFrom: 2, From: from, To: to}
	checked := 0
	for _, s := range plan.Build(set, p, opt).Statements {
		if s.Kind != plan.Counts {
			continue
		}
		take := func(from, to time.Time) map[string]bool {
			got := map[string]bool{}
			_, rows, err := engine.Query(t.Context(), s.SQL(plan.Chunk{From: from, To: to}))
			if err != nil {
				t.Fatalf("%v\n%s", err, s.SQL(plan.Chunk{From: from, To: to}))
			}
			r := plan.NewRebuilder(s.Columns)
			past, last := map[string]bool{}, ""
			for _, row := range rows {
				if event := fmt.Sprint(row[2], row[3]); event != last { // id and time
					if past[event] {
						t.Errorf("the rows of %s are not adjacent", event)
					}
					past[event], last = true, event
				}
				pair := s.Pairs[row[0].(int64)-1]
				text, err := r.Append(nil, row[2:])
				if err != nil {
					t.Fatal(err)
				}
				var walker value.Walker
				doc := parse(t, string(text))
				id, _ := p.Schema.AppendEventID(nil, &walker, doc)
				base := set.Correlations[pair.Correlation].IR.Bases[pair.Base]
				decided := slices.ContainsFunc(m.Match(doc), func(q int) bool { return c.Rules[q] == base.Index })
				if want := matched[fmt.Sprintf("%s %s %d", id, p.Schema.Name, base.Index)]; decided != want {
					t.Errorf("%.400s: %s: got match %v, want %v as for the event", text, set.Rules[base.Index].Path, decided, want)
				}
				if decided {
					got[fmt.Sprint(pair.Correlation, " ", string(id))] = true
				}
			}
			return got
		}
		whole, parts := take(from, to), map[string]bool{}
		length := to.Sub(from) / time.Duration(testkit.Rounds(2, 2, 3))
		for at := from; at.Before(to); at = at.Add(length) {
			for key := range take(at, at.Add(length)) {
				parts[key] = true
			}
		}
		for key := range evidence {
			var correlation int
			fmt.Sscan(key, &correlation)
			if !contains(s.Correlations, correlation) {
				continue
			}
			checked++
			if !whole[key] {
				t.Errorf("evidence %s of %s is missing in the rows", key, set.Correlations[correlation].Title)
			}
		}
		for key := range whole {
			if !parts[key] {
				t.Errorf("%s is missing in the rows of the chunks", key)
			}
		}
		t.Logf("%d correlations over %d rules: %d rows of %d events, of chunks %d; evidence %d", len(s.Correlations), len(s.Rules), len(whole), len(docs), len(parts), checked)
	}
	if checked < 100 {
		t.Errorf("got %d events of evidence, want at least 100", checked)
	}
}

func contains(list []int, i int) bool { return slices.Contains(list, i) }
