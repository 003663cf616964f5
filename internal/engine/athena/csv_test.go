package athena

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func readAll(in io.Reader) (rows [][]any, err error) {
	r := newCSVReader(in)
	for {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, slices.Clone(row))
	}
}

func TestCSVReader(t *testing.T) {
	long := strings.Repeat("x", 3*csvBuffer)
	for _, c := range []struct {
		name, text string
		want       [][]any
	}{
		{"nothing", "", nil},
		{"NULL and empty", "\"a\",\"b\"\n\"\",\n,\"\"\n,\n", [][]any{{"a", "b"}, {"", nil}, {nil, ""}, {nil, nil}}},
		{"one column of NULL", "\"a\"\n\n\"\"\n", [][]any{{"a"}, {nil}, {""}}},
		{"quotes, commas and lines in cells", "\"say \"\"so\"\"\",\"a,\nb\r\n\"\n", [][]any{{`say "so"`, "a,\nb\r\n"}}},
		{"quotes alone", "\"\"\"\",\"\"\"\"\"\"\n", [][]any{{`"`, `""`}}},
		{"no line feed at the end", "\"a\",\"b\"", [][]any{{"a", "b"}}},
		{"NULL at the end", "\"a\",", [][]any{{"a", nil}}},
		{"without quotes", "1,two\n,three\n", [][]any{{"1", "two"}, {nil, "three"}}},
		{"long", "\"" + long + "\",\"b\"\n", [][]any{{long, "b"}}},
		{"control characters", "\"\x00\x01\ufeff\"\n", [][]any{{"\x00\x01\ufeff"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, in := range map[string]io.Reader{
				"at once": strings.NewReader(c.text), "byte by byte": iotest.OneByteReader(strings.NewReader(c.text)),
				"end with data": iotest.DataErrReader(strings.NewReader(c.text)),
			} {
				got, err := readAll(in)
				if err != nil || fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", c.want) {
					t.Errorf("%s: got %.200q (error %v), want %.200q", name, got, err, c.want)
				}
			}
		})
	}
}

func TestCSVReaderReportsErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"truncated in a cell", "\"a\",\"b", "byte 6: the file ends within a cell"},
		{"text after a cell", "\"a\"b\n", "byte 4: expected a comma or the end of the line after a cell, found 'b'"},
		{"quote within", "a\"b\n", "byte 2: quote in a cell that does not begin with one"},
	} {
		if _, err := readAll(strings.NewReader(c.text)); !errors.Is(err, errCSV) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %s", c.name, err, c.want)
		}
	}
	broken := errors.New("broken")
	if _, err := readAll(io.MultiReader(strings.NewReader("\"a\",\"b"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("got error %v, want that of the input", err)
	}
}

// TestEndlessRowIsRejected: before it fills the memory.
func TestEndlessRowIsRejected(t *testing.T) {
	if testing.Short() {
		t.Skip("reads hundreds of megabytes: left out with -short")
	}
	endless := io.MultiReader(strings.NewReader(`"`), endlessText{})
	if _, err := readAll(endless); !errors.Is(err, errCSV) || !strings.Contains(err.Error(), "more than 64 MB") {
		t.Errorf("endless cell: got error %v", err)
	}
	if _, err := readAll(endlessText{}); !errors.Is(err, errCSV) || !strings.Contains(err.Error(), "more than 64 MB") {
		t.Errorf("endless cell without quotes: got error %v", err)
	}
	if _, err := readAll(endlessCommas{}); !errors.Is(err, errCSV) || !strings.Contains(err.Error(), "more than 100000 cells") {
		t.Errorf("endless cells: got error %v", err)
	}
}

type endlessText struct{}

func (endlessText) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

type endlessCommas struct{}

func (endlessCommas) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ','
	}
	return len(p), nil
}

// format writes cells as Athena does.
func format(rows [][]any) string {
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				b.WriteByte(',')
			}
			if text, ok := cell.(string); ok {
				b.WriteString(`"` + strings.ReplaceAll(text, `"`, `""`) + `"`)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// FuzzCSV checks that no text makes the reader panic or hang, that rows are the same after being written as Athena
// writes them and read again, and that encoding/csv reads the same, except for NULL and the line ends that it changes.
func FuzzCSV(f *testing.F) {
	for _, text := range []string{"", "\"a\",\n,\"\"\n", "\"say \"\"so\"\"\",\"a,\nb\"\n", "\"a", "a\"b", "\"a\"b\n", "1,2\n3,4", "\n\n", "\"\"\"\"\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := readAll(strings.NewReader(text))
		if err != nil {
			if !errors.Is(err, errCSV) {
				t.Fatalf("got error %v, want errCSV", err)
			}
			return
		}
		again, err := readAll(strings.NewReader(format(rows)))
		if err != nil || fmt.Sprintf("%#v", again) != fmt.Sprintf("%#v", rows) {
			t.Fatalf("%q: got %#v, after writing them %#v (error %v)", text, rows, again, err)
		}
		if strings.ContainsAny(text, "\r") || strings.HasPrefix(text, "\n") || strings.Contains(text, "\n\n") {
			return
		}
		other := csv.NewReader(strings.NewReader(text))
		other.FieldsPerRecord = -1
		records, err := other.ReadAll()
		if err != nil {
			t.Fatalf("encoding/csv rejects %q, which has rows %#v: %v", text, rows, err)
		}
		if len(records) != len(rows) {
			t.Fatalf("%q: got %d rows, encoding/csv has %d", text, len(rows), len(records))
		}
		for i, record := range records {
			for k, want := range record {
				if got, _ := rows[i][k].(string); got != want {
					t.Fatalf("%q: row %d: got %#v, encoding/csv has %q", text, i, rows[i], record)
				}
			}
		}
	})
}
