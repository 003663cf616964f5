package value_test

import (
	"slices"
	"testing"

	"github.com/egret-hunt/egret/internal/value"
)

// TestSelect looks values up in lists of names and values.
func TestSelect(t *testing.T) {
	const event = `{
		"list":[{"name":"A","value":"1"},{"name":"B","value":["2","3"]},{"name":"a","value":"4"},{"value":"5"},"A",{"name":["A"],"value":"6"}],
		"list.value":"whole key","one":{"name":"A","value":"7"},
		"outer":[{"list":[{"name":"x.y","value":{"deep":"8"}}]},{"list":[{"name":"z","value":"9"}]}],
		"text":"[{\"name\":\"A\",\"value\":\"10\"},{\"name\":\"B\",\"value\":\"11\"}]",
		"object":{"k":"12","n":13,"t":true,"none":null,"list":[{"k":"14"},["15",[]]],"empty":{}},
		"empty":[],"full":["16",{"k":"17"}]}`
	var parser value.Parser
	doc, err := parser.Parse([]byte(event))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path string
		want []string
	}{
		{"list[name=A].value", []string{"1"}},
		{"list[name=B].value", []string{"2", "3"}},
		{"list[name=C].value", nil},
		{"list[name=].value", nil},
		{"list.value", []string{"whole key"}}, // without a selection the longest key wins
		{"one[name=A].value", []string{"7"}},
		{"one[name=B].value", nil},
		{"one[name=A]", []string{`{"name":"A","value":"7"}`}},
		{"outer.list[name=x.y].value.deep", []string{"8"}},
		{"outer.list[name=z].value", []string{"9"}},
		{"outer[list=z].list.value", nil},
		{"text[name=B].value", []string{"11"}},
		{"text[name=B]", nil}, // a path that ends at a text does not look into it
		{"object.**", []string{"12", "13", "true", "14", "15"}},
		{"object.k.**", []string{"12"}},
		{"full.**", []string{"16", "17"}},
		{"text.**", []string{"A", "10", "B", "11"}},
		{"list[name=B].**", []string{"B", "2", "3"}},
		{"empty", nil},
		{"empty[]", []string{"[]"}},
		{"full[]", []string{`["16",{"k":"17"}]`}},
		{"one[]", []string{`{"name":"A","value":"7"}`}},
		{"object.list[x].k", nil}, // brackets without "=" are part of a key
	} {
		path, err := value.ParsePath(test.path)
		if err != nil {
			t.Fatal(err)
		}
		if path.String() != test.path {
			t.Errorf("%s: printed as %s", test.path, path.String())
		}
		if len(path.Text) >= 4 && path.Text[:4] == "text" {
			path.Embedded = []value.Embedded{{Length: 4, Encoding: value.JSONText}}
		}
		var walker value.Walker
		var got []string
		for _, leaf := range walker.Leaves(nil, doc, 0, &path) {
			got = append(got, string(leaf.Doc.AppendText(nil, leaf.Node)))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.path, got, test.want)
		}
	}
	for _, text := range []string{"[a=b].c", "a[=b]", "a[b=c]d", "a[].**"} {
		if _, err := value.ParsePath(text); err == nil {
			t.Errorf("%s: accepted", text)
		}
	}
}
