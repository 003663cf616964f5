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

// typedSchema has a column of each type, with the names of fields of random events.
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
layouts:
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

// RandomTyped compares random rules on random events with the naive evaluator, with the events in columns of many
// types. Values that do not fit their columns are removed from the events.
func RandomTyped(t *testing.T, engine sqltest.Engine, size Size) {
	loaded, err := schema.Load([]byte(typedSchema))
	if err != nil {
		t.Fatal(err)
	}
	randomTable(t, engine, size, loaded.Layouts()[0], loaded.Layouts()[0], nil)
}

// RandomGeneric is like RandomTyped with queries that do not know the columns' types. It runs only rules whose fields
// are columns of the table; for others the engine reports an unknown column.
func RandomGeneric(t *testing.T, engine sqltest.Engine, size Size) {
	loaded, err := schema.Load([]byte(plainSchema))
	if err != nil {
		t.Fatal(err)
	}
	there := []string{"a", "b", "n", "o.k", "o.p.q", "ip", "at", "doc"}
	randomTable(t, engine, size, loaded.Layouts()[0], schema.Generic().Layouts()[0], there)
}

// RandomKnown is like RandomTyped with queries that know only the columns and their types.
func RandomKnown(t *testing.T, engine sqltest.Engine, size Size) {
	loaded, err := schema.Load([]byte(plainSchema))
	if err != nil {
		t.Fatal(err)
	}
	there := []string{"a", "b", "n", "o.k", "o.p.q", "ip", "at", "doc"}
	layout := loaded.Layouts()[0]
	randomTable(t, engine, size, layout, schema.Generic().Layouts()[0].WithColumns(layout.Columns), there)
}

// RandomPlain is like RandomKnown with columns of single values only, for engines that have no structs.
func RandomPlain(t *testing.T, engine sqltest.Engine, size Size) {
	loaded, err := schema.Load([]byte(strings.Replace(plainSchema, "      o: struct<k:string,p:struct<q:bigint>>\n", "", 1)))
	if err != nil {
		t.Fatal(err)
	}
	layout := loaded.Layouts()[0]
	randomTable(t, engine, size, layout, layout, []string{"a", "b", "n", "ip", "at", "doc"})
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
layouts:
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

// randomTable loads random events with one layout and runs random rules with another, which may know less of the
// table. there lists the fields that rules may use, nil for all.
func randomTable(t *testing.T, engine sqltest.Engine, size Size, layout, known *schema.Layout, there []string) {
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
			row := sqltest.Row(layout, doc)
			event := map[string]any{}
			for c, column := range layout.Columns {
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
		if err := engine.Load(ctx, "typed", layout.Columns, rows); err != nil {
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
			match := naive.Match
			if rng.IntN(10) == 0 { // no rule of Sigma says this
				order, judge := testkit.RandomTextOrder(rng, testkit.CasePaths)
				if there != nil && !onlyFields(order, there) {
					continue
				}
				q, rule, match = &ir.Query{Where: order}, ir.Format(order), judge
			}
			statement, _ := sqlgen.Detection(q, []sqlgen.Output{{Field: ir.Field{Name: "id", Paths: testkit.CasePaths("id")}}},
				sqlgen.Options{Dialect: dialect, Layout: known, Table: "typed", Unmapped: sqlgen.DropUnmapped})
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
				want := match(event)
				if want {
					held++
				}
				if _, got := slices.BinarySearch(ids, fmt.Sprint(i)); got != want {
					t.Errorf("naive gives %v, %s gives %v\n%s\n%s\n%s", want, engine.Name(), got, rule, texts[i], text)
					return
				}
			}
		}
	}
	t.Logf("%s: %d pairs, of which %d match; %d rules rejected", engine.Name(), pairs, held, refused)
	if refused*2 > size.Rounds*size.Rules || held*50 < pairs {
		t.Error("too few matches for a meaningful test")
	}
}

// onlyFields reports whether a query uses only these fields.
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

// logValue returns the log's value for a cell, nil for no value.
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
