// Package journal stores on disk what a hunt in a lake has done so far. After a kill, a power cut, a network failure
// or an exhausted budget the hunt can be resumed without paying again for what is finished.
//
// The caller records tasks (statements over chunks of time, each identified by a key that the caller chooses), their
// states, their rows, and notes. After the next start the journal returns them. It runs no queries, knows nothing
// appendFor rules and engines, and never reads the clock. It stores what it is given: the caller keeps secrets out of
// headers, keys, reasons and notes.
//
// # Files
//
// A hunt is a folder DIR/ID that belongs to the user who started it (mode 0700, files 0600):
//
// - journal: the log, lines of JSON. Lines are only appended. The first line is the header.
// - rows/N.zst: the rows of one finished task; the task's line in the log names the file, its size and its SHA-256.
// - lock: locked while a process works on the hunt; contains that process's id. The lock ends with the process.
//
// # Guarantees after a crash
//
// The effect of a method that returned without error is on disk. Rows are written in this order: write under a
// temporary name, sync, rename, sync the folder, append the line "done", sync. So a line "done" always has its rows;
// rows without a line are leftovers that the next Open deletes. Of a call that did not return, either the whole effect
// is on disk or none of it.
//
// A crash may leave one truncated line; Open drops it, since no call returned for it.
//
// # Guarantees after damage
//
// Each line has a number, and a checksum over itself and the id of the hunt, so that neither a damaged line nor a
// piece of another log is accepted. An invalid line is left out, and the lines after it still count. That is safe,
// because each line is true by itself: "done" names rows that are complete whatever came before, and it counts only as
// long as their SHA-256 matches. The information in a lost line is lost: its task returns to its earlier state, so it
// may be run again, but it never counts as finished unless it once was. Ignoring everything after the damage would be
// no safer, and would pay for finished chunks again. A lost line may also hold costs or a note: Lost returns the
// number of lost lines, so that the caller can report that totals are too low. A log without its first line is
// rejected.
//
// For rows whose file is missing or changed, Rows returns ErrDamaged before it passes on the first row; the task must
// be run again.
package journal
