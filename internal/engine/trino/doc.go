// Package trino is the engine for a Trino cluster. It runs statements in Trino's SQL and returns rows of plain cells.
// It never writes, and it reads tables only for statements.
//
// # Protocol
//
// This package implements the documented protocol (https://trino.io/docs/476/develop/client-protocol.html, read
// 2026-02): one POST, then a chain of GETs, each naming the next. The Go client of the Trino project (v1.1.0, the
// newest that builds with this module's version of Go) is not used, because a hunt on a shared cluster needs the
// following:
//
//   - A query's id must be known as soon as the query is submitted, so that it can be stopped and recorded in the
//     journal. The client returns only with the first page of rows, which may be half an hour later, and its context
//     ends the query.
//   - Pages are untrusted input. A row with fewer cells than columns causes a panic in the client, possibly in a
//     goroutine of the client, where the caller cannot recover.
//   - The client always requests spooled results and then fetches them from any address that a page names. This package
//     rejects every address except the cluster's own, because requests carry credentials; without the header, results
//     come directly.
//   - In the client a connection that breaks within a page fails the query. The protocol allows requesting the last
//     page again.
//   - The client returns arrays, maps and rows as Go values; a hunt needs their text.
//
// # Reading
//
// Each page is read completely before it is parsed, up to a limit, and is requested again if it was cut off: no row is
// returned twice or missing. One page is in memory at a time.
//
// A query lives as long as its pages are requested: Trino ends queries without requests after five minutes. So queries
// do not outlive the process, and Attach finds none.
package trino
