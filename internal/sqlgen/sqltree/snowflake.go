package sqltree

import (
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqlregex"
)

// snowflakeReserved lists the words that cannot name a table or a column without quotes.
// https://docs.snowflake.com/en/sql-reference/reserved-keywords, read 2026-11.
var snowflakeReserved = words(`account all alter and any as between by case cast check column connect connection constraint create
	cross current current_date current_time current_timestamp current_user database delete distinct drop else exists false
	following for from full grant group gscluster having ilike in increment inner insert intersect into is issue join lateral
	left like localtime localtimestamp minus natural not null of on or order organization qualify regexp revoke right rlike
	row rows sample schema select set some start table tablesample then to trigger true try_cast union unique update using
	values view when whenever where with`)

// snowflake is Snowflake. No test runs it: each function is written as its manual says. Names without quotes are in upper case
// there, so that a table made without quotes has them.
// https://docs.snowflake.com/en/sql-reference/functions-all, read 2026-11.
var snowflake = overriding(Standard, Dialect{
	Name: "snowflake", Title: "Snowflake", Manual: "https://docs.snowflake.com/en/sql-reference",
	Reserved: snowflakeReserved, LambdaArrow: true, ListOpen: "ARRAY_CONSTRUCT(", ListClose: ")", ExceptWord: "EXCLUDE", Excluding: ByStar,
	TextType: "VARCHAR", IntegerType: "NUMBER(38, 0)", DoubleType: "DOUBLE", DecimalType: "NUMBER(38, 18)", TimestampType: "TIMESTAMP_NTZ",
	PlaceType: "NUMBER(9, 0)", TryCast: "TRY_CAST", Chr: "CHR", Functions: snowflakeFunctions(), Backslashes: true, WithoutUnnest: true,
	WithoutStructs: true, LetByQuery: true,

	Lower:       simpleLower,
	Fold:        func(text Expr, _ string) Expr { return simpleLower(text) },
	BooleanText: func(value Expr) Expr { return Cast{Of: value, Type: "VARCHAR"} },
	StartsWith:  fn2("STARTSWITH"),
	EndsWith:    fn2("ENDSWITH"),
	Contains:    fn2("CONTAINS"),

	// REGEXP_LIKE compares whole texts. The parameter s lets a dot match line breaks too.
	Regex: func(text Expr, pattern string) Expr { return snowflakeSearch(text, pattern, "cs") },
	RegexExtract: func(text Expr, pattern string, group int) Expr {
		return Fn("REGEXP_SUBSTR", text, Text(posix(pattern)), Int(1), Int(1), Text("cse"), Int(group))
	},
	RegexReplace: func(text Expr, pattern, by string) Expr {
		return Fn("REGEXP_REPLACE", text, Text(posix(pattern)), Text(by), Int(1), Int(0), Text("cs"))
	},
	RegexFlavor: sqlregex.POSIX,
	CIDR: cidrByRegex(func(text Expr, pattern string) Expr {
		return snowflakeSearch(text, strings.TrimPrefix(pattern, "(?i)"), "is")
	}),

	AnyMatch: func(Expr, string, Expr) Expr { return missing("lists of texts") },
	Length:   fn1("ARRAY_SIZE"),

	Instant:      snowflakeInstant,
	InstantUTC:   snowflakeInstant,
	TimeLiteral:  func(text string) Expr { return Fn("TO_TIMESTAMP_TZ", Text(text+" +00:00")) },
	ClockLiteral: func(text string) Expr { return Fn("TO_TIMESTAMP_NTZ", Text(text)) },
	AtUTC:        func(Expr) Expr { return missing("times with a zone as the clock of UTC") },
	TimePart:     func(Expr, string) Expr { return missing("parts of times in UTC") },
	TimeOf:       func(Expr, schema.TimeFormat) Expr { return missing("reading times") },
})

// snowflakeFunctions returns Snowflake's words for functions.
func snowflakeFunctions() map[string]string {
	functions := sameWords()
	functions["starts_with"], functions["contains"], functions["cardinality"] = "STARTSWITH", "CONTAINS", "ARRAY_SIZE"
	for _, name := range []string{"ROW", "array_distinct", "array_sort", "flatten", "map_values", "typeof", "POSITION"} {
		functions[name] = ""
	}
	return functions
}

// snowflakeSearch holds where an expression is found in a text.
func snowflakeSearch(text Expr, pattern, parameters string) Expr {
	return Compare(">", Fn("REGEXP_INSTR", text, Text(posix(pattern)), Int(1), Int(1), Int(0), Text(parameters)), Int(0))
}

// snowflakeInstant reads RFC 3339 text; text without a zone is in UTC.
func snowflakeInstant(text Expr) Expr {
	const form = `^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})?$`
	zone := If(snowflakeSearch(text, `([Zz]|[+-][0-9:]{5})$`, "cs"), Text(""), Text("Z"))
	return If(snowflakeSearch(text, form, "cs"), Fn("TRY_TO_TIMESTAMP_TZ", Fn("upper", Concat(text, zone))), nil)
}

// posix writes egret's own expressions, which are in RE2's syntax, without the parts that POSIX lacks: groups that do not
// capture, \A and \z. What package sqlregex prints has none of them.
func posix(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch {
		case strings.HasPrefix(pattern[i:], "(?:"):
			b.WriteByte('(')
			i += 2
		case pattern[i] == '\\' && i+1 < len(pattern):
			i++
			switch pattern[i] {
			case 'A':
				b.WriteByte('^')
			case 'z':
				b.WriteByte('$')
			default:
				b.WriteString(pattern[i-1 : i+1])
			}
		default:
			b.WriteByte(pattern[i])
		}
	}
	return b.String()
}
