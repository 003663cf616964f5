package sqltree

import (
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// readText evaluates what quoteText wrote, as an SQL engine would: literals and calls such as chr(n), joined by ||. It
// fails on anything else.
func readText(sql, chr string) (string, bool) {
	var b strings.Builder
	for {
		switch {
		case strings.HasPrefix(sql, "'"):
			sql = sql[1:]
			for {
				end := strings.IndexByte(sql, '\'')
				if end < 0 {
					return "", false
				}
				b.WriteString(sql[:end])
				sql = sql[end+1:]
				if !strings.HasPrefix(sql, "'") {
					break
				}
				b.WriteByte('\'')
				sql = sql[1:]
			}
		case strings.HasPrefix(sql, chr+"("):
			digits, rest, ok := strings.Cut(sql[len(chr)+1:], ")")
			n, err := strconv.Atoi(digits)
			if !ok || err != nil {
				return "", false
			}
			b.WriteRune(rune(n))
			sql = rest
		default:
			return "", false
		}
		if sql == "" {
			return b.String(), true
		}
		rest, ok := strings.CutPrefix(sql, " || ")
		if !ok {
			return "", false
		}
		sql = rest
	}
}

// readBackslashes evaluates a literal of a dialect in which backslashes are escapes.
func readBackslashes(sql string) (string, bool) {
	inner, ok := strings.CutPrefix(sql, "'")
	if !ok {
		return "", false
	}
	var b strings.Builder
	for inner != "" {
		switch {
		case inner == "'":
			return b.String(), true
		case strings.HasPrefix(inner, `\u`) && len(inner) > 6:
			n, err := strconv.ParseUint(inner[2:6], 16, 16)
			if err != nil {
				return "", false
			}
			b.WriteRune(rune(n))
			inner = inner[6:]
			continue
		case strings.HasPrefix(inner, `\\`) || strings.HasPrefix(inner, `\'`):
			inner = inner[1:]
		case inner[0] == '\\' || inner[0] == '\'':
			return "", false
		}
		b.WriteByte(inner[0])
		inner = inner[1:]
	}
	return "", false
}

// FuzzLiteral reads literals back: the same text, in printable characters only.
func FuzzLiteral(f *testing.F) {
	for _, seed := range []string{"", "'", "''", "x' OR 1=1 -- ", "\x00", "a\nb", "\\", "\u202e", "\xff", "chr(1)", "'\x00'", "\u2028"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range Dialects() {
			sql := d.PrintExpr(Text(text))
			got, ok := readText(sql, d.Chr)
			want := strings.ToValidUTF8(text, "\ufffd")
			if d.Backslashes {
				got, ok = readBackslashes(sql)
			}
			if d.NullStand != 0 {
				want = strings.ReplaceAll(want, "\x00", string(d.NullStand))
			}
			if !ok || got != want {
				t.Errorf("%q is written %s, which reads %q", text, sql, got)
			}
			if strings.ContainsFunc(sql, unicode.IsControl) {
				t.Errorf("%q is written with control characters", text)
			}
		}
	})
}

// FuzzName reads names back: one identifier, and no other.
func FuzzName(f *testing.F) {
	for _, seed := range []string{"a", "select", "A", `"`, `a"; drop table x; --`, "", "0a", "timestamp", "end"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if !utf8.ValidString(name) {
			return
		}
		for _, d := range Dialects() {
			sql := d.PrintExpr(Name{name})
			if sql == name {
				if d.Reserved[name] || name != strings.ToLower(name) || strings.ContainsAny(name, "\"'; -.()") {
					t.Errorf("%q stands without quotes", name)
				}
				continue
			}
			quote := d.QuoteName("")[:1]
			if inner := strings.TrimSuffix(strings.TrimPrefix(sql, quote), quote); len(sql) < 2 || strings.ReplaceAll(inner, quote+quote, quote) != name ||
				strings.Count(inner, quote) != 2*strings.Count(name, quote) {
				t.Errorf("%q is written %s", name, sql)
			}
		}
	})
}

// FuzzComment keeps a title on its line.
func FuzzComment(f *testing.F) {
	f.Add("a\nb\r\u2028;*/")
	f.Fuzz(func(t *testing.T, title string) {
		text := trino.Print(&Select{Comments: []string{title}, Columns: []Column{{Of: Number("1")}}})
		lines := strings.Split(text, "\n")
		if len(lines) != 3 || !strings.HasPrefix(lines[0], "-- ") || lines[1] != "SELECT 1" || strings.ContainsFunc(lines[0], unicode.IsControl) {
			t.Errorf("%q", text)
		}
	})
}

// TestPrecedence prints operators inside one another with the parentheses that they need and no others.
func TestPrecedence(t *testing.T) {
	a, b, c := Name{"a"}, Name{"b"}, Name{"c"}
	for _, test := range []struct {
		e    Expr
		want string
	}{
		{And{a, Or{b, c}}, "a AND (b OR c)"},
		{Or{a, And{b, c}}, "a OR b AND c"},
		{Or{And{a, b}}, "a AND b"},
		{Not{And{a, b}}, "NOT (a AND b)"},
		{Not{Binary{"=", a, b}}, "NOT a = b"},
		{And{Not{a}, b}, "NOT a AND b"},
		{Binary{"=", Binary{"=", a, b}, c}, "(a = b) = c"},
		{Binary{"-", a, Binary{"-", b, c}}, "a - (b - c)"},
		{Binary{"-", Binary{"-", a, b}, c}, "a - b - c"},
		{Binary{"*", Binary{"+", a, b}, c}, "(a + b) * c"},
		{IsNull{Of: Binary{"=", a, b}}, "(a = b) IS NULL"},
		{Member{Call{Fn: "f", Args: []Expr{a}}, "Name"}, `f(a)."Name"`},
		{And{}, "TRUE"},
		{Or{}, "FALSE"},
		{Like{a, "x\ny"}, `a LIKE ('x' || chr(10) || 'y') ESCAPE '\'`},
		{Binary{"=", a, Text("\x00x")}, "a = chr(0) || 'x'"},
	} {
		if got := trino.PrintExpr(test.e); got != test.want {
			t.Errorf("%#v: %s, want %s", test.e, got, test.want)
		}
	}
}
