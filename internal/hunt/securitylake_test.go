package hunt_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// TestSameFindingsInSecurityLake hunts events of CloudTrail as files, and mapped as AWS maps them for Security Lake: as Parquet
// files, read here, and as tables. What the mapping drops keeps rules from being found there, by name and no others.
func TestSameFindingsInSecurityLake(t *testing.T) {
	needsDuckDB(t)
	set := loadForForms(t)
	events := packEvents(t, 150)["cloudtrail"]
	want := foundIn(t, set, filesOf(writeText(t, "lines.json", strings.Join(events, "\n"))))
	if len(want) < 100 {
		t.Errorf("the events have only %d findings", len(want))
	}
	for _, name := range []string{"cloudtrail/security-lake-v1", "cloudtrail/security-lake-v2"} {
		t.Run(name, func(t *testing.T) {
			p := layoutOf(t, name)
			var refused []string
			for _, result := range convert.ToSQL(set, sqlgen.Options{Dialect: sqlgen.DialectByName("duckdb"), Layout: p, Table: "t"}) {
				if result.Query == "" && len(result.Unmapped) > 0 {
					refused = append(refused, result.Title+" ")
				}
			}
			served := slices.DeleteFunc(slices.Clone(want), func(line string) bool {
				return slices.ContainsFunc(refused, func(title string) bool { return strings.HasPrefix(line, title) })
			})
			if len(served) < len(want)*8/10 {
				t.Errorf("only %d of %d findings are of rules that are not refused", len(served), len(want))
			}
			var rows [][]any
			for _, event := range events {
				doc, err := new(value.Parser).Parse([]byte(event))
				if err != nil {
					t.Fatal(err)
				}
				rows = append(rows, sqltest.OCSFRow(p, doc))
			}
			path := parquetFile(t, p, rows)
			sameIn(t, "Parquet file", foundIn(t, set, filesOf(path)), served)
			huntTable(t, set, path, p, "table", served)
		})
	}
}
