package sqltree

import (
	"strings"
	"testing"
)

// long is a call that fills most of a line.
func long(name string) Expr { return Fn("lower", Name{name + strings.Repeat("_", 60)}) }

func TestLongExpressionsGoOnInTheNextLine(t *testing.T) {
	fill := strings.Repeat("_", 60)
	var many []Expr
	for range 30 {
		many = append(many, Text("abcdefg"))
	}
	for _, c := range []struct {
		name  string
		where Expr
		want  string
	}{
		{"short", Compare("=", long("a"), Text("x")), `WHERE lower(a@) = 'x'`},
		{"arguments", Compare(">", Fn("strpos", long("a"), long("b")), Number("0")), `
WHERE strpos(
    lower(a@),
    lower(b@)
  ) > 0`},
		{"a single argument stays with its bracket", Fn("f", Fn("strpos", long("a"), long("b"))), `
WHERE f(strpos(
    lower(a@),
    lower(b@)
  ))`},
		{"list of values", In{Name{"a"}, many}, `
WHERE a IN (
    'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg',
    'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg',
    'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg',
    'abcdefg', 'abcdefg', 'abcdefg'
  )`},
		{"an operand that is alone", Or{In{Name{"a"}, many[:14]}}, `
WHERE a IN (
    'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg',
    'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg', 'abcdefg'
  )`},
		{"cases", Case{Whens: []When{{IsNull{Of: long("a")}, long("b")}}, Else: Bool(false)}, `
WHERE CASE
    WHEN lower(a@) IS NULL THEN lower(b@)
    ELSE FALSE
  END`},
		{"a condition within a call", Fn("any", Lambda{[]string{"x"}, Or{IsNull{Of: long("a")}, And{long("b"), long("c")}}}), `
WHERE any(x -> lower(a@) IS NULL
  OR lower(b@)
  AND lower(c@))`},
		{"joined texts", Concat(long("a"), long("b"), long("c")), `
WHERE lower(a@)
    || lower(b@)
    || lower(c@)`},
		{"a negated condition", Not{Fn("COALESCE", Or{long("a"), long("b")}, Bool(false))}, `
WHERE NOT COALESCE(
    lower(a@)
    OR lower(b@),
    FALSE
  )`},
		{"precedence", And{Name{"x"}, Binary{"*", Binary{"+", long("a"), long("b")}, Number("2")}}, `
WHERE x
  AND (
    lower(a@)
      + lower(b@)
  ) * 2`},
		{"a literal has no place to break", Name{strings.Repeat("a", 200)}, "\nWHERE " + strings.Repeat("a", 200)},
	} {
		text := trino.Print(&Select{Columns: []Column{{Of: Number("1")}}, From: Source{Table: []string{"t"}}, Where: c.where})
		want := "SELECT 1\nFROM t\n" + strings.TrimPrefix(strings.ReplaceAll(c.want, "@", fill), "\n") + "\n"
		if text != want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, text, want)
		}
		// Breaking lines changes nothing else.
		if flat := trino.PrintExpr(c.where); !strings.HasSuffix(squeeze(text), squeeze("WHERE "+flat)) {
			t.Errorf("%s: more than white space differs from\n%s", c.name, flat)
		}
	}
}

// A text that only its line breaks and spaces make too long for the engine keeps long lines.
func TestLinesStayLongWhereTheEngineTakesNoLongerText(t *testing.T) {
	s := &Select{Columns: []Column{{Of: Star{}}}, From: Source{Table: []string{"t"}}, Where: Fn("concat", long("a"), long("b"))}
	broken := trino.Print(s)
	d := *trino
	d.MaxBytes = len(broken) - 1
	text := d.Print(s)
	if len(text) > d.MaxBytes || strings.Count(text, "\n") != 3 || squeeze(text) != squeeze(broken) {
		t.Errorf("at most %d bytes: got %d:\n%s", d.MaxBytes, len(text), text)
	}
}

func squeeze(text string) string { return strings.Join(strings.Fields(text), "") }
