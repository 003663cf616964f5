package sqlgen_test

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/sqlgen"
)

// TestNarrowedFiltersBeforeItReadsJSON checks that the inner query, which computes paths into JSON, has the conditions on
// columns, and that nothing is narrowed where that would not save reading JSON.
func TestNarrowedFiltersBeforeItReadsJSON(t *testing.T) {
	layout := tableOf(t, "", "    columns: {a: string, b: string, c: string, j: json}\n    fields: {a: a, b: b, c: c, \"*\": j}\n"+noID+textTime)
	opt := sqlgen.Options{Dialect: sqlgen.DialectByName("athena"), Layout: layout, Open: true}
	inJSON := detection(t, layout, "s: {x.y: deep}\ncondition: s").Where
	listed := detection(t, layout, "s: {a: listed}\ncondition: s").Where
	coarse := detection(t, layout, "s: {b: coarse}\ncondition: s").Where
	narrowed := sqlgen.Narrowed(listed, inJSON, coarse, opt)
	if narrowed == nil {
		t.Fatal("got no query")
	}
	text := oneLine(opt.Dialect.Print(narrowed))
	for _, want := range []string{`lower(a) = 'listed' AS "is listed"`, `WHERE "is listed" OR lower(b) = 'coarse'`, `WHERE "is listed" OR any_match(`} {
		if strings.Count(text, want) != 1 {
			t.Errorf("got %s, want %s once", text, want)
		}
	}
	if sqlgen.Narrowed(listed, coarse, coarse, opt) != nil {
		t.Error("a predicate over columns was narrowed")
	}
	if sqlgen.Narrowed(inJSON, inJSON, coarse, opt) != nil || sqlgen.Narrowed(listed, inJSON, inJSON, opt) != nil {
		t.Error("a predicate was narrowed by one that reads JSON")
	}
}
