//go:build duckdb && cgo

package duckdb

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	duck "github.com/duckdb/duckdb-go-bindings"

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
	// usualObject is the longest JSON text of one record or wrapped file that DuckDB reads unless told otherwise, in bytes;
	// longestObject is the most that is asked of it, since it keeps two such texts for each thread.
	usualObject, longestObject = 16 << 20, 256 << 20
	// packedRatio is how much longer a text is guessed to be than its packed form, where the form does not tell.
	packedRatio = 20
)

// records is the SELECT of the records of files: the column r is a record's JSON, the partition columns follow.
func (ft *fileTable) records(paths []string) string {
	options := ft.options()
	if size := ft.objectSize(); size > usualObject {
		options += ", maximum_object_size = " + strconv.FormatInt(size, 10)
	}
	if ft.packing != "" {
		options += ", compression = " + quoteText(ft.packing)
	}
	list := "unnest(CASE WHEN regexp_matches(CAST(json AS VARCHAR), " + quoteText(wrapped) + ") THEN json_extract(json, '$.Records[*]') ELSE [json] END) AS r"
	for _, key := range ft.keys {
		list += ", " + quoteName(key)
	}
	return "SELECT " + list + " FROM read_json_objects(" + quoteList(paths) + options + ")"
}

// objectSize is the longest text that a file may be, if it is one object.
func (ft *fileTable) objectSize() int64 {
	var longest int64
	for _, path := range ft.paths {
		info, err := os.Stat(path)
		if err != nil {
			continue // reading it says so
		}
		size := info.Size()
		switch lower := strings.ToLower(path); {
		case strings.HasSuffix(lower, ".gz") || ft.packing == "gzip":
			size = max(gzipLength(path), size)
		case strings.HasSuffix(lower, ".zst") || ft.packing == "zstd":
			size *= packedRatio
		case size > usualObject && lines(path):
			continue
		}
		longest = max(longest, size)
	}
	return min(longest, longestObject)
}

// gzipLength is the length that a gzip file tells at its end, modulo 4 GiB; 0 where that cannot be read.
func gzipLength(path string) int64 {
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	var end [4]byte
	if _, err := f.Seek(-int64(len(end)), io.SeekEnd); err != nil {
		return 0
	}
	if _, err := io.ReadFull(f, end[:]); err != nil {
		return 0
	}
	return int64(binary.LittleEndian.Uint32(end[:]))
}

// lines tells of a file that has a record on its first line, so that no single object is long.
func lines(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 1<<20)
	n, _ := io.ReadFull(f, head)
	line, _, found := strings.Cut(string(head[:n]), "\n")
	return found && json.Valid([]byte(line))
}

