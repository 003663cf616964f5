package textgen_test

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/textgen"
)

// Zircolite skips events with other values of channel and eventid unread, so these lists may only have what a condition needs. The
// cases follow from the conditions; the last queries from SQLite's rules for NOT of NULL and for the precedence of AND.
func TestZircoliteSkipsNoEventThatARuleNeeds(t *testing.T) {
	b := backend(t, "zircolite", textgen.Options{})
	for _, tt := range []struct{ detection, want string }{
		{"s: {EventID: [4624, 4625], Channel: Security}\ncondition: s", `"channel": ["Security"], "eventid": [4624, 4625]`},
		{"s: {eventid: 1}\nf: {EventID: 2}\ncondition: s and not f", `"channel": [], "eventid": [1]`},
		{"s: {EventID: 1}\no: {A: x}\ncondition: s or o", `"channel": [], "eventid": []`},
		{"s: {EventID: [1, 2]}\no: {EventID: [2, 3], A: x}\ncondition: s and o", `"channel": [], "eventid": [2]`},
		{"s: {EventID: 1}\no: {EventID: 2}\ncondition: s and o", `"channel": [], "eventid": []`},
		{"s: {Channel: 'Sec*', EventID|gt: 5}\ncondition: s", `"channel": [], "eventid": []`},
		{"s: {A|fieldref: B}\nf: {C|exists: true}\ncondition: s and not f", `"required_fields": ["A", "B", "C"]`},
		{"s: {A: 'x_y', B: 'x''y', order: 1}\ncondition: not s", ` WHERE NOT COALESCE((A LIKE 'x\\_y' ESCAPE '\\' AND B='x''y' AND ` + "`order`" + `=1), 0)"`},
		{"s: {A|cidr: 10.0.0.0/15, B: 1}\ncondition: s", `(A LIKE '10.0.%' ESCAPE '\\' OR A LIKE '10.1.%' ESCAPE '\\') AND B=1"`},
		{`s: {A|cased|contains: '[\*'}` + "\ncondition: s", `A GLOB '*[[][*]*'"`},
	} {
		got, _ := query(b, rule(t, tt.detection), "zircolite")
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s\ngot  %s\nwant %s", tt.detection, got, tt.want)
		}
	}
}

// A chain of a thousand alternatives is no deeper than SQLite's parser allows.
func TestZircoliteGroupsLongChains(t *testing.T) {
	b := backend(t, "zircolite", textgen.Options{})
	got, _ := query(b, rule(t, "s: {A: ["+strings.Repeat("x, ", 1999)+"y]}\ncondition: s"), "zircolite")
	for _, group := range strings.Split(got, ")") {
		if n := strings.Count(group[strings.LastIndex(group, "(")+1:], " OR "); n >= 100 {
			t.Errorf("a group has %d operators", n)
		}
	}
	if n := strings.Count(got, "A='"); n != 2000 {
		t.Errorf("got %d comparisons, want 2000", n)
	}
}
