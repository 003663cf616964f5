package parquetrow

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/egret-hunt/egret/internal/event"
)

func write[T any](t testing.TB, rows []T, options ...parquet.WriterOption) []byte {
	t.Helper()
	var out bytes.Buffer
	w := parquet.NewGenericWriter[T](&out, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func read(t testing.TB, content []byte, limit int) (rows []string, err error) {
	t.Helper()
	f, err := Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for {
		row, err := f.Append(nil, limit)
		switch {
		case errors.Is(err, io.EOF):
			return rows, nil
		case errors.Is(err, event.ErrRowTooLong):
			rows = append(rows, "too long")
		case err != nil:
			return rows, err
		default:
			rows = append(rows, string(row))
		}
	}
}

func TestValues(t *testing.T) {
	type inner struct {
		Name *string `parquet:"name,optional"`
		Size int64   `parquet:"size"`
	}
	type row struct {
		Text  string           `parquet:"text"`
		Flag  bool             `parquet:"flag"`
		Day   int32            `parquet:"day,date"`
		At    time.Time        `parquet:"at,timestamp(millisecond)"`
		Ratio float64          `parquet:"ratio"`
		Price int64            `parquet:"price,decimal(2:10)"`
		List  []inner          `parquet:"list,list"`
		Plain []string         `parquet:"plain"`
		Map   map[string]inner `parquet:"map"`
		Gone  *inner           `parquet:"gone,optional"`
	}
	name := "a\"b\x00"
	rows := []row{{Text: "x", Flag: true, Day: 20455, At: time.UnixMilli(1767323045123), Ratio: 0.5, Price: -1205,
		List: []inner{{&name, 1}, {nil, 2}}, Plain: []string{"p", "q"}, Map: map[string]inner{"k.1": {nil, 3}}}, {}}
	got, err := read(t, write(t, rows), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"text":"x","flag":true,"day":"2026-01-02","at":"2026-01-02T03:04:05.123Z","ratio":0.5,"price":-12.05,` +
			`"list":[{"name":"a\"b\u0000","size":1},{"size":2}],"plain":["p","q"],"map":{"k.1":{"size":3}}}`,
		``,
	}
	if len(got) != 2 || got[0] != want[0] {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if len(got) == 2 && (strings.Contains(got[1], "gone") || !strings.Contains(got[1], `"list":[]`)) {
		t.Errorf("got %s", got[1])
	}
}

func TestLimits(t *testing.T) {
	type row struct {
		Text string `parquet:"text"`
	}
	got, err := read(t, write(t, []row{{"a"}, {strings.Repeat("x", 1000)}, {"b"}}), 500)
	if err != nil || len(got) != 3 || got[1] != "too long" || got[2] != `{"text":"b"}` {
		t.Errorf("got %q, %v", got, err)
	}
	type delta struct {
		Text string `parquet:"text,delta"`
	}
	if _, err := read(t, write(t, []delta{{"aa"}, {"ab"}}), 500); err == nil || !strings.Contains(err.Error(), "DELTA_BYTE_ARRAY") {
		t.Errorf("prefixes: got %v", err)
	}
}

// TestFalseSizes has footers and pages that claim more than there is.
func TestFalseSizes(t *testing.T) {
	footer := func(text ...byte) []byte {
		file := append([]byte("PAR1"), text...)
		return append(binary.LittleEndian.AppendUint32(file, uint32(len(text))), "PAR1"...)
	}
	nested := bytes.Repeat([]byte{0x1c}, 100) // structures in structures
	for name, content := range map[string][]byte{
		"list of 2^31 elements": footer(0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07),
		"text of 2^31 bytes":    footer(0x18, 0xff, 0xff, 0xff, 0xff, 0x07),
		"deep":                  footer(nested...),
		"footer beyond":         append(binary.LittleEndian.AppendUint32([]byte("PAR1aaaa"), 1<<30), "PAR1"...),
		"short":                 []byte("PAR1PAR1"),
	} {
		if _, err := Open(bytes.NewReader(content), int64(len(content))); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	type row struct {
		Text string `parquet:"text"`
	}
	content := write(t, []row{{strings.Repeat("x", 5000)}}, parquet.Compression(&parquet.Snappy))
	// The size that the Snappy data claims comes first in it, right after the statistics of the page.
	changed := false
	for n := uint64(5000); n < 5020 && !changed; n++ {
		if at := bytes.Index(content, binary.AppendUvarint(nil, n)); at > 0 {
			binary.PutUvarint(content[at:], 6000)
			changed = true
		}
	}
	if !changed {
		t.Fatal("the file has no size to change")
	}
	if _, err := read(t, content, 1<<20); err == nil {
		t.Errorf("a page with a false size: got no error")
	}
}

func FuzzFile(f *testing.F) {
	type row struct {
		Text *string           `parquet:"text,optional"`
		List []int64           `parquet:"list,list"`
		Map  map[string]string `parquet:"map"`
	}
	text := "x"
	f.Add(write(f, []row{{&text, []int64{1, 2}, map[string]string{"a": "b"}}, {}}))
	f.Add(write(f, []row{{&text, []int64{1, 2}, map[string]string{"a": "b"}}, {}}, parquet.Compression(&parquet.Zstd), parquet.DataPageVersion(1)))
	f.Fuzz(func(t *testing.T, content []byte) {
		_, _ = read(t, content, 1<<16) // no panic, no endless loop
	})
}
