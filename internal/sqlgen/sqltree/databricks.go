package sqltree

import (
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqlregex"
)

// databricksReserved lists the words that cannot name a table or a column without quotes, in either mode of Databricks.
// https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-reserved-words, read 2026-11.
var databricksReserved = words(`all alter and anti any array as at authorization between both by case cast check collate column
	commit constraint create cross cube current current_date current_time current_timestamp current_user default delete
	describe distinct drop else end escape except exists external extract false fetch filter for foreign from full
	function global grant group grouping having in inner insert intersect interval into is join lateral leading left like
	local minus natural no not null of on only or order out outer overlaps partition position primary range references
	revoke right rollback rollup row rows select semi session_user set some start table tablesample then time to
	trailing true truncate union unique unknown update user using values when where window with`)

// databricks is Databricks SQL, Runtime 15 and later. No test runs it: each function is written as its manual says.
// https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-functions-builtin-alpha, read 2026-11.
var databricks = overriding(Standard, Dialect{
	Name: "databricks", Title: "Databricks SQL", Manual: "https://docs.databricks.com/aws/en/sql/language-manual/",
	Reserved: databricksReserved, LambdaArrow: true, ListOpen: "array(", ListClose: ")", ExceptWord: "EXCEPT", Excluding: ByStar,
	TextType: "STRING", IntegerType: "BIGINT", DoubleType: "DOUBLE", DecimalType: "DECIMAL(38, 18)", TimestampType: "TIMESTAMP_NTZ",
	PlaceType: "INT", TryCast: "TRY_CAST", Chr: "chr", Functions: databricksFunctions(), Backslashes: true, WithoutUnnest: true,

	QuoteName:   func(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" },
	Lower:       simpleLower,
	Fold:        func(text Expr, _ string) Expr { return simpleLower(text) },
	BooleanText: func(value Expr) Expr { return Cast{Of: value, Type: "STRING"} },
	StartsWith:  fn2("startswith"),
	EndsWith:    fn2("endswith"),
	Contains:    fn2("contains"),

	Regex: func(text Expr, pattern string) Expr { return Fn("regexp_like", text, Text(javaEnds(pattern))) },
	RegexExtract: func(text Expr, pattern string, group int) Expr {
		// The manual: an empty text where nothing matches.
		return Fn("NULLIF", Fn("regexp_extract", text, Text(javaEnds(pattern)), Int(group)), Text(""))
	},
	RegexReplace: func(text Expr, pattern, by string) Expr {
		return Fn("regexp_replace", text, Text(javaEnds(pattern)), Text(by))
	},
	RegexFlavor: sqlregex.Java,
	CIDR: cidrByRegex(func(text Expr, pattern string) Expr {
		return Fn("regexp_like", text, Text(javaEnds(pattern)))
	}),

	Item:      fn2("try_element_at"),
	MapValue:  func(of Expr, key string) Expr { return Fn("try_element_at", of, Text(key)) },
	Join:      func(list Expr) Expr { return Fn("array_join", list, Text(", ")) },
	AnyMatch:  fnLambda("exists"),
	Transform: fnLambda("transform"),
	Filter:    fnLambda("filter"),
	Flatten:   func(list Expr) Expr { return Fn("flatten", list) },
	Length:    fn1("array_size"),
	ListType:  func(element string) string { return "ARRAY<" + element + ">" },

	Instant:      databricksInstant,
	InstantUTC:   databricksInstant,
	TimeLiteral:  func(text string) Expr { return Typed{"TIMESTAMP", text + "+00:00"} },
	ClockLiteral: func(text string) Expr { return Typed{"TIMESTAMP_NTZ", text} },
	AtUTC:        func(Expr) Expr { return missing("times with a zone as the clock of UTC") },
	TimePart:     func(Expr, string) Expr { return missing("parts of times in UTC") },
	TimeOf:       func(Expr, schema.TimeFormat) Expr { return missing("reading times") },
})

// databricksFunctions returns Databricks' words for functions.
func databricksFunctions() map[string]string {
	functions := sameWords()
	functions["starts_with"], functions["cardinality"] = "startswith", "array_size"
	functions["ROW"], functions["typeof"] = "", "" // a row is a named_struct
	return functions
}

// databricksInstant reads RFC 3339 text; without a zone it would be read in that of the session.
func databricksInstant(text Expr) Expr {
	const form = `^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})?\z`
	zone := If(Fn("regexp_like", text, Text(`([Zz]|[+-][0-9:]{5})\z`)), Text(""), Text("Z"))
	return If(Fn("regexp_like", text, Text(form)), Cast{Of: Fn("upper", Concat(text, zone)), Type: "TIMESTAMP", Try: true}, nil)
}

// simpleLower puts a text into lower case letter by letter: the two letters that become several, or another at the end of a
// word, do so first.
func simpleLower(text Expr) Expr {
	return Fn("lower", Fn("translate", text, Text("İΣ"), Text("iσ")))
}

// javaEnds writes the end of a text as \z: in Java's expressions, $ is also in front of a final line break.
func javaEnds(pattern string) string {
	before, ends := strings.CutSuffix(pattern, "$")
	if slashes := len(before) - len(strings.TrimRight(before, `\`)); ends && slashes%2 == 0 {
		return before + `\z`
	}
	return pattern
}
