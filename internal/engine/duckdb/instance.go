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
)

// instance is one database in memory with all that is attached to it, locked.
type instance struct {
	db duck.Database
	// use is the database whose tables go by their names alone, "" for none.
	use string
	// files are the tables made of files, by what Describe was called with.
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

// close lets the database go as soon as nobody uses it.
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

// quoteName writes a name as an identifier, quoteText a text as a literal.
func quoteName(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }
func quoteText(text string) string { return `'` + strings.ReplaceAll(text, `'`, `''`) + `'` }

// quoteNames is quoteName for each.
func quoteNames(texts []string) []string {
	quoted := make([]string, len(texts))
	for i := range texts {
		quoted[i] = quoteName(texts[i])
	}
	return quoted
}

// quoteList writes texts as a list of literals.
func quoteList(texts []string) string {
	quoted := make([]string, len(texts))
	for i := range texts {
		quoted[i] = quoteText(texts[i])
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// newInstance opens a database, attaches the files, and locks it. found are the tables of files that are known so far.
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
		return nil, told(engine.Other, "", "DuckDB gave no configuration")
	}
	defer duck.DestroyConfig(&config)
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		if strings.IndexByte(settings[key], 0) >= 0 || duck.SetConfig(config, key, settings[key]) == duck.StateError {
			return nil, told(engine.Misconfigured, "setting "+key, fmt.Sprintf("DuckDB does not take %q", settings[key]))
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
		// The system caches files of this machine already.
		"SET enable_external_file_cache = false",
		"SET allowed_paths = " + quoteList(paths),
		"SET enable_external_access = false",
		// A connection says which database comes first; statements cannot, since they only select.
		"SET allowed_configs = ['search_path', 'schema']",
		"SET lock_configuration = true",
	} {
		if err := c.exec(sql); err != nil {
			return err
		}
	}
	return nil
}

// memory and threads are the options, or their defaults.
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

// ownNames are databases that DuckDB has itself.
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
			Err: fmt.Errorf("%q is a name that DuckDB keeps for itself", alias),
		}
	}
	err := c.exec("ATTACH " + quoteText(path) + " AS " + quoteName(alias) + " (READ_ONLY, TYPE duckdb)")
	if err == nil {
		return nil
	}
	told := &engine.Error{Kind: engine.Misconfigured, Engine: name, Thing: thing, Err: err.Err}
	if text := err.Err.Error(); strings.Contains(text, "lock on file") {
		told.Help = "another program writes to it: wait for its end, or copy the file"
	}
	return told
}
