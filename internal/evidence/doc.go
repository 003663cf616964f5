// Package evidence keeps what a hunt must remember of single events: their ids, to count each event once, and the texts of
// the events that findings may need later.
//
// EventKey is an event's id in 128 bits and a hash of what else copies agree in. Seen is the set of keys that tells
// duplicates, shared by all workers of a hunt and bounded. Store takes the texts of events that a rule matched, compresses them in blocks, and gives them back by a Ref of
// eight bytes; beyond a limit the blocks go to a temporary file. Spool is that file, for others that spill too.
//
// The package knows nothing of rules, schemas or JSON. It never orders events: who reads, sorts.
package evidence
