package duckdb

import (
	"time"

	"github.com/egret-hunt/egret/internal/schema"
)

// Options configure what is opened. The zero value is an empty database in memory, for tables of files.
type Options struct {
	// Database is the path of a database file, opened read-only; "" for none. Its tables need no prefix, and can also
	// be prefixed with the file's name without extension, as in DuckDB.
	Database string
	// Attach are more database files, opened read-only, by the prefix of their tables.
	Attach map[string]string
	// Tables are the layouts of tables, by the name passed to Describe: a table's name, a file, a folder or a pattern.
	// Columns of files get the types of the layout. A nil layout means that the layout is unknown, but the files are
	// allowed from the beginning.
	Tables map[string]*schema.Layout
	// Memory limits what a statement keeps in memory, in bytes, before it writes to TempDir; 0 for DefaultMemory.
	// Buffers for reading files are additional.
	Memory int64
	// Threads is the number of threads of a statement; 0 for one for each processor.
	Threads int
	// TempDir is the folder for data that does not fit in memory; "" for a new one in the system's folder, which Close
	// removes.
	TempDir string
	// Now is the clock for measuring durations; nil means that they are not measured.
	Now func() time.Time
}

// DefaultMemory is the default of Options.Memory, in bytes.
const DefaultMemory = 1 << 30

// name is the engine's name, in egret.yaml and in errors.
const name = "duckdb"
