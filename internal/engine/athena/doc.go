// Package athena is the engine for Amazon Athena. It runs statements and returns rows from the results that Athena
// writes to S3.
//
// # Results
//
// The first rows come from Athena itself, with the types of the columns; a small result is complete with them. For a
// large one the object on S3 is read as a stream: GetQueryResults returns a thousand rows a call, S3 a million in the
// same time. A broken connection is resumed at the byte where it broke. If S3 access is denied, or only Athena can
// decrypt the object, the rest comes from GetQueryResults as well. Cells are strings, or nil for NULL.
//
// # Money
//
// Athena bills what a statement reads. A statement that is started twice with the same token runs once. EXPLAIN reads
// nothing. Only the cut-off of its workgroup ends a query early; egret sets the cut-off only if Options.CutOff
// declares that the workgroup is used by egret alone.
//
// # Errors
//
// Athena reports most errors only as text: symptom.go lists these texts, their meaning and what to do. Credentials
// never appear in an error: texts of services and of the SDK pass a filter that knows the keys in use, errors of the
// SDK are not wrapped, and messages that repeat a signed request are left out.
package athena
