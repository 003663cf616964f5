package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// exampleLog returns a log of eight lines with the rows that it names.
func exampleLog(t testing.TB) (*model, []string) {
	t.Helper()
	m := newModel()
	j := newJournal(m)
	for _, err := range []error{
		j.begin(testHeader), j.Started("a", "q1", "t1"), writeRows(j, "a", []string{"a1", "a2"}, 10), j.Started("b", "q2", "t2"),
		j.Failed("b", "throttled", 20), writeRows(j, "b", []string{"b1"}, 30), j.Split("c"), j.Note("spent", 60),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return m, strings.SplitAfter(string(m.dirs["."].now[logName].now), "\n")[:8]
}

// TestOpenRemovesACutOffLine checks that a line that was cut off leaves nothing behind the lines that are added later.
func TestOpenRemovesACutOffLine(t *testing.T) {
	j, dir := create(t)
	must(t, j.Started("day-1", "", "token-1"))
	must(t, j.Close())
	path := filepath.Join(j.Path(), logName)
	content, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, append(content, bytes.Repeat([]byte("x"), 10_000)...), 0o600))
	for range 2 {
		if j, err = Open(dir, testHeader.ID); err != nil {
			t.Fatal(err)
		}
		must(t, j.Started("day-2", "", "token-2"))
		if j.Lost() != 0 {
			t.Errorf("got %d lost lines, want none", j.Lost())
		}
		must(t, j.Close())
	}
	if content, err = os.ReadFile(path); err != nil || bytes.Contains(content, []byte("xxx")) {
		t.Errorf("the line that was cut off is still in the log: %v", err)
	}
}

// with replaces the lines of the log.
func (m *model) with(lines ...string) *model {
	m.dirs["."].now[logName] = &modelFile{now: []byte(strings.Join(lines, ""))}
	return m
}

func TestOpenSkipsDamagedLines(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	for _, c := range []struct {
		name   string
		change func(lines []string) []string
		lost   int64
		a, b   State
		notes  int
		error  string
	}{
		{"whole", func(l []string) []string { return l }, 0, Done, Done, 1, ""},
		{"last line without its end", func(l []string) []string { return append(l[:7], l[7][:30]) }, 0, Done, Done, 0, ""},
		{"last line without its line feed", func(l []string) []string { return append(l[:7], strings.TrimSpace(l[7])) }, 0, Done, Done, 0, ""},
		{"zeros after the last line", func(l []string) []string { return append(l, strings.Repeat("\x00", 5000)) }, 0, Done, Done, 1, ""},
		{"last line changed", func(l []string) []string { return append(l[:7], strings.Replace(l[7], "60", "61", 1)) }, 1, Done, Done, 0, ""},
		{"something after the last line", func(l []string) []string { return append(l, "x\n", "\n", long+long+"\n") }, 3, Done, Done, 1, ""},
		{"done line of a lost", func(l []string) []string { return slices.Delete(l, 2, 3) }, 1, Started, Done, 1, ""},
		{"done line of a changed", func(l []string) []string { l[2] = strings.Replace(l[2], `"rows":2`, `"rows":1`, 1); return l }, 1, Started, Done, 1, ""},
		{"done line of b cut", func(l []string) []string { l[5] = l[5][:20]; return l }, 2, Done, Failed, 1, ""}, // the split line is lost too
		{"a long line between", func(l []string) []string { l[5] = long + l[5]; return l }, 1, Done, Failed, 1, ""},
		{"four lines lost", func(l []string) []string { return slices.Delete(l, 1, 5) }, 4, New, Done, 1, ""},
		{"a line twice", func(l []string) []string { return slices.Insert(l, 6, l[1]) }, 0, Done, Done, 1, ""},
		{"lines in another order", func(l []string) []string { l[1], l[2] = l[2], l[1]; return l }, 1, Done, Done, 1, ""},
		{"a second header", func(l []string) []string { return slices.Insert(l, 3, l[0]) }, 0, Done, Done, 1, ""},
		{"empty", func([]string) []string { return nil }, 0, "", "", 0, "first line"},
		{"first line changed", func(l []string) []string { l[0] = strings.Replace(l[0], "f00d", "f00e", 1); return l }, 0, "", "", 0, "first line"},
		{"first line lost", func(l []string) []string { return l[1:] }, 0, "", "", 0, "first line"},
		{"first line cut", func(l []string) []string { return []string{l[0][:50]} }, 0, "", "", 0, "first line"},
		{"not a log", func([]string) []string { return []string{"GIF89a\n"} }, 0, "", "", 0, "first line"},
		{"one endless line", func([]string) []string { return []string{long, long, long} }, 0, "", "", 0, "first line"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, lines := exampleLog(t)
			m.with(c.change(lines)...)
			j := newJournal(m)
			err := j.load(testHeader.ID)
			if c.error != "" {
				if !errors.Is(err, ErrUnreadable) || !strings.Contains(err.Error(), c.error) {
					t.Fatalf("got error %v, want ErrUnreadable with %q", err, c.error)
				}
				return
			}
			must(t, err)
			// Lines appended after the damage can be read back, and the loss stays known.
			for range 2 {
				if a, b := j.Task("a").State, j.Task("b").State; j.Lost() != c.lost || a != c.a || b != c.b || len(j.Notes("spent")) != c.notes {
					t.Errorf("got %d lost, a %s, b %s, %d notes", j.Lost(), a, b, len(j.Notes("spent")))
				}
				if rows, err := readBack(j, "b"); c.b == Done && (err != nil || !slices.Equal(rows, []string{"b1"})) {
					t.Errorf("got rows %q (error %v), want b1", rows, err)
				}
				must(t, j.Note("n", 1))
				must(t, writeRows(j, "d", []string{"d1"}, nil))
				j = newJournal(m)
				must(t, j.load(testHeader.ID))
			}
			if rows, err := readBack(j, "d"); err != nil || !slices.Equal(rows, []string{"d1"}) || len(j.Notes("n")) != 2 {
				t.Errorf("got rows %q (error %v), notes %s, want d1 and two notes", rows, err, j.Notes("n"))
			}
		})
	}
}

