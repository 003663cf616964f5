package engine

import (
	"slices"
	"strings"
	"testing"
)

// quoted returns a name with all its parts in quotes.
func quoted(parts []string) string {
	for i, part := range parts {
		parts[i] = `"` + strings.ReplaceAll(part, `"`, `""`) + `"`
	}
	return strings.Join(parts, ".")
}

func TestSplitNameReadsQuotedParts(t *testing.T) {
	for name, want := range map[string]string{
		"table": `"table"`, "Schema.Table": `"Schema"."Table"`, "c.s.t": `"c"."s"."t"`,
		`"c.d"."s""x".t`: `"c.d"."s""x"."t"`, `a b`: `"a b"`, `x'; DROP TABLE y`: `"x'; DROP TABLE y"`, `"t$partitions"`: `"t$partitions"`,
		"": "", ".": "", "a.": "", ".a": "", "a..b": "", `"`: "", `""`: "", `"a`: "", `"a"b`: "", `a"b`: "", "a.b.c.d": "", "a\x00": "", "a\n": "", "\xff": "",
		strings.Repeat("x", 513): "",
	} {
		parts, err := SplitName(name)
		if want == "" {
			if err == nil {
				t.Errorf("%.20q: got %q, want an error", name, parts)
			}
		} else if err != nil || quoted(parts) != want {
			t.Errorf("%q: got %q (error %v), want %s", name, parts, err, want)
		}
	}
}

func FuzzSplitName(f *testing.F) {
	for _, seed := range []string{"a.b.c", `"a""b".c`, `"."`, `a"."b`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		parts, err := SplitName(name)
		if err != nil {
			return
		}
		again, err := SplitName(quoted(slices.Clone(parts)))
		if err != nil || !slices.Equal(again, parts) {
			t.Errorf("%q: got %q, then %q (error %v), want the same parts", name, parts, again, err)
		}
	})
}

func TestQuoteNameQuotesEachPart(t *testing.T) {
	for name, want := range map[string]string{
		"security.logs": `"security"."logs"`, `"my db".logs`: `"my db"."logs"`, `"a.b"."c""d"`: `"a.b"."c""d"`, "t": `"t"`, `logs/*.x"y`: `"logs/*.x""y"`,
	} {
		if got := QuoteName(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
