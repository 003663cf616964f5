package athena

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/egret-hunt/egret/internal/engine"
)

// Describe asks the data catalog for a table: table, database.table or catalog.database.table, each part as it is or in
// double quotes. Types are in the catalog's words. Partition columns stand last, those of partition projection too; tables
// of Iceberg hide theirs.
func (e *Engine) Describe(ctx context.Context, table string) (*engine.Table, error) {
	at, err := e.place(table)
	if err != nil {
		return nil, err
	}
	found, err := e.metadata(ctx, at)
	if err != nil {
		return nil, err
	}
	t := &engine.Table{Name: at.name, Columns: columnsOf(found.Columns)}
	for _, c := range columnsOf(found.PartitionKeys) {
		t.Columns, t.PartitionedBy = append(t.Columns, c), append(t.PartitionedBy, c.Name)
	}
	return t, nil
}

// metadata is what the catalog says of a table.
func (e *Engine) metadata(ctx context.Context, at place) (*types.TableMetadata, error) {
	in := &athena.GetTableMetadataInput{CatalogName: &at.catalog, DatabaseName: &at.database, TableName: &at.table, WorkGroup: &e.options.Workgroup}
	about := subject{action: "athena:GetTableMetadata", thing: "table " + at.name}
	out, err := ask(ctx, e, about, func(ctx context.Context) (*athena.GetTableMetadataOutput, error) {
		return e.athena.GetTableMetadata(ctx, in)
	})
	if err != nil {
		return nil, err
	}
	if out.TableMetadata == nil {
		return nil, &engine.Error{Kind: engine.Missing, Engine: name, Thing: about.thing, Err: errors.New("the catalog says nothing of it")}
	}
	return out.TableMetadata, nil
}

func columnsOf(columns []types.Column) []engine.Column {
	var out []engine.Column
	for _, c := range columns {
		out = append(out, engine.Column{Name: aws.ToString(c.Name), Type: aws.ToString(c.Type)})
	}
	return out
}

// place is where a table is.
type place struct{ catalog, database, table, name string }

// plainName are the names that need no quotes in statements. That some of them are reserved words is for those to mind who
// write statements.
var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (e *Engine) place(table string) (place, error) {
	parts, err := engine.SplitName(table)
	if err != nil {
		return place{}, &engine.Error{Kind: engine.Missing, Engine: name, Thing: fmt.Sprintf("table %.100q", table),
			Help: "a table is named as table, database.table or catalog.database.table", Err: err}
	}
	p := place{catalog: e.options.Catalog, database: e.options.Database, table: parts[len(parts)-1]}
	if len(parts) > 1 {
		p.database = parts[len(parts)-2]
	}
	if len(parts) > 2 {
		p.catalog = parts[0]
	}
	if p.database == "" {
		return place{}, misconfigured("table "+p.table, "write database.table, or name the lake's database", errors.New("nothing says of which database it is"))
	}
	var quoted []string
	for _, part := range parts {
		if !plainName.MatchString(part) {
			part = `"` + strings.ReplaceAll(part, `"`, `""`) + `"`
		}
		quoted = append(quoted, part)
	}
	p.name = strings.Join(quoted, ".")
	return p, nil
}
