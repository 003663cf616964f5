package diag_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

func render(t *testing.T, list diag.List, options diag.Options) string {
	t.Helper()
	var out strings.Builder
	if err := list.Write(&out, options); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWrite(t *testing.T) {
	rule := source.NewFile("rules/root-login.yml", "title: x\ndetection:\n  s:\n    eventName|contain: Login\n")
	start := strings.Index(rule.Text, "contain")
	list := diag.List{{
		Code: "unknown-modifier", Message: `modifier "contain" is not defined`, Help: `the nearest name is "contains"`,
		Span:   source.Span{File: rule, Start: start, End: start + len("contain")},
		Labels: []diag.Label{{Span: source.Span{File: rule, Start: 21, End: 22}, Text: "in this search identifier"}},
	}}
	want := `rules/root-login.yml:4:15: error[unknown-modifier]: modifier "contain" is not defined
    4 |     eventName|contain: Login
      |               ^^^^^^^
rules/root-login.yml:2:13: in this search identifier
  help: the nearest name is "contains"
`
	// The label is after the end of line 2, so the line is shown with only its position marked.
	want = strings.Replace(want, "identifier\n  help", "identifier\n    2 | detection:\n      |           ^\n  help", 1)
	list[0].Labels[0].Span.Start, list[0].Labels[0].Span.End = 19, 20
	want = strings.Replace(want, "2:13", "2:11", 1)
	if got := render(t, list, diag.Options{}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := render(t, list, diag.Options{Color: true}); !strings.Contains(got, "\x1b[1;31merror[unknown-modifier]\x1b[0m") {
		t.Errorf("got no colour in %q", got)
	}
	if got := (diag.Diagnostic{Code: "x", Severity: diag.Warning, Message: "m"}).String(); got != "warning[x]: m\n" {
		t.Errorf("without a position: got %q", got)
	}
}

func TestWriteLimit(t *testing.T) {
	var list diag.List
	for i := range 250 {
		list.Add(diag.Diagnostic{Code: "x", Severity: diag.Severity(i % 2), Message: fmt.Sprint("number ", i)})
	}
	got := render(t, list, diag.Options{})
	if n := strings.Count(got, "number"); n != diag.Limit {
		t.Errorf("got %d diagnostics", n)
	}
	if !strings.HasSuffix(got, "and 150 more, 125 errors, 125 warnings in all\n") {
		t.Errorf("got no total in %q", got[len(got)-80:])
	}
}

// Rules come from other people, so printing one must not send control sequences to the terminal.
func TestWriteIsSafe(t *testing.T) {
	hostile := "a\x1b[2J\u202eb\u009b\xffc\r\td"
	file := source.NewFile("bad\x1b]0;name.yml", "x: "+hostile+"\n")
	list := diag.List{{
		Code: "x", Message: "found " + hostile, Help: hostile,
		Span: source.Span{File: file, Start: 3, End: 3 + len(hostile)},
	}}
	got := render(t, list, diag.Options{})
	for _, bad := range []string{"\x1b", "\u202e", "\u009b", "\xff", "\r", "\t"} {
		if strings.Contains(got, bad) {
			t.Errorf("%q was printed unescaped", bad)
		}
	}
	if want := `a\x1b[2J\u202eb\u009b\xffc\r\td`; !strings.Contains(got, "found "+want) {
		t.Errorf("want %q in %q", want, got)
	}
}

func TestLongLineIsCut(t *testing.T) {
	file := source.NewFile("f", strings.Repeat("ä", 5000)+"HERE"+strings.Repeat("ö", 5000))
	start := strings.Index(file.Text, "HERE")
	d := diag.Diagnostic{Code: "x", Message: "m", Span: source.Span{File: file, Start: start, End: start + 4}}
	lines := strings.Split(d.String(), "\n")
	if len([]rune(lines[1])) > 150 || !strings.Contains(lines[1], "HERE") {
		t.Errorf("got line %q", lines[1])
	}
	column := func(line, text string) int {
		before, _, _ := strings.Cut(line, text)
		return len([]rune(before))
	}
	if column(lines[1], "HERE") != column(lines[2], "^^^^") {
		t.Errorf("the underline is not below its text:\n%s\n%s", lines[1], lines[2])
	}
}

func TestSort(t *testing.T) {
	a, b := source.NewFile("a", "xxxx"), source.NewFile("b", "xxxx")
	list := diag.List{
		{Code: "4", Span: source.Span{File: b, Start: 0}},
		{Code: "3", Span: source.Span{File: a, Start: 2}},
		{Code: "1"},
		{Code: "2", Span: source.Span{File: a, Start: 1}},
		{Code: "3b", Span: source.Span{File: a, Start: 2}},
	}
	list.Sort()
	var order []string
	for _, d := range list {
		order = append(order, d.Code)
	}
	if got := strings.Join(order, " "); got != "1 2 3 3b 4" {
		t.Errorf("got order %s", got)
	}
}

func TestHasErrors(t *testing.T) {
	list := diag.List{{Severity: diag.Warning}, {Severity: diag.Note}}
	if list.HasErrors() {
		t.Error("HasErrors reports a warning as an error")
	}
	list.Add(diag.Diagnostic{})
	if !list.HasErrors() || list.Count(diag.Error) != 1 {
		t.Error("HasErrors does not report the zero severity as an error")
	}
	if got := list.Summary(); got != "1 error, 1 warning, 1 note" {
		t.Errorf("summary %q", got)
	}
}

func TestJSON(t *testing.T) {
	file := source.NewFile("f.yml", "a\nbcd\n")
	d := diag.Diagnostic{
		Code: "x", Severity: diag.Note, Message: "m", Help: "h",
		Span:   source.Span{File: file, Start: 3, End: 5},
		Labels: []diag.Label{{Span: source.Span{File: file, Start: 0, End: 1}, Text: "first"}},
		Fix:    &diag.Fix{Span: source.Span{File: file, Start: 3, End: 5}, Text: "new"},
	}
	got, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"code":"x","severity":"note","message":"m","file":"f.yml","offset":3,"end":5,"line":2,"column":2,` +
		`"labels":[{"file":"f.yml","offset":0,"end":1,"line":1,"column":1,"text":"first"}],"help":"h",` +
		`"fix":{"file":"f.yml","offset":3,"end":5,"line":2,"column":2,"text":"new"}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	got, err = json.Marshal(diag.Diagnostic{Code: "x", Message: "m"})
	if err != nil || string(got) != `{"code":"x","severity":"error","message":"m"}` {
		t.Errorf("without a position: got %s", got)
	}
}

func TestNear(t *testing.T) {
	names := []string{"contains", "startswith", "re", "all", "windash"}
	for name, want := range map[string]string{
		"contain": "contains", "containss": "contains", "contanis": "contains", "cantains": "contains",
		"Contains": "contains", "ALL": "all", "RE": "re",
		"contains": "", "startwit": "", "r": "", "xe": "", "": "", "wndahs": "",
	} {
		if got := diag.Near(name, names); got != want {
			t.Errorf("Near(%q) = %q, want %q", name, got, want)
		}
	}
}
