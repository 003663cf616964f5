package sqlsuite

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/sigma"
)

// Table describes how a test stores CloudTrail.
type Table struct {
	// Layout is the full name of the layout.
	Layout string
	// Row returns the row of an event.
	Row func(p *schema.Layout, doc *value.Doc) []any
	// Packed is the column of the event's id, to also run many rules in one statement; "" skips that.
	Packed string
	// Public limits the single statements to SigmaHQ's rules; of the starter pack only the packed statements run, if
	// any.
	Public bool
	// Refused has the ids of rules without an exact query for the table, with a part of the reason.
	Refused map[string]string
	// Sample limits the exercise to each n-th record unless testkit.Long; 0 means all. Of the pack's samples a quarter is used then if
	// Packed is empty: packed rules have no other events that match.
	Sample int
	// Never is a text that no event of this table can have; generated events with it are left out.
	Never string
	// Texts means that events have text in fields that hold JSON text, as in logs; generated events have objects there.
	Texts bool
	// Refusals lists codes of diagnostics with which the dialect may reject any rule.
	Refusals []string
}

// CloudTrail runs SigmaHQ's AWS rules and the starter pack over a real exercise, over the samples of the pack and over events
// generated from the rules, and compares the results of SQL with those of the native matcher. Unless testkit.Long, a rule runs in a
// statement of its own only if it compares a field in a way that no earlier rule does, and only such rules give events.
func CloudTrail(t *testing.T, engine sqltest.Engine, table Table) {
	dialect := sqlgen.DialectByName(engine.Dialect())
	layout, err := schema.FindLayout(schema.All(), table.Layout)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	set, compiled := rules(t, layout.Schema)
	alone := table.alone(set, compiled)
	matcher := compiled.Program.NewMatcher()
	want := make([]map[string]bool, len(compiled.Rules))
	for i := range want {
		want[i] = map[string]bool{}
	}
	var rows [][]any
	var parser value.Parser
	samples := packSamples(t)
	if table.Packed == "" && table.Sample > 0 {
		samples = sample(samples, 4)
	}
	for _, text := range slices.Concat(sample(records(t, "data/invictus"), table.Sample), samples, generated(set, alone)) {
		if table.Never != "" && strings.Contains(text, table.Never) {
			continue
		}
		if table.Texts {
			text = withTexts(t, layout.Schema, text)
		}
		doc, err := parser.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, table.Row(layout, doc))
		id := string(doc.Text(doc.Get(0, "eventID"), nil))
		for _, q := range matcher.Match(doc) {
			want[q][id] = true
		}
	}
	if err := engine.Load(ctx, "cloudtrail", sqltest.Columns(layout), rows); err != nil {
		t.Fatal(err)
	}
	if table.Packed != "" {
		packed(t, engine, set, compiled, alone, table, sqlgen.Options{Dialect: dialect, Layout: layout, Table: "cloudtrail"}, want)
	}
	right, refused := 0, 0
	var ran []int
	var texts []string
	for i, query := range compiled.Queries {
		rule := set.Rules[compiled.Rules[i]]
		if !alone[rule] {
			continue
		}
		q := &ir.Query{Rule: rule.ID, Title: rule.Title, Where: query}
		id := ir.Field{Name: "eventID", Paths: layout.Schema.Paths("eventID")}
		statement, list := sqlgen.Detection(q, []sqlgen.Output{{Field: id}}, sqlgen.Options{Dialect: dialect, Layout: layout, Table: "cloudtrail"})
		if statement.Select == nil {
			refused++
			if slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return slices.Contains(table.Refusals, d.Code) }) {
				continue
			}
			if reason := table.Refused[rule.ID]; reason == "" || !strings.Contains(fmt.Sprint(list), reason) {
				t.Errorf("%s was rejected: %v", rule.Path, list)
			}
			continue
		}
		ran, texts = append(ran, i), append(texts, dialect.Print(statement.Select))
	}
	for k, answer := range sqltest.QueryTogether(ctx, engine, texts) {
		i := ran[k]
		rule := set.Rules[compiled.Rules[i]]
		if answer.Err != nil {
			t.Errorf("%s: got %v\n%s", rule.Path, answer.Err, texts[k])
			continue
		}
		got := map[string]int{}
		for _, row := range answer.Rows {
			got[fmt.Sprint(row[0])]++
		}
		var wrong []string
		for id := range want[i] {
			if got[id] != 1 {
				wrong = append(wrong, fmt.Sprintf("%s: got it %d times", id, got[id]))
			}
		}
		for id := range got {
			if !want[i][id] {
				wrong = append(wrong, id+" found, want no match")
			}
		}
		if len(wrong) > 0 {
			slices.Sort(wrong)
			t.Errorf("%s: want %d events, wrong results: %s\n%s", rule.Path, len(want[i]), strings.Join(wrong[:min(len(wrong), 5)], "; "), texts[k])
			continue
		}
		right++
	}
	t.Logf("%s, %s: %d events, %d rules correct, %d rejected", engine.Name(), table.Layout, len(rows), right, refused)
}

// rules returns SigmaHQ's AWS rules and the starter pack. They are the same for all layouts of the log source, and loaded once.
func rules(t *testing.T, s *schema.Schema) (*ruleset.Set, *ruleset.Compiled) {
	t.Helper()
	folder := testkit.Shared(t, "data/sigmahq/rules/cloud/aws")
	lastRules.Lock()
	defer lastRules.Unlock()
	if lastRules.schema != s {
		folders := []ruleset.Folder{{Name: "sigmahq", FS: os.DirFS(folder)}, {Name: "starter", FS: rulepack.FS()}}
		set, _, err := ruleset.Load(t.Context(), folders, ruleset.Options{Schemas: []*schema.Schema{s}})
		if err != nil {
			t.Fatal(err)
		}
		lastRules.schema, lastRules.set, lastRules.compiled = s, set, set.Compile(s)
	}
	return lastRules.set, lastRules.compiled
}