// TestLinesOfOtherHuntsAreSkipped checks that lines of another hunt, or of a later version, are not accepted.
func TestLinesOfOtherHuntsAreSkipped(t *testing.T) {
	m, lines := exampleLog(t)
	other, err := encode("20261121-zzzzzz", &record{Number: 8, Kind: kindSplit, Key: "a"})
	must(t, err)
	unknown, err := encode(testHeader.ID, &record{Number: 9, Kind: "paused", Key: "a"})
	must(t, err)
	bad, err := encode(testHeader.ID, &record{Number: 10, Kind: kindDone, Key: "c", File: &rowFile{Name: "../../x.zst", SHA256: strings.Repeat("0", 64)}})
	must(t, err)
	j := newJournal(m.with(append(lines, string(other), string(unknown), string(bad))...))
	must(t, j.load(testHeader.ID))
	if j.Task("a").State != Done || j.Task("c").State != Split || j.Lost() != 3 {
		t.Errorf("got a %+v, c %+v, %d lost, want done, split and 3", j.Task("a"), j.Task("c"), j.Lost())
	}

	later, err := encode(testHeader.ID, &record{Kind: kindHeader, Format: format + 1, Header: &testHeader})
	must(t, err)
	err = newJournal(m.with(string(later))).load(testHeader.ID)
	if !errors.Is(err, ErrUnreadable) || !strings.Contains(err.Error(), "format 2") {
		t.Errorf("later format: got error %v", err)
	}
	if err := newJournal(m.with(lines...)).load("20261121-zzzzzz"); !errors.Is(err, ErrUnreadable) {
		t.Errorf("log of another hunt: got error %v", err)
	}
}

func TestDamagedRowsAreDetected(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func([]byte) []byte
	}{
		{"cut", func(b []byte) []byte { return b[:len(b)-1] }},
		{"empty", func([]byte) []byte { return nil }},
		{"longer", func(b []byte) []byte { return append(b, 0) }},
		{"first byte", func(b []byte) []byte { b[0] ^= 1; return b }},
		{"middle", func(b []byte) []byte { b[len(b)/2] ^= 1; return b }},
		{"last byte", func(b []byte) []byte { b[len(b)-1] ^= 1; return b }},
		{"zeros", func(b []byte) []byte { return make([]byte, len(b)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, _ := exampleLog(t)
			j := newJournal(m)
			must(t, j.load(testHeader.ID))
			f := m.dirs[rowsName].now[j.tasks["a"].file.Name]
			f.now = c.change(f.now)
			if rows, err := readBack(j, "a"); !errors.Is(err, ErrDamaged) || rows != nil {
				t.Errorf("got rows %q (error %v), want ErrDamaged", rows, err)
			}
			if rows, err := readBack(j, "b"); err != nil || !slices.Equal(rows, []string{"b1"}) {
				t.Errorf("rows of another task: got %q (error %v)", rows, err)
			}
			must(t, j.Started("a", "q9", ""))
			must(t, writeRows(j, "a", []string{"again"}, nil))
			if rows, err := readBack(j, "a"); err != nil || !slices.Equal(rows, []string{"again"}) {
				t.Errorf("rows written again: got %q (error %v)", rows, err)
			}
		})
	}
}

