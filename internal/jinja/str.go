package jinja

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/pyprint"
)

// findMethod returns a method of a text, list, tuple or dict.
func findMethod(v any, name string) *builtin {
	switch v.(type) {
	case string, pyprint.Markup:
		return textMethods[name]
	case *pyprint.List:
		return listMethods[name]
	case *pyprint.Dict:
		return dictMethods[name]
	case pyprint.Tuple:
		if name == "count" || name == "index" {
			return listMethods[name]
		}
	}
	return nil
}

// mapped makes a method without arguments that changes a text.
func mapped(name string, f func(string) string) *builtin {
	return &builtin{name: name, fn: func(r *run, v any, _ []any) any {
		s, _ := plain(v)
		r.work(len(s))
		return r.like(v, f(s))
	}}
}

// is makes a method without arguments that tests a text.
func is(name string, f func(string) bool) *builtin {
	return &builtin{name: name, fn: func(r *run, v any, _ []any) any {
		s, _ := plain(v)
		r.work(len(s))
		return f(s)
	}}
}

// like returns a text that is safe if v is safe.
func (r *run) like(v any, s string) any {
	r.grow(len(s))
	if _, safe := v.(pyprint.Markup); safe {
		return pyprint.Markup(s)
	}
	return s
}

// on makes a method of texts with arguments.
func on(name, params string, f func(r *run, s string, a []any) any) *builtin {
	return &builtin{name: name, params: params, fn: func(r *run, v any, a []any) any {
		s, _ := plain(v)
		r.work(len(s))
		out := f(r, s, a)
		if text, ok := out.(string); ok {
			return r.like(v, text)
		}
		return out
	}}
}

var textMethods map[string]*builtin

func init() { //nolint:gochecknoinits // breaks the cycle between methods and calls
	textMethods = table(
		mapped("lower", strings.ToLower), mapped("upper", upperText), mapped("casefold", foldText),
		mapped("capitalize", capitalize), mapped("title", titleText), mapped("swapcase", swapCase),
		is("isdigit", every(unicode.IsDigit)), is("isdecimal", every(unicode.IsDigit)), is("isnumeric", every(unicode.IsNumber)),
		is("isalpha", every(unicode.IsLetter)), is("isspace", every(isSpace)),
		is("isalnum", every(func(c rune) bool { return unicode.IsLetter(c) || unicode.IsNumber(c) })),
		is("isupper", isUpper), is("islower", isLower), is("isascii", isASCII),
		on("strip", "chars?", func(r *run, s string, a []any) any { return strings.Trim(s, r.cutset(a[0])) }),
		on("lstrip", "chars?", func(r *run, s string, a []any) any { return strings.TrimLeft(s, r.cutset(a[0])) }),
		on("rstrip", "chars?", func(r *run, s string, a []any) any { return strings.TrimRight(s, r.cutset(a[0])) }),
		on("removeprefix", "prefix", func(r *run, s string, a []any) any { return strings.TrimPrefix(s, r.argText(a[0], "")) }),
		on("removesuffix", "suffix", func(r *run, s string, a []any) any { return strings.TrimSuffix(s, r.argText(a[0], "")) }),
		on("startswith", "prefix start? end?", func(r *run, s string, a []any) any { return r.affix(s, a, strings.HasPrefix) }),
		on("endswith", "suffix start? end?", func(r *run, s string, a []any) any { return r.affix(s, a, strings.HasSuffix) }),
		on("replace", "old new count?", func(r *run, s string, a []any) any {
			return r.replace(s, r.argText(a[0], ""), r.argText(a[1], ""), r.argInt(a[2], -1))
		}),
		on("split", "sep? maxsplit?", (*run).split), on("rsplit", "sep? maxsplit?", (*run).rsplit),
		on("splitlines", "keepends?", func(r *run, s string, a []any) any { return r.list(splitLines(s, r.argBool(a[0], false))) }),
		on("partition", "sep", func(r *run, s string, a []any) any {
			before, after, found := strings.Cut(s, r.separator(a[0]))
			if !found {
				return pyprint.Tuple{s, "", ""}
			}
			return pyprint.Tuple{before, a[0], after}
		}),
		on("rpartition", "sep", func(r *run, s string, a []any) any {
			sep := r.separator(a[0])
			i := strings.LastIndex(s, sep)
			if i < 0 {
				return pyprint.Tuple{"", "", s}
			}
			return pyprint.Tuple{s[:i], a[0], s[i+len(sep):]}
		}),
		on("find", "sub start? end?", func(r *run, s string, a []any) any { return r.find1(s, a, strings.Index) }),
		on("rfind", "sub start? end?", func(r *run, s string, a []any) any { return r.find1(s, a, strings.LastIndex) }),
		on("index", "sub start? end?", func(r *run, s string, a []any) any { return r.mustFind(r.find1(s, a, strings.Index)) }),
		on("rindex", "sub start? end?", func(r *run, s string, a []any) any { return r.mustFind(r.find1(s, a, strings.LastIndex)) }),
		on("count", "sub start? end?", func(r *run, s string, a []any) any {
			part, _ := r.part(s, a[1], a[2])
			return int64(strings.Count(part, r.argText(a[0], "")))
		}),
		on("center", "width fillchar?", func(r *run, s string, a []any) any { return r.pad(s, a, '^') }),
		on("ljust", "width fillchar?", func(r *run, s string, a []any) any { return r.pad(s, a, '<') }),
		on("rjust", "width fillchar?", func(r *run, s string, a []any) any { return r.pad(s, a, '>') }),
		on("zfill", "width", func(r *run, s string, a []any) any {
			sign := ""
			if strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-") {
				sign, s = s[:1], s[1:]
			}
			missing := r.argSize(a[0], 0) - utf8.RuneCountInString(s) - len(sign)
			return sign + strings.Repeat("0", max(missing, 0)) + s
		}),
		on("expandtabs", "tabsize?", (*run).expandTabs),
		&builtin{name: "join", params: "items", fn: func(r *run, v any, a []any) any {
			parts := r.iterate(a[0])
			for i, item := range parts {
				if _, ok := plain(item); !ok {
					r.failf("sequence item %d: expected str instance, %s found", i, pyprint.TypeName(item))
				}
			}
			sep, _ := plain(v)
			return r.joinTexts(parts, sep, v)
		}},
		&builtin{name: "format", raw: func(r *run, v any, c *call) any {
			args := pyprint.Arguments{Positional: c.positional, Named: map[string]any{}}
			for i, name := range c.names {
				args.Named[name] = c.named[i]
			}
			s, _ := plain(v)
			out, err := pyprint.Format(s, args, r.limits.Output)
			r.must(err)
			return r.like(v, out)
		}},
	)
}

