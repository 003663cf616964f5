package duckdb

import (
	"time"

	"github.com/egret-hunt/egret/internal/schema"
)

// Options say what is opened. The zero value is an empty database in memory, for tables that are files.
type Options struct {
	// Database is the path of a database file, opened read-only; "" for none. Its tables go by their names alone, and with
	// the file's name without its ending before them, as DuckDB has it.
	Database string
	// Attach are further database files, opened read-only, by the name that goes before their tables.
	Attach map[string]string
	// Tables are the profiles of tables, by what Describe is called with: a table's name, a file, a folder or a pattern. A
	// column of files gets the type that its profile says. nil as a profile: nothing is known, but the files are allowed
	// from the beginning.
	Tables map[string]*schema.Profile
	// Memory is how much DuckDB takes for what a statement keeps, in bytes, before it writes to TempDir; 0 for DefaultMemory.
	// What files are read with comes on top.
	Memory int64
	// Threads is how many threads a statement works with; 0 for one for each processor.
	Threads int
	// TempDir is the folder for what does not fit into memory; "" for one of its own in the system's, removed by Close.
	TempDir string
	// Now is the clock that durations are measured with; nil: they are not.
	Now func() time.Time
}

// DefaultMemory is the limit of Options.Memory, in bytes.
const DefaultMemory = 1 << 30

// name is the engine's name, in egret.yaml and in errors.
const name = "duckdb"
