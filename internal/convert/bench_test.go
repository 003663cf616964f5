package convert_test

import (
	"os"
	"testing"

	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit"
)

// BenchmarkToSQL converts all rules of SigmaHQ for the generic layout. Loading is not measured.
func BenchmarkToSQL(b *testing.B) {
	folder := testkit.Shared(b, "data/sigmahq/rules")
	set, _, err := ruleset.Load(b.Context(), []ruleset.Folder{{Name: "rules", FS: os.DirFS(folder)}},
		ruleset.Options{Schemas: []*schema.Schema{schema.Generic()}})
	if err != nil {
		b.Fatal(err)
	}
	opt := sqlgen.Options{Dialect: sqlgen.DialectByName("athena"), Layout: schema.Generic().Layouts()[0]}
	b.ReportAllocs()
	for b.Loop() {
		convert.ToSQL(set, opt)
	}
}
