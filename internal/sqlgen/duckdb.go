package sqlgen

import (
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
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
var duckdb = &Dialect{
	Name: "duckdb", Title: "DuckDB", Manual: "https://duckdb.org/docs/stable/sql/introduction",
	Reserved: duckdbReserved, Materialized: true, Excluding: ByStar, ListOpen: "[",
	TextType: "VARCHAR", IntegerType: "BIGINT", DoubleType: "DOUBLE", DecimalType: "DECIMAL(38, 18)", TimestampType: "TIMESTAMP",

	startsWith: fn2("starts_with"),
	endsWith:   fn2("ends_with"),
	contains:   fn2("contains"),
	regex:      func(text Expr, pattern string) Expr { return call("regexp_matches", text, Text(pattern)) },
	regexExtract: func(text Expr, pattern string, group int) Expr {
		return call("regexp_extract", text, Text(pattern), number(group))
	},
	regexReplace: func(text Expr, pattern, by string) Expr {
		return call("regexp_replace", text, Text(pattern), Text(by), Text("g"))
	},
	regexFlavor: re2,
	item:        "list_extract",
	mapValue:    func(of Expr, key string) Expr { return call("map_extract_value", of, Text(key)) },
	join:        func(list Expr) Expr { return call("array_to_string", list, Text(", ")) },
	emptyJSON:   List{},
	anyMatch: func(list Expr, param string, body Expr) Expr {
		return call("list_contains", call("list_transform", list, Lambda{[]string{param}, body}), Bool(true))
	},
	transform:    fnLambda("list_transform"),
	filter:       fnLambda("list_filter"),
	length:       "len",
	listType:     func(element string) string { return element + "[]" },
	fromNanos:    "make_timestamp_ns",
	epochNanos:   func(time Expr) Expr { return call("epoch_ns", time) },
	epochSeconds: func(time Expr) Expr { return call("epoch_ns", time) },
	flatten:      func(list Expr) Expr { return call("flatten", list) },
	loop: func(list Expr, times int, body Expr) Expr {
		rounds := List{Cast{List{}, "JSON[]", false}}
		for range times - 1 {
			rounds = append(rounds, List{})
		}
		return call("list_reduce", rounds, Lambda{[]string{"s", "i"}, body}, list)
	},

	jsonWhole: func(text Expr) Expr {
		// To the engine the text would be malformed. Few texts have half a pair.
		t := Name{"t"}
		tokens := call("regexp_extract_all", text,
			Text(`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\[^\n]|\\|[^\\]+`))
		half := call("regexp_matches", t, Text(`^\\u[dD][89a-fA-F][0-9a-fA-F]{2}$`))
		whole := call("array_to_string", call("list_transform", tokens, Lambda{[]string{"t"}, ifThen(half, Text(`\ufffd`), t)}), Text(""))
		valid := func(text Expr) Expr { return ifThen(call("json_valid", text), text, nil) }
		return call("COALESCE", valid(text), valid(whole))
	},
	jsonRoot:    func(text Expr) Expr { return Cast{text, "JSON", false} },
	jsonChecked: func(text, _ Expr) Expr { return Cast{text, "JSON", false} },
	jsonMember: func(value Expr, key string) Expr {
		return call("json_extract", value, Text("/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(key)))
	},
	jsonMembers: func(value Expr) Expr {
		return ifThen(compare("=", call("json_type", value), Text("OBJECT")), call("json_extract", value, Text("$.*")), nil)
	},
	jsonItems: func(value Expr) Expr {
		return ifThen(compare("=", call("json_type", value), Text("ARRAY")), call("json_extract", value, Text("$[*]")), List{value})
	},
	jsonIsText:      func(value Expr) Expr { return compare("=", call("json_type", value), Text("VARCHAR")) },
	jsonIsContainer: func(value Expr) Expr { return In{call("json_type", value), []Expr{Text("OBJECT"), Text("ARRAY")}} },
	jsonText:        func(value Expr) Expr { return call("json_extract_string", value, Text("$")) },
	jsonTag: func(text Expr) Expr {
		t := Name{"t"}
		tokens := call("regexp_extract_all", text, Text(`"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|[^"0-9-]+|["-]`))
		return call("array_to_string", call("list_transform", tokens, Lambda{[]string{"t"}, Case{
			Whens: []When{
				{call("starts_with", t, Text(`"\u0001`)), concat(Text(`"\u0001S`), call("substr", t, Number("8")))},
				{call("regexp_matches", t, Text(`^[-0-9]`)), concat(Text(`"\u0001N`), t, Text(`"`))},
			}, Else: t,
		}}), Text(""))
	},
	jsonUntag: func(text Expr) Expr {
		// Inside a string a quotation mark has a backslash before it: what has not begins a string.
		numbers := call("regexp_replace", text, Text(`([:,\[])"\\u0001N([^"\\]*)"`), Text(`\1\2`), Text("g"))
		return call("regexp_replace", numbers, Text(`([:,\[{])"\\u0001S`), Text(`\1"\\u0001`), Text("g"))
	},
	jsonTexts: func(text Expr) Expr {
		// RE2 cannot look ahead: keys are taken along with their colon, and left out afterwards.
		tokens := call("regexp_extract_all", text, Text(`"(?:[^"\\]|\\.)*"\s*:?`))
		values := call("list_filter", tokens, Lambda{[]string{"x"}, Not{call("ends_with", Name{"x"}, Text(":"))}})
		return call("list_transform", values, Lambda{[]string{"x"}, call("json_extract_string", Name{"x"}, Text("$"))})
	},
	json:    func(of Expr) Expr { return Cast{call("to_json", of), "VARCHAR", false} },
	rowJSON: func(alias string) Expr { return Cast{call("to_json", Name{alias}), "VARCHAR", false} },
	timeOf: func(value Expr, form schema.TimeFormat) Expr {
		switch form {
		case schema.EpochSecond:
			return call("make_timestamp", Binary{"*", value, Number("1000000")})
		case schema.EpochMilli:
			return call("make_timestamp", Binary{"*", value, Number("1000")})
		case schema.TimeText, schema.TimeType, schema.CommonLog:
		}
		return Cast{value, "TIMESTAMP", false}
	},
	timeText:  func(time Expr) Expr { return call("strftime", time, Text("%Y-%m-%dT%H:%M:%SZ")) },
	commonLog: func(text Expr) Expr { return call("try_strptime", text, Text("%d/%b/%Y:%H:%M:%S %z")) },
	urlDecode: func(text Expr) Expr {
		// url_decode leaves what is malformed as it stands.
		return ifThen(call("regexp_matches", text, Text(`^(?:[^%]|%[0-9A-Fa-f]{2})*$`)), call("TRY", call("url_decode", text)), nil)
	},
	timePart:  func(time Expr, part string) Expr { return call(part, time) },
	timestamp: func(text Expr) Expr { return Cast{text, "TIMESTAMPTZ", true} },
	instant: func(text Expr) Expr {
		// Without a zone it would be read in that of the session.
		zone := ifThen(call("regexp_matches", text, Text(`([Zz]|[+-][0-9:]{5})$`)), Text(""), Text("Z"))
		return Cast{concat(text, zone), "TIMESTAMPTZ", true}
	},
	instantUTC:  func(text Expr) Expr { return Cast{text, "TIMESTAMPTZ", true} },
	timeLiteral: func(text string) Expr { return Typed{"TIMESTAMPTZ", text + "+00"} },
	cidr:        duckdbCIDR,
}
