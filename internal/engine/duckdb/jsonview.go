//go:build duckdb && cgo

package duckdb

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// # JSON
//
// A record is read as its text, and one call turns it into the columns of the profile. DuckDB's own reader would guess
// types from the first records, take the text of times for timestamps, match keys by case only, and end the query at the
// first value that is of another type.

// wrapped is the beginning of a file that holds records in a list, as CloudTrail delivers them.
const wrapped = `^\s*\{\s*"Records"\s*:\s*\[`

const (
	// sampledFiles and sampledRecords are how much is looked at to learn how the log spells its keys.
	sampledFiles, sampledRecords = 16, 2000
	// usualObject is how long the JSON text of a record or of a wrapped file may be, in bytes; longestObject is the same
	// where a file turns out to be longer. DuckDB keeps room for two such texts for each thread.
	usualObject, longestObject = 16 << 20, 256 << 20
)

// records is the SELECT of the records of files: the column egret_record is a record's JSON, the partition columns follow.
func (ft *fileTable) records(paths []string) string {
	options := ft.options() + ", maximum_object_size = " + strconv.FormatInt(ft.objectSize(), 10)
	if ft.packing != "" {
		options += ", compression = " + quoteText(ft.packing)
	}
	list := strings.Join(append([]string{"unnest(CASE WHEN regexp_matches(CAST(json AS VARCHAR), " + quoteText(wrapped) + ") THEN json_extract(json, '$.Records[*]') ELSE [json] END) AS egret_record"}, quoteNames(ft.keys)...), ", ")
	return "SELECT " + list + " FROM read_json_objects(" + quoteList(paths) + options + ")"
}

// jsonView is the SELECT for the view of JSON files.
func (c *connection) jsonView(ft *fileTable) (string, error) {
	seen, err := c.sample(ft)
	if err != nil {
		return "", err
	}
	names := newSpelling(ft.profile, seen)
	if err := ft.fits(seen, names); err != nil {
		return "", err
	}
	var columns []schema.Column
	if ft.profile != nil {
		columns = ft.profile.Columns
	}
	if len(columns) == 0 {
		if columns = inferred(seen, 0, 0); len(columns) > maxColumns {
			columns = nil
		}
	}
	var keys, list []string
	for _, column := range columns {
		if slices.ContainsFunc(ft.keys, func(key string) bool { return strings.EqualFold(key, column.Name) }) {
			continue // the folder's name says it, as in all tables of such folders
		}
		key, inner := names.key(column.Name, value.None, "")
		if inner == noObject && names.whole(column) {
			list = append(list, "CAST(egret_record AS VARCHAR) AS "+quoteName(column.Name))
			continue
		}
		keys = append(keys, quoteJSON(key)+":"+structureAt(&column.Type, names, inner, column.Name, 0))
		expr := "struct_extract(egret_columns, " + quoteText(key) + ")"
		if kind := column.Type.Kind; kind == schema.Timestamp || kind == schema.Date {
			expr = "CAST(" + expr + " AS " + sqlType(&column.Type, 0) + ")"
		} else if ft.profile != nil {
			expr, _ = opened(expr, &column.Type, names, inner, column.Name, 0)
		} else if kind == schema.JSON {
			expr = "CAST(" + expr + " AS VARCHAR)"
		}
		list = append(list, expr+" AS "+quoteName(column.Name))
	}
	for _, key := range ft.keys {
		expr := quoteName(key)
		if want, format, ok := wanted(ft.profile, key); ok {
			if cast, changed := names.conform(expr, &dtype{id: duck.TypeVarchar}, &want, place{path: key, format: format}); changed {
				expr = cast + " AS " + quoteName(key)
			}
		}
		list = append(list, expr)
	}
	if len(list) == 0 {
		list = []string{"CAST(egret_record AS VARCHAR) AS event"}
	}
	source := "(" + ft.records(ft.paths) + ")"
	if len(keys) > 0 {
		// DuckDB moves a filter below the view and then transforms the record anew for each column that the filter names,
		// unless the record comes out of a volatile expression.
		once := "CASE WHEN random() >= 0 THEN egret_record END"
		source = "(SELECT " + strings.Join(append([]string{"egret_record"}, quoteNames(ft.keys)...), ", ") + ", json_transform(" + once + ", " + quoteText("{"+strings.Join(keys, ",")+"}") + ") AS egret_columns FROM " + source + ")"
	}
	return "SELECT " + strings.Join(list, ", ") + " FROM " + source, nil
}

// fits refuses records of which none has the key that the profile takes the time of events from, and most keys are no
// columns: they are of another log or shape, and nearly every column would be empty.
func (ft *fileTable) fits(seen *value.Doc, names *spelling) error {
	if ft.profile == nil || ft.profile.Time == nil || seen == nil {
		return nil
	}
	column := ft.profile.Time.Place.Column
	known := slices.ContainsFunc(ft.keys, func(key string) bool { return strings.EqualFold(key, column) })
	all, columns := 0, 0
	for n := seen.First(0); n != value.None; n = seen.Next(0, n) {
		key := string(seen.Key(n))
		known = known || strings.EqualFold(key, column)
		if all++; slices.ContainsFunc(ft.profile.Columns, func(c schema.Column) bool { return strings.EqualFold(c.Name, key) }) {
			columns++
		}
	}
	for _, c := range ft.profile.Columns {
		known = known || c.Name == column && names.whole(c)
	}
	if known || 2*columns >= all {
		return nil
	}
	return &engine.Error{
		Kind: engine.Misconfigured, Engine: name, Thing: "file " + ft.paths[0], Help: "name the schema that the files have: egret list schemas",
		Err: errors.New("no record that was looked at has " + column + ", which holds the time of events in " + ft.profile.FullName()),
	}
}

// sample is the structure of some records: an object of keys with types, in DuckDB's words. nil where there are none.
func (c *connection) sample(ft *fileTable) (*value.Doc, error) {
	var paths []string
	for i := range min(len(ft.paths), sampledFiles) {
		paths = append(paths, ft.paths[i*len(ft.paths)/min(len(ft.paths), sampledFiles)])
	}
	sql := "SELECT CAST(json_group_structure(egret_record) AS VARCHAR) FROM (" + ft.records(paths) + " LIMIT " + strconv.Itoa(sampledRecords) + ")"
	text := ""
	err := c.rows(sql, func(cells []any) error {
		text, _ = cells[0].(string)
		return nil
	})
	if err != nil || text == "" {
		return nil, err
	}
	doc, err := new(value.Parser).Parse([]byte(text))
	if err != nil {
		return nil, told(engine.Other, "", "DuckDB described JSON in another way than egret knows: "+err.Error())
	}
	if doc.Kind(0) != value.Object {
		return nil, nil // records that are no objects have no columns
	}
	return doc, nil
}
