package value

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The test compares the stops of random texts with a loop over their bytes. The texts have very many or very few stops and end
// at every position of a block.
func TestStopsAreWhatAScanStopsAt(t *testing.T) {
	if !canFindStops {
		t.Skip("stops are not found in advance on this processor")
	}
	random := rand.New(rand.NewPCG(1, 2))
	var finder stopFinder
	for round := range 4000 {
		src := make([]byte, stopBlock+random.IntN(4*stopBlock))
		for i := range src {
			src[i] = " !#[]\x7f{a"[random.IntN(8)]
			if random.IntN(1+round%40) == 0 {
				src[i] = "\"\\\x00\x1f\n"[random.IntN(5)]
			}
		}
		var want []uint32
		for i, c := range src {
			if c == '"' || c == '\\' || c < 0x20 {
				want = append(want, uint32(i))
			}
		}
		want = append(want, uint32(len(src)), uint32(len(src)))
		if diff := cmp.Diff(want, finder.find(src).at); diff != "" {
			t.Fatalf("stops of %q differ (-want +got):\n%s", src, diff)
		}
	}
}

// TestStopsAreUnknown: strings with bytes beyond ASCII must be marked, which only a scan does; the byte is found wherever it
// stands.
func TestStopsAreUnknown(t *testing.T) {
	var finder stopFinder
	for length := stopBlock; length < 3*stopBlock; length++ {
		for at := range length {
			src := bytes.Repeat([]byte{'a'}, length)
			src[at] = 0x80 + byte(at%0x80)
			if got := finder.find(src); !cmp.Equal(got.at, noStops) {
				t.Fatalf("byte %d of %d is beyond ASCII, and stops were found", at, length)
			}
		}
	}
	if got := finder.find(bytes.Repeat([]byte{'a'}, maxStopped+1)); !cmp.Equal(got.at, noStops) {
		t.Errorf("stops of a document longer than %d bytes were found", maxStopped)
	}
}

// FuzzStopsChangeNothing parses a document with stops found in advance, and without.
func FuzzStopsChangeNothing(f *testing.F) {
	long := strings.Repeat("x", stopBlock)
	for _, seed := range []string{
		`{"a":"` + long + `","b\"":["\\",{"c":"\u0041"}]}`, "{\n\t\"a\" :\n\"" + long + "\"}", `{"a":"` + long, `{"a` + long,
		`{"` + long + `"`, `{"` + long + `":"\`, `{"` + long + `":"` + "\x01" + `"}`, `"` + long + `\"`, long, `{"":"","":"","":"","":"","":"","":"","":"","":"","":"","":""}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		// With so much white space behind it the document is too long for stops.
		long := append(bytes.Clone(src), bytes.Repeat([]byte{' '}, maxStopped)...)
		var found, scanned Parser
		got, err := found.Parse(src)
		want, wantErr := scanned.Parse(long)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("error %v with stops, %v without for %q", err, wantErr, src)
		}
		if err == nil && !slices.Equal(got.nodes, want.nodes) {
			t.Fatalf("nodes of %q are %+v with stops, %+v without", src, got.nodes, want.nodes)
		}
	})
}
