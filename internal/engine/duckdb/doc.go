// Package duckdb runs SQL inside egret's process, with DuckDB: on Parquet, JSON and CSV files, and on DuckDB's
// database files. It needs cgo and the build tag duckdb; without them Open returns an error with instructions.
//
// # Access of statements
//
// Statements are made from rules and logs, which are untrusted. So the database is locked before the first statement
// runs: no extension is loaded or fetched, no setting changes, and only configured files can be opened: the database
// files, attached read-only, and the files of described tables, one by one. A statement is a single SELECT.
//
// Describe creates a view for files. If a table was not in Open's options, the database is reopened with its files
// among the allowed ones; running queries keep the old database until they end.
//
// # Results
//
// The result of a statement is read while DuckDB computes it, a few thousand rows at a time, so its length costs no
// memory. The driver for database/sql first buffers the whole result, so this package calls DuckDB's C functions
// through the bindings that the driver uses.
package duckdb
