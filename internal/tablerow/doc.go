// Package tablerow turns rows of tables that are kept in files into events of a log source, by the layout of the table.
//
// The input is a row as a JSON object: its keys are columns, its values are cells. CSV files give all cells as text;
// Parquet and JSON lines give nested values. The output is the event as JSON in the log's form, with the log's names. What a
// layout does not map is kept under the key "row" if its columns mean something else than the log's names, so that the
// evidence stays complete.
//
// Rows of a lake become events in package plan, which reads only the columns that rules need. Here every column is there,
// so the event does not depend on rules. The package reads no files and knows no rules.
package tablerow
