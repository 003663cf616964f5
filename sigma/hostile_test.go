package sigma

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Each text is refused (or read) with the given diagnostics. None may take long: the limit is generous for slow
// machines, what it catches is growth that is not linear.
func TestHostileTexts(t *testing.T) {
	long := 300_000 // at which work that grows with the square takes minutes
	if testing.Short() {
		long = 30_000
	}
	const rule = "title: t\nlogsource: {product: p}\n"
	deep := strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)
	laughs := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c <= 'j'; c++ {
		laughs += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat("*"+string(c-1)+",", 10), ","))
	}
	merges := "a0: &a0 {k: v}\n"
	for i := 1; i < 40; i++ {
		merges += fmt.Sprintf("a%d: &a%d {<<: [*a%d, *a%d]}\n", i, i, i-1, i-1)
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":           {"", "1:1 warning empty-file"},
		"only comments":   {"# nothing\n\n---\n...\n# more\n", "1:1 warning empty-file"},
		"NUL":             {rule + "x: a\x00b\n", "3:5 error control-character"},
		"escape sequence": {rule + "x: \x1b[2J\n", "3:4 error control-character"},
		"invalid UTF-8":   {rule + "x: é\xff\n", "3:6 error not-utf8"},
		"UTF-16":          {"\xff\xfet\x00i\x00", "1:1 error not-utf8"},
		"tab indent":      {"detection:\n\ta: b\n", "2:2 error yaml-syntax"},
		"open quote":      {rule + "detection:\n  s: 'open\n  condition: s\n", "4:3 error yaml-syntax"},
		"colon in text":   {"title: a: b\n", "1:1 error yaml-syntax"},
		"unknown alias":   {rule + "detection: {s: *nobody, condition: s}\n", "3:1 error yaml-syntax"},
		"open list":       {rule + "x: [a\nfields: b\n", "3:1 error yaml-syntax"},
		"garbage behind":  {"{a: b}\nc: d\n", "2:1 error yaml-syntax"},
		"deep list":       {rule + "x: " + deep + "\n", "3:68 error nested-too-deeply"},
		"deep map":        {"x: " + strings.Repeat("{a: ", 9000) + strings.Repeat("}", 9000), "1:257 error nested-too-deeply"},
		"too deep for the library": {
			"x: " + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), "1:1 error yaml-syntax",
		},
		"deep blocks":        {strings.Repeat("- ", 9000) + "a", "1:131 error nested-too-deeply"},
		"cyclic alias":       {rule + "detection:\n  s: &s\n    f: [x, *s]\n  condition: s\n", "5:12 error cyclic-alias"},
		"cyclic merge":       {rule + "detection:\n  s: &s {<<: *s}\n", "4:14 error cyclic-alias"},
		"laughs":             {rule + "detection: {s: {f: x}, condition: s}\n" + laughs, "5:29 error too-many-aliases"},
		"laughing merge":     {rule + "detection: {s: {f: x}, condition: s}\n" + merges, "6:15 error too-many-aliases"},
		"document too large": {"x: " + strings.Repeat("a", maxDocument) + "\n", "1:1 error document-too-large"},
		"duplicate field": {
			rule + "detection:\n  s:\n    f: a\n    f: b\n  condition: s\n", "6:5 error duplicate-key",
		},
		"duplicate search":    {rule + "detection:\n  s: {a: b}\n  s: {a: b}\n  condition: s\n", "5:3 error duplicate-key"},
		"duplicate title":     {rule + "title: u\ndetection: {s: {a: b}, condition: s}\n", "3:1 warning duplicate-key"},
		"list as key":         {rule + "detection:\n  s:\n    ? [a]\n    : b\n    c: d\n  condition: s\n", "5:7 error invalid-key"},
		"null as key":         {rule + "detection:\n  s:\n    ~: b\n    c: d\n  condition: s\n", "5:5 error invalid-key"},
		"number as key":       {rule + "detection:\n  s:\n    4625: b\n  condition: s\n", ""},
		"list":                {"- a\n", "1:1 error not-a-rule"},
		"text":                {"just text\n", "1:1 error not-a-rule"},
		"deep parentheses":    {rule + "detection:\n  s: {a: b}\n  condition: " + strings.Repeat("(", 5000) + "\n", "5:114 error condition-too-deep"},
		"deep not":            {rule + "detection:\n  s: {a: b}\n  condition: " + strings.Repeat("not ", 5000) + "s\n", "5:414 error condition-too-deep"},
		"long condition":      {rule + "detection:\n  s: {a: b}\n  condition: s" + strings.Repeat(" or s", 20_000) + "\n", "5:14 error condition-too-long"},
		"long line of values": {rule + "detection: {s: {f: [" + strings.Repeat("ä,", long) + "b]}, condition: s}\n", ""},
		"long line of maps":   {rule + "detection: {s: [" + strings.Repeat("{ä: b},", long) + "{b: c}], condition: s}\n", ""},
		"large global": {
			"action: global\nx: [" + strings.Repeat("a, ", 100_000) + "]\n" + strings.Repeat("---\nb: c\n", 20_000), "",
		},
		"many searches": {
			rule + "detection: {condition: s1, " + manySearches(5000) + "}\n", "3:60358 error too-many-searches",
		},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			collection, list := parseText(c.text)
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			if name == "large global" {
				if last := list[len(list)-1]; last.Code != "document-too-large" {
					t.Errorf("the last diagnostic is %s", last)
				}
				return
			}
			expectCodes(t, list, c.want)
			if loaded := len(collection.Rules) == 1; loaded == list.HasErrors() && c.want != "1:1 warning empty-file" {
				t.Errorf("loaded: %v", loaded)
			}
		})
	}
}

