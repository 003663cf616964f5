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
	Reserved: trinoReserved, LambdaArrow: true, Excluding: ByFunction, JSONTakesHalves: true, ListOpen: "ARRAY[", MaxBytes: 1_000_000,
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
	join:         func(list Expr) Expr { return call("array_join", list, Text(", ")) },
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

	jsonWhole: func(text Expr) Expr {
		// The engine would make a question mark of half a pair. Few texts have one.
		whole := call("regexp_replace", text, Text(`(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])|\\u[dD][89a-fA-F][0-9a-fA-F]{2}`),
			Lambda{[]string{"m"}, call("COALESCE", call("element_at", Name{"m"}, Number("1")), Text(`\ufffd`))})
		return ifThen(compare(">", call("strpos", lower(text), Text(`\ud`)), Number("0")), whole, text)
	},
	jsonRoot: func(text Expr) Expr { return call("json_extract", text, Text("$")) },
	jsonChecked: func(text, original Expr) Expr {
		// json_extract stops reading where it has what it wants; json_parse reads to the end.
		return ifThen(notNull(call("TRY", call("json_parse", original))), call("json_extract", text, Text("$")), nil)
	},
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
		strings := call("regexp_replace", numbers, Text(`([:,\[{])"\\u0001S`), Text(`$1"\\u0001`))
		// The engine escapes characters beyond the first plane.
		m := func(i string) Expr { return call("element_at", Name{"m"}, Number(i)) }
		unit := func(i string) Expr { return call("from_base", m(i), Number("16")) }
		r := Binary{"+", Binary{"*", Binary{"-", unit("2"), Number("55296")}, Number("1024")}, Binary{"+", unit("3"), Number("9216")}}
		return call("regexp_replace", strings, Text(`(\\[^u])|\\u(D[89AB][0-9A-F]{2})\\u(D[C-F][0-9A-F]{2})`),
			Lambda{[]string{"m"}, call("COALESCE", m("1"), call("chr", r))})
	},
	jsonTexts: func(text Expr) Expr {
		// Keys are taken along with their colon, so that no match begins at the end of one, and left out afterwards.
		tokens := call("regexp_extract_all", text, Text(`"(?:[^"\\]|\\.)*+"\s*:?`))
		values := call("filter", tokens, Lambda{[]string{"x"}, Not{Like{Name{"x"}, "%:"}}})
		return call("transform", values, Lambda{[]string{"x"}, call("json_extract_scalar", Name{"x"}, Text("$"))})
	},
	json: func(of Expr) Expr { return call("json_format", Cast{of, "json", false}) },
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
	timeText: func(time Expr) Expr { return call("date_format", time, Text("%Y-%m-%dT%H:%i:%sZ")) },
	commonLog: func(text Expr) Expr {
		// Zones beyond 14 hours end the query, TRY or not.
		sane := call("regexp_like", text, Text(` [+-](0[0-9]|1[0-3])[0-5][0-9]$`))
		return ifThen(sane, call("TRY", call("parse_datetime", text, Text("dd/MMM/yyyy:HH:mm:ss Z"))), nil)
	},
	urlDecode: func(text Expr) Expr {
		// A plus sign is a plus sign: url_decode reads forms, where it is a space.
		return call("TRY", call("url_decode", call("replace", text, Text("+"), Text("%2B"))))
	},
	instant: func(text Expr) Expr {
		known := call("regexp_extract", text, Text(`^.*(?:[Zz]|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)$`))
		return call("TRY", call("from_iso8601_timestamp", known))
	},
	instantUTC: func(text Expr) Expr { return call("TRY", call("from_iso8601_timestamp", text)) },
	timestamp: func(text Expr) Expr {
		// The engine knows no zones beyond 14 hours, and TRY does not help: minutes are added by hand.
		zone := `[+-][0-9]{2}:[0-9]{2}$`
		sign := ifThen(compare("=", call("substr", text, Number("-6"), Number("1")), Text("+")), Number("-1"), Number("1"))
		part := func(at, length string) Expr {
			return Cast{call("substr", text, Number(at), Number(length)), "integer", true}
		}
		minutes := Binary{"*", sign, Binary{"+", Binary{"*", part("-5", "2"), Number("60")}, part("-2", "2")}}
		utc := call("TRY", call("from_iso8601_timestamp", call("regexp_replace", text, Text(zone), Text("Z"))))
		return ifThen(call("regexp_like", text, Text(zone)), call("date_add", Text("minute"), minutes, utc),
			call("TRY", call("from_iso8601_timestamp", text)))
	},
	timePart:    func(time Expr, part string) Expr { return call(part, time) },
	timeLiteral: func(text string) Expr { return Typed{"TIMESTAMP", text + " UTC"} },
	cidr:        trinoCIDR,
}

// athena is Amazon Athena, engine version 3. https://docs.aws.amazon.com/athena/latest/ug/engine-versions-reference-0003.html
var athena = func() *Dialect {
	d := *trino
	d.Name, d.Title, d.Manual = "athena", "Amazon Athena", "https://docs.aws.amazon.com/athena/latest/ug/ddl-sql-reference.html"
	d.Excluding = ByList // the manual names no function of tables
	d.SessionUTC = true
	d.MaxBytes = 262_144 // https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
	return &d
}()

// trinoSeconds are the nanoseconds of a time of whole seconds: to_unixtime gives a double, which is exact for these.
func trinoSeconds(time Expr) Expr {
	return times(Cast{call("to_unixtime", time), "bigint", false}, Number("1000000000"))
}
