package tablecheck

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// TestTablesOfLayouts: a table that is made as its layout says has no differences, in the words of a real engine.
func TestTablesOfLayouts(t *testing.T) { tablesOfLayouts(t, sqltest.DuckDB(t)) }

func TestTablesOfLayoutsIntegration(t *testing.T) { tablesOfLayouts(t, sqltest.Trino(t)) }

func tablesOfLayouts(t *testing.T, e sqltest.Engine) {
	for _, p := range schema.AllLayouts() {
		if len(p.Columns) == 0 {
			continue
		}
		name := strings.NewReplacer("/", "_", "-", "_").Replace(p.FullName())
		if err := e.Load(t.Context(), name, slices.Concat(p.Columns, p.PartitionedBy), nil); err != nil {
			t.Fatalf("%s: %v", p.FullName(), err)
		}
		_, rows, err := e.Query(t.Context(), "DESCRIBE "+sqltest.QuoteIdentifier(name))
		if err != nil {
			t.Fatal(err)
		}
		live := &engine.Table{Name: name}
		for _, row := range rows {
			column, _ := row[0].(string)
			word, _ := row[1].(string)
			live.Columns = append(live.Columns, engine.Column{Name: column, Type: word})
			if typeOf(word).Kind == schema.Unknown {
				t.Errorf("%s: %s: the type %s cannot be read", p.FullName(), column, word)
			}
		}
		if list := Compare(p, live, false); len(list) > 0 {
			t.Errorf("%s: %+v", p.FullName(), list)
		}
	}
}

func TestDifferences(t *testing.T) {
	typ := func(text string) schema.Type {
		parsed, err := schema.ParseType(text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	p := &schema.Layout{
		Columns: []schema.Column{
			{Name: "eventName", Type: typ("string")}, {Name: "n", Type: typ("bigint")}, {Name: "at", Type: typ("timestamp")},
			{Name: "who", Type: typ("struct<arn:string,session:struct<mfa:boolean>>")}, {Name: "params", Type: typ("json")},
			{Name: "list", Type: typ("array<struct<arn:string>>")}, {Name: "gone", Type: typ("double")}, {Name: "score", Type: typ("double")},
		},
		PartitionedBy: []schema.Column{{Name: "day", Type: typ("string")}, {Name: "region", Type: typ("string")}, {Name: "hour", Type: typ("int")}},
	}
	for name, tt := range map[string]struct {
		live       engine.Table
		jsonIsText bool
		want       []Difference
	}{
		"as expected, in other words and case": {
			live: engine.Table{
				Columns: []engine.Column{
					{Name: "EVENTNAME", Type: "varchar(200)"}, {Name: "n", Type: "integer"}, {Name: "at", Type: "timestamp(3) with time zone"},
					{Name: "who", Type: `row("ARN" varchar, session row(mfa boolean, since date))`}, {Name: "params", Type: "varchar"},
					{Name: "list", Type: "array(row(arn varchar))"}, {Name: "gone", Type: "decimal(10,2)"}, {Name: "score", Type: "bigint"},
					{Name: "day", Type: "varchar"}, {Name: "region", Type: "varchar"}, {Name: "hour", Type: "integer"},
				},
				PartitionedBy: []string{"day", "region", "hour"},
			},
		},
		"all of it": {
			live: engine.Table{
				Columns: []engine.Column{
					{Name: "eventname", Type: "int"}, {Name: "n", Type: "string"}, {Name: "at", Type: "string"},
					{Name: "who", Type: "struct<arn:bigint,session:struct<since:string>>"}, {Name: "params", Type: "struct<a:string>"},
					{Name: "list", Type: "array<struct<arn:int>>"}, {Name: "score", Type: "string"}, {Name: "more", Type: "binary"},
					{Name: "region", Type: "string"}, {Name: "day", Type: "int"}, {Name: "account", Type: "string"},
				},
				PartitionedBy: []string{"day", "account"},
			},
			want: []Difference{
				{Missing, "gone", "double", ""},
				{OtherType, "eventName", "string", "int"}, {OtherType, "n", "bigint", "string"}, {OtherType, "at", "timestamp", "string"},
				{OtherType, "who.arn", "string", "bigint"}, {Missing, "who.session.mfa", "boolean", ""},
				{OtherType, "params", "json", "struct<a:string>"}, {OtherType, "list", "array<struct<arn:string>>", "array<struct<arn:int>>"},
				{OtherType, "score", "double", "string"}, {OtherType, "day", "string", "int"},
				{PartitionMissing, "region", "partition column", "plain column"}, {PartitionMissing, "hour", "int", ""},
				{PartitionExtra, "account", "", "string"},
				{Extra, "more", "", "binary"},
			},
		},
	} {
		if diff := cmp.Diff(tt.want, Compare(p, &tt.live, tt.jsonIsText)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestJSONColumns: a column of type JSON is as good as text where the engine says so, and never where plain text is expected.
func TestJSONColumns(t *testing.T) {
	for _, tt := range []struct {
		want       schema.Kind
		jsonIsText bool
		differs    bool
	}{{schema.JSON, true, false}, {schema.JSON, false, true}, {schema.Text, true, true}} {
		list := compareType("c", schema.Type{Kind: tt.want}, typeOf("JSON"), "JSON", tt.jsonIsText)
		if (len(list) > 0) != tt.differs {
			t.Errorf("%v, %v: %v", tt.want, tt.jsonIsText, list)
		}
	}
}

func TestPartitionDifferencesMatterWhereReadingCosts(t *testing.T) {
	for kind, want := range map[string][2]bool{ // local, remote
		Missing: {true, true}, OtherType: {true, true}, PartitionUnread: {true, true}, Extra: {false, false}, PartitionFormat: {false, false},
		PartitionMissing: {false, true}, PartitionExtra: {false, true}, PartitionUnlisted: {false, true},
	} {
		d := Difference{Kind: kind}
		if got := [2]bool{d.Harmful(false), d.Harmful(true)}; got != want {
			t.Errorf("%s is harmful in local and remote tables: got %v, want %v", kind, got, want)
		}
	}
}

// Messages show the beginning of a long type.
func TestLongTypesAreCut(t *testing.T) {
	for text, want := range map[string]string{
		"bigint": "bigint", strings.Repeat("é", 60): strings.Repeat("é", 60), strings.Repeat("é", 61): strings.Repeat("é", 60) + "…",
	} {
		if got := ShortType(text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