// jsonView is the SELECT for the view of JSON files.
func (c *connection) jsonView(ft *fileTable) (string, error) {
	seen, err := c.sample(ft)
	if err != nil {
		return "", err
	}
	names := newSpelling(ft.profile, seen)
	var columns []schema.Column
	if ft.profile != nil {
		columns = ft.profile.Columns
	}
	if len(columns) == 0 {
		columns = inferred(seen, 0)
	}
	var keys, list []string
	for _, column := range columns {
		if slices.ContainsFunc(ft.keys, func(key string) bool { return strings.EqualFold(key, column.Name) }) {
			continue // the folder's name says it, as in all tables of such folders
		}
		key, inner := names.key(column.Name, value.None, "")
		if inner == noObject && names.whole(column) {
			list = append(list, "CAST(r AS VARCHAR) AS "+quoteName(column.Name))
			continue
		}
		keys = append(keys, quoteJSON(key)+":"+structureAt(&column.Type, names, inner, column.Name, 0))
		expr := "struct_extract(c, " + quoteText(key) + ")"
		switch column.Type.Kind {
		case schema.JSON:
			expr = "CAST(" + expr + " AS VARCHAR)"
		case schema.Timestamp, schema.Date:
			expr = "CAST(" + expr + " AS " + sqlType(&column.Type, 0) + ")"
		case schema.Unknown, schema.Text, schema.Integer, schema.Double, schema.Boolean, schema.Struct, schema.Array, schema.Map:
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
		list = []string{"CAST(r AS VARCHAR) AS event"}
	}
	source := "(" + ft.records(ft.paths) + ")"
	if len(keys) > 0 {
		source = "(SELECT *, json_transform(r, " + quoteText("{"+strings.Join(keys, ",")+"}") + ") AS c FROM " + source + ")"
	}
	return "SELECT " + strings.Join(list, ", ") + " FROM " + source, nil
}

// sample is the structure of some records: an object of keys with types, in DuckDB's words. nil where there are none.
func (c *connection) sample(ft *fileTable) (*value.Doc, error) {
	var paths []string
	for i := range min(len(ft.paths), sampledFiles) {
		paths = append(paths, ft.paths[i*len(ft.paths)/min(len(ft.paths), sampledFiles)])
	}
	sql := "SELECT CAST(json_group_structure(r) AS VARCHAR) FROM (" + ft.records(paths) + " LIMIT " + strconv.Itoa(sampledRecords) + ")"
	text := ""
	err := c.rows(sql, func(cells []any) error {
		text, _ = cells[0].(string)
		return nil
	})
	if err != nil || text == "" {
		return nil, err
	}
	doc, err := new(value.Parser).Parse([]byte(text))
	if err != nil || doc.Kind(0) != value.Object {
		return nil, nil // records that are no objects have no columns
	}
	return doc, nil
}

// spelling knows how the log writes the names of a profile, whose own are in lower case where Hive is behind it.
type spelling struct {
	profile *schema.Profile
	seen    *value.Doc
	// learned are the paths that the profiles of the log source list, by their lower case; nil where the log turned out to
	// spell its names as the profile does.
	learned map[string]string
}

func newSpelling(p *schema.Profile, seen *value.Doc) *spelling {
	s := &spelling{profile: p, seen: seen}
	if p == nil {
		return s
	}
	learned := map[string]string{}
	for _, other := range p.Schema.Profiles() {
		for _, listed := range other.Listed() {
			path := strings.TrimSuffix(listed.Path, ".*")
			for i := range len(path) + 1 {
				if i == len(path) || path[i] == '.' {
					if lower := strings.ToLower(path[:i]); learned[lower] == "" {
						learned[lower] = path[:i]
					}
				}
			}
		}
	}
	for _, c := range p.Columns {
		if spelt := learned[strings.ToLower(c.Name)]; spelt != "" && spelt != c.Name && s.find(value.None, c.Name, false) != value.None {
			return s
		}
	}
	s.learned = learned
	return s
}

// find is what the sample holds under a key of an object, value.None without; value.None as the object is the record.
func (s *spelling) find(object value.Node, name string, anyCase bool) value.Node {
	if s.seen == nil {
		return value.None
	}
	if object == value.None {
		object = 0
	}
	// An array of objects is an array of one structure.
	for s.seen.Kind(object) == value.Array && s.seen.First(object) != value.None {
		object = s.seen.First(object)
	}
	if s.seen.Kind(object) != value.Object {
		return value.None
	}
	for n := s.seen.First(object); n != value.None; n = s.seen.Next(object, n) {
		key := string(s.seen.Key(n))
		if key == name || anyCase && strings.EqualFold(key, name) {
			return n
		}
	}
	return value.None
}

// noObject is in the place of an object that the sample does not have.
const noObject value.Node = -2

// key is how the log spells a column, or a member of an object: as the sample has it, else as the log source's schema
// does. object is that of the sample, with value.None for the record; inner is what it has under the key. path is the
// profile's path of the object, with a dot behind it.
func (s *spelling) key(name string, object value.Node, path string) (key string, inner value.Node) {
	if object != noObject {
		for _, anyCase := range []bool{false, s.profile != nil} {
			if n := s.find(object, name, anyCase); n != value.None {
				return string(s.seen.Key(n)), n
			}
		}
	}
	if spelt := s.learned[strings.ToLower(path+name)]; spelt != "" {
		name = spelt[strings.LastIndexByte(spelt, '.')+1:]
	}
	return name, noObject
}

// whole tells of a column that holds the record itself: the one that a profile says holds everything, or one of JSON by
// the usual names.
func (s *spelling) whole(column schema.Column) bool {
	if column.Type.Kind != schema.JSON || s.profile == nil {
		return false
	}
	for _, listed := range s.profile.Listed() {
		if listed.Path == "*" && len(listed.Places) > 0 && strings.EqualFold(listed.Places[0].Column, column.Name) {
			return true
		}
	}
	return slices.Contains([]string{"event", "eventjson"}, strings.ToLower(column.Name))
}

// quoteJSON writes a text as JSON.
func quoteJSON(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		return `""` // texts are always written
	}
	return string(out)
}