func manySearches(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "s%d: {a: b}, ", i)
	}
	return out.String()
}

// A fault in one document leaves the others of the file alone.
func TestFaultyDocumentAmongOthers(t *testing.T) {
	const good = "title: good\nlogsource: {product: p}\ndetection: {s: {a: b}, condition: s}\n"
	collection, list := parseText(good + "---\ntitle: bad: yaml\n---\n" + good + "---\ndetection: {s: {a|nope: b}, condition: s}\n---\n" + good)
	if len(collection.Rules) != 3 {
		t.Errorf("%d rules", len(collection.Rules))
	}
	expectCodes(t, list, `5:1 error yaml-syntax
		11:1 warning missing-title
		11:1 warning missing-logsource
		11:19 error unknown-modifier`)
	for i, document := range []int{0, 1, 3} {
		if got := collection.Rules[i].Document; got != document {
			t.Errorf("rule %d is of document %d", i, got)
		}
	}
}

// Files with a byte order mark, carriage returns and the odd line breaks of YAML have exact places.
func TestPlacesInOddFiles(t *testing.T) {
	const want = "needle"
	for name, text := range map[string]string{
		"byte order mark":   "\ufeffdetection: {s: {f|needle: ä}, condition: s}\n",
		"CRLF":              "title: ä\r\ndetection:\r\n  s:\r\n    f|needle: x\r\n  condition: s\r\n",
		"CR":                "title: ä\rdetection:\r  s:\r    f|needle: x\r  condition: s\r",
		"NEL and LS":        "title: ä\u0085detection:\u2028  s:\u2029    f|needle: x\n  condition: s\n",
		"not ASCII":         "title: 日本語\ndetection: {日本: {語: é}, s: {'f|needle': x}, condition: s}\n",
		"second document":   "title: x\ndetection: {a: {b: c}, condition: a}\n---\ndetection: {s: {f|needle: x}, condition: s}\n",
		"quoted key":        "detection: {s: {\"f|needle\": x}, condition: s}\n",
		"condition":         "detection: {s: {f: x}, condition: s and needle}\n",
		"quoted condition":  "detection: {s: {f: x}, condition: 's and needle'}\n",
		"folded condition":  "detection:\n  s: {f: x}\n  condition: s and\n\n     not   needle or\n     s\n",
		"anchored":          "detection: {s: {f: x}, condition: &c !!str needle}\n",
		"long line":         "detection: {s: {f: [" + strings.Repeat("é, ", 2000) + "], g|needle: x}, condition: s}\n",
		"value of a number": "detection: {s: {f|exists: needle}, condition: s}\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, list := parseText(text)
			found := false
			for _, d := range list {
				found = found || d.Span.Text() == want
			}
			if !found {
				t.Errorf("no diagnostic covers %q: %s", want, codes(list))
				for _, d := range list {
					t.Log(d.String())
				}
			}
		})
	}
}
