// Package athena is the engine for Amazon Athena: statements go in, rows come out of the results that Athena writes to S3.
//
// # Results
//
// The first rows are asked of Athena itself, with the types of the columns; a small result is complete with them. Of a
// large one the object on S3 is read as a stream: GetQueryResults gives a thousand rows a call, S3 a million in the same
// time. A connection that breaks is taken up at the byte where it broke. Where S3 may not be read, or holds what only
// Athena can decrypt, the rest comes from GetQueryResults as well. Cells are strings, or nil for NULL.
//
// # Money
//
// Athena bills what a statement reads. A statement that is handed over twice with the same token runs once. EXPLAIN reads
// nothing. What ends a query early is the cut-off of its workgroup; egret sets that only where Options.CutOff says that the
// workgroup is its own.
//
// # Errors
//
// Athena tells most faults by words: symptom.go lists these, with what they mean and what to do. Credentials never get into
// an error: text of services and of the SDK passes a filter that knows the keys in use, errors of the SDK are not wrapped,
// and messages that repeat a signed request are left out.
package athena
