package tablecheck_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/tablecheck"
)

// tables is an engine that only describes tables.
type tables struct {
	engine.Engine
	live map[string]*engine.Table
}

func (tables) Info() engine.Info { return engine.Info{Name: "fake", Dialect: "trino", Remote: true} }

func (e tables) Describe(_ context.Context, name string) (*engine.Table, error) {
	if t := e.live[name]; t != nil {
		return t, nil
	}
	return nil, &engine.Error{Kind: engine.Missing, Thing: "table " + name}
}

// TestCheckNamesRulesThatCannotRun removes the column of a rule's field from a table that otherwise matches its
// layout.
func TestCheckNamesRulesThatCannotRun(t *testing.T) {
	layout, err := schema.FindLayout(schema.All(), "cloudtrail/security-lake-v2")
	if err != nil {
		t.Fatal(err)
	}
	const rules = `title: Country of the source
id: 6f2f4a53-7a31-4c05-9c38-6b8f9f6d7a11
logsource: {product: aws, service: cloudtrail}
detection: {selection: {sourceIPAddress: 192.0.2.7}, condition: selection}
---
title: Login
id: 6f2f4a53-7a31-4c05-9c38-6b8f9f6d7a12
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: ConsoleLogin}, condition: selection}
---
title: Other source
id: 6f2f4a53-7a31-4c05-9c38-6b8f9f6d7a13
logsource: {product: windows, service: security}
detection: {selection: {EventID: 4624}, condition: selection}
`
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: fstest.MapFS{"r.yml": {Data: []byte(rules)}}}}, ruleset.Options{})
	if err != nil || list.HasErrors() {
		t.Fatal(err, list)
	}
	whole := &engine.Table{Name: "whole"}
	for _, c := range slices.Concat(layout.Columns, layout.PartitionedBy) {
		whole.Columns = append(whole.Columns, engine.Column{Name: c.Name, Type: strings.ReplaceAll(c.Type.String(), "json", "string")}) // JSON is stored as text
	}
	lacking := &engine.Table{Name: "lacking", Columns: slices.DeleteFunc(slices.Clone(whole.Columns), func(c engine.Column) bool { return c.Name == "src_endpoint" })}
	other := &engine.Table{Name: "other", Columns: append(slices.Clone(lacking.Columns), engine.Column{Name: "src_endpoint", Type: "varchar"})}
	e := tables{live: map[string]*engine.Table{"whole": whole, "lacking": lacking, "other": other}}
	check := func(name string) tablecheck.Result {
		t.Helper()
		table := tablecheck.Table{Name: name, Source: "cloudtrail", Layout: layout}
		r, err := tablecheck.Check(t.Context(), e, sqlgen.DialectByName("trino").InUTC(), table, set)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := check("whole"); !r.OK || r.Rules != 2 || r.Run != 2 || len(r.Differences)+len(r.CannotRun) > 0 {
		t.Errorf("a table as its layout says: %+v", r)
	}
	r := check("lacking")
	if r.OK || r.Rules != 2 || r.Run != 1 || len(r.CannotRun) != 1 || r.CannotRun[0].Title != "Country of the source" || r.CannotRun[0].Column != "src_endpoint" {
		t.Errorf("a table without src_endpoint: %+v", r)
	}
	if len(r.Differences) != 1 || r.Differences[0].Kind != tablecheck.Missing || r.Differences[0].Column != "src_endpoint" {
		t.Errorf("differences: %+v", r.Differences)
	}
	r = check("other")
	if r.OK || r.Run != 1 || len(r.CannotRun) != 1 || !strings.Contains(r.CannotRun[0].Reason, "src_endpoint is varchar") {
		t.Errorf("a table with src_endpoint of another type: %+v", r)
	}
	if _, err := tablecheck.Check(t.Context(), e, sqlgen.DialectByName("trino").InUTC(), tablecheck.Table{Name: "gone", Layout: layout}, set); engine.KindOf(err) != engine.Missing {
		t.Errorf("a missing table: %v", err)
	}
}
