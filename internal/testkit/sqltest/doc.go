// Package sqltest runs SQL on real engines in tests: DuckDB inside the test's process, and a Trino server that the test
// was pointed to.
//
//   - Engine is one of them; DuckDB and Trino open it or skip the test with a printed reason.
//   - Load fills a table of any column types with Go values; Query brings values back in the same few Go types, so that
//     rows of two engines compare with ==, go-cmp or reflect.
//   - Row makes the row of a table from an event as the log has it, by the columns of a schema's profile; OCSFRow that
//     of a Security Lake table from a CloudTrail record.
//
// # Values
//
// Cells that go in and come out have these types, inside arrays, structs and maps too:
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
// DuckDB needs cgo and the build tag duckdb; Trino needs the variable EGRET_TRINO. `make test` and `make integration` set
// them.
package sqltest