// structureAt is a type in the words of json_transform, with members as the log spells them: object is where the sample has
// them, path leads to them in the profile.
func structureAt(t *schema.Type, names *spelling, object value.Node, path string, depth int) string {
	if depth > maxTypeDepth {
		return `"JSON"`
	}
	switch t.Kind {
	case schema.JSON:
		return `"JSON"`
	case schema.Integer:
		return `"BIGINT"`
	case schema.Double:
		return `"DOUBLE"`
	case schema.Boolean:
		return `"BOOLEAN"`
	case schema.Timestamp, schema.Date:
		// It heeds the zone that the text tells.
		return `"TIMESTAMPTZ"`
	case schema.Array:
		return "[" + structureAt(elementOf(t), names, object, path, depth+1) + "]"
	case schema.Map:
		return quoteJSON("MAP(VARCHAR, " + sqlType(elementOf(t), 0) + ")")
	case schema.Struct:
		var parts []string
		for i := range t.Members {
			m := &t.Members[i]
			key, inner := names.key(m.Name, object, path+".")
			parts = append(parts, quoteJSON(key)+":"+structureAt(&m.Type, names, inner, path+"."+m.Name, depth+1))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case schema.Unknown, schema.Text:
	}
	return `"VARCHAR"`
}

// maxMembers is how many keys an object may have to be a struct; those of more are JSON text.
const maxMembers = 200

// inferred are the columns of records that no profile describes. What is text in the log stays text.
func inferred(seen *value.Doc, object value.Node) []schema.Column {
	if seen == nil {
		return nil
	}
	var columns []schema.Column
	for n := seen.First(object); n != value.None; n = seen.Next(object, n) {
		columns = append(columns, schema.Column{Name: string(seen.Key(n)), Type: inferredType(seen, n, 0)})
	}
	// Keys that differ by case only would be one column.
	used := map[string]bool{}
	return slices.DeleteFunc(columns, func(c schema.Column) bool {
		lower := strings.ToLower(c.Name)
		again := used[lower]
		used[lower] = true
		return again || c.Name == ""
	})
}

// inferredKinds are the words of json_structure.
var inferredKinds = map[string]schema.Kind{
	"BIGINT": schema.Integer, "UBIGINT": schema.Integer, "BOOLEAN": schema.Boolean, "JSON": schema.JSON,
}

func inferredType(seen *value.Doc, n value.Node, depth int) schema.Type {
	switch seen.Kind(n) {
	case value.Object:
		members := inferred(seen, n)
		if len(members) > maxMembers || len(members) == 0 || depth > maxTypeDepth {
			return schema.Type{Kind: schema.JSON}
		}
		return schema.Type{Kind: schema.Struct, Members: members}
	case value.Array:
		first := seen.First(n)
		if first == value.None {
			return schema.Type{Kind: schema.JSON}
		}
		element := inferredType(seen, first, depth+1)
		return schema.Type{Kind: schema.Array, Element: &element}
	}
	// Text holds numbers with a point better than a double does.
	return schema.Type{Kind: cmp.Or(inferredKinds[seen.String(n)], schema.Text)}
}
