// Package engine defines the interface to systems that run SQL on logs: what an engine must do, what it can do, and
// the kinds of its errors. Each engine is a package below this one, which alone imports its driver.
//
// An engine knows nothing about rules, schemas or findings. It takes SQL in its dialect and returns rows of plain
// cells. It retries single calls, because only the engine knows which are safe to repeat and how long its service
// wants to wait. The hunt decides whether to run a statement again, which may cost again.
package engine

import (
	"context"
	"time"
)

// Engine runs statements on one lake. It is safe for concurrent use. Its errors are *Error or the context's.
type Engine interface {
	// Info describes the engine and its abilities.
	Info() Info
	// Ping makes the cheapest calls that show whether queries can run: address, credentials, workgroup, location of
	// results.
	Ping(ctx context.Context) error
	// Describe returns the columns of a table, without reading its rows.
	Describe(ctx context.Context, table string) (*Table, error)
	// Partitions reports how the values of some partition columns of a table are spelled, without reading its rows;
	// nil if the engine cannot. Unknown columns are left out.
	Partitions(ctx context.Context, table string, columns []string) ([]PartitionColumn, error)
	// Estimate returns what a statement would read, without running it.
	Estimate(ctx context.Context, s Statement) (Estimate, error)
	// Start starts a statement.
	Start(ctx context.Context, s Statement) (Query, error)
	// Attach finds a query that was started earlier, possibly by another process. Engines that cannot attach, or no
	// longer know the query, return an error of kind Missing.
	Attach(ctx context.Context, id string) (Query, error)
	// Close closes connections. Running queries continue.
	Close() error
}

// Info describes an engine.
type Info struct {
	// Name is the engine's name in egret.yaml, Dialect the name of its dialect in package sqlgen.
	Name, Dialect string
	// Attaches reports that queries outlive the process that started them, and that Attach finds them.
	Attaches bool
	// Remote reports that queries use a shared or billed service: a hunt then requires a time range.
	Remote bool
	// Billed reports that the bytes which a query reads cost money.
	Billed bool
	// JSONIsText reports that functions accept a column of type JSON like a text column that contains JSON.
	JSONIsText bool
	// InFlight is how many queries should run at a time, at least 1.
	InFlight int
}

// Table is what an engine reports about a table.
type Table struct {
	// Name is the table's name in statements: that passed to Describe, or that of a view created for it; in the form
	// of sqlgen.Options.Table.
	Name string
	// Columns are in the table's order, partition columns last.
	Columns []Column
	// PartitionedBy are the names of partition columns; also empty if the table's format hides them.
	PartitionedBy []string
}

// Column is a column of a table or result. Type is the engine's name of the type.
type Column struct{ Name, Type string }

// PartitionColumn describes how the values of a partition column are spelled.
type PartitionColumn struct {
	// Name is the column's name as passed to Partitions.
	Name string
	// Values are the values of the existing partitions, as text, without duplicates and sorted, NoValue for NULL; nil if the engine
	// generates them.
	Values []string
	// Format is the Java date format by which the engine generates the values (Athena's partition projection); "" if
	// it does not, or uses no such format.
	Format string
	// Injected reports that each statement must name the values to read.
	Injected bool
}

// Estimate is the expected cost of a statement.
type Estimate struct {
	// Bytes and Rows are negative if unknown.
	Bytes, Rows int64
	// Known reports that Constrained is reliable: the engine has reported by which columns it prunes the table.
	Known bool
	// Constrained are the names of these columns, in lower case, sorted.
	Constrained []string
}

// Statement is a statement to run.
type Statement struct {
	SQL string
	// Bounds are the columns in the statement's conditions, in lower case, each with the number of conditions (WHERE)
	// that name it. Estimate uses them to determine Constrained; nil means that nothing is constrained.
	Bounds map[string]int
	// Token makes Start idempotent, if the engine supports that: the same token yields the same query. "" for none.
	Token string
	// MaxBytes ends the query once it has read this many bytes, if the engine supports that; 0 for no limit.
	MaxBytes int64
}

// Query is a started statement.
type Query interface {
	// ID returns the engine's id of the query. It is never empty and contains no secret.
	ID() string
	// Status returns the current state without waiting.
	Status(ctx context.Context) (Status, error)
	// Read waits for the result and passes it on. The returned Stats are valid even if there is an error. When the
	// context ends, Read returns soon with the context's error; only Stop ends the query itself. Read may be called
	// once, or any number of times if the engine attaches.
	Read(ctx context.Context, result Result) (Stats, error)
	// Stop ends the query on the server. A query that has already ended is not an error.
	Stop(ctx context.Context) error
}

// Result receives a result. If a function returns an error, Read returns it.
type Result struct {
	// Columns, if not nil, is called once, before the first row. An empty result has columns too.
	Columns func(columns []Column) error
	// Row is called for each row in the order of the result. Cells are nil, string, bool, int64, float64 or time.Time
	// (in UTC); engines whose results are text return strings. Structs, lists and maps are JSON text in DuckDB and
	// Trino; Trino lists the values of a struct without their names. Values of other types are text as the engine
	// prints it. The slice is reused.
	Row func(row []any) error
}

// Status is the state of a query.
type Status struct {
	State State
	// Reason is why it failed, or what it waits for, in the engine's words; "" if there is none.
	Reason string
	Stats  Stats
}

// State is a state that every engine has.
type State string

// The states of a query.
const (
	Queued    State = "queued"
	Running   State = "running"
	Succeeded State = "succeeded"
	Failed    State = "failed"
	Stopped   State = "stopped"
)

// Ended reports whether a query in this state has ended.
func (s State) Ended() bool { return s == Succeeded || s == Failed || s == Stopped }

// Stats are the costs of a query so far.
type Stats struct {
	// ScannedBytes is the number of bytes read from the table, -1 if unknown.
	ScannedBytes int64
	// BilledBytes is the number of bytes charged, with the engine's minimums and free queries taken into account; 0 if
	// nothing is charged.
	BilledBytes int64
	// Rows is the number of rows that Read has passed on.
	Rows int64
	// Queued and Ran are how long the query waited and ran, by the engine's clock.
	Queued, Ran time.Duration
	// Reused reports that the result is that of an earlier query.
	Reused bool
}
