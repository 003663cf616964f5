package sigma

import "testing"

// Design, "YAML values": a number only as a decimal, a boolean only as true or false; the rest are strings.
func TestValueKinds(t *testing.T) {
	for yaml, want := range map[string]Value{
		`0`: {Kind: NumberValue, Text: "0"}, `42`: {Kind: NumberValue, Text: "42"}, `-7`: {Kind: NumberValue, Text: "-7"},
		`1.5`: {Kind: NumberValue, Text: "1.5"}, `-0.50`: {Kind: NumberValue, Text: "-0.50"},
		`9223372036854775808`: {Kind: NumberValue, Text: "9223372036854775808"},
		`!!int "5"`:           {Kind: NumberValue, Text: "5"}, `!!float 5`: {Kind: NumberValue, Text: "5"},
		`0x17`: {Text: "0x17"}, `007`: {Text: "007"}, `0o17`: {Text: "0o17"}, `1e3`: {Text: "1e3"}, `1_000`: {Text: "1_000"},
		`+5`: {Text: "+5"}, `1.`: {Text: "1."}, `.5`: {Text: ".5"}, `12:30`: {Text: "12:30"}, `1.2.3`: {Text: "1.2.3"},
		`.inf`: {Text: ".inf"}, `"5"`: {Text: "5"}, `'5'`: {Text: "5"}, `!!str 5`: {Text: "5"},
		`2024-01-31`: {Text: "2024-01-31"}, `2001-12-14t21:59:43.10-05:00`: {Text: "2001-12-14t21:59:43.10-05:00"},
		`true`: {Kind: BoolValue, Text: "true"}, `false`: {Kind: BoolValue, Text: "false"},
		`True`: {Kind: BoolValue, Text: "true"}, `FALSE`: {Kind: BoolValue, Text: "false"}, `tRue`: {Text: "tRue"},
		`yes`: {Text: "yes"}, `No`: {Text: "No"}, `on`: {Text: "on"}, `"true"`: {Text: "true"}, `!!bool "true"`: {Kind: BoolValue, Text: "true"},
		`null`: {Kind: NullValue}, `~`: {Kind: NullValue}, `NULL`: {Kind: NullValue}, `"null"`: {Text: "null"}, `''`: {Text: ""},
		`'C:\*\?\\x'`: {Text: `C:\*\?\\x`}, `C:\Windows\`: {Text: `C:\Windows\`}, `"a\tb\x41"`: {Text: "a\tbA"},
		`'it''s'`: {Text: "it's"}, `"two\n lines"`: {Text: "two\n lines"},
	} {
		collection, list := parseText("title: t\nlogsource: {product: p}\ndetection:\n  s:\n    f: " + yaml + "\n  condition: s\n")
		if list != nil || len(collection.Rules) != 1 {
			t.Errorf("%s: %s", yaml, codes(list))
			continue
		}
		item := collection.Rules[0].Detection.Searches[0].Expr.(*AllOf).Exprs[0].(*Item)
		if got := item.Values[0]; got.Kind != want.Kind || got.Text != want.Text {
			t.Errorf("%s is read as kind %d %q, want kind %d %q", yaml, got.Kind, got.Text, want.Kind, want.Text)
		}
	}
}

// A value's place is that of the whole token: with quotes, without tag and anchor, of a block from its sign on.
func TestValuePlaces(t *testing.T) {
	for yaml, want := range map[string]string{
		`plain text # comment`: `plain text`, `'it''s' # x`: `'it''s'`, `"a\"b" `: `"a\"b"`, `&a !!str 5`: `5`, `42`: `42`,
		"!!str\n     # c\n     x": "x", "one\n     two\n\n     three": "one\n     two\n\n     three",
		"'one\n     two'":         "'one\n     two'",
		"|\n     a\n\n     b\n\n": "|\n     a\n\n     b", ">-\n     a\n      b": ">-\n     a\n      b", "é日 x": "é日 x",
	} {
		collection, list := parseText("title: t\nlogsource: {product: p}\ndetection:\n  s:\n    é: " + yaml + "\n  condition: s\n")
		if list != nil || len(collection.Rules) != 1 {
			t.Errorf("%s: %s", yaml, codes(list))
			continue
		}
		item := collection.Rules[0].Detection.Searches[0].Expr.(*AllOf).Exprs[0].(*Item)
		if got := item.Values[0].Span.Text(); got != want {
			t.Errorf("%q has the place of %q, want %q", yaml, got, want)
		}
		if got := item.FieldSpan.Text(); got != "é" {
			t.Errorf("%q: the field has the place of %q", yaml, got)
		}
	}
}

func TestAliasAndMerge(t *testing.T) {
	collection, list := parseText(`title: t
logsource: {product: p}
base: &base {a: 1, b: &list [x, y]}
detection:
  s:
    <<: *base
    a: 2
    c: *list
  condition: s
`)
	expectCodes(t, list, "")
	want := "AllOf{Exprs: [Item{Field: \"a\" Values: [Value{Kind: 0x1 Text: \"2\" } ] } Item{Field: \"c\" Values: " +
		"[Value{Text: \"x\" } Value{Text: \"y\" } ] } ] }"
	all := collection.Rules[0].Detection.Searches[0].Expr.(*AllOf)
	if got := all.Exprs[0].(*Item).Field; got != "b" {
		t.Errorf("the first field is %q, want the merged b", got)
	}
	all.Exprs = all.Exprs[1:]
	if got := dump(bare(all)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
