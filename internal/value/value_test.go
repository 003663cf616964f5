package value

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func FuzzParseAgreesWithEncodingJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5e3,{"b":"x\u0041\ud83d\ude00"}],"":null}`, ` [] `, `"\`, `{"a":tru`, `[1,]`, `{"a" : 1 , "b":[ ]}`, "\"\xff\"", `-0.0E+1`, `"abcdefghijkl\n"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		var p Parser
		doc, err := p.Parse(src)
		if valid := json.Valid(src); valid != (err == nil) {
			if bytes.Count(src, []byte("["))+bytes.Count(src, []byte("{")) < MaxDepth {
				t.Fatalf("valid %v, but error %v for %q", valid, err, src)
			}
			return
		}
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(src) {
				t.Fatalf("error without a place in the text: %v", err)
			}
			return
		}
		text := doc.AppendJSON(nil, 0)
		decode := func(b []byte) any {
			d := json.NewDecoder(bytes.NewReader(b))
			d.UseNumber()
			var v any
			if err := d.Decode(&v); err != nil {
				t.Fatalf("%v in %q", err, b)
			}
			return v
		}
		want, _ := json.Marshal(decode(src))
		got, _ := json.Marshal(decode(text))
		if !bytes.Equal(want, got) {
			t.Fatalf("%q was printed as %q", src, text)
		}
	})
}

func TestParseRefusesDeepNesting(t *testing.T) {
	var p Parser
	if _, err := p.Parse([]byte(strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth))); err != nil {
		t.Errorf("%d levels: %v", MaxDepth, err)
	}
	if _, err := p.Parse([]byte(strings.Repeat("[", 10000) + strings.Repeat("]", 10000))); err == nil {
		t.Error("10,000 levels were accepted")
	}
}

func TestParseDoesNotAllocateOnceWarm(t *testing.T) {
	src := []byte(`{"eventName":"GetObject","requestParameters":{"a":[1,2,3],"b":"x\\y"},"n":null}`)
	var p Parser
	if _, err := p.Parse(src); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = p.Parse(src) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestLeavesFollowThePath(t *testing.T) {
	event := `{"a":{"b":{"c":1}},"x.y":{"z":"dotted"},"x":{"y":{"z":"nested"},"y.q":2},"list":[{"k":"1"},[{"k":"2"}],{"j":3},null,{"k":null}],
		"e":[],"n":null,"o":{"p":"q"},"pol":"{\"S\":[{\"A\":\"b\"}]}","url":"%7B%22S%22%3A1%7D","d":1,"d":2,"m":{"u":{"v":7},"w":{"v":8}}}`
	embedded := []Embedded{{3, JSONText}, {3, URLEncodedJSON}}
	for _, c := range []struct {
		path Path
		want string
	}{
		{Path{Text: "a.b.c"}, "1"},
		{Path{Text: "x.y.z"}, "dotted"},
		{Path{Text: "x.y.q"}, "2"},
		{Path{Text: "list.k"}, "1|2"},
		{Path{Text: "e"}, ""},
		{Path{Text: "n"}, ""},
		{Path{Text: "missing.b"}, ""},
		{Path{Text: "o"}, `{"p":"q"}`},
		{Path{Text: "a.b.c.d"}, ""},
		{Path{Text: "pol.S.A"}, ""},
		{Path{Text: "pol.S.A", Embedded: embedded[:1]}, "b"},
		{Path{Text: "url.S", Embedded: embedded[1:]}, "1"},
		{Path{Text: "d"}, "1"},
		{Path{Text: "m.*.v"}, ""},
		{Path{Text: "m.*.v", Any: true}, "7|8"},
	} {
		var p Parser
		doc, err := p.Parse([]byte(event))
		if err != nil {
			t.Fatal(err)
		}
		var w Walker
		var got []string
		for _, leaf := range w.Leaves(nil, doc, 0, &c.path) {
			got = append(got, leaf.Doc.String(leaf.Node))
		}
		if joined := strings.Join(got, "|"); joined != c.want {
			t.Errorf("%s: got %q, want %q", c.path.Text, joined, c.want)
		}
	}
}

func TestDecimalAgreesWithBigRat(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	texts := []string{"0", "-0", "0.0", "-0.0e9", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1", "1.0", "10e-1", "0.1", "1e2"}
	for range 400 {
		var b strings.Builder
		if rng.IntN(3) == 0 {
			b.WriteByte('-')
		}
		b.WriteString([]string{"0", "1", "10", "123", "9007199254740993"}[rng.IntN(5)])
		if rng.IntN(2) == 0 {
			b.WriteString([]string{".0", ".5", ".50", ".001"}[rng.IntN(4)])
		}
		if rng.IntN(3) == 0 {
			b.WriteString([]string{"e1", "E-3", "e+2", "e0"}[rng.IntN(4)])
		}
		texts = append(texts, b.String())
	}
	for _, x := range texts {
		for _, y := range texts[:60] {
			dx, okx := ParseDecimal([]byte(x))
			dy, oky := ParseDecimal([]byte(y))
			if !okx || !oky {
				t.Fatalf("%q or %q is no number", x, y)
			}
			rx, _ := new(big.Rat).SetString(x)
			ry, _ := new(big.Rat).SetString(y)
			if got, want := dx.Compare(&dy), rx.Cmp(ry); got != want {
				t.Fatalf("%s to %s: got %d, want %d", x, y, got, want)
			}
			if same := string(dx.AppendCanonical(nil)) == string(dy.AppendCanonical(nil)); same != (rx.Cmp(ry) == 0) {
				t.Fatalf("%s and %s: canonical texts equal: %v", x, y, same)
			}
			if r, ok := dx.Rat(40); !ok || r.Cmp(rx) != 0 {
				t.Fatalf("%s: fraction %v %v", x, r, ok)
			}
			if i, ok := dx.Int(); ok != (rx.IsInt() && rx.Num().IsInt64()) || (ok && i != rx.Num().Int64()) {
				t.Fatalf("%s: integer %d %v", x, i, ok)
			}
		}
	}
	for text, want := range map[string]bool{"1e40": false, "1e39": true, "1e-41": true, "1e-42": false, "0.10": true, "0e999999": true,
		"123456789012345678901234567890123456789012": false, "-1234567890123456789012345678901234567890": true, "1e999999999999": false} {
		d, ok := ParseDecimal([]byte(text))
		if r, fits := d.Rat(40); !ok || fits != want || fits != (r != nil) {
			t.Errorf("%s: %v %v", text, r, fits)
		}
	}
	for text, want := range map[string]string{"-0.0": "0 0 0", "1200": "12 2 4", "-0.0125e1": "-125 -3 0", "5e-7": "5 -7 -6"} {
		d, _ := ParseDecimal([]byte(text))
		mantissa, exponent := d.AppendMantissa(nil)
		if got := fmt.Sprint(string(mantissa), " ", exponent, d.Magnitude()); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for _, bad := range []string{"", "01", "+1", " 1", "1 ", ".5", "1.", "1e", "0x10", "--1", "1e99999999999999999999"} {
		if _, ok := ParseDecimal([]byte(bad)); ok {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestParseTimeAgreesWithTheStandardLibrary(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		want := time.Unix(rng.Int64N(9e9)-5e8, rng.Int64N(1e9)).UTC()
		for _, layout := range []string{"2006-01-02T15:04:05Z", "2006-01-02T15:04:05.000Z", "2006-01-02T15:04:05.999999999Z07:00", "2006-01-02 15:04:05"} {
			text := want.Format(layout)
			back, _ := time.ParseInLocation(layout, text, time.UTC)
			got, ok := ParseTime([]byte(text))
			if !ok || !got.UTC().Equal(back) {
				t.Fatalf("%s: got %v %v", text, got.UTC(), ok)
			}
		}
		zoned := want.In(time.FixedZone("", 19800)).Format(time.RFC3339Nano)
		if got, ok := ParseTime([]byte(zoned)); !ok || !got.UTC().Equal(want) {
			t.Fatalf("%s: got %v %v", zoned, got.UTC(), ok)
		}
	}
	for _, bad := range []string{"", "2023-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "2023-01-01T24:00:00Z", "2023-01-01T00:00:00+1", "2023-01-01T00:00:00.Z", "20230101T000000Z0000"} {
		if got, ok := ParseTime([]byte(bad)); ok {
			t.Errorf("%q was read as %v", bad, got)
		}
	}
	if got, _ := ParseTime([]byte("2023-07-10T11:42:36.120Z")); got.String() != "2023-07-10T11:42:36.120Z" {
		t.Errorf("precision lost: %v", got)
	}
}
