package pyprint

import (
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const testLimit = 1 << 20

type recorded struct {
	Values []struct {
		Value            json.RawMessage `json:"value"`
		Repr             string          `json:"repr"`
		JSON             *string         `json:"json"`
		JSONSortedIndent *string         `json:"json_sorted_indent"`
		JSONUnicode      *string         `json:"json_unicode"`
		YAML             *string         `json:"yaml"`
		YAMLOptions      *string         `json:"yaml_options"`
	} `json:"values"`
	Formats []struct {
		Template   string                     `json:"template"`
		Named      map[string]json.RawMessage `json:"named"`
		Positional []json.RawMessage          `json:"positional"`
		Want       *string                    `json:"want"`
	} `json:"formats"`
}

func load(t *testing.T) recorded {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "recorded.json"))
	if err != nil {
		t.Fatal(err)
	}
	var out recorded
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// decode reads a value as record.py writes it.
func decode(t *testing.T, raw json.RawMessage) any {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	read := func(raw json.RawMessage, to any) {
		if err := json.Unmarshal(raw, to); err != nil {
			t.Fatal(err)
		}
	}
	for kind, raw := range m {
		var s string
		var items []json.RawMessage
		switch kind {
		case "s":
			read(raw, &s)
			return s
		case "b":
			var b bool
			read(raw, &b)
			return b
		case "i":
			read(raw, &s)
			n, ok := new(big.Int).SetString(s, 10)
			if !ok {
				t.Fatal(s)
			}
			if n.IsInt64() {
				return n.Int64()
			}
			return n
		case "f":
			read(raw, &s)
			f, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatal(err)
			}
			return f
		case "l", "t":
			read(raw, &items)
			list := make([]any, len(items))
			for i, item := range items {
				list[i] = decode(t, item)
			}
			if kind == "t" {
				return Tuple(list)
			}
			return NewList(list...)
		case "d":
			var pairs [][2]json.RawMessage
			read(raw, &pairs)
			d := &Dict{}
			for _, p := range pairs {
				d.Set(decode(t, p[0]), decode(t, p[1]))
			}
			return d
		}
	}
	return nil
}

// check compares an answer with what Python printed; nil stands for an exception.
func check(t *testing.T, what string, got string, err error, want *string) {
	t.Helper()
	switch {
	case want == nil && err == nil:
		t.Errorf("%s: %q, Python raises an exception", what, got)
	case want != nil && err != nil:
		t.Errorf("%s: %v, Python prints %q", what, err, *want)
	case want != nil && got != *want:
		t.Errorf("%s:\n got %q\nwant %q", what, got, *want)
	}
}

func TestPrintersWriteWhatPythonWrites(t *testing.T) {
	for _, c := range load(t).Values {
		v := decode(t, c.Value)
		got, err := Repr(v, testLimit)
		check(t, "repr of "+c.Repr, got, err, &c.Repr)
		got, err = JSON(v, JSONOptions{}, testLimit)
		check(t, "JSON of "+c.Repr, got, err, c.JSON)
		got, err = JSON(v, JSONOptions{SortKeys: true, Indent: 2, HasIndent: true}, testLimit)
		check(t, "indented JSON of "+c.Repr, got, err, c.JSONSortedIndent)
		got, err = JSON(v, JSONOptions{Unicode: true, Compact: true}, testLimit)
		check(t, "compact JSON of "+c.Repr, got, err, c.JSONUnicode)
		got, err = YAML(v, YAMLOptions{}, testLimit)
		check(t, "YAML of "+c.Repr, got, err, c.YAML)
		got, err = YAML(v, YAMLOptions{KeepOrder: true, Indent: 4, Width: 40, Unicode: true}, testLimit)
		check(t, "YAML with options of "+c.Repr, got, err, c.YAMLOptions)
	}
}

