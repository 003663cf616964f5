// Package duckdb runs SQL inside egret's own process, with DuckDB: on Parquet, JSON and CSV files, and on DuckDB's
// database files. It needs cgo and the build tag duckdb; without them Open says how to get them.
//
// # What a statement can reach
//
// Statements are made of rules and logs, which are written by strangers. So the database is locked before the first of
// them runs: no extension is loaded or fetched, no setting changes, and no file opens but those that were named: the
// database files, attached read-only, and the files of the tables that were described, one by one. A statement is a
// single SELECT.
//
// Describe of files makes a view. A table that Open was not told of opens the database anew, with its files among those
// that are allowed; queries that run keep the old one until they end.
//
// # Results
//
// The result of a statement is read while DuckDB makes it, a few thousand rows at a time, so that its length costs no
// memory. The driver for database/sql first keeps a result whole, therefore this package calls DuckDB's C functions by
// the bindings that the driver itself stands on.
package duckdb
