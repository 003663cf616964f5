// Package evidence stores what a hunt must remember of single events: their ids, to count each event once, and the
// texts of the events that findings may need later.
//
// An EventKey holds an event's id in 128 bits and a hash of the other content that copies of the event share. Seen is
// a bounded set of keys that detects duplicates; all workers of a hunt share it. Store keeps the texts of events that
// a rule matched: it compresses them in blocks and returns an eight-byte Ref for each. Beyond a limit the blocks go to
// a temporary file, the Spool, which other packages use for spilling too.
//
// The package knows nothing about rules, schemas or JSON. It does not order events: readers sort them.
package evidence
