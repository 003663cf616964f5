package sqlgen

import (
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
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
var trino = &Dialect{
	Name: "trino", Title: "Trino", Manual: "https://trino.io/docs/476/",
	Reserved: trinoReserved, LambdaArrow: true, ListOpen: "ARRAY[", MaxBytes: 1_000_000,
	TextType: "varchar", IntegerType: "bigint", DoubleType: "double", DecimalType: "decimal(38, 18)", TimestampType: "timestamp(9)",

	startsWith: fn2("starts_with"),
	contains: func(text, part Expr) Expr {
		return compare(">", call("strpos", text, part), Number("0"))
	},
	regex: func(text Expr, pattern string) Expr { return call("regexp_like", text, Text(pattern)) },
	regexExtract: func(text Expr, pattern string, group int) Expr {
		return call("regexp_extract", text, Text(pattern), number(group))
	},
	regexReplace: func(text Expr, pattern, by string) Expr { return call("regexp_replace", text, Text(pattern), Text(by)) },
	regexFlavor:  joni,
	item:         "element_at",
	mapValue:     func(of Expr, key string) Expr { return call("element_at", of, Text(key)) },
	emptyJSON:    List{},
	anyMatch:     fnLambda("any_match"),
	transform:    fnLambda("transform"),
	filter:       fnLambda("filter"),
	length:       "cardinality",
	listType:     func(element string) string { return "array(" + element + ")" },
	fromNanos:    "from_unixtime_nanos",
	epochNanos: func(time Expr) Expr {
		digits := call("regexp_extract", Cast{time, "varchar", false}, Text(`\.([0-9]+)`), Number("1"))
		return plus(trinoSeconds(call("date_trunc", Text("second"), time)), Cast{call("rpad", coalesce(digits, Text("")), Number("9"), Text("0")), "bigint", false})
	},
	epochSeconds: trinoSeconds,
	flatten:      func(list Expr) Expr { return call("flatten", list) },
	loop: func(list Expr, times int, body Expr) Expr {
		return call("reduce", call("sequence", Number("1"), number(times)), list, Lambda{[]string{"s", "i"}, body}, Lambda{[]string{"s"}, Name{"s"}})
	},

	jsonRoot: func(text Expr, trusted bool) Expr {
		if trusted {
			return call("json_extract", text, Text("$"))
		}
		// Half a surrogate pair reads as U+FFFD, as everywhere; the engine would make a question mark of it.
		whole := call("regexp_replace", text, Text(`(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])|\\u[dD][89a-fA-F][0-9a-fA-F]{2}`),
			Lambda{[]string{"m"}, call("COALESCE", call("element_at", Name{"m"}, Number("1")), Text(`\ufffd`))})
		// json_extract stops reading where it has what it wants; json_parse reads to the end.
		return ifThen(notNull(call("TRY", call("json_parse", text))), call("json_extract", whole, Text("$")), nil)
	},
	jsonObject: func(text Expr) Expr { return text },
	jsonMember: func(value Expr, key string) Expr {
		return call("json_extract", value, Text(`$["`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(key)+`"]`))
	},
	jsonMembers: func(value Expr) Expr {
		return ifThen(call("starts_with", call("json_format", value), Text("{")), call("map_values", Cast{value, "map(varchar, json)", false}), nil)
	},
	jsonItems: func(value Expr) Expr {
		return call("IF", IsNull{Of: call("json_array_length", value)}, List{value}, Cast{value, "array(json)", false})
	},
	jsonIsText: func(value Expr) Expr { return call("starts_with", call("json_format", value), Text(`"`)) },
	jsonIsContainer: func(value Expr) Expr {
		return In{call("substr", call("json_format", value), Number("1"), Number("1")), []Expr{Text("{"), Text("[")}}
	},
	jsonText: func(value Expr) Expr {
		return call("COALESCE", call("json_extract_scalar", value, Text("$")), call("NULLIF", call("json_format", value), Text("null")))
	},
	jsonTag: func(text Expr) Expr {
		m := func(i string) Expr { return call("element_at", Name{"m"}, Number(i)) }
		return call("regexp_replace", text, Text(`("(?:[^"\\]|\\.)*+")|(-?[0-9][0-9.eE+-]*)`), Lambda{[]string{"m"}, Case{
			Whens: []When{
				{IsNull{Of: m("1")}, concat(Text(`"\u0001N`), m("2"), Text(`"`))},
				{call("starts_with", m("1"), Text(`"\u0001`)), concat(Text(`"\u0001S`), call("substr", m("1"), Number("8")))},
			}, Else: m("1"),
		}})
	},
	jsonUntag: func(text Expr) Expr {
		// Inside a string a quotation mark has a backslash before it: what has not begins a string.
		numbers := call("regexp_replace", text, Text(`([:,\[])"\\u0001N([^"\\]*)"`), Text("$1$2"))
		return call("regexp_replace", numbers, Text(`([:,\[{])"\\u0001S`), Text(`$1"\\u0001`))
	},
	jsonTexts: func(text Expr) Expr {
		// Keys are taken along with their colon, so that no match begins at the end of one, and left out afterwards.
		tokens := call("regexp_extract_all", text, Text(`"(?:[^"\\]|\\.)*+"\s*:?`))
		values := call("filter", tokens, Lambda{[]string{"x"}, Not{Like{Name{"x"}, "%:"}}})
		return call("transform", values, Lambda{[]string{"x"}, call("json_extract_scalar", Name{"x"}, Text("$"))})
	},
	rowJSON: func(alias string) Expr {
		row := Query{Select: &Select{Columns: []Column{{Of: Star{From: alias}}}}}
		return call("json_format", Cast{row, "json", false})
	},
	timeOf: func(value Expr, form schema.TimeFormat) Expr {
		switch form {
		case schema.EpochSecond:
			value = atUTC(call("from_unixtime", value))
		case schema.EpochMilli:
			value = atUTC(call("from_unixtime", Binary{"/", value, Number("1000")}))
		case schema.TimeText, schema.TimeType, schema.CommonLog:
		}
		return Cast{value, "timestamp", false}
	},
	timeText:  func(time Expr) Expr { return call("date_format", time, Text("%Y-%m-%dT%H:%i:%sZ")) },
	commonLog: func(text Expr) Expr { return call("TRY", call("parse_datetime", text, Text("dd/MMM/yyyy:HH:mm:ss Z"))) },
	urlDecode: func(text Expr) Expr {
		// A plus sign is a plus sign: url_decode reads forms, where it is a space.
		return call("TRY", call("url_decode", call("replace", text, Text("+"), Text("%2B"))))
	},
	timestamp:   func(text Expr) Expr { return call("TRY", call("from_iso8601_timestamp", text)) },
	timePart:    func(time Expr, part string) Expr { return call(part, time) },
	timeLiteral: func(text string) Expr { return Typed{"TIMESTAMP", text + " UTC"} },
	cidr:        trinoCIDR,
}

// athena is Amazon Athena, engine version 3. https://docs.aws.amazon.com/athena/latest/ug/engine-versions-reference-0003.html
var athena = func() *Dialect {
	d := *trino
	d.Name, d.Title, d.Manual = "athena", "Amazon Athena", "https://docs.aws.amazon.com/athena/latest/ug/ddl-sql-reference.html"
	d.MaxBytes = 262_144 // https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
	return &d
}()

// trinoSeconds are the nanoseconds of a time of whole seconds: to_unixtime gives a double, which is exact for these.
func trinoSeconds(time Expr) Expr {
	return times(Cast{call("to_unixtime", time), "bigint", false}, Number("1000000000"))
}
