package jinja

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/pyprint"
)

var htmlEscapes = strings.NewReplacer("&", "&amp;", ">", "&gt;", "<", "&lt;", "'", "&#39;", `"`, "&#34;")

func escapeHTML(s string) string { return htmlEscapes.Replace(s) }

// escaped returns a value as safe text.
func (r *run) escaped(v any) string {
	if s, ok := v.(pyprint.Markup); ok {
		return string(s)
	}
	return r.text(escapeHTML(r.str(v)))
}

// soft returns a value as text, which stays safe if it is.
func (r *run) soft(v any) (string, any) {
	s := r.str(v)
	if _, ok := v.(pyprint.Markup); ok {
		return s, v
	}
	return s, s
}

// textFilter makes a filter that changes the text of any value.
func textFilter(name, params string, f func(r *run, s string, a []any) string) *builtin {
	return &builtin{name: name, params: params, fn: func(r *run, v any, a []any) any {
		s, like := r.soft(v)
		r.work(len(s))
		return r.like(like, f(r, s, a))
	}}
}

// onlyText makes a filter that changes a text and refuses other values.
func onlyText(name, params string, f func(r *run, s string, a []any) string) *builtin {
	b := textFilter(name, params, f)
	change := b.fn
	b.fn = func(r *run, v any, a []any) any {
		if _, ok := plain(v); !ok {
			r.failf("the filter %s needs a text, not %s", name, pyprint.TypeName(v))
		}
		return change(r, v, a)
	}
	return b
}

var textFilters = []*builtin{
	textFilter("lower", "", func(_ *run, s string, _ []any) string { return strings.ToLower(s) }),
	textFilter("upper", "", func(_ *run, s string, _ []any) string { return upperText(s) }),
	textFilter("capitalize", "", func(_ *run, s string, _ []any) string { return capitalize(s) }),
	textFilter("title", "", func(_ *run, s string, _ []any) string { return titleFilter(s) }),
	textFilter("trim", "chars?", func(r *run, s string, a []any) string { return strings.Trim(s, r.cutset(a[0])) }),
	textFilter("center", "width?", func(r *run, s string, a []any) string {
		width := any(int64(r.argInt(a[0], 80)))
		out, _ := r.pad(s, []any{width, absent{}}, '^').(string)
		return out
	}),
	onlyText("indent", "width? first? blank?", indentFilter),
	onlyText("truncate", "length? killwords? end? leeway?", truncateFilter),
	onlyText("wordwrap", "width? break_long_words? wrapstring? break_on_hyphens?", wordwrapFilter),
	{name: "replace", params: "old new count?", fn: replaceFilter},
	{name: "wordcount", fn: func(r *run, v any, _ []any) any {
		return int64(len(wordRE.FindAllString(r.str(v), -1)))
	}},
	{name: "striptags", fn: func(r *run, v any, _ []any) any { return r.text(stripTags(r.str(v))) }},
	{name: "urlencode", fn: urlencodeFilter},
	{name: "string", fn: func(r *run, v any, _ []any) any { _, s := r.soft(v); return s }},
	{name: "safe", fn: func(r *run, v any, _ []any) any { return pyprint.Markup(r.str(v)) }},
	{name: "escape e", fn: func(r *run, v any, _ []any) any { return pyprint.Markup(r.escaped(v)) }},
	{name: "forceescape", fn: func(r *run, v any, _ []any) any { return pyprint.Markup(r.text(escapeHTML(r.str(v)))) }},
	{name: "xmlattr", params: "autospace?", fn: xmlattrFilter},
	{name: "format", raw: func(r *run, v any, c *call) any {
		if len(c.positional) > 0 && len(c.names) > 0 {
			r.failf("can't handle positional and keyword arguments at the same time")
		}
		var args any = pyprint.Tuple(c.positional)
		if len(c.names) > 0 {
			d := &pyprint.Dict{}
			for i, name := range c.names {
				d.Set(name, c.named[i])
			}
			args = d
		}
		_, s := r.soft(v)
		return r.operate("%", s, args)
	}},
	{name: "tojson", params: "indent?", fn: func(r *run, v any, a []any) any {
		o := pyprint.JSONOptions{SortKeys: true}
		if !isAbsent(a[0]) && a[0] != nil {
			o.Indent, o.HasIndent = r.argSize(a[0], 0), true
		}
		s, err := pyprint.JSON(v, o, r.limits.Output)
		r.must(err)
		return pyprint.Markup(r.text(jsonEscapes.Replace(s)))
	}},
}