func TestFormatWritesWhatPythonWrites(t *testing.T) {
	for _, c := range load(t).Formats {
		args := Arguments{Named: map[string]any{}}
		for name, raw := range c.Named {
			args.Named[name] = decode(t, raw)
		}
		for _, raw := range c.Positional {
			args.Positional = append(args.Positional, decode(t, raw))
		}
		got, err := Format(c.Template, args, testLimit)
		v, _ := Repr(args.Named["v"], testLimit)
		check(t, c.Template+" of "+v, got, err, c.Want)
	}
}

// Python shares a list by reference, so PyYAML writes it once with an anchor. The expected text is that of PyYAML 6.0.4 for
// s=['x']; {'a': s, 'b': s}.
func TestYAMLWritesRepeatedListsOnce(t *testing.T) {
	shared := NewList("x")
	got, err := YAML(NewDict("a", shared, "b", shared), YAMLOptions{}, testLimit)
	if want := "a: &id001\n- x\nb: *id001\n"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestLimitsHold(t *testing.T) {
	var v any = "leaf"
	for range 60 {
		v = NewList(v, v)
	}
	if _, err := Repr(v, testLimit); !errors.Is(err, ErrTooLarge) {
		t.Errorf("repr: %v, want %v", err, ErrTooLarge)
	}
	if _, err := JSON(v, JSONOptions{}, testLimit); !errors.Is(err, ErrTooLarge) {
		t.Errorf("JSON: %v, want %v", err, ErrTooLarge)
	}
	loop := NewList()
	loop.Items = []any{loop}
	if _, err := Repr(loop, testLimit); !errors.Is(err, ErrTooDeep) {
		t.Errorf("repr of a list in itself: %v, want %v", err, ErrTooDeep)
	}
	if _, err := JSON(loop, JSONOptions{HasIndent: true, Indent: 8}, testLimit); !errors.Is(err, ErrTooDeep) {
		t.Errorf("JSON of a list in itself: %v, want %v", err, ErrTooDeep)
	}
	if _, err := YAML(loop, YAMLOptions{}, testLimit); err != nil {
		t.Errorf("YAML of a list in itself: %v, want an alias", err)
	}
	if _, err := Format("{:5000}", Arguments{Positional: []any{"x"}}, testLimit); err == nil || !strings.Contains(err.Error(), "1000") {
		t.Errorf("a width of 5000: %v, want an error", err)
	}
}

func FuzzFormat(f *testing.F) {
	for _, s := range []string{"{v}", "{v:>{w}}", "{v[0].x!r:5}", "{{}}", "{", "{v:08.3f}", "{v:{v:{v}}}"} {
		f.Add(s, "text", 1.5)
	}
	f.Fuzz(func(t *testing.T, template, text string, number float64) {
		for _, v := range []any{text, number, int64(len(text)), NewList(text)} {
			s, err := Format(template, Arguments{Named: map[string]any{"v": v, "w": 5}, Positional: []any{v}}, 4096)
			var fault *FormatError
			switch {
			case err == nil && len(s) > 4096:
				t.Fatalf("%d bytes", len(s))
			case err != nil && !errors.As(err, &fault):
				t.Fatalf("%T without a position: %v", err, err)
			case fault != nil && (fault.Offset < 0 || fault.Offset > len(template)):
				t.Fatalf("offset %d in %d bytes", fault.Offset, len(template))
			}
		}
	})
}

func FuzzPrinters(f *testing.F) {
	f.Add("a: b\n", 3)
	f.Add("word word word word word word word word word word word word word word word word word word word \x00", 1)
	f.Fuzz(func(t *testing.T, text string, depth int) {
		var v any = text
		for i := range min(max(depth, 0), 5) {
			v = NewDict(text, NewList(v, i, nil), "k", v)
		}
		for _, print := range []func() (string, error){
			func() (string, error) { return Repr(v, 1<<16) },
			func() (string, error) { return JSON(v, JSONOptions{SortKeys: true}, 1<<16) },
			func() (string, error) { return YAML(v, YAMLOptions{}, 1<<16) },
		} {
			if s, err := print(); err == nil && len(s) > 1<<16 {
				t.Fatalf("%d bytes", len(s))
			}
		}
	})
}
