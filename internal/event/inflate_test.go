package event

import (
	"bytes"
	stdgzip "compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// gunzipped is what gunzip makes of data.
func gunzipped(from io.Reader, g *gunzip) ([]byte, error) {
	if err := g.reset(from); err != nil {
		return nil, err
	}
	return io.ReadAll(g)
}

// stdGunzipped is the same by the standard library, the judge.
func stdGunzipped(data []byte) ([]byte, error) {
	r, err := stdgzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// gzipSamples are contents of many kinds packed in many ways.
func gzipSamples(t testing.TB) map[string][]byte {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 100<<10)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	letters := make([]byte, 700<<10) // long codes: letter i comes about half as often as letter i-1
	for i := range letters {
		for letters[i] < 200 && random.Uint32()&1 == 1 {
			letters[i]++
		}
	}
	var events strings.Builder
	for i := range 2000 {
		events.WriteString(trail(fmt.Sprint("event", random.IntN(i+1))) + "\n")
	}
	contents := map[string][]byte{
		"empty": nil, "byte": {7}, "noise": noise, "letters": letters, "events": []byte(events.String()),
		"zeros": make([]byte, 1<<19), "period": bytes.Repeat([]byte("abc"), 100<<10), "far": append(noise[:32<<10:32<<10], noise[:40<<10]...),
	}
	samples := map[string][]byte{}
	for name, content := range contents {
		for _, level := range []int{stdgzip.HuffmanOnly, stdgzip.NoCompression, stdgzip.BestSpeed, stdgzip.BestCompression} {
			var out bytes.Buffer
			w, err := stdgzip.NewWriterLevel(&out, level)
			if err != nil {
				t.Fatal(err)
			}
			w.Name, w.Comment, w.Extra = "name", "comment", []byte("extra")
			for i := 0; i < len(content); i += len(content)/3 + 1 {
				if _, err := w.Write(content[i:min(len(content), i+len(content)/3+1)]); err != nil {
					t.Fatal(err)
				}
				if err := w.Flush(); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			samples[fmt.Sprint(name, level)] = out.Bytes()
		}
	}
	samples["members"] = bytes.Join([][]byte{samples["events9"], samples["empty1"], samples["letters-2"], samples["noise0"]}, nil)
	return samples
}

// The standard library unpacks the same, however the data comes and whatever the reader has read before.
func TestGunzip(t *testing.T) {
	var g gunzip
	for name, data := range gzipSamples(t) {
		want, err := stdGunzipped(data)
		if err != nil {
			t.Fatal(err)
		}
		for how, from := range map[string]io.Reader{
			"whole": bytes.NewReader(data), "halves": iotest.HalfReader(bytes.NewReader(data)),
			"bytes": iotest.OneByteReader(bytes.NewReader(data)), "end with data": iotest.DataErrReader(bytes.NewReader(data)),
		} {
			if got, err := gunzipped(from, &g); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s, %s: %d bytes, %v; want %d", name, how, len(got), err, len(want))
			}
		}
	}
}

// What is cut off gives what stands before the cut, and says so. The standard library may give a byte less, as it asks for
// more bits than a code has.
func TestGunzipCut(t *testing.T) {
	var g gunzip
	for name, data := range gzipSamples(t) {
		whole, err := stdGunzipped(data)
		if err != nil {
			t.Fatal(err)
		}
		for n := 1; n < len(data); n += 1 + len(data)/40 {
			least, wantErr := stdGunzipped(data[:n])
			got, err := gunzipped(bytes.NewReader(data[:n]), &g)
			if !errors.Is(err, wantErr) || !bytes.HasPrefix(got, least) || !bytes.HasPrefix(whole, got) {
				t.Fatalf("%s cut at %d: %d bytes, %v; want %d, %v", name, n, len(got), err, len(least), wantErr)
			}
		}
	}
}

// A header may have a checksum of its own.
func TestGunzipHeaderSum(t *testing.T) {
	data := gzipped(t, []byte("hello"))
	header := append([]byte{}, data[:10]...)
	header[3] |= gzipHeaderCRC
	header = binary.LittleEndian.AppendUint16(header, uint16(crc32.ChecksumIEEE(header)))
	good := slices.Concat(header, data[10:])
	if got, err := gunzipped(bytes.NewReader(good), new(gunzip)); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
	good[10] ^= 1
	if _, err := gunzipped(bytes.NewReader(good), new(gunzip)); !errors.Is(err, stdgzip.ErrHeader) {
		t.Errorf("wrong checksum: %v", err)
	}
}

// A reader that fails is no end of the data.
func TestGunzipFailingReader(t *testing.T) {
	broken := errors.New("broken")
	data := gzipped(t, bytes.Repeat([]byte("hello"), 100))
	for n := range data {
		from := io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(broken))
		if _, err := gunzipped(from, new(gunzip)); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

// FuzzGunzip holds any DEFLATE data, and any data behind gzip's first bytes, against the standard library.
func FuzzGunzip(f *testing.F) {
	for _, data := range gzipSamples(f) {
		if len(data) < 4<<10 {
			f.Add(data)
		}
	}
	// A block that has a code of one symbol for distances.
	f.Add([]byte("\x05\xc0\x81\x00\x00\x00\x00\x00\x10\xff\xd5\x10"))
	var g gunzip
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, whole := range [][]byte{data, append([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0}, data...)} {
			want, wantErr := stdGunzipped(whole)
			got, err := gunzipped(bytes.NewReader(whole), &g)
			// Where data has two faults the other may be named, or be seen some bytes later.
			most, least := got, want
			if len(most) < len(least) {
				most, least = least, most
			}
			if (err == nil) != (wantErr == nil) || err == nil && len(got) != len(want) || !bytes.HasPrefix(most, least) {
				t.Fatalf("%d bytes, %v; want %d, %v", len(got), err, len(want), wantErr)
			}
		}
	})
}
