//go:build duckdb && cgo

package duckdb

import (
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// instance is a locked database in memory with all attached databases.
type instance struct {
	db duck.Database
	// use is the database whose tables need no prefix, "" for none.
	use string
	// files are the tables of files, by the name passed to Describe.
	files map[string]*fileTable

	mutex  sync.Mutex
	users  int
	closed bool
}

// acquire keeps the database open until release.
func (in *instance) acquire() bool {
	in.mutex.Lock()
	defer in.mutex.Unlock()
	if in.closed {
		return false
	}
	in.users++
	return true
}

func (in *instance) release() {
	in.mutex.Lock()
	defer in.mutex.Unlock()
	if in.users--; in.users == 0 && in.closed {
		duck.Close(&in.db)
	}
}

// close closes the database once it is no longer used.
func (in *instance) close() {
	in.mutex.Lock()
	defer in.mutex.Unlock()
	if in.closed {
		return
	}
	if in.closed = true; in.users == 0 {
		duck.Close(&in.db)
	}
}

// dialect prints statements that are built as trees.
var dialect = sqltree.DialectByName("duckdb")

// quoteName returns a quoted identifier, quoteText a text literal. ATTACH, SET and the options of functions that read files take
// literals only, where a dialect prints control characters as an expression.
func quoteName(text string) string { return dialect.QuoteName(text) }
func quoteText(text string) string { return dialect.PrintExpr(sqltree.Verbatim(text)) }

// literals returns a list of text literals.
func literals(texts []string) sqltree.List {
	list := make(sqltree.List, len(texts))
	for i, text := range texts {
		list[i] = sqltree.Verbatim(text)
	}
	return list
}

// newInstance opens a database, attaches the files, and locks it. found are the known tables of files.
func (e *Engine) newInstance(found map[string]*fileTable) (*instance, error) {
	settings := map[string]string{
		"autoinstall_known_extensions": "false",
		"autoload_known_extensions":    "false",
		"allow_community_extensions":   "false",
		"allow_persistent_secrets":     "false",
		"temp_directory":               e.tempDir,
		"memory_limit":                 strconv.FormatInt(e.memory(), 10) + "B",
		"threads":                      strconv.Itoa(e.threads()),
	}
	var config duck.Config
	if duck.CreateConfig(&config) == duck.StateError {
		return nil, newError(engine.Other, "", "DuckDB returned no configuration")
	}
	defer duck.DestroyConfig(&config)
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		if strings.IndexByte(settings[key], 0) >= 0 || duck.SetConfig(config, key, settings[key]) == duck.StateError {
			return nil, newError(engine.Misconfigured, "setting "+key, fmt.Sprintf("DuckDB does not accept %q", settings[key]))
		}
	}
	in := &instance{files: found}
	var message string
	if duck.OpenExt("", &in.db, config, &message) == duck.StateError {
		duck.Close(&in.db)
		return nil, fault("", message)
	}
	if err := e.prepare(in); err != nil {
		in.close()
		return nil, err
	}
	return in, nil
}

// prepare attaches the database files and locks the database.
func (e *Engine) prepare(in *instance) error {
	c, err := in.connect()
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.exec("SET GLOBAL TimeZone = 'UTC'"); err != nil {
		return err
	}
	if e.opt.Database != "" {
		base := filepath.Base(e.opt.Database)
		alias := strings.TrimSuffix(base, filepath.Ext(base))
		if err := c.attach(alias, e.opt.Database); err != nil {
			return err
		}
		in.use = alias
	}
	for _, alias := range slices.Sorted(maps.Keys(e.opt.Attach)) {
		if err := c.attach(alias, e.opt.Attach[alias]); err != nil {
			return err
		}
	}
	var paths []string
	for _, key := range slices.Sorted(maps.Keys(in.files)) {
		paths = append(paths, in.files[key].paths...)
	}
	for _, sql := range []string{
		// The operating system already caches local files.
		"SET enable_external_file_cache = false",
		"SET allowed_paths = " + dialect.PrintExpr(literals(paths)),
		"SET enable_external_access = false",
		// A connection sets which database comes first; statements cannot, because they are SELECTs.
		"SET allowed_configs = ['search_path', 'schema']",
		"SET lock_configuration = true",
	} {
		if err := c.exec(sql); err != nil {
			return err
		}
	}
	return nil
}

// memory and threads return the options, or their defaults.
func (e *Engine) memory() int64 {
	if e.opt.Memory > 0 {
		return e.opt.Memory
	}
	return DefaultMemory
}

func (e *Engine) threads() int {
	if e.opt.Threads > 0 {
		return e.opt.Threads
	}
	return runtime.GOMAXPROCS(0)
}

// ownNames are DuckDB's own databases.
var ownNames = []string{"memory", "system", "temp"}

// attach opens a database file for reading.
func (c *connection) attach(alias, path string) error {
	thing := "database file " + path
	if err := usable(path, thing); err != nil {
		return err
	}
	if alias == "" || strings.IndexByte(alias, 0) >= 0 || slices.Contains(ownNames, strings.ToLower(alias)) {
		return &engine.Error{
			Kind: engine.Misconfigured, Engine: name, Thing: thing, Help: "attach it under another name",
			Err: fmt.Errorf("%q is a reserved name of DuckDB", alias),
		}
	}
	err := c.exec("ATTACH " + quoteText(path) + " AS " + quoteName(alias) + " (READ_ONLY, TYPE duckdb)")
	if err == nil {
		return nil
	}
	newError := &engine.Error{Kind: engine.Misconfigured, Engine: name, Thing: thing, Err: err.Err}
	if text := err.Err.Error(); strings.Contains(text, "lock on file") {
		newError.Help = "another program has it open for writing: wait until it ends, or copy the file"
	}
	return newError
}
