// Package event reads log files and hands out their events.
//
// In go paths (files, folders, globs, "-" for standard input, addresses in buckets), out come batches of events, each one
// JSON value taken out of whatever it was delivered in: gzip, zstd, zip and tar, the Records of CloudTrail, JSON lines,
// arrays, exports of CloudWatch and of SIEMs. What a file holds is found by its content, never by its name. Every file
// gets a File that says what became of it; nothing is dropped without a word there.
//
// Several workers share the work: each takes the next file, and where one file is large the worker that decompresses it
// passes chunks to the others. Memory is bounded by the number of chunks, not by the size of a file. A fault in a file
// never ends the run: what is good is delivered, what is not is counted with its place and reason.
//
// Files that do not lie on this machine come through the interface Remote. Small ones are fetched ahead of the workers, many
// at a time, within a bound of their own.
//
// The package knows which log source an event belongs to, and nothing of rules.
package event
