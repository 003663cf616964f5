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
	"testing"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// Table says how CloudTrail is stored in a test.
type Table struct {
	// Profile is the full name of the profile.
	Profile string
	// Row makes the row of an event.
	Row func(p *schema.Profile, doc *value.Doc) []any
	// Packed is the column that holds the event's id, where many rules are run in one statement too; "" does not.
	Packed string
	// Public leaves it at SigmaHQ's rules; of the starter pack only the packed statements run, if any.
	Public bool
	// Refused are the ids of rules that have no exact query for the table, with a part of the reason.
	Refused map[string]string
}

// CloudTrail runs SigmaHQ's AWS rules and the starter pack over a real exercise and over events made from each rule, and
// compares what SQL finds with what the native matcher finds.
func CloudTrail(t *testing.T, engine sqltest.Engine, table Table) {
	dialect := sqlgen.DialectByName(engine.Dialect())
	profile, err := schema.FindProfile(schema.All(), table.Profile)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	folders := []ruleset.Folder{
		{Name: "sigmahq", FS: os.DirFS(testkit.Shared(t, "data/sigmahq/rules/cloud/aws"))},
		{Name: "starter", FS: rulepack.FS()},
	}
	set, _, err := ruleset.Load(ctx, folders, ruleset.Options{Schemas: []*schema.Schema{profile.Schema}})
	if err != nil {
		t.Fatal(err)
	}
	compiled := set.Compile(profile.Schema)
	matcher := compiled.Program.NewMatcher()
	want := make([]map[string]bool, len(compiled.Rules))
	for i := range want {
		want[i] = map[string]bool{}
	}
	var rows [][]any
	var parser value.Parser
	for _, text := range append(records(t, "data/invictus"), generated(set)...) {
		doc, err := parser.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, table.Row(profile, doc))
		id := string(doc.Text(doc.Get(0, "eventID"), nil))
		for _, q := range matcher.Match(doc) {
			want[q][id] = true
		}
	}
	if err := engine.Load(ctx, "cloudtrail", sqltest.Columns(profile), rows); err != nil {
		t.Fatal(err)
	}
	if table.Packed != "" {
		packed(t, engine, set, compiled, table, sqlgen.Options{Dialect: dialect, Profile: profile, Table: "cloudtrail"}, want)
	}
	right, refused := 0, 0
	for i, query := range compiled.Queries {
		rule := set.Rules[compiled.Rules[i]]
		if table.Public && strings.HasPrefix(rule.Path, "starter/") {
			continue
		}
		q := &ir.Query{Rule: rule.ID, Title: rule.Title, Where: query}
		id := ir.Field{Name: "eventID", Paths: profile.Schema.Paths("eventID")}
		statement, list := sqlgen.Detection(q, []sqlgen.Output{{Field: id}}, sqlgen.Options{Dialect: dialect, Profile: profile, Table: "cloudtrail"})
		if statement.Select == nil {
			refused++
			if reason := table.Refused[rule.ID]; reason == "" || !strings.Contains(fmt.Sprint(list), reason) {
				t.Errorf("%s refused: %v", rule.Path, list)
			}
			continue
		}
		text := dialect.Print(statement.Select)
		_, found, err := engine.Query(ctx, text)
		if err != nil {
			t.Errorf("%s: %v\n%s", rule.Path, err, text)
			continue
		}
		got := map[string]int{}
		for _, row := range found {
			got[fmt.Sprint(row[0])]++
		}
		var wrong []string
		for id := range want[i] {
			if got[id] != 1 {
				wrong = append(wrong, fmt.Sprintf("%s %d times", id, got[id]))
			}
		}
		for id := range got {
			if !want[i][id] {
				wrong = append(wrong, id+" should not be found")
			}
		}
		if len(wrong) > 0 {
			slices.Sort(wrong)
			t.Errorf("%s: of %d events wrong: %s\n%s", rule.Path, len(want[i]), strings.Join(wrong[:min(len(wrong), 5)], "; "), text)
			continue
		}
		right++
	}
	t.Logf("%s, %s: %d events, %d rules right, %d refused", engine.Name(), table.Profile, len(rows), right, refused)
}

// packed runs the rules many in one statement.
func packed(t *testing.T, engine sqltest.Engine, set *ruleset.Set, compiled *ruleset.Compiled, table Table, opt sqlgen.Options, want []map[string]bool) {
	for start := 0; start < len(compiled.Queries); start += sqlgen.MaxPacked {
		end := min(start+sqlgen.MaxPacked, len(compiled.Queries))
		var queries []*ir.Query
		for i := start; i < end; i++ {
			rule := set.Rules[compiled.Rules[i]]
			queries = append(queries, &ir.Query{Rule: rule.ID, Title: rule.Title, Where: compiled.Queries[i]})
		}
		pack := sqlgen.Pack(queries, opt)
		text := fmt.Sprintf("SELECT rule, %s FROM (%s)", table.Packed, opt.Dialect.Print(pack.Select))
		_, rows, err := engine.Query(context.Background(), text)
		if err != nil {
			t.Errorf("%d rules in one statement of %d bytes: %v", end-start, len(text), err)
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
		for i := start; i < end; i++ {
			rule := set.Rules[compiled.Rules[i]]
			if table.Refused[rule.ID] != "" {
				if len(got[rule.ID]) > 0 {
					t.Errorf("%s: refused and found", rule.Path)
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

// generated are events made from each rule of a set.
func generated(set *ruleset.Set) []string {
	var events []string
	for _, rule := range set.Rules {
		base := map[string]any{
			"eventID": rule.ID, "eventVersion": "1.10", "eventTime": "2026-03-01T12:00:00Z", "awsRegion": "eu-west-1",
			"recipientAccountId": "111122223333",
		}
		events = append(events, testkit.EventsForRule(rule.Rule, base)...)
	}
	return events
}

// records are the CloudTrail records of a folder.
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
			file.Records = nil // licences and notes lie beside the logs
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
		t.Fatalf("no records in %s", folder)
	}
	return texts
}
