package sqlgen_test

import (
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// A statement that counts can be said in every dialect of lakes: it groups, tells copies apart, and names each table once, so that
// it is read once.
func TestTallyIsOneScan(t *testing.T) {
	s := schema.ByName("cloudtrail")
	for _, dialect := range []string{"duckdb", "trino", "athena"} {
		for _, layout := range s.Layouts() {
			opt := sqlgen.Options{
				Dialect: sqlgen.DialectByName(dialect).InUTC(), Layout: layout, Table: "the_table", Unmapped: sqlgen.DropUnmapped,
				From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC),
			}
			fields := []sqlgen.TallyField{
				{Field: ir.Field{Name: "eventName", Paths: s.Paths("eventName")}},
				{Field: ir.Field{Name: "requestParameters.bucketName", Paths: s.Paths("requestParameters.bucketName")}},
				{Field: ir.Field{Name: "requestParameters.userName", Paths: s.Paths("requestParameters.userName")}, First: true},
				{},
			}
			statement, list := sqlgen.Tally(fields, time.Hour, opt)
			if statement.Select == nil {
				t.Errorf("%s, %s: refused: %v", dialect, layout.FullName(), list)
				continue
			}
			text := opt.Dialect.Print(statement.Select)
			if strings.Count(text, "the_table") != 1 || !strings.Contains(text, "GROUP BY") || len(layout.ID) > 0 && !strings.Contains(text, "row_number()") {
				t.Errorf("%s, %s: got\n%s", dialect, layout.FullName(), text)
			}
		}
	}
}

// A field that the table does not have is refused or counts as missing, as the options say.
func TestTallyHandlesUnmappedFields(t *testing.T) {
	s := schema.ByName("cloudtrail")
	layout, err := schema.FindLayout(schema.All(), "cloudtrail/athena")
	if err != nil {
		t.Fatal(err)
	}
	opt := sqlgen.Options{Dialect: sqlgen.DialectByName("duckdb"), Layout: layout, Table: "t"}
	fields := []sqlgen.TallyField{{Field: ir.Field{Name: "managementEvent", Paths: s.Paths("managementEvent")}}}
	if statement, list := sqlgen.Tally(fields, 0, opt); statement.Select != nil || !list.HasErrors() || list[0].Code != "unmapped-field" {
		t.Errorf("got %v, want a refusal", list)
	}
	opt.Unmapped = sqlgen.DropUnmapped
	if statement, list := sqlgen.Tally(fields, 0, opt); statement.Select == nil || len(statement.Missing) != 1 {
		t.Errorf("got %v and missing %v", list, statement.Missing)
	}
}