func upperText(s string) string { return strings.ToUpper(strings.ReplaceAll(s, "ß", "SS")) }

func foldText(s string) string { return strings.ReplaceAll(strings.ToLower(s), "ß", "ss") }

// every makes a test that holds if the text is not empty and each character passes.
func every(f func(rune) bool) func(string) bool {
	return func(s string) bool {
		for _, c := range s {
			if !f(c) {
				return false
			}
		}
		return s != ""
	}
}

func isSpace(c rune) bool { return strings.ContainsRune(whiteSpace, c) }

func isUpper(s string) bool {
	return strings.ContainsFunc(s, unicode.IsUpper) && !strings.ContainsFunc(s, unicode.IsLower) && !strings.ContainsFunc(s, unicode.IsTitle)
}

func isLower(s string) bool {
	return strings.ContainsFunc(s, unicode.IsLower) && !strings.ContainsFunc(s, unicode.IsUpper) && !strings.ContainsFunc(s, unicode.IsTitle)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func capitalize(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return strings.ToTitle(s[:size]) + strings.ToLower(s[size:])
}

// titleText begins every run of letters with a capital.
func titleText(s string) string {
	var b strings.Builder
	inWord := false
	for _, c := range s {
		switch {
		case inWord:
			b.WriteRune(unicode.ToLower(c))
		case c == 'ß':
			b.WriteString("Ss")
		default:
			b.WriteRune(unicode.ToTitle(c))
		}
		inWord = unicode.IsLetter(c)
	}
	return b.String()
}

func swapCase(s string) string {
	var b strings.Builder
	for _, c := range s {
		if unicode.IsUpper(c) {
			b.WriteRune(unicode.ToLower(c))
		} else {
			b.WriteString(upperText(string(c)))
		}
	}
	return b.String()
}

func (r *run) cutset(v any) string {
	if v == nil {
		return whiteSpace
	}
	return r.argText(v, whiteSpace)
}

func (r *run) separator(v any) string {
	s := r.argText(v, "")
	if s == "" {
		r.failf("empty separator")
	}
	return s
}

// part returns the characters from start to end, and the place of the first one.
func (r *run) part(s string, from, to any) (string, int) {
	if isAbsent(from) && isAbsent(to) {
		return s, 0
	}
	runes := []rune(s)
	n := len(runes)
	at := func(v any, usual int) int {
		if isAbsent(v) || v == nil {
			return usual
		}
		i := r.argInt(v, usual)
		if i < 0 {
			i += n
		}
		return max(i, 0)
	}
	start, stop := at(from, 0), min(at(to, n), n)
	if start > stop {
		return "", -1
	}
	return string(runes[start:stop]), start
}

func (r *run) affix(s string, a []any, has func(s, affix string) bool) any {
	part, at := r.part(s, a[1], a[2])
	list, ok := a[0].(pyprint.Tuple)
	if !ok {
		list = pyprint.Tuple{a[0]}
	}
	for _, v := range list {
		if at >= 0 && has(part, r.argText(v, "")) {
			return true
		}
	}
	return false
}

func (r *run) find1(s string, a []any, index func(s, part string) int) any {
	part, at := r.part(s, a[1], a[2])
	if at < 0 {
		return int64(-1)
	}
	i := index(part, r.argText(a[0], ""))
	if i < 0 {
		return int64(-1)
	}
	return int64(at + utf8.RuneCountInString(part[:i]))
}

func (r *run) mustFind(v any) any {
	if v == int64(-1) {
		r.failf("substring not found")
	}
	return v
}

func (r *run) replace(s, old, with string, n int) string {
	count := strings.Count(s, old)
	if n >= 0 {
		count = min(count, n)
	}
	if extra := len(with) - len(old); extra > 0 && count > r.limits.Output/extra {
		r.faultf(Limit, "a value has more than %d bytes", r.limits.Output)
	}
	return strings.Replace(s, old, with, n)
}

func (r *run) split(s string, a []any) any {
	n := r.argInt(a[1], -1)
	if isAbsent(a[0]) || a[0] == nil {
		var out []any
		rest := strings.TrimLeft(s, whiteSpace)
		for rest != "" {
			i := strings.IndexAny(rest, whiteSpace)
			if i < 0 || n >= 0 && len(out) >= n {
				out = append(out, rest)
				break
			}
			out = append(out, rest[:i])
			rest = strings.TrimLeft(rest[i:], whiteSpace)
		}
		return r.list(out)
	}
	var out []any
	for _, part := range strings.SplitN(s, r.separator(a[0]), max(n, -1)+btoi(n >= 0)) {
		out = append(out, part)
	}
	return r.list(out)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (r *run) rsplit(s string, a []any) any {
	n := r.argInt(a[1], -1)
	if n < 0 {
		return r.split(s, a)
	}
	blank := isAbsent(a[0]) || a[0] == nil
	var out []any
	rest := s
	if blank {
		rest = strings.TrimRight(rest, whiteSpace)
	}
	for len(out) < n {
		var i, size int
		if blank {
			i = strings.LastIndexAny(rest, whiteSpace)
			if i >= 0 {
				_, size = utf8.DecodeRuneInString(rest[i:])
			}
		} else {
			sep := r.separator(a[0])
			i, size = strings.LastIndex(rest, sep), len(sep)
		}
		if i < 0 {
			break
		}
		out = append(out, rest[i+size:])
		rest = rest[:i]
		if blank {
			rest = strings.TrimRight(rest, whiteSpace)
		}
	}
	if !blank || strings.Trim(rest, whiteSpace) != "" {
		out = append(out, rest)
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return r.list(out)
}

// splitLines splits at the line ends that Python's str.splitlines knows.
func splitLines(s string, keep bool) []any {
	var out []any
	for s != "" {
		i := strings.IndexAny(s, "\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029")
		if i < 0 {
			return append(out, s)
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		if strings.HasPrefix(s[i:], "\r\n") {
			size = 2
		}
		if keep {
			out = append(out, s[:i+size])
		} else {
			out = append(out, s[:i])
		}
		s = s[i+size:]
	}
	return out
}

func (r *run) pad(s string, a []any, align byte) any {
	fill := []rune(r.argText(a[1], " "))
	if len(fill) != 1 {
		r.failf("the fill character must be exactly one character long")
	}
	width := r.argSize(a[0], 0)
	missing := width - utf8.RuneCountInString(s)
	if missing <= 0 {
		return s
	}
	left := 0
	switch align {
	case '>':
		left = missing
	case '^':
		// Python puts the larger half on the left if both the width and what is missing are odd.
		left = missing/2 + (missing & width & 1)
	}
	return strings.Repeat(string(fill), left) + s + strings.Repeat(string(fill), missing-left)
}

func (r *run) expandTabs(s string, a []any) any {
	size := r.argSize(a[0], 8)
	if size > 0 && strings.Count(s, "\t") > r.limits.Output/size {
		r.faultf(Limit, "a value has more than %d bytes", r.limits.Output)
	}
	var b strings.Builder
	column := 0
	for _, c := range s {
		switch c {
		case '\t':
			if size > 0 {
				n := size - column%size
				b.WriteString(strings.Repeat(" ", n))
				column += n
			}
		case '\n', '\r':
			b.WriteRune(c)
			column = 0
		default:
			b.WriteRune(c)
			column++
		}
	}
	return b.String()
}
