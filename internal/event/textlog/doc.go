// Package textlog reads the lines of logs in text: columns between separators, some of them in quotes or brackets.
//
// Formats holds the formats of a set of log sources, as their schemas describe them. From the first lines of a file it
// finds the Layout of its lines: the log source and the order of the columns, which a header may name. A Reader turns a
// line into the document of an event, with the names of the columns as members. It copies the line and allocates nothing
// once it is warm.
//
// The package knows nothing of files and rules. Lines are untrusted; whoever calls it limits their length.
package textlog