// lastRules is what rules returned last.
var lastRules struct {
	sync.Mutex
	schema   *schema.Schema
	set      *ruleset.Set
	compiled *ruleset.Compiled
}

// sample returns each n-th text unless testkit.Long; 0 means all.
func sample(texts []string, n int) []string {
	if n == 0 || testkit.Long() {
		return texts
	}
	var some []string
	for i := 0; i < len(texts); i += n {
		some = append(some, texts[i])
	}
	return some
}

// packed runs many rules in one statement; unless testkit.Long, those that do not run alone, and those that the table has no query for.
func packed(t *testing.T, engine sqltest.Engine, set *ruleset.Set, compiled *ruleset.Compiled, alone map[*ruleset.Rule]bool, table Table, opt sqlgen.Options, want []map[string]bool) {
	var chosen []int
	for i := range compiled.Queries {
		if rule := set.Rules[compiled.Rules[i]]; testkit.Long() || !alone[rule] || table.Refused[rule.ID] != "" {
			chosen = append(chosen, i)
		}
	}
	for batch := range slices.Chunk(chosen, sqlgen.MaxPacked) {
		var queries []*ir.Query
		for _, i := range batch {
			rule := set.Rules[compiled.Rules[i]]
			queries = append(queries, &ir.Query{Rule: rule.ID, Title: rule.Title, Where: compiled.Queries[i]})
		}
		pack := sqlgen.Pack(queries, opt)
		text := fmt.Sprintf("SELECT rule, %s FROM (%s)", table.Packed, opt.Dialect.Print(pack.Select))
		_, rows, err := engine.Query(context.Background(), text)
		if err != nil {
			t.Errorf("%d rules in one statement of %d bytes: %v", len(batch), len(text), err)
			continue
		}
		got := map[string]map[string]int{}
		for _, row := range rows {
			rule := fmt.Sprint(row[0])
			if got[rule] == nil {
				got[rule] = map[string]int{}
			}
			got[rule][fmt.Sprint(row[1])]++
		}
		for _, i := range batch {
			rule := set.Rules[compiled.Rules[i]]
			if table.Refused[rule.ID] != "" {
				if len(got[rule.ID]) > 0 {
					t.Errorf("%s: got results for a rejected rule", rule.Path)
				}
				continue
			}
			same := len(got[rule.ID]) == len(want[i])
			for id := range want[i] {
				same = same && got[rule.ID][id] == 1
			}
			if !same {
				t.Errorf("%s, packed: found %v, want %v", rule.Path, got[rule.ID], want[i])
			}
		}
	}
}

// alone returns the rules that run in statements of their own. With testkit.Long a table for which only SigmaHQ's rules do still has
// events from all.
func (t *Table) alone(set *ruleset.Set, compiled *ruleset.Compiled) map[*ruleset.Rule]bool {
	alone := map[*ruleset.Rule]bool{}
	seen := map[string]bool{}
	for i, where := range compiled.Queries {
		rule := set.Rules[compiled.Rules[i]]
		if t.Public && strings.HasPrefix(rule.Path, "starter/") {
			continue
		}
		alone[rule] = testkit.Long()
		ir.Walk(where, func(e ir.Expr) bool {
			for _, field := range ir.Fields(e) {
				ways := []string{fmt.Sprintf("%s %T", field.Name, e)}
				if text, ok := e.(*ir.StringExpr); ok {
					ways = append(ways, fmt.Sprint(text.Op, text.Cased, len(text.Pattern)))
				}
				for _, way := range ways {
					alone[rule] = alone[rule] || !seen[way]
					seen[way] = true
				}
			}
			return true
		})
	}
	return alone
}

// maxMade is how many generated events of one rule the tests use unless testkit.Long. Rules of many searches have hundreds.
const maxMade = 16

// generated returns events generated from the chosen rules of a set, and from all if testkit.Long.
func generated(set *ruleset.Set, chosen map[*ruleset.Rule]bool) []string {
	var events []string
	for _, rule := range set.Rules {
		if !chosen[rule] && !testkit.Long() {
			continue
		}
		base := map[string]any{
			"eventID": rule.ID, "eventVersion": "1.10", "eventTime": "2026-03-01T12:00:00Z", "awsRegion": "eu-west-1",
			"recipientAccountId": "111122223333",
		}
		made := testkit.EventsForRule(rule.Tree.(*sigma.Rule), base)
		events = append(events, sample(made, (len(made)+maxMade-1)/maxMade)...)
	}
	return events
}

// records returns the CloudTrail records in a folder.
func records(t *testing.T, folder string) []string {
	t.Helper()
	var texts []string
	root := testkit.Shared(t, folder)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.HasSuffix(path, ".gz") {
			reader, err := gzip.NewReader(bytes.NewReader(data))
			if err != nil {
				return err
			}
			if data, err = io.ReadAll(reader); err != nil {
				return err
			}
		}
		var file struct{ Records []json.RawMessage }
		if json.Unmarshal(data, &file) != nil {
			file.Records = nil // licences and notes are next to the logs
		}
		for _, record := range file.Records {
			texts = append(texts, string(record))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(texts) == 0 {
		t.Fatalf("got no records in %s", folder)
	}
	return texts
}
