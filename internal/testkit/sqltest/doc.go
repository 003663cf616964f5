// Package sqltest runs SQL on real engines in tests: DuckDB and SQLite inside the test's process, and servers of PostgreSQL and
// Trino whose addresses the test gets.
//
//   - Engine is one of them; DuckDB, Postgres, SQLite and Trino open it or skip the test and print the reason.
//   - Load fills a table of any column types with Go values; Query returns values in the same few Go types, so that
//     rows of two engines can be compared with ==, go-cmp or reflect.
//   - Row returns the row of a table for an event of the log, according to the columns of a schema's layout; OCSFRow
//     does so for a Security Lake table and a CloudTrail record.
//
// # Values
//
// Input and output cells have these types, also inside arrays, structs and maps:
//
//	NULL                   nil
//	text, JSON             string, any valid UTF-8, U+0000 included
//	whole number           int64; *big.Int where it needs more than 64 bits (out only)
//	decimal                as a whole number if it is one, else string, without zeros at the end (out only)
//	double                 float64
//	boolean                bool
//	timestamp, date        time.Time in UTC; a date is its midnight
//	array                  []any
//	struct                 map[string]any by the member's name; on the way in a missing member is NULL
//	map                    map[string]any; on the way in also Pairs, whose order DuckDB keeps
//
// DuckDB needs cgo and the build tag duckdb; Trino needs the variable EGRET_TRINO. `make test` and `make integration`
// set them. Postgres needs EGRET_POSTGRES.
package sqltest
