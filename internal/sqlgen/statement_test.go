package sqlgen

import (
	"slices"
	"testing"
)

// TestSplitName reads names of tables as SQL writes them.
func TestSplitName(t *testing.T) {
	for _, c := range []struct {
		name string
		want []string
	}{
		{"t", []string{"t"}},
		{"db.t", []string{"db", "t"}},
		{`"my.db".t`, []string{"my.db", "t"}},
		{`db."t"`, []string{"db", "t"}},
		{`"a""b"."c"`, []string{`a"b`, "c"}},
		{`a"b.c`, []string{`a"b`, "c"}},
		{`"open`, []string{`"open`}},
		{`"a"b`, []string{`"a"b`}},
	} {
		if got := splitName(c.name); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
