//go:build duckdb && cgo

package duckdb

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// fileForm is the format of a table's files.
type fileForm string

const (
	parquetFiles fileForm = "Parquet"
	jsonFiles    fileForm = "JSON"
	csvFiles     fileForm = "CSV"
)

// endings are the extensions of file names, without those of compressed files.
var endings = map[string]fileForm{
	".parquet": parquetFiles, ".json": jsonFiles, ".ndjson": jsonFiles, ".jsonl": jsonFiles, ".csv": csvFiles, ".tsv": csvFiles,
}

// packers are the extensions of compressed files.
var packers = []string{".gz", ".zst"}

// fileTable is a table of files. Its files are those that were found first, so that all statements of a hunt read the
// same files.
type fileTable struct {
	// view is the name of its view, in SQL.
	view string
	form fileForm
	// paths are absolute and sorted; bytes is their total size.
	paths []string
	bytes int64
	// packing is the compression of files without an extension, "" for others.
	packing string
	// keys are the partition columns, from folders named column=value.
	keys   []string
	layout *schema.Layout

	// query is that of the view, nil before Describe; described is its result.
	query     *sqltree.Select
	described *engine.Table
}

// formOf returns the format of a file by its name.
func formOf(path string) (fileForm, bool) {
	base := strings.ToLower(path)
	for _, packer := range packers {
		if unpacked, ok := strings.CutSuffix(base, packer); ok {
			base = unpacked
			break
		}
	}
	form, ok := endings[filepath.Ext(base)]
	return form, ok
}

// isPattern reports whether a text is a path or a pattern, which cannot be a table's name.
func isPattern(table string) bool {
	return strings.ContainsAny(table, `/*?[`) || filepath.Separator != '/' && strings.ContainsRune(table, filepath.Separator)
}

// findAll finds the files of the tables in the options. A name that is not a file is left for Describe, because it may
// be a table's.
func (e *Engine) findAll() (map[string]*fileTable, error) {
	found := map[string]*fileTable{}
	for _, table := range slices.Sorted(maps.Keys(e.opt.Tables)) {
		ft, err := e.find(table, len(found))
		switch {
		case err == nil:
			found[table] = ft
		case engine.KindOf(err) != engine.Missing:
			return nil, err
		}
	}
	return found, nil
}

// find finds the files of a name, folder or pattern. before is the number of tables so far.
func (e *Engine) find(table string, before int) (*fileTable, error) {
	thing := "file " + table
	if table == "" || strings.IndexByte(table, 0) >= 0 {
		return nil, missingTableError(table)
	}
	if scheme, _, ok := strings.Cut(table, "://"); ok && !strings.ContainsAny(scheme, `/\*`) {
		return nil, &engine.Error{
			Kind: engine.Misconfigured, Engine: name, Thing: thing, Help: "copy the files to this machine, or hunt them where they are, with Trino or Athena",
			Err: errors.New("DuckDB reads only local files here"),
		}
	}
	path, err := filepath.Abs(table)
	if err != nil {
		return nil, &engine.Error{Kind: engine.Misconfigured, Engine: name, Thing: thing, Err: err}
	}
	ft := &fileTable{view: "memory.main.files_" + strconv.Itoa(before+1), layout: e.layout(table)}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		ft.paths, err = walk(path)
	case err == nil:
		ft.paths = []string{path}
	case errors.Is(err, fs.ErrPermission):
	case strings.ContainsAny(table, "*?["):
		ft.paths, err = e.glob(path)
	case isPattern(table):
		err = &engine.Error{Kind: engine.Missing, Engine: name, Thing: thing, Err: errors.New("no such file or folder")}
	default:
		err = missingTableError(table)
	}
	var known *engine.Error
	switch {
	case errors.As(err, &known):
		return nil, err
	case errors.Is(err, fs.ErrPermission):
		return nil, &engine.Error{Kind: engine.Denied, Engine: name, Thing: thing, Permission: "reading it", Err: err}
	case err != nil:
		return nil, &engine.Error{Kind: engine.Misconfigured, Engine: name, Thing: thing, Err: err}
	case len(ft.paths) == 0:
		return nil, &engine.Error{Kind: engine.Missing, Engine: name, Thing: thing, Err: errors.New("no file matches")}
	}
	slices.Sort(ft.paths)
	ft.keys = partitionKeys(ft.paths)
	return ft, ft.inspect(thing)
}