// jsonEscapes makes JSON safe inside of HTML, as Jinja's tojson does.
var jsonEscapes = strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`, "'", `\u0027`)

var (
	wordRE      = lazyre.New(`[\pL\pN_\p{Mn}]+`)
	titleBreaks = lazyre.New(`[-\s({\[<]+`)
	commentRE   = lazyre.New(`(?s)<!--.*?-->`)
	tagRE       = lazyre.New(`(?s)<.*?>`)
)

// titleFilter begins every word with a capital; words begin after blanks, hyphens and opening brackets.
func titleFilter(s string) string {
	var b strings.Builder
	word := func(w string) {
		_, size := utf8.DecodeRuneInString(w)
		b.WriteString(strings.ToUpper(w[:size]) + strings.ToLower(w[size:]))
	}
	at := 0
	for _, m := range titleBreaks.FindAllStringIndex(s, -1) {
		word(s[at:m[0]])
		b.WriteString(s[m[0]:m[1]])
		at = m[1]
	}
	word(s[at:])
	return b.String()
}

func indentFilter(r *run, s string, a []any) string {
	var pad string
	if text, ok := plain(a[0]); ok {
		pad = text
	} else {
		pad = strings.Repeat(" ", max(r.argSize(a[0], 4), 0))
	}
	first, blank := r.argBool(a[1], false), r.argBool(a[2], false)
	if len(pad) > 0 && strings.Count(s, "\n")+2 > r.limits.Output/len(pad) {
		r.faultf(Limit, "a value has more than %d bytes", r.limits.Output)
	}
	s += "\n"
	lines := splitLines(s, false)
	out := make([]string, len(lines))
	for i, line := range lines {
		text, _ := plain(line)
		if i > 0 && (blank || text != "") {
			text = pad + text
		}
		out[i] = text
	}
	joined := strings.Join(out, "\n")
	if first {
		joined = pad + joined
	}
	return joined
}

func truncateFilter(r *run, s string, a []any) string {
	length, killWords, end, leeway := r.argInt(a[0], 255), r.argBool(a[1], false), r.argText(a[2], "..."), 5
	if a[3] != nil {
		leeway = r.argInt(a[3], 5)
	}
	endSize := utf8.RuneCountInString(end)
	if length < endSize || leeway < 0 {
		r.failf("expected length >= %d and leeway >= 0, got %d and %d", endSize, length, leeway)
	}
	runes := []rune(s)
	if len(runes) <= length+leeway {
		return s
	}
	cut := string(runes[:length-endSize])
	if !killWords {
		if i := strings.LastIndexByte(cut, ' '); i >= 0 {
			cut = cut[:i]
		}
	}
	return cut + end
}

func replaceFilter(r *run, v any, a []any) any {
	n := -1
	if a[2] != nil {
		n = r.argInt(a[2], -1)
	}
	s, like := r.soft(v)
	old, with := r.str(a[0]), r.str(a[1])
	if !r.escape {
		return r.text(r.replace(s, old, with, n))
	}
	_, safe := like.(pyprint.Markup)
	_, safeOld := a[0].(pyprint.Markup)
	_, safeNew := a[1].(pyprint.Markup)
	if !safe && (safeOld || safeNew) {
		s, safe = r.text(escapeHTML(s)), true
	}
	if !safe {
		return r.text(r.replace(s, old, with, n))
	}
	return pyprint.Markup(r.text(r.replace(s, r.escaped(a[0]), r.escaped(a[1]), n)))
}

func stripTags(s string) string {
	s = tagRE.ReplaceAllString(commentRE.ReplaceAllString(s, ""), "")
	s = strings.Join(strings.FieldsFunc(s, unicode.IsSpace), " ")
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#39;", "'", "&#34;", `"`, "&quot;", `"`, "&amp;", "&").Replace(s)
}

// quoteURL escapes all but letters, digits and `_.-~`; query also turns blanks to +, and a path keeps slashes.
func quoteURL(s string, query bool) string {
	if query {
		return strings.ReplaceAll(url.QueryEscape(s), "%7E", "~")
	}
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_.-~/", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func urlencodeFilter(r *run, v any, _ []any) any {
	if text, ok := plain(v); ok {
		return r.text(quoteURL(text, false))
	}
	var items []any
	switch v := v.(type) {
	case *pyprint.Dict:
		items = r.pairs(v)
	case *pyprint.List, pyprint.Tuple, *iterator, *view, *rangeValue:
		items = r.iterate(v)
	default:
		return r.text(quoteURL(r.str(v), false))
	}
	parts := make([]string, len(items))
	for i, item := range items {
		pair := r.iterate(item)
		if len(pair) != 2 {
			r.failf("urlencode needs pairs of a name and a value")
		}
		parts[i] = r.text(quoteURL(r.str(pair[0]), true) + "=" + quoteURL(r.str(pair[1]), true))
	}
	return r.text(strings.Join(parts, "&"))
}

func xmlattrFilter(r *run, v any, a []any) any {
	d, ok := v.(*pyprint.Dict)
	if !ok {
		r.failf("xmlattr needs a map, not %s", pyprint.TypeName(v))
	}
	var parts []string
	for _, e := range d.Entries() {
		if _, missing := e.Value.(*undefined); missing || e.Value == nil {
			continue
		}
		key := r.str(e.Key)
		if strings.ContainsAny(key, " \t\n\f\r/>=") {
			r.failf("invalid character in attribute name: %s", pyprint.QuoteString(key))
		}
		parts = append(parts, r.text(escapeHTML(key)+`="`+r.escaped(e.Value)+`"`))
	}
	out := strings.Join(parts, " ")
	if out != "" && r.argBool(a[0], true) {
		out = " " + out
	}
	r.grow(len(out))
	return r.safe(out)
}

// filesize prints a number of bytes with a unit.
func filesize(bytes float64, binary bool) string {
	base, units := 1000.0, []string{"kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"}
	if binary {
		base, units = 1024, []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"}
	}
	if bytes == 1 {
		return "1 Byte"
	}
	if bytes < base {
		return strconv.FormatFloat(math.Trunc(bytes), 'f', 0, 64) + " Bytes"
	}
	for i, name := range units {
		unit := math.Pow(base, float64(i+2))
		if bytes < unit || i == len(units)-1 {
			return fmt.Sprintf("%.1f %s", base*bytes/unit, name)
		}
	}
	return ""
}
