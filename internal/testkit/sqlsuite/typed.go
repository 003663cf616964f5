package sqlsuite

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// typedSchema has a column of each type, under the names that random events have.
const typedSchema = `
name: typed
title: Events of tests in typed columns
logsource:
  products: [test]
detect:
  - has: [id]
roots: [""]
time: [at]
id:
  - [id]
profiles:
  - name: typed
    title: Typed columns
    table: typed
    columns:
      id: string
      a: string
      b: json
      n: bigint
      o: struct<k:string,p:struct<q:array<string>>,b:struct<c:boolean>>
      list: array<struct<k:string,p:bigint>>
      ip: string
      at: string
      doc: string
      urldoc: string
      a.b: map<string,string>
    time: {column: at, format: text}
    id: [id]
`

// RandomTyped compares random rules on random events with the naive evaluator, where the events stand in columns of many
// types. What does not fit the columns is not part of the events.
func RandomTyped(t *testing.T, engine sqltest.Engine, size Size) {
	loaded, err := schema.Load([]byte(typedSchema))
	if err != nil {
		t.Fatal(err)
	}
	randomTable(t, engine, size, loaded.Profiles()[0], loaded.Profiles()[0], nil)
}

// RandomGeneric does the same with a query that knows nothing of the columns' types. Only rules run whose fields are
// columns of the table: of others the engine says that there is no such column.
func RandomGeneric(t *testing.T, engine sqltest.Engine, size Size) {
	loaded, err := schema.Load([]byte(plainSchema))
	if err != nil {
		t.Fatal(err)
	}
	there := []string{"a", "b", "n", "o.k", "o.p.q", "ip", "at", "doc"}
	randomTable(t, engine, size, loaded.Profiles()[0], schema.Generic().Profiles()[0], there)
}

// RandomKnown does the same with a query that knows the columns and their types, and nothing else.
func RandomKnown(t *testing.T, engine sqltest.Engine, size Size) {
	loaded, err := schema.Load([]byte(plainSchema))
	if err != nil {
		t.Fatal(err)
	}
	there := []string{"a", "b", "n", "o.k", "o.p.q", "ip", "at", "doc"}
	profile := loaded.Profiles()[0]
	randomTable(t, engine, size, profile, schema.Generic().Profiles()[0].WithColumns(profile.Columns), there)
}

// plainSchema has single values and structs of them.
const plainSchema = `
name: plain
title: Events of tests in columns of single values
logsource:
  products: [test]
detect:
  - has: [id]
roots: [""]
time: [at]
id:
  - [id]
profiles:
  - name: plain
    title: Single values
    table: typed
    columns:
      id: string
      a: string
      b: boolean
      n: bigint
      o: struct<k:string,p:struct<q:bigint>>
      ip: string
      at: string
      doc: string
    time: {column: at, format: text}
    id: [id]
`

// randomTable loads random events by one profile and runs random rules by another, which may know less of the table. there
// lists the fields that rules may ask for, nil for all.
func randomTable(t *testing.T, engine sqltest.Engine, size Size, profile, known *schema.Profile, there []string) {
	dialect := sqlgen.DialectByName(engine.Dialect())
	ctx := context.Background()
	held, pairs, refused := 0, 0, 0
	var parser value.Parser
	for round := range size.Rounds {
		rng := rand.New(rand.NewPCG(uint64(round), size.Seed))
		var rows [][]any
		var texts []string
		var events []*testkit.Event
		for i := range size.Events {
			doc, err := parser.Parse([]byte(strings.Replace(testkit.RandomEvent(rng), "{", fmt.Sprintf(`{"id":"%d",`, i), 1)))
			if err != nil {
				t.Fatal(err)
			}
			row := sqltest.Row(profile, doc)
			event := map[string]any{}
			for c, column := range profile.Columns {
				if v := logValue(column.Type, row[c]); v != nil {
					event[column.Name] = v
				}
			}
			text, err := json.Marshal(event)
			if err != nil {
				t.Fatal(err)
			}
			decoded, err := testkit.DecodeEvent(string(text))
			if err != nil {
				t.Fatal(err)
			}
			rows, texts, events = append(rows, row), append(texts, string(text)), append(events, decoded)
		}
		if err := engine.Load(ctx, "typed", profile.Columns, rows); err != nil {
			t.Fatal(err)
		}
		for range size.Rules {
			rule := testkit.RandomRule(rng)
			collection, _ := sigma.Parse(source.NewFile("random.yml", rule))
			q, _ := query(collection.Rules[0], testkit.RandomPlaceholders)
			if q == nil {
				continue // base64offset of one byte
			}
			if there != nil && !onlyFields(q.Where, there) {
				continue
			}
			naive, err := testkit.CompileNaive(collection.Rules[0], testkit.RandomOptions())
			if err != nil {
				t.Fatal(err)
			}
			statement, _ := sqlgen.Detection(q, []sqlgen.Output{{Field: ir.Field{Name: "id", Paths: testkit.CasePaths("id")}}},
				sqlgen.Options{Dialect: dialect, Profile: known, Table: "typed", Unmapped: sqlgen.DropUnmapped})
			if statement.Select == nil {
				refused++ // the text of an object
				continue
			}
			text := dialect.Print(statement.Select)
			_, found, err := engine.Query(ctx, text)
			if err != nil {
				t.Errorf("%v\n%s\n%s", err, rule, text)
				return
			}
			var ids []string
			for _, row := range found {
				ids = append(ids, fmt.Sprint(row[0]))
			}
			slices.Sort(ids)
			for i, event := range events {
				pairs++
				want := naive.Match(event)
				if want {
					held++
				}
				if _, got := slices.BinarySearch(ids, fmt.Sprint(i)); got != want {
					t.Errorf("naive says %v, %s says %v\n%s\n%s\n%s", want, engine.Name(), got, rule, texts[i], text)
					return
				}
			}
		}
	}
	t.Logf("%s: %d pairs, of which %d hold; %d rules refused", engine.Name(), pairs, held, refused)
	if refused*2 > size.Rounds*size.Rules || held*50 < pairs {
		t.Error("the test proves little")
	}
}

// onlyFields tells whether a query asks for no other fields.
func onlyFields(where ir.Expr, names []string) bool {
	only := true
	ir.Walk(where, func(e ir.Expr) bool {
		for _, field := range ir.Fields(e) {
			only = only && (field.Name == "" || slices.Contains(names, field.Name))
		}
		return only
	})
	return only
}

// logValue is what a log would have had for a cell, nil for nothing.
func logValue(t schema.Type, cell any) any {
	switch cell := cell.(type) {
	case nil:
		return nil
	case string:
		if t.Kind == schema.JSON {
			return json.RawMessage(cell)
		}
		return cell
	case []any:
		list := make([]any, len(cell))
		for i, item := range cell {
			list[i] = logValue(*t.Element, item)
		}
		return list
	case map[string]any:
		object := map[string]any{}
		for name, item := range cell {
			element := t.Element
			for i := range t.Members {
				if t.Members[i].Name == name {
					element = &t.Members[i].Type
				}
			}
			if v := logValue(*element, item); v != nil {
				object[name] = v
			}
		}
		return object
	case sqltest.Pairs:
		object := map[string]any{}
		for _, pair := range cell {
			if v := logValue(*t.Element, pair.Value); v != nil {
				object[pair.Key] = v
			}
		}
		return object
	}
	return cell
}
