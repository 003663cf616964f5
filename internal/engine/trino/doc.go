// Package trino is the engine of package engine on a Trino cluster. In go statements in Trino's SQL, out come rows of plain
// cells. It never writes, and it reads no table on its own.
//
// # Protocol
//
// The client is written here, on the documented protocol (https://trino.io/docs/476/develop/client-protocol.html, read
// 2026-02): one POST, then a chain of GETs, each naming the next. The Go client of the Trino project was tried first
// (v1.1.0, the newest that builds with this module's version of Go). It stays out for what a hunt on other people's
// clusters cannot do without:
//
//   - A query's id must be known once it is submitted, so that it can be stopped and stands in the journal. The client
//     comes back with the first page of rows only, which may be half an hour later, and its context ends the query with it.
//   - Pages come from the network. A row with fewer cells than there are columns panics in the client, beyond any recover
//     of the caller where it happens in its goroutines.
//   - It always asks for spooled results and then fetches them from whatever address a page names. Here every address but
//     the cluster's own is refused, since a request carries credentials; without the header, results come directly.
//   - A connection that is cut within a page fails the query there. The protocol lets the last page be asked for again.
//   - Arrays, maps and rows come as values of Go; a hunt needs their text.
//
// # Reading
//
// Each page is read whole before it is looked at, up to a bound, so that whatever was cut is asked for again: nothing is
// handed over twice, nothing is left out. One page is in memory at a time.
//
// A query lives as long as somebody asks for its pages: Trino ends what nobody has asked for in five minutes. So queries do
// not outlive the process, and Attach finds none.
package trino
