// Package journal keeps on disk what a hunt on a lake has done so far, so that it can go on after a kill, a power cut, a lost
// network or a budget that ran out, without paying again for what is finished.
//
// In go tasks (statements over slices, each named by a key that the caller makes), what became of them, their rows, and notes
// of the caller; out come the same after the next start. The journal runs no query, knows no rule and no engine, and never
// reads the clock. It stores what it is given: the caller keeps secrets out of headers, keys, reasons and notes.
//
// # What is on disk
//
// A hunt is a folder DIR/ID of the user who made it (mode 0700, files 0600):
//
//   - journal: the log, lines of JSON, only ever added to. The first line is the header.
//   - rows/N.zst: the rows of one finished task; its line in the log names the file, its size and its SHA-256.
//   - lock: locked while a process works on the hunt, with that process's id in it. The lock ends with the process.
//
// # What holds after a crash
//
// A method that returned without error has its effect on disk. For rows the order is: write under a temporary name, sync,
// rename, sync the folder, add the line "done", sync. So a line "done" always has its rows; rows without a line are leftovers
// that the next Open deletes. Of a call that did not return, either everything is there or nothing.
//
// What a crash may leave behind is one line that is cut off; Open drops it, since nobody was told that it was written.
//
// # What holds after damage
//
// Each line has a number and a checksum over itself and the id of the hunt, so that neither damage nor a piece of another log
// passes for a line. A line that fails is left out, and the lines behind it still count. That is safe, since a line is true
// by itself: "done" names rows that are complete whatever stood before it, and it is believed only as long as their SHA-256
// agrees. What a lost line said is forgotten: its task falls back to what the log said of it before, so that it may be
// asked again, but never passes for finished unless it once was. Leaving out everything behind the damage would be no safer, and would pay
// for finished slices again. What is lost besides are costs and notes: Lost tells how many lines, so that the caller can say
// that the totals are too low. Without its first line a log is refused.
//
// Rows whose file is missing or changed give ErrDamaged before the first row is handed over; the task is to be done anew.
package journal
