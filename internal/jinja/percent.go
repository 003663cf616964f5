package jinja

import (
	"slices"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/pyprint"
)

var percentRE = lazyre.New(`^%(?:\(([^)]*)\))?([-#0 +]*)(\*|[0-9]+)?(?:\.(\*|[0-9]*))?[hlL]?(.?)`)

// percent returns s % args of Python. With safe the text parts of args are escaped.
func (r *run) percent(s string, args any, safe bool) string {
	f := &percentFormat{run: r, args: args, safe: safe}
	if tuple, ok := args.(pyprint.Tuple); ok {
		f.values = tuple
	} else {
		f.values = []any{args}
	}
	var b strings.Builder
	for s != "" {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:i])
		s = s[i:]
		m := percentRE.FindStringSubmatch(s)
		if m == nil {
			r.failf("incomplete format")
		}
		named := strings.HasPrefix(s, "%(")
		s = s[len(m[0]):]
		b.WriteString(f.field(m, named))
		r.grow(b.Len() / 16)
		if b.Len() > r.limits.Output {
			r.faultf(Limit, "a value has more than %d bytes", r.limits.Output)
		}
	}
	if f.used < len(f.values) && !f.named && !hasItems(args) {
		r.failf("not all arguments converted during string formatting")
	}
	return r.text(b.String())
}

// hasItems reports whether a value could be a map for named fields; it need not be used then.
func hasItems(v any) bool {
	switch v.(type) {
	case *pyprint.Dict, *pyprint.List, *rangeValue, *undefined:
		return true
	}
	return false
}

type percentFormat struct {
	*run
	args   any
	values []any
	used   int
	named  bool
	safe   bool
}

func (f *percentFormat) next() any {
	if f.used >= len(f.values) {
		f.failf("not enough arguments for format string")
	}
	f.used++
	return f.values[f.used-1]
}

// size reads a width or precision: digits, or `*` for the next value.
func (f *percentFormat) size(s string) int {
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if s == "*" {
		n, err = f.argInt(f.next(), 0), nil
	}
	if err != nil || n > pyprint.MaxWidth || n < -pyprint.MaxWidth {
		f.faultf(Limit, "a width or precision is above %d", pyprint.MaxWidth)
	}
	return n
}

func (f *percentFormat) field(m []string, named bool) string {
	flags, kind := m[2], m[5]
	if kind == "%" && !named {
		return "%"
	}
	var v any
	if named {
		d, ok := f.args.(*pyprint.Dict)
		if !ok {
			f.failf("format requires a mapping")
		}
		if v, ok = d.Get(m[1]); !ok {
			f.failf("the map has no key '%s'", m[1])
		}
		f.named = true
	}
	width := f.size(m[3])
	precision := -1
	if strings.Contains(strings.TrimPrefix(m[0], "%("+m[1]+")"), ".") && kind != "." {
		precision = max(f.size(m[4]), 0)
	}
	if width < 0 {
		flags, width = flags+"-", -width
	}
	if !named {
		v = f.next()
	}
	switch kind {
	case "s", "r", "a":
		return f.aligned(f.cut(f.textOf(v, kind), precision), flags, width)
	case "c":
		if s, ok := plain(v); ok && len([]rune(s)) == 1 {
			return f.aligned(s, flags, width)
		}
		n, ok := integer(v)
		if !ok || n < 0 || n > 0x10ffff {
			f.failf("%%c requires an integer or a character")
		}
		return f.aligned(string(rune(n)), flags, width)
	case "d", "i", "u", "o", "x", "X", "e", "E", "f", "F", "g", "G":
		return f.number(v, kind, flags, width, precision)
	case "":
		f.failf("incomplete format")
	}
	f.failf("unsupported format character '%s'", kind)
	return ""
}

func (f *percentFormat) textOf(v any, kind string) string {
	var s string
	if kind == "s" {
		s = f.str(v)
		if _, isSafe := v.(pyprint.Markup); f.safe && !isSafe {
			s = escapeHTML(s)
		}
		return s
	}
	s = f.repr(v)
	if kind == "a" {
		out, err := pyprint.Format("{!a}", pyprint.Arguments{Positional: []any{v}}, f.limits.Output)
		f.must(err)
		s = out
	}
	if f.safe {
		s = escapeHTML(s)
	}
	return s
}

func (f *percentFormat) cut(s string, precision int) string {
	if runes := []rune(s); precision >= 0 && len(runes) > precision {
		return string(runes[:precision])
	}
	return s
}

func (f *percentFormat) aligned(s, flags string, width int) string {
	align := byte('>')
	if strings.Contains(flags, "-") {
		align = '<'
	}
	out, _ := f.pad(s, []any{int64(width), absent{}}, align).(string)
	return out
}

// number prints a number by the rules of format, which has the same digits.
func (f *percentFormat) number(v any, kind, flags string, width, precision int) string {
	n, ok := asNumber(v)
	if !ok {
		f.failf("%%%s format: a real number is required, not %s", kind, pyprint.TypeName(v))
	}
	whole := slices.Contains([]string{"d", "i", "u", "o", "x", "X"}, kind)
	sign := ""
	for _, flag := range []string{"+", " "} {
		if strings.Contains(flags, flag) {
			sign = flag
			break
		}
	}
	spec := sign
	if strings.Contains(flags, "#") {
		spec += "#"
	}
	var value any
	switch {
	case whole:
		i, ok := toInt(v, 10)
		if !ok || n.i == nil && slices.Contains([]string{"o", "x", "X"}, kind) {
			f.failf("%%%s format: an integer is required, not %s", kind, pyprint.TypeName(v))
		}
		value = i
		if slices.Contains([]string{"d", "i", "u"}, kind) {
			kind, spec = "d", sign
		}
	default:
		value = n.float()
		if precision >= 0 {
			spec += "." + strconv.Itoa(precision)
		}
	}
	s, err := pyprint.FormatValue(value, spec+kind, f.limits.Output)
	f.must(err)
	start := 0
	for start < len(s) && strings.IndexByte("+- ", s[start]) >= 0 {
		start++
	}
	if len(s) > start+1 && s[start] == '0' && strings.IndexByte("xXo", s[start+1]) >= 0 {
		start += 2
	}
	if missing := precision - (len(s) - start); whole && missing > 0 {
		s = s[:start] + strings.Repeat("0", missing) + s[start:]
	}
	if missing := width - len(s); missing > 0 && strings.Contains(flags, "0") && !strings.Contains(flags, "-") {
		return s[:start] + strings.Repeat("0", missing) + s[start:]
	}
	return f.aligned(s, flags, width)
}
