package schema

import (
	"strings"
	"testing"
	"testing/fstest"
)

const smallSchema = `
name: small
title: A small log
logsource:
  products: [p]
detect:
  - has: [a]
roots: [""]
time: [t]
id:
  - [i]
`

func TestLoadSmallSchema(t *testing.T) {
	s, err := Load([]byte(smallSchema))
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "small" || len(s.Time) != 1 || s.Time[0].Text != "t" {
		t.Errorf("loaded as %+v", s)
	}
}

func TestLoadNamesEachFault(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"unknown key", smallSchema + "colour: blue\n", `key "colour" is not defined`},
		{"upper-case name", strings.Replace(smallSchema, "name: small", "name: Small", 1), `name: "Small" is not a lower-case word`},
		{"no title", strings.Replace(smallSchema, "title: A small log", "", 1), "title: missing"},
		{"no products", strings.Replace(smallSchema, "[p]", "[]", 1), "logsource: no products"},
		{"no detection", strings.Replace(smallSchema, "  - has: [a]", "", 1), "detect: missing"},
		{"empty signature", strings.Replace(smallSchema, "has: [a]", "has: []", 1), "an entry without has, equals and ends"},
		{"root without dot", strings.Replace(smallSchema, `[""]`, "[Event]", 1), `roots: "Event" does not end in a dot`},
		{"no roots", strings.Replace(smallSchema, `[""]`, "[]", 1), "roots: missing"},
		{"no time", strings.Replace(smallSchema, "[t]", "[]", 1), "time: missing"},
		{"bad path", strings.Replace(smallSchema, "[t]", "[t.]", 1), `time: "t." is not a path`},
		{"id without separator", smallSchema + "  - [j]\n", "id_separator: missing"},
		{"field without paths", smallSchema + "fields: {f: []}\n", "fields f: no paths"},
		{"synonym of a field with paths", smallSchema + "fields: {f: [x]}\nsynonyms: {f: [g]}\n", "synonyms f: the field has its own paths"},
		{"synonym of itself", smallSchema + "synonyms: {f: [f]}\n", "synonyms f: not a list of other names"},
		{"case without values", strings.Replace(smallSchema, "[p]", "[p]\n  services: {s: [{f: []}]}", 1), "f needs a list of values"},
		{"service with a pattern", strings.Replace(smallSchema, "[p]", "[p]\n  services: {s: [{f: ['/admin/*']}]}", 1), `service s: f: "/admin/*" has a star, but whole values are compared`},
		{"category of a misspelt field", strings.Replace(smallSchema, "[p]", "[p]\n  categories: {c: [{aktion: [x]}]}", 1) + "names: [a, action, i, t]\n",
			"category c: aktion is not in names, the nearest is action"},
		{"principal with a misspelt path", smallSchema + "principal: [usr]\nnames: [a, i, t, user]\n", "principal: usr is not in names, the nearest is user"},
		{"service in upper case", strings.Replace(smallSchema, "[p]", "[p]\n  services: {S: []}", 1), "service S: not in lower case"},
		{"two documents", smallSchema + "---\na: b\n", "more than one document"},
		{"hint without label", smallSchema + "summary: [{paths: [a]}]\n", "summary: an entry without label"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Load([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestLoadFSNamesTheFile(t *testing.T) {
	fsys := fstest.MapFS{"data/other.yaml": {Data: []byte(smallSchema)}}
	if _, err := loadFS(fsys); err == nil || !strings.Contains(err.Error(), "data/other.yaml") {
		t.Errorf("got %v", err)
	}
}

func TestForeignListNamesFaults(t *testing.T) {
	if _, err := loadForeign([]byte("- {name: x, detect: [{has: [a]}]}")); err == nil {
		t.Error("got no error for an entry without title")
	}
}
