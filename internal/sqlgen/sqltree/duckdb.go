package sqltree

import (
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqlregex"
)

// duckdbReserved are the words of duckdb_keywords() that DuckDB 1.5 does not take for a name in every place where a query
// has names; more than it lists as reserved.
var duckdbReserved = words(`all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case cast check
	collate collation column concurrently constraint create cross default deferrable desc describe distinct do
	else end except false fetch for foreign freeze from full glob group having ilike in initially inner intersect
	into is isnull join lambda lateral leading left like limit natural not notnull null offset on only or order
	outer overlaps pivot pivot_longer pivot_wider placing positional primary qualify references returning right
	select semi show similar some summarize symmetric table tablesample then to trailing true union unique unpack
	unpivot using variadic verbose when where window with`)

// duckdb is DuckDB 1.5 with the extensions json and icu.
var duckdb = overriding(Standard, Dialect{
	Name: "duckdb", Title: "DuckDB", Manual: "https://duckdb.org/docs/stable/sql/introduction",
	Reserved: duckdbReserved, Materialized: true, Excluding: ByStar, ListOpen: "[",
	TextType: "VARCHAR", IntegerType: "BIGINT", DoubleType: "DOUBLE", DecimalType: "DECIMAL(38, 18)", TimestampType: "TIMESTAMP",
	TryCast: "TRY_CAST", Functions: sameWords(),

	StartsWith: fn2("starts_with"),
	EndsWith:   fn2("ends_with"),
	Contains:   fn2("contains"),
	Regex:      func(text Expr, pattern string) Expr { return Fn("regexp_matches", text, Text(pattern)) },
	RegexExtract: func(text Expr, pattern string, group int) Expr {
		return Fn("regexp_extract", text, Text(pattern), Int(group))
	},
	RegexAll: func(text Expr, pattern string) Expr { return Fn("regexp_extract_all", text, Text(pattern)) },
	RegexReplace: func(text Expr, pattern, by string) Expr {
		return Fn("regexp_replace", text, Text(pattern), Text(by), Text("g"))
	},
	RegexFlavor: sqlregex.RE2,
	Item:        fn2("list_extract"),
	MapValue:    func(of Expr, key string) Expr { return Fn("map_extract_value", of, Text(key)) },
	MapJoined: func(of Expr, path string) Expr {
		e := Name{"e"}
		entries := Fn("list_filter", Fn("map_entries", of), Lambda{[]string{"e"}, markedKey(Member{Of: e, Name: "key"}, path)})
		key, value := Member{Of: e, Name: "key"}, Member{Of: e, Name: "value"}
		return Fn("flatten", Fn("list_transform", entries, Lambda{[]string{"e"}, markedValue(key, value, Fn("string_split", value, Text(",")))}))
	},
	Join:      func(list Expr) Expr { return Fn("array_to_string", list, Text(", ")) },
	EmptyJSON: List{},
	AnyMatch: func(list Expr, param string, body Expr) Expr {
		return Fn("list_contains", Fn("list_transform", list, Lambda{[]string{param}, body}), Bool(true))
	},
	Transform:    fnLambda("list_transform"),
	Filter:       fnLambda("list_filter"),
	Length:       fn1("len"),
	ListType:     func(element string) string { return element + "[]" },
	FromNanos:    fn1("make_timestamp_ns"),
	EpochNanos:   func(time Expr) Expr { return Fn("epoch_ns", time) },
	EpochSeconds: func(time Expr) Expr { return Fn("epoch_ns", time) },
	Flatten:      func(list Expr) Expr { return Fn("flatten", list) },
	Loop: func(list Expr, times int, body Expr) Expr {
		rounds := List{Cast{List{}, "JSON[]", false}}
		for range times - 1 {
			rounds = append(rounds, List{})
		}
		return Fn("list_reduce", rounds, Lambda{[]string{"s", "i"}, body}, list)
	},

	JSONWhole: func(text Expr) Expr {
		// To the engine the text would be malformed. Few texts have half a pair.
		t := Name{"t"}
		tokens := Fn("regexp_extract_all", text,
			Text(`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\[^\n]|\\|[^\\]+`))
		half := Fn("regexp_matches", t, Text(`^\\u[dD][89a-fA-F][0-9a-fA-F]{2}$`))
		whole := Fn("array_to_string", Fn("list_transform", tokens, Lambda{[]string{"t"}, If(half, Text(`\ufffd`), t)}), Text(""))
		valid := func(text Expr) Expr { return If(Fn("json_valid", text), text, nil) }
		return Fn("COALESCE", valid(text), valid(whole))
	},
	JSONRoot:    func(text Expr) Expr { return Cast{text, "JSON", false} },
	JSONChecked: func(text, _ Expr) Expr { return Cast{text, "JSON", false} },
	JSONMember: func(value Expr, key string) Expr {
		return Fn("json_extract", value, Text("/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(key)))
	},
	JSONMembers: func(value Expr) Expr {
		return If(Compare("=", Fn("json_type", value), Text("OBJECT")), Fn("json_extract", value, Text("$.*")), nil)
	},
	JSONItems: func(value Expr) Expr {
		return If(Compare("=", Fn("json_type", value), Text("ARRAY")), Fn("json_extract", value, Text("$[*]")), List{value})
	},
	JSONIsText:      func(value Expr) Expr { return Compare("=", Fn("json_type", value), Text("VARCHAR")) },
	JSONIsContainer: func(value Expr) Expr { return In{Fn("json_type", value), []Expr{Text("OBJECT"), Text("ARRAY")}} },
	JSONText:        func(value Expr) Expr { return Fn("json_extract_string", value, Text("$")) },
	JSONTag: func(text Expr) Expr {
		t := Name{"t"}
		tokens := Fn("regexp_extract_all", text, Text(`"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|[^"0-9-]+|["-]`))
		return Fn("array_to_string", Fn("list_transform", tokens, Lambda{[]string{"t"}, Case{
			Whens: []When{
				{Fn("starts_with", t, Text(`"\u0001`)), Concat(Text(`"\u0001S`), Fn("substr", t, Number("8")))},
				{Fn("regexp_matches", t, Text(`^[-0-9]`)), Concat(Text(`"\u0001N`), t, Text(`"`))},
			}, Else: t,
		}}), Text(""))
	},
	JSONUntag: func(text Expr) Expr {
		// Inside a string a quotation mark has a backslash before it: what has not begins a string.
		numbers := Fn("regexp_replace", text, Text(`([:,\[])"\\u0001N([^"\\]*)"`), Text(`\1\2`), Text("g"))
		return Fn("regexp_replace", numbers, Text(`([:,\[{])"\\u0001S`), Text(`\1"\\u0001`), Text("g"))
	},
	JSONTexts: func(text Expr) Expr {
		// RE2 cannot look ahead: keys are taken along with their colon, and left out afterwards.
		tokens := Fn("regexp_extract_all", text, Text(`"(?:[^"\\]|\\.)*"\s*:?`))
		values := Fn("list_filter", tokens, Lambda{[]string{"x"}, Not{Fn("ends_with", Name{"x"}, Text(":"))}})
		return Fn("list_transform", values, Lambda{[]string{"x"}, Fn("json_extract_string", Name{"x"}, Text("$"))})
	},
	JSON:    func(of Expr) Expr { return Cast{Fn("to_json", of), "VARCHAR", false} },
	RowJSON: func(alias string) Expr { return Cast{Fn("to_json", Name{alias}), "VARCHAR", false} },
	TimeOf: func(value Expr, form schema.TimeFormat) Expr {
		switch form {
		case schema.EpochSecond:
			return Fn("make_timestamp", Binary{"*", value, Number("1000000")})
		case schema.EpochMilli:
			return Fn("make_timestamp", Binary{"*", value, Number("1000")})
		case schema.TimeText, schema.TimeType, schema.CommonLog:
		}
		return Cast{value, "TIMESTAMP", false}
	},
	TimeText:  func(time Expr) Expr { return Fn("strftime", time, Text("%Y-%m-%dT%H:%M:%SZ")) },
	CommonLog: func(text Expr) Expr { return Fn("try_strptime", text, Text("%d/%b/%Y:%H:%M:%S %z")) },
	URLDecode: func(text Expr) Expr {
		// url_decode leaves what is malformed as it stands.
		return If(Fn("regexp_matches", text, Text(`^(?:[^%]|%[0-9A-Fa-f]{2})*$`)), Fn("TRY", Fn("url_decode", text)), nil)
	},
	TimePart:  func(time Expr, part string) Expr { return Fn(part, time) },
	Timestamp: func(text Expr) Expr { return Cast{text, "TIMESTAMPTZ", true} },
	Instant: func(text Expr) Expr {
		// Without a zone it would be read in that of the session.
		zone := If(Fn("regexp_matches", text, Text(`([Zz]|[+-][0-9:]{5})$`)), Text(""), Text("Z"))
		return Cast{Concat(text, zone), "TIMESTAMPTZ", true}
	},
	InstantUTC:  func(text Expr) Expr { return Cast{text, "TIMESTAMPTZ", true} },
	TimeLiteral: func(text string) Expr { return Typed{"TIMESTAMPTZ", text + "+00"} },
	CIDR: cidrByRegex(func(text Expr, pattern string) Expr {
		return Fn("regexp_matches", text, Text(pattern))
	}),
})
