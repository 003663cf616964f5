// Package engine is what a hunt asks of a system that runs SQL where the logs are. It holds the interface, what an engine
// can do, and how its errors are told apart; each engine is a package below this one, which alone imports its driver.
//
// An engine knows nothing of rules, schemas or findings. In goes text in its dialect, out come rows of plain cells. It
// retries single calls that its service throttles; running a statement again is the hunt's decision.
package engine

import (
	"context"
	"time"
)

// Engine runs statements on one lake. It is safe for concurrent use. Its errors are of type *Error, or the context's.
type Engine interface {
	// Info says what the engine is and can do.
	Info() Info
	// Ping makes the cheapest calls that show that queries would run: address, credentials, workgroup, place of results.
	Ping(ctx context.Context) error
	// Describe reads the columns of a table, without reading its rows.
	Describe(ctx context.Context, table string) (*Table, error)
	// Partitions tells how some partition columns of a table are spelled, without reading its rows; nil where the engine cannot
	// tell. Columns that it knows nothing of are left out.
	Partitions(ctx context.Context, table string, columns []string) ([]PartitionColumn, error)
	// Estimate asks what a statement would read, without running it.
	Estimate(ctx context.Context, sql string) (Estimate, error)
	// Start hands a statement to the engine.
	Start(ctx context.Context, s Statement) (Query, error)
	// Attach finds a query again that was started earlier, maybe by another process. Engines that do not attach, and
	// those that have forgotten the query, give an error of kind Missing.
	Attach(ctx context.Context, id string) (Query, error)
	// Close gives connections back. Queries that run go on.
	Close() error
}

// Info describes an engine.
type Info struct {
	// Name is its name in egret.yaml, Dialect that of its SQL in package sqlgen.
	Name, Dialect string
	// Attaches says that queries outlive the process that started them, and that Attach finds them.
	Attaches bool
	// Remote says that others pay or wait for what a query reads: a hunt asks for a time range first.
	Remote bool
	// Billed says that the bytes which a query reads cost money.
	Billed bool
	// JSONIsText says that a column of type JSON is a text to its functions, as good as one of text that holds JSON.
	JSONIsText bool
	// InFlight is how many queries at a time it takes well, at least 1.
	InFlight int
}

// Table is what an engine knows of a table.
type Table struct {
	// Name is the table as statements name it: that of Describe, or of a view made for it; in the form of
	// sqlgen.Options.Table.
	Name string
	// Columns are in the table's order, partition columns last.
	Columns []Column
	// PartitionedBy are the names of partition columns; empty also where the table's format hides them.
	PartitionedBy []string
}

// Column is a column of a table or result. Type is in the engine's own words.
type Column struct{ Name, Type string }

// PartitionColumn is how the values of a partition column are spelled.
type PartitionColumn struct {
	// Name is the column's, as it was asked for.
	Name string
	// Values are those of the partitions that there are, as text, each once and sorted; nil where the engine makes them by
	// itself.
	Values []string
	// Format is how the engine itself makes the values (Athena's partition projection), in letters of Java's date formats; ""
	// where it does not, or not by such a format.
	Format string
	// Injected says that each statement must name the values that it wants.
	Injected bool
}

// Estimate is what a statement would read.
type Estimate struct {
	// Bytes and Rows are negative where the engine cannot tell.
	Bytes, Rows int64
	// Known says that Constrained can be trusted: the engine told by which columns it leaves parts of the table out.
	Known bool
	// Constrained are the names of these columns, in lower case, sorted.
	Constrained []string
}

// Statement is a query to be.
type Statement struct {
	SQL string
	// Token makes Start safe to repeat, where engines know such a thing: the same token gives the same query. "" for none.
	Token string
	// MaxBytes ends the query once it has read so many bytes, where the engine can; 0 for no limit.
	MaxBytes int64
}

// Query is a statement that was started.
type Query interface {
	// ID is the engine's name of it, never empty. It holds no secret.
	ID() string
	// Status asks how far it is, and does not wait.
	Status(ctx context.Context) (Status, error)
	// Read waits for the result and hands it over. What it returns counts also when there is an error. When the context
	// ends, it returns soon with the context's error; the query itself is ended by Stop. It may be called once, where the
	// engine attaches again and again.
	Read(ctx context.Context, result Result) (Stats, error)
	// Stop ends the query on the server. It is no error if it has ended already.
	Stop(ctx context.Context) error
}

// Result takes a result. An error that a function returns ends Read with it.
type Result struct {
	// Columns is called once, before the first row, unless it is nil. An empty result has columns too.
	Columns func(columns []Column) error
	// Row is called for each row in the order of the result. Cells are nil, string, bool, int64, float64 or time.Time (in
	// UTC), engines whose results are text give strings. Structs, lists and maps are JSON text in DuckDB and Trino, where Trino
	// lists the values of a struct without their names; values of other types are text as the engine writes it. The slice is
	// used again.
	Row func(row []any) error
}

// Status is how far a query is.
type Status struct {
	State State
	// Reason says why it failed, or what it waits for, in the engine's words; "" if there is nothing to say.
	Reason string
	Stats  Stats
}

// State is one of those that every engine knows.
type State string

// The states of a query.
const (
	Queued    State = "queued"
	Running   State = "running"
	Succeeded State = "succeeded"
	Failed    State = "failed"
	Stopped   State = "stopped"
)

// Ended tells whether a query in that state will not change any more.
func (s State) Ended() bool { return s == Succeeded || s == Failed || s == Stopped }

// Stats is what a query has cost so far.
type Stats struct {
	// ScannedBytes is what it read of the table, -1 where the engine cannot tell.
	ScannedBytes int64
	// BilledBytes is what is charged for it: minimums and free queries are the engine's to know. 0 where nothing is.
	BilledBytes int64
	// Rows is the number of rows that Read has handed over.
	Rows int64
	// Queued and Ran are how long it waited and worked, by the engine's own clock.
	Queued, Ran time.Duration
	// Reused says that an earlier result was given again.
	Reused bool
}
