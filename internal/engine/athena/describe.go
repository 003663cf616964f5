package athena

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/lazyre"
)

// Describe queries the data catalog for a table: table, database.table or catalog.database.table, each part plain or
// in double quotes. Types have the catalog's names. Partition columns come last, including those of partition
// projection; Iceberg tables hide theirs.
func (e *Engine) Describe(ctx context.Context, table string) (*engine.Table, error) {
	at, err := e.tableLocation(table)
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

// metadata returns the catalog's description of a table.
func (e *Engine) metadata(ctx context.Context, at tableLocation) (*types.TableMetadata, error) {
	in := &athena.GetTableMetadataInput{CatalogName: &at.catalog, DatabaseName: &at.database, TableName: &at.table, WorkGroup: &e.options.Workgroup}
	about := subject{action: "athena:GetTableMetadata", thing: "table " + at.name}
	out, err := ask(ctx, e, about, func(ctx context.Context) (*athena.GetTableMetadataOutput, error) {
		return e.athena.GetTableMetadata(ctx, in)
	})
	if err != nil {
		return nil, err
	}
	if out.TableMetadata == nil {
		return nil, &engine.Error{Kind: engine.Missing, Engine: name, Thing: about.thing, Err: errors.New("the catalog returned no metadata")}
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

// tableLocation is the location of a table.
type tableLocation struct{ catalog, database, table, name string }

// plainName matches names that need no quotes in statements. Some of them are reserved words, which those who write
// statements must quote.
var plainName = lazyre.New(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (e *Engine) tableLocation(table string) (tableLocation, error) {
	parts, err := engine.SplitName(table)
	if err != nil {
		return tableLocation{}, &engine.Error{Kind: engine.Missing, Engine: name, Thing: fmt.Sprintf("table %.100q", table),
			Help: "a table is named as table, database.table or catalog.database.table", Err: err}
	}
	p := tableLocation{catalog: e.options.Catalog, database: e.options.Database, table: parts[len(parts)-1]}
	if len(parts) > 1 {
		p.database = parts[len(parts)-2]
	}
	if len(parts) > 2 {
		p.catalog = parts[0]
	}
	if p.database == "" {
		return tableLocation{}, misconfigured("table "+p.table, "write database.table, or name the lake's database", errors.New("no database is given"))
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
