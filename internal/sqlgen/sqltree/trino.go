package sqltree

import (
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqlregex"
)

// trinoReserved are the words that Trino reserves: https://trino.io/docs/476/language/reserved.html, read 2026-11; and
// those that Athena adds for DML: https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html, read 2026-11.
var trinoReserved = words(`alter and as auto between by case cast constraint create cross cube current_catalog
	current_date current_path current_role current_schema current_time current_timestamp current_user deallocate delete
	describe distinct drop else end escape except exists extract false for from full group grouping having in inner
	insert intersect into is join json_array json_exists json_object json_query json_table json_value left like listagg
	localtime localtimestamp natural normalize not null on or order outer prepare recursive right rollup select skip
	start table then trim true uescape union unnest using values when where with
	first last time timestamp date hour day month year region type user action table partition partitions`)

// trino is Trino 476 and later, of which Athena's engine version 3 is a relative.
var trino = overriding(Standard, Dialect{
	Name: "trino", Title: "Trino", Manual: "https://trino.io/docs/476/",
	Reserved: trinoReserved, LambdaArrow: true, Excluding: ByFunction, JSONTakesHalves: true, ListOpen: "ARRAY[", MaxBytes: 1_000_000,
	TextType: "varchar", IntegerType: "bigint", DoubleType: "double", DecimalType: "decimal(38, 18)", TimestampType: "timestamp(9)", PlaceType: "bigint",
	// The JVM does not compile methods with more than 8,000 bytes of bytecode, and Trino makes a method of each column.
	MaxCompiled: 40, NetworksByDigits: true,
	TryCast: "TRY_CAST", Functions: sameWords(),

	BooleanText: func(value Expr) Expr { return Cast{value, "varchar", false} },
	StartsWith:  fn2("starts_with"),
	Contains: func(text, part Expr) Expr {
		return Compare(">", Fn("strpos", text, part), Number("0"))
	},
	Regex: func(text Expr, pattern string) Expr { return Fn("regexp_like", text, Text(pattern)) },
	RegexExtract: func(text Expr, pattern string, group int) Expr {
		return Fn("regexp_extract", text, Text(pattern), Int(group))
	},
	RegexAll:     func(text Expr, pattern string) Expr { return Fn("regexp_extract_all", text, Text(pattern)) },
	RegexReplace: func(text Expr, pattern, by string) Expr { return Fn("regexp_replace", text, Text(pattern), Text(by)) },
	RegexFlavor:  sqlregex.Joni,
	Item:         fn2("element_at"),
	MapValue:     func(of Expr, key string) Expr { return Fn("element_at", of, Text(key)) },
	MapJoined: func(of Expr, key string) Expr {
		entries := Fn("map_filter", of, Lambda{[]string{"k", "v"}, markedKey(Name{"k"}, key)})
		return Fn("flatten", Fn("map_values", Fn("transform_values", entries, Lambda{[]string{"k", "v"}, markedValue(Name{"k"}, Name{"v"}, Fn("split", Name{"v"}, Text(",")))})))
	},
	Join:      func(list Expr) Expr { return Fn("array_join", list, Text(", ")) },
	EmptyJSON: List{},
	AnyMatch:  fnLambda("any_match"),
	Transform: fnLambda("transform"),
	Filter:    fnLambda("filter"),
	Length:    fn1("cardinality"),
	ListType:  func(element string) string { return "array(" + element + ")" },
	FromNanos: fn1("from_unixtime_nanos"),
	EpochNanos: func(time Expr) Expr {
		digits := Fn("regexp_extract", Cast{time, "varchar", false}, Text(`\.([0-9]+)`), Number("1"))
		return Plus(trinoSeconds(Fn("date_trunc", Text("second"), time)), Cast{Fn("rpad", Coalesce(digits, Text("")), Number("9"), Text("0")), "bigint", false})
	},
	EpochSeconds: trinoSeconds,
	Flatten:      func(list Expr) Expr { return Fn("flatten", list) },
	Loop: func(list Expr, times int, body Expr) Expr {
		return Fn("reduce", Fn("sequence", Number("1"), Int(times)), list, Lambda{[]string{"s", "i"}, body}, Lambda{[]string{"s"}, Name{"s"}})
	},

	JSONWhole: func(text Expr) Expr {
		// The engine would make a question mark of half a pair. Few texts have one.
		whole := Fn("regexp_replace", text, Text(`(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])|\\u[dD][89a-fA-F][0-9a-fA-F]{2}`),
			Lambda{[]string{"m"}, Fn("COALESCE", Fn("element_at", Name{"m"}, Number("1")), Text(`\ufffd`))})
		return If(Compare(">", Fn("strpos", Lower(text), Text(`\ud`)), Number("0")), whole, text)
	},
	JSONRoot: func(text Expr) Expr { return Fn("json_extract", text, Text("$")) },
	JSONChecked: func(text, original Expr) Expr {
		// json_extract stops reading where it has what it wants; json_parse reads to the end.
		return If(NotNull(Fn("TRY", Fn("json_parse", original))), Fn("json_extract", text, Text("$")), nil)
	},
	JSONMember: trinoMember,
	JSONMemberOf: func(text Expr, key string) Expr {
		return If(NotNull(Fn("TRY", Fn("json_parse", text))), trinoMember(text, key), nil)
	},
	JSONMembers: func(value Expr) Expr {
		return If(Fn("starts_with", Fn("json_format", value), Text("{")), Fn("map_values", Cast{value, "map(varchar, json)", false}), nil)
	},
	JSONItems: func(value Expr) Expr {
		return Fn("IF", IsNull{Of: Fn("json_array_length", value)}, List{value}, Cast{value, "array(json)", false})
	},
	JSONIsText: func(value Expr) Expr { return Fn("starts_with", Fn("json_format", value), Text(`"`)) },
	JSONIsContainer: func(value Expr) Expr {
		return In{Fn("substr", Fn("json_format", value), Number("1"), Number("1")), []Expr{Text("{"), Text("[")}}
	},
	JSONText: func(value Expr) Expr {
		return Fn("COALESCE", Fn("json_extract_scalar", value, Text("$")), Fn("NULLIF", Fn("json_format", value), Text("null")))
	},
	JSONTag: func(text Expr) Expr {
		m := func(i string) Expr { return Fn("element_at", Name{"m"}, Number(i)) }
		return Fn("regexp_replace", text, Text(`("(?:[^"\\]|\\.)*+")|(-?[0-9][0-9.eE+-]*)`), Lambda{[]string{"m"}, Case{
			Whens: []When{
				{IsNull{Of: m("1")}, Concat(Text(`"\u0001N`), m("2"), Text(`"`))},
				{Fn("starts_with", m("1"), Text(`"\u0001`)), Concat(Text(`"\u0001S`), Fn("substr", m("1"), Number("8")))},
			}, Else: m("1"),
		}})
	},
	JSONUntag: func(text Expr) Expr {
		// Inside a string a quotation mark has a backslash before it: what has not begins a string.
		numbers := Fn("regexp_replace", text, Text(`([:,\[])"\\u0001N([^"\\]*)"`), Text("$1$2"))
		strings := Fn("regexp_replace", numbers, Text(`([:,\[{])"\\u0001S`), Text(`$1"\\u0001`))
		// The engine escapes characters beyond the first plane.
		m := func(i string) Expr { return Fn("element_at", Name{"m"}, Number(i)) }
		unit := func(i string) Expr { return Fn("from_base", m(i), Number("16")) }
		r := Binary{"+", Binary{"*", Binary{"-", unit("2"), Number("55296")}, Number("1024")}, Binary{"+", unit("3"), Number("9216")}}
		return Fn("regexp_replace", strings, Text(`(\\[^u])|\\u(D[89AB][0-9A-F]{2})\\u(D[C-F][0-9A-F]{2})`),
			Lambda{[]string{"m"}, Fn("COALESCE", m("1"), Fn("chr", r))})
	},
	JSONTexts: func(text Expr) Expr {
		// Keys are taken along with their colon, so that no match begins at the end of one, and left out afterwards.
		tokens := Fn("regexp_extract_all", text, Text(`"(?:[^"\\]|\\.)*+"\s*:?`))
		values := Fn("filter", tokens, Lambda{[]string{"x"}, Not{Like{Name{"x"}, "%:"}}})
		return Fn("transform", values, Lambda{[]string{"x"}, Fn("json_extract_scalar", Name{"x"}, Text("$"))})
	},
	JSON: func(of Expr) Expr { return Fn("json_format", Cast{of, "json", false}) },
	RowJSON: func(alias string) Expr {
		row := Query{Select: &Select{Columns: []Column{{Of: Star{From: alias}}}}}
		return Fn("json_format", Cast{row, "json", false})
	},
	TimeOf: func(value Expr, form schema.TimeFormat) Expr {
		switch form {
		case schema.EpochSecond:
			value = Standard.AtUTC(Fn("from_unixtime", value))
		case schema.EpochMilli:
			value = Standard.AtUTC(Fn("from_unixtime", Binary{"/", value, Number("1000")}))
		case schema.TimeText, schema.TimeType, schema.CommonLog:
		}
		return Cast{value, "timestamp", false}
	},
	TimeText: func(time Expr) Expr { return Fn("date_format", time, Text("%Y-%m-%dT%H:%i:%sZ")) },
	CommonLog: func(text Expr) Expr {
		// Zones beyond 14 hours end the query, TRY or not.
		sane := Fn("regexp_like", text, Text(` [+-](0[0-9]|1[0-3])[0-5][0-9]$`))
		return If(sane, Fn("TRY", Fn("parse_datetime", text, Text("dd/MMM/yyyy:HH:mm:ss Z"))), nil)
	},
	URLDecode: func(text Expr) Expr {
		// A plus sign is a plus sign: url_decode reads forms, where it is a space.
		return Fn("TRY", Fn("url_decode", Fn("replace", text, Text("+"), Text("%2B"))))
	},
	Instant: func(text Expr) Expr {
		known := Fn("regexp_extract", text, Text(`^.*(?:[Zz]|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)$`))
		return Fn("TRY", Fn("from_iso8601_timestamp", known))
	},
	InstantUTC: func(text Expr) Expr { return Fn("TRY", Fn("from_iso8601_timestamp", text)) },
	Timestamp: func(text Expr) Expr {
		// The engine knows no zones beyond 14 hours, and TRY does not help: minutes are added by hand.
		zone := `[+-][0-9]{2}:[0-9]{2}$`
		sign := If(Compare("=", Fn("substr", text, Number("-6"), Number("1")), Text("+")), Number("-1"), Number("1"))
		part := func(at, length string) Expr {
			return Cast{Fn("substr", text, Number(at), Number(length)), "integer", true}
		}
		minutes := Binary{"*", sign, Binary{"+", Binary{"*", part("-5", "2"), Number("60")}, part("-2", "2")}}
		utc := Fn("TRY", Fn("from_iso8601_timestamp", Fn("regexp_replace", text, Text(zone), Text("Z"))))
		return If(Fn("regexp_like", text, Text(zone)), Fn("date_add", Text("minute"), minutes, utc),
			Fn("TRY", Fn("from_iso8601_timestamp", text)))
	},
	UsualSeconds: func(text Expr) Expr {
		return trinoSeconds(Cast{Fn("replace", Fn("substr", text, Number("1"), Number("19")), Text("T"), Text(" ")), "timestamp(0)", true})
	},
	TimePart:    func(time Expr, part string) Expr { return Fn(part, time) },
	TimeLiteral: func(text string) Expr { return Typed{"TIMESTAMP", text + " UTC"} },
	CIDR:        trinoCIDR,
})

// athena is Amazon Athena, engine version 3. https://docs.aws.amazon.com/athena/latest/ug/engine-versions-reference-0003.html
var athena = overriding(trino, Dialect{
	Name: "athena", Title: "Amazon Athena", Manual: "https://docs.aws.amazon.com/athena/latest/ug/ddl-sql-reference.html",
	Excluding:  ByList, // the manual names no function of tables
	SessionUTC: true,
	MaxBytes:   262_144, // https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
})

// trinoMember is the member of a JSON value, or of JSON text, with a key.
func trinoMember(value Expr, key string) Expr {
	return Fn("json_extract", value, Text(`$["`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(key)+`"]`))
}

// trinoSeconds are the nanoseconds of a time of whole seconds: to_unixtime gives a double, which is exact for these.
func trinoSeconds(time Expr) Expr {
	return Times(Cast{Fn("to_unixtime", time), "bigint", false}, Number("1000000000"))
}
