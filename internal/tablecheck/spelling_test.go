package tablecheck

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// lister is an engine that lists partitions.
type lister struct {
	engine.Engine
	billed bool
	known  []engine.PartitionColumn
	asked  []string
}

func (l *lister) Info() engine.Info { return engine.Info{Name: "fake", Billed: l.billed} }

func (l *lister) Partitions(_ context.Context, _ string, columns []string) ([]engine.PartitionColumn, error) {
	l.asked = columns
	return l.known, nil
}

// tableOf returns a layout and a table that is as the layout says.
func tableOf(t *testing.T, name string) (*schema.Layout, *engine.Table) {
	t.Helper()
	p, err := schema.FindLayout(schema.All(), name)
	if err != nil {
		t.Fatal(err)
	}
	live := &engine.Table{Name: "trail"}
	for _, c := range p.Columns {
		live.Columns = append(live.Columns, engine.Column{Name: c.Name, Type: sqltest.HiveType(c.Type)})
	}
	for _, c := range p.PartitionedBy {
		live.Columns = append(live.Columns, engine.Column{Name: c.Name, Type: sqltest.HiveType(c.Type)})
		live.PartitionedBy = append(live.PartitionedBy, c.Name)
	}
	return p, live
}

// Values that are no days are listed, three of them and the number of the others.
func TestUnreadPartitionsAreCounted(t *testing.T) {
	p, live := tableOf(t, "cloudtrail/athena")
	l := &lister{known: []engine.PartitionColumn{{Name: "timestamp", Values: []string{"2026/03/10", "v", "w", "x", "y", "z"}}}}
	s, err := Spell(t.Context(), l, p, "trail", live)
	if err != nil || len(s.Differences) != 1 || s.Differences[0].Kind != PartitionUnread || s.Differences[0].Found != "v, w, x and 2 more" {
		t.Errorf("got %+v (error %v)", s.Differences, err)
	}
}

// Rows whose partition column is NULL are in no range of time, which is told.
func TestPartitionsWithoutValueAreTold(t *testing.T) {
	p, live := tableOf(t, "cloudtrail/athena")
	at := slices.IndexFunc(live.Columns, func(c engine.Column) bool { return c.Name == "timestamp" })
	for typ, values := range map[string][]string{
		"varchar": engine.PartitionsOfPaths([]string{"timestamp=2026%2F03%2F10", "timestamp=__HIVE_DEFAULT_PARTITION__"}, []string{"timestamp"})[0].Values,
		"date":    {"2026-03-10", engine.NoValue},
	} {
		live.Columns[at].Type = typ
		l := &lister{known: []engine.PartitionColumn{{Name: "timestamp", Values: values}}}
		s, err := Spell(t.Context(), l, p, "trail", live)
		if err != nil || !slices.ContainsFunc(s.Differences, func(d Difference) bool { return d.Kind == PartitionUnread && d.Found == "__HIVE_DEFAULT_PARTITION__" }) {
			t.Errorf("%s: got %+v (error %v)", typ, s.Differences, err)
		}
	}
}

// An engine is asked for accounts only if reading is billed.
func TestAccountsAreListedWhereReadingCosts(t *testing.T) {
	p, live := tableOf(t, "cloudtrail/athena-org-projection")
	for _, billed := range []bool{false, true} {
		l := &lister{billed: billed}
		if _, err := Spell(t.Context(), l, p, "trail", live); err != nil || slices.Contains(l.asked, "account") != billed {
			t.Errorf("billed %v: asked for %q (error %v)", billed, l.asked, err)
		}
	}
}

// Fit drops columns with another type.
func TestFitDropsOtherTypes(t *testing.T) {
	p, live := tableOf(t, "cloudtrail/athena")
	live.Columns[slices.IndexFunc(live.Columns, func(c engine.Column) bool { return c.Name == "eventname" })].Type = "bigint"
	var names []string
	for _, c := range Fit(p, live, false).Columns {
		names = append(names, c.Name)
	}
	if !slices.Contains(names, "eventsource") || slices.Contains(names, "eventname") {
		t.Errorf("got columns %q", names)
	}
}

// A correlation counts as one of a log source if one of its rules, or a correlation that it counts, does.
func TestRulesOfALogSource(t *testing.T) {
	const rules = `title: %s
name: %s
logsource: {product: %s}
detection: {selection: {a: x}, condition: selection}
---
title: Many %s
name: many_%s
correlation: {type: event_count, rules: [%s], group-by: [a], timespan: 1h, condition: {gte: 2}, generate: true}
---
title: Very many %s
correlation: {type: event_count, rules: [many_%s], group-by: [a], timespan: 1d, condition: {gte: 2}, generate: true}
`
	files := fstest.MapFS{}
	for _, name := range []string{"aws", "windows"} {
		product := map[string]string{"aws": "aws, service: cloudtrail", "windows": "windows, service: security"}[name]
		text := strings.Replace(rules, "%s}", product+"}", 1)
		files[name+".yml"] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(text, "%s", name))}
	}
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: files}}, ruleset.Options{})
	if err != nil || list.HasErrors() || len(set.Rules) != 2 || len(set.Correlations) != 4 {
		t.Fatalf("got %+v, %v (error %v)", set, list, err)
	}
	if n := rulesOf(schema.ByName("cloudtrail"), set); n != 3 {
		t.Errorf("got %d rules and correlations of CloudTrail, want 3", n)
	}
}
