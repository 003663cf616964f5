// Package event reads log files and returns their events.
//
// The input is paths (files, folders, globs, "-" for standard input, addresses in buckets). The output is batches of
// events, each one JSON value, extracted from whatever contains it: gzip, zstd, zip and tar, CloudTrail's Records, JSON
// lines, arrays, exports of CloudWatch and of SIEMs. The format of a file is detected from its content, never from its
// name. Every input gets a File with its result; nothing is dropped silently.
//
// Several workers share the work: each takes the next file, and the worker that decompresses a large file passes chunks
// to the others. Memory is bounded by the number of chunks, not by the size of a file. A fault in a file never ends the
// run: good records are delivered, and bad ones are counted with their position and reason.
//
// Files that are not on this machine are read through the interface Remote. Small ones are fetched before the workers
// need them, many at a time, within a separate limit of memory.
//
// The package determines the log source of an event and knows nothing of rules.
package event