// walk finds the files in a folder, and in folders below it, that have an extension of a log. Names that begin with a
// dot or an underscore are internal files of the programs that wrote the logs.
func walk(folder string) (paths []string, err error) {
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path != folder && strings.ContainsAny(d.Name()[:1], "._") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if _, ok := formOf(path); ok && !d.IsDir() {
			paths = append(paths, path)
		}
		return nil
	})
	return paths, err
}

// glob finds the files of a pattern as DuckDB interprets it: ** is any number of folders. The database used for this
// is not locked, and runs nothing else.
func (e *Engine) glob(pattern string) (paths []string, err error) {
	in := &instance{}
	if duck.Open("", &in.db) == duck.StateError {
		return nil, newError(engine.Other, "", "DuckDB returned no database")
	}
	defer in.close()
	c, err := in.connect()
	if err != nil {
		return nil, err
	}
	defer c.close()
	query := &sqltree.Select{
		Columns: []sqltree.Column{{Of: sqltree.Name{"file"}}}, From: sqltree.Source{Function: sqltree.Fn("glob", sqltree.Text(pattern))},
	}
	err = c.rows(dialect.Print(query), func(cells []any) error {
		if path, ok := cells[0].(string); ok {
			paths = append(paths, path)
		}
		return nil
	})
	return paths, err
}

// inspect determines the format and the size of the files.
func (ft *fileTable) inspect(thing string) error {
	forms := map[fileForm]string{}
	for _, path := range ft.paths {
		info, err := os.Stat(path)
		if err != nil {
			return usable(path, "file "+path)
		}
		ft.bytes += info.Size()
		form, ok := formOf(path)
		if !ok {
			if form, ft.packing, err = sniff(path); err != nil {
				return err
			}
		}
		forms[form] = path
		ft.form = form
	}
	if len(forms) > 1 {
		var list []string
		for _, form := range slices.Sorted(maps.Keys(forms)) {
			list = append(list, string(form)+" ("+filepath.Base(forms[form])+")")
		}
		return &engine.Error{
			Kind: engine.Misconfigured, Engine: name, Thing: thing, Help: "name them by a pattern for one form, such as '*.parquet'",
			Err: fmt.Errorf("the files have several forms: %s", strings.Join(list, ", ")),
		}
	}
	return nil
}

// gzipMagic and zstdMagic are the first bytes of compressed files.
var gzipMagic, zstdMagic = []byte{0x1f, 0x8b}, []byte{0x28, 0xb5, 0x2f, 0xfd}

// sniff determines the format of a file by its first bytes.
func sniff(path string) (form fileForm, packing string, err error) {
	thing := "file " + path
	if err := usable(path, thing); err != nil {
		return "", "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", "", &engine.Error{Kind: engine.Denied, Engine: name, Thing: thing, Permission: "reading it", Err: err}
	}
	defer f.Close()
	head := make([]byte, 64)
	n, _ := f.Read(head)
	head = head[:n]
	switch text := bytes.TrimLeft(head, " \t\r\n\ufeff"); {
	case bytes.HasPrefix(head, []byte("PAR1")):
		return parquetFiles, "", nil
	case bytes.HasPrefix(head, gzipMagic):
		return jsonFiles, "gzip", nil
	case bytes.HasPrefix(head, zstdMagic):
		return jsonFiles, "zstd", nil
	case len(text) > 0 && (text[0] == '{' || text[0] == '['):
		return jsonFiles, "", nil
	}
	return "", "", &engine.Error{
		Kind: engine.Misconfigured, Engine: name, Thing: thing, Help: "use files that end in .parquet, .json, .ndjson, .jsonl, .csv or .tsv, possibly compressed as .gz or .zst",
		Err: errors.New("the format is unknown from its name and its first bytes"),
	}
}

// partitionKeys returns the names of the columns in folders named column=value that all files have.
func partitionKeys(paths []string) []string {
	var keys []string
	for i, path := range paths {
		var own []string
		folders := strings.Split(filepath.ToSlash(filepath.Dir(path)), "/")
		for _, folder := range folders {
			if key, _, ok := strings.Cut(folder, "="); ok && key != "" && !strings.Contains(folder[len(key)+1:], "=") {
				own = append(own, key)
			}
		}
		if i == 0 {
			keys = own
		}
		keys = slices.DeleteFunc(keys, func(key string) bool { return !slices.Contains(own, key) })
		if len(keys) == 0 {
			return nil
		}
	}
	return keys
}