// TestMissingRowsAreDamaged removes the folder of rows: the tasks must be run again, and the journal can still be
// used.
func TestMissingRowsAreDamaged(t *testing.T) {
	j, dir := create(t)
	must(t, writeRows(j, "a", []string{"a1"}, nil))
	must(t, os.RemoveAll(filepath.Join(j.Path(), rowsName)))
	if _, err := readBack(j, "a"); !errors.Is(err, ErrDamaged) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got error %v, want ErrDamaged", err)
	}
	j = reopen(t, j, dir)
	if _, err := readBack(j, "a"); !errors.Is(err, ErrDamaged) {
		t.Errorf("got error %v, want ErrDamaged", err)
	}
	must(t, writeRows(j, "a", []string{"a2"}, nil))
	if rows, err := readBack(j, "a"); err != nil || !slices.Equal(rows, []string{"a2"}) {
		t.Errorf("got rows %q (error %v), want a2", rows, err)
	}
}

// TestWrongLengthTakesLittleMemory checks that a stream with a wrong length takes little memory.
func TestWrongLengthTakesLittleMemory(t *testing.T) {
	m, _ := exampleLog(t)
	j := newJournal(m)
	must(t, j.load(testHeader.ID))
	zeros := bytes.Repeat([]byte{0}, 4<<20)
	must(t, writeRows(j, "z", []string{string(zeros)}, nil))
	f := m.dirs[rowsName].now[j.tasks["z"].file.Name]
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, want := range []int64{0, 2} {
		if err := readRows(bytes.NewReader(f.now), want, func([]byte) error { return nil }); !errors.Is(err, ErrDamaged) {
			t.Errorf("one row instead of %d: got error %v, want ErrDamaged", want, err)
		}
	}
	if _, err := readRow(bytes.NewReader(zeros[:10]), nil, MaxRow); err == nil {
		t.Error("readRow of ten bytes returned a long row")
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 40<<20 {
		t.Errorf("got %d bytes allocated, want at most 40 MB", used)
	}
}

// FuzzOpen opens logs of arbitrary bytes, and logs whose lines are arbitrary bytes with correct checksums.
func FuzzOpen(f *testing.F) {
	_, lines := exampleLog(f)
	f.Add([]byte(strings.Join(lines, "")), false)
	for i := range lines {
		lines[i] = lines[i][:len(lines[i])-sumSize] + "\n"
	}
	f.Add([]byte(strings.Join(lines, "")), true)
	f.Add([]byte(lines[0]+`{"n":9007199254740992,"kind":"note"`+"\n"+`{"n":1,"kind":"done","key":"a","file":{}`+"\n"), true)
	example, _ := exampleLog(f)
	f.Fuzz(func(t *testing.T, log []byte, right bool) {
		if right {
			var summed []byte
			for body := range bytes.SplitSeq(log, []byte("\n")) {
				summed = append(summed, body...)
				summed = fmt.Appendf(summed, "%s%08x%s", sumOpen, checksum(testHeader.ID, body), sumClose)
			}
			log = summed
		}
		m := newModel()
		m.dirs[rowsName] = &modelDir{now: maps.Clone(example.dirs[rowsName].now)}
		m.with(string(log))
		j := newJournal(m)
		if j.load(testHeader.ID) != nil {
			return
		}
		lost := j.Lost()
		if lost < 0 {
			t.Fatalf("got %d lines lost", lost)
		}
		before := map[string]Task{}
		j.Each(func(key string, task Task) {
			before[key] = task
			if _, err := readBack(j, key); err != nil && task.State == Done && !j.Finished() && !errors.Is(err, ErrDamaged) {
				t.Fatal(err)
			}
		})
		if err := j.Note("fuzz", 1); err != nil && !errors.Is(err, ErrFinished) && j.next <= maxNumber {
			t.Fatal(err)
		}
		notes := len(j.Notes("fuzz"))
		again := newJournal(m)
		if err := again.load(testHeader.ID); err != nil {
			t.Fatal(err)
		}
		if again.Lost() != lost || len(again.Notes("fuzz")) != notes || len(again.order) != len(before) {
			t.Fatalf("reopening changed lost lines from %d to %d, notes from %d to %d", lost, again.Lost(), notes, len(again.Notes("fuzz")))
		}
		again.Each(func(key string, task Task) {
			if !sameTask(task, before[key]) {
				t.Fatalf("reopening changed %q from %+v to %+v", key, before[key], task)
			}
		})
	})
}

// FuzzRows reads arbitrary bytes as rows.
func FuzzRows(f *testing.F) {
	m, _ := exampleLog(f)
	for _, rows := range m.dirs[rowsName].now {
		f.Add(rows.now, int64(2))
	}
	f.Fuzz(func(t *testing.T, data []byte, want int64) {
		n := int64(0)
		err := readRows(bytes.NewReader(data), want, func([]byte) error { n++; return nil })
		if err != nil && !errors.Is(err, ErrDamaged) || err == nil && n != want {
			t.Fatalf("got %d rows of %d, error %v", n, want, err)
		}
	})
}
