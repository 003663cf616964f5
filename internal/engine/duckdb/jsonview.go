//go:build duckdb && cgo

package duckdb

import (
	"errors"
	"slices"
	"strings"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/value"
)

// # JSON
//
// A record is read as text, and one call converts it to the columns of the layout. DuckDB's own reader would guess
// types from the first records, parse the text of times as timestamps, match keys case-sensitively, and end the query
// at the first value of another type.

// wrapped is the beginning of a file with records in a list, as CloudTrail delivers them.
const wrapped = `^\s*\{\s*"Records"\s*:\s*\[`

const (
	// sampledFiles and sampledRecords limit the sample from which the log's spelling of keys is learned.
	sampledFiles, sampledRecords = 16, 2000
	// usualObject is the default limit of the JSON text of a record or of a wrapped file, in bytes; longestObject is
	// the limit for longer files. DuckDB allocates two such texts for each thread.
	usualObject, longestObject = 16 << 20, 256 << 20
)

// record and columns name the JSON of a record, and the struct of its columns.
const record, columns = "egret_record", "egret_columns"

// records returns the query of the records of files: the column egret_record contains the JSON, the partition columns
// follow.
func (ft *fileTable) records(paths []string) *sqltree.Select {
	options := append(ft.options(), sqltree.Arg{Name: "maximum_object_size", Of: sqltree.Int(int(ft.objectSize()))})
	if ft.packing != "" {
		options = append(options, sqltree.Arg{Name: "compression", Of: sqltree.Verbatim(ft.packing)})
	}
	object := sqltree.Name{"json"}
	list := sqltree.If(dialect.Regex(asText(object), wrapped), sqltree.Fn("json_extract", object, sqltree.Text("$.Records[*]")), sqltree.List{object})
	return &sqltree.Select{
		Columns: append([]sqltree.Column{{Of: sqltree.Fn("unnest", list), As: record}}, ft.keyColumns()...),
		From:    sqltree.Source{Function: readFiles("read_json_objects", paths, options)},
	}
}

// jsonView returns the query for the view of JSON files.
func (c *connection) jsonView(ft *fileTable) (*sqltree.Select, error) {
	seen, err := c.sample(ft)
	if err != nil {
		return nil, err
	}
	names := newSpelling(ft.layout, seen)
	if err := ft.fits(seen, names); err != nil {
		return nil, err
	}
	var wanted []schema.Column
	if ft.layout != nil {
		wanted = ft.layout.Columns
	}
	if len(wanted) == 0 {
		if wanted = inferred(seen, 0, 0); len(wanted) > maxColumns {
			wanted = nil
		}
	}
	var structure []string
	view := &sqltree.Select{}
	for _, column := range wanted {
		if slices.ContainsFunc(ft.keys, func(key string) bool { return strings.EqualFold(key, column.Name) }) {
			continue // the folder's name takes precedence, as in all tables of such folders
		}
		key, inner := names.key(column.Name, value.None, "")
		if inner == noObject && names.whole(column) {
			view.Columns = append(view.Columns, sqltree.Column{Of: asText(sqltree.Name{record}), As: column.Name})
			continue
		}
		if ft.layout != nil && names.misfit(&column.Type, inner, column.Name, 0) {
			texts := names.mixed(inner)
			if texts {
				if texts, err = c.holdsJSON(ft, key, &column.Type); err != nil {
					return nil, err
				}
			}
			if !texts {
				structure = append(structure, quoteJSON(key)+`:"JSON"`)
				view.Columns = append(view.Columns, sqltree.Column{Of: names.asJSON(member(sqltree.Name{columns}, key), &column.Type), As: column.Name})
				continue
			}
		}
		isTime := column.Type.Kind == schema.Timestamp || column.Type.Kind == schema.Date
		isNumber := isTime && inner >= 0 && seen.Kind(inner) == value.String && slices.Contains(integers, seen.String(inner))
		if isNumber {
			structure = append(structure, quoteJSON(key)+`:"BIGINT"`)
		} else {
			structure = append(structure, quoteJSON(key)+":"+structureAt(&column.Type, names, inner, column.Name, 0))
		}
		expr := member(sqltree.Name{columns}, key)
		if kind := column.Type.Kind; isNumber {
			expr, _ = convertTime(expr, &dtype{id: duck.TypeBigInt})
			expr = cast(expr, sqlType(&column.Type, 0))
		} else if isTime {
			expr = cast(expr, sqlType(&column.Type, 0))
		} else if ft.layout != nil {
			expr, _ = opened(expr, &column.Type, names, inner, column.Name, 0)
		} else if kind == schema.JSON {
			expr = asText(expr)
		}
		view.Columns = append(view.Columns, sqltree.Column{Of: expr, As: column.Name})
	}
	for _, key := range ft.keys {
		view.Columns = append(view.Columns, names.typed(key, &dtype{id: duck.TypeVarchar}))
	}
	if len(view.Columns) == 0 {
		view.Columns = []sqltree.Column{{Of: asText(sqltree.Name{record}), As: "event"}}
	}
	view.From.Query = ft.records(ft.paths)
	if len(structure) > 0 {
		// DuckDB moves a filter below the view and then transforms the record again for each column in the filter,
		// unless the record is a volatile expression.
		once := sqltree.If(sqltree.Compare(">=", sqltree.Fn("random"), sqltree.Int(0)), sqltree.Name{record}, nil)
		transformed := sqltree.Fn("json_transform", once, sqltree.Verbatim("{"+strings.Join(structure, ",")+"}"))
		list := append([]sqltree.Column{{Of: sqltree.Name{record}}}, ft.keyColumns()...)
		view.From.Query = &sqltree.Select{
			Columns: append(list, sqltree.Column{Of: transformed, As: columns}),
			From:    view.From,
		}
	}
	return view, nil
}

// fits rejects records if none has the key of the layout's time and most keys are not columns: they belong to another
// log or shape, and nearly every column would be empty.
func (ft *fileTable) fits(seen *value.Doc, names *spelling) error {
	if ft.layout == nil || ft.layout.Time == nil || seen == nil {
		return nil
	}
	column := ft.layout.Time.Location.Column
	known := slices.ContainsFunc(ft.keys, func(key string) bool { return strings.EqualFold(key, column) })
	all, columns := 0, 0
	for n := seen.First(0); n != value.None; n = seen.Next(0, n) {
		key := string(seen.Key(n))
		known = known || strings.EqualFold(key, column)
		if all++; slices.ContainsFunc(ft.layout.Columns, func(c schema.Column) bool { return strings.EqualFold(c.Name, key) }) {
			columns++
		}
	}
	for _, c := range ft.layout.Columns {
		known = known || c.Name == column && names.whole(c)
	}
	if known || 2*columns >= all {
		return nil
	}
	return &engine.Error{
		Kind: engine.Misconfigured, Engine: name, Thing: "file " + ft.paths[0], Help: "set the layout of the files: see egret list layouts",
		Err: errors.New("no record in the sample has " + column + ", which is the time of events in " + ft.layout.FullName()),
	}
}

// sampled returns the query of the records of the sample.
func (ft *fileTable) sampled() *sqltree.Select {
	var paths []string
	for i := range min(len(ft.paths), sampledFiles) {
		paths = append(paths, ft.paths[i*len(ft.paths)/min(len(ft.paths), sampledFiles)])
	}
	some := ft.records(paths)
	some.Limit = sampledRecords
	return some
}

// withoutEmpty returns a record with null in place of empty objects, which json_group_structure would not tell from
// values of several types.
func withoutEmpty(record sqltree.Expr) sqltree.Expr {
	text := sqltree.Fn("regexp_replace", asText(record), sqltree.Text(`([:\[,]\s*)\{\s*\}`), sqltree.Text(`\1null`), sqltree.Text("g"))
	return sqltree.Cast{Of: text, Type: "JSON", Try: true}
}

// sample returns the structure of some records, an object of keys and DuckDB types, or nil if there are none.
func (c *connection) sample(ft *fileTable) (*value.Doc, error) {
	structure := &sqltree.Select{
		Columns: []sqltree.Column{{Of: asText(sqltree.Fn("json_group_structure", withoutEmpty(sqltree.Name{record})))}},
		From:    sqltree.Source{Query: ft.sampled()},
	}
	text := ""
	err := c.rows(dialect.Print(structure), func(cells []any) error {
		text, _ = cells[0].(string)
		return nil
	})
	if err != nil || text == "" {
		return nil, err
	}
	doc, err := new(value.Parser).Parse([]byte(text))
	if err != nil {
		return nil, newError(engine.Other, "", "DuckDB described JSON in an unknown form: "+err.Error())
	}
	if doc.Kind(0) != value.Object {
		return nil, nil // records that are not objects have no columns
	}
	return doc, nil
}
