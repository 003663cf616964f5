package sqltree

import (
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqlregex"
)

// postgresReserved lists the words that PostgreSQL reserves, also those that may be names of functions or types, and those
// that cannot name a column without AS.
// https://www.postgresql.org/docs/current/sql-keywords-appendix.html, read 2026-11.
var postgresReserved = words(`all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean
	both case cast char character check coalesce collate collation column concurrently constraint create cross
	current_catalog current_date current_role current_schema current_time current_timestamp current_user day dec decimal
	default deferrable desc distinct do else end except exists extract false fetch filter float for foreign freeze from full
	grant greatest group grouping having hour ilike in initially inner inout int integer intersect interval into is isnull
	join json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize
	json_table json_value lateral leading least left like limit localtime localtimestamp merge_action minute month
	national natural nchar none normalize not notnull null nullif numeric offset on only or order out outer over overlaps
	overlay placing position precision primary real references returning right row second select session_user setof
	similar smallint some substring symmetric system_user table tablesample then time timestamp to trailing treat trim
	true union unique user using values varchar variadic varying verbose when where window with within without
	xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable year`)

// postgres is PostgreSQL 17 and later, in a database whose encoding is UTF-8.
//
// A JSON value is its JSON text as the log writes it, apart from U+0000, which no text of PostgreSQL holds: NullStand is in its
// place, and U+FFFD in the place of that. A list is an array of type jsonb, in which a list of lists need not be even.
var postgres = overriding(Standard, Dialect{
	Name: "postgres", Title: "PostgreSQL", Manual: "https://www.postgresql.org/docs/current/sql.html",
	Reserved: postgresReserved, ListOpen: "jsonb_build_array(", ListClose: ")", Excluding: ByList, Materialized: true,
	TextType: "text", IntegerType: "bigint", DoubleType: "double precision", DecimalType: "numeric", TimestampType: "timestamp",
	PlaceType: "smallint", InputIsValid: "pg_input_is_valid", NullStand: sqlregex.NullStand, Functions: postgresFunctions(),
	WithoutUnnest: true, WithoutStructs: true, LetByQuery: true, FoldsForLiterals: true, JSONKeepsNumbers: true,

	// Letter by letter, as other collations do not.
	Lower: func(text Expr) Expr { return Fn("lower", Binary{"COLLATE", text, Name{"pg_c_utf8"}}) },
	Fold:  postgresFold,
	Ordered: func(text Expr) Expr {
		// The bytes, in any locale, with U+0000 in its place. No UTF-8 text has the bytes of NullStand between characters.
		bytes := Fn("encode", Fn("convert_to", text, Text("UTF8")), Text("hex"))
		return Fn("decode", Fn("replace", bytes, Text("f48fbfbe"), Text("00")), Text("hex"))
	},
	BooleanText: func(value Expr) Expr { return Cast{Of: value, Type: "text"} },
	StartsWith:  fn2("starts_with"),
	Contains:    func(text, part Expr) Expr { return Compare(">", Fn("strpos", text, part), Int(0)) },

	Regex: func(text Expr, pattern string) Expr { return Compare("~", text, Text(areEnds(pattern))) },
	RegexExtract: func(text Expr, pattern string, group int) Expr {
		return Fn("regexp_substr", text, Text(areEnds(pattern)), Int(1), Int(1), Text(""), Int(group))
	},
	RegexReplace: func(text Expr, pattern, by string) Expr {
		return Fn("regexp_replace", text, Text(areEnds(pattern)), Text(by), Text("g"))
	},
	RegexFlavor: sqlregex.ARE,

	Item: func(list, at Expr) Expr {
		if at == Expr(Number("1")) {
			return Compare("->>", list, Int(0))
		}
		return Compare("->>", list, Cast{Of: Minus(at, Int(1)), Type: "integer"})
	},
	Join: func(list Expr) Expr { return postgresEach(list, "x", Fn("string_agg", Name{"x"}, Text(", ")), nil) },
	AnyMatch: func(list Expr, param string, body Expr) Expr {
		return Fn("EXISTS", Query{&Select{Columns: []Column{{Of: Int(1)}}, From: postgresItems(list, param), Where: body}})
	},
	Transform: func(list Expr, param string, body Expr) Expr {
		return postgresEach(list, param, Fn("jsonb_agg", body), nil)
	},
	Filter: func(list Expr, param string, body Expr) Expr {
		return postgresEach(list, param, Coalesce(Fn("jsonb_agg", Name{param}), List{}), body)
	},
	Flatten: func(list Expr) Expr {
		all := &Select{Columns: []Column{{Of: Fn("jsonb_agg", Name{"item"})}}, From: Source{Function: Fn("jsonb_array_elements", list), As: "subs", Columns: []string{"sub"}}}
		inner := If(Compare("=", Fn("jsonb_typeof", Name{"sub"}), Text("array")), Name{"sub"}, nil)
		all.Joins = []Source{{Function: Fn("jsonb_array_elements", inner), As: "items", Columns: []string{"item"}}}
		return Query{all}
	},
	Length: fn1("jsonb_array_length"),
	Loop: func(list Expr, times int, body Expr) Expr {
		for range times {
			list = let(list, "s", body)
		}
		return list
	},

	EmptyJSON:   List{},
	JSONWhole:   postgresWhole,
	JSONRoot:    func(text Expr) Expr { return text },
	JSONChecked: func(text, _ Expr) Expr { return text },
	JSONMember: func(value Expr, key string) Expr {
		members := postgresMembers(value)
		members.Columns = []Column{{Of: Cast{Of: Name{"value"}, Type: "text"}}}
		members.Where, members.OrderBy, members.Limit = Compare("=", Name{"key"}, Text(key)), []Expr{Name{"n"}}, 1
		return Query{members}
	},
	JSONMembers: func(value Expr) Expr {
		members := postgresMembers(value)
		members.Columns = []Column{{Of: Fn("jsonb_agg", Cast{Of: Name{"value"}, Type: "text"})}}
		return Query{members}
	},
	JSONItems: func(value Expr) Expr {
		items := &Select{Columns: []Column{{Of: Coalesce(Fn("jsonb_agg", Cast{Of: Name{"item"}, Type: "text"}), List{})}}}
		items.From = Source{Function: Fn("json_array_elements", Cast{Of: value, Type: "json"}), As: "items", Columns: []string{"item"}}
		return If(postgresIs(value, "array"), Query{items}, List{value})
	},
	JSONIsText:      func(value Expr) Expr { return postgresIs(value, "string") },
	JSONIsContainer: postgresContainer,
	JSONText: func(value Expr) Expr {
		return let(value, "v", Case{Whens: []When{{postgresContainer(Name{"v"}), postgresPlain(Name{"v"})}}, Else: postgresScalar(Name{"v"})})
	},
	JSONTexts: func(text Expr) Expr {
		// Keys are taken along with their colon, and left out afterwards.
		tokens := postgresTokens(text, `"(?:[^"\\]|\\.)*"\s*:?`)
		tokens.Columns = []Column{{Of: Fn("jsonb_agg", postgresScalar(Name{"token"}))}}
		tokens.Where = Not{Like{Name{"token"}, "%:"}}
		return Query{tokens}
	},
	RowJSON: func(alias string) Expr { return postgresWhole(Cast{Of: Fn("to_json", Name{alias}), Type: "text"}) },

	Timestamp: func(text Expr) Expr {
		// PostgreSQL knows no zones of 16 hours and more: they are subtracted.
		const zone = `[+-][0-9]{2}:[0-9]{2}$`
		clock := func(text Expr) Expr { return Cast{Of: text, Type: "timestamptz", Try: true} }
		shifted := Minus(clock(Fn("regexp_replace", text, Text(zone), Text("Z"))), Cast{Of: Fn("right", text, Int(6)), Type: "interval"})
		return If(Compare("~", text, Text(zone)), shifted, clock(text))
	},
	Instant:     postgresInstant,
	InstantUTC:  postgresInstant,
	TimeLiteral: func(text string) Expr { return Typed{"TIMESTAMP WITH TIME ZONE", text + "+00:00"} },
	TimeOf: func(value Expr, form schema.TimeFormat) Expr {
		switch form {
		case schema.EpochSecond:
			return Standard.AtUTC(Fn("to_timestamp", value))
		case schema.EpochMilli:
			return Standard.AtUTC(Fn("to_timestamp", Binary{"/", value, Number("1000.0")}))
		case schema.TimeText, schema.TimeType, schema.CommonLog:
		}
		return Cast{Of: value, Type: "timestamp"}
	},
	TimeText: func(time Expr) Expr { return Fn("to_char", time, Text(`YYYY-MM-DD"T"HH24:MI:SS"Z"`)) },
	CommonLog: func(text Expr) Expr {
		const form = `^([0-9]{2})/([A-Z][a-z]{2})/([0-9]{4}):([0-9]{2}:[0-9]{2}:[0-9]{2}) ([+-][0-9]{4})$`
		clock := Cast{Of: Fn("regexp_replace", text, Text(form), Text(`\1 \2 \3 \4 \5`)), Type: "timestamptz", Try: true}
		return If(Compare("~", text, Text(form)), clock, nil)
	},
	TimePart: func(time Expr, part string) Expr {
		return Call{Fn: "EXTRACT", Args: []Expr{Binary{"FROM", Name{part}, time}}}
	},
	CIDR: cidrByRegex(func(text Expr, pattern string) Expr { return Compare("~", text, Text(pattern)) }),
})

// postgresFunctions returns PostgreSQL's functions: those of the standard that it has, and more.
func postgresFunctions() map[string]string {
	functions := sameWords()
	for _, name := range []string{
		"ROW", "array_agg", "array_distinct", "array_sort", "cardinality", "contains", "flatten", "map_values", "typeof", "POSITION",
	} {
		functions[name] = ""
	}
	return functions
}

// areEnds writes the ends of a text, which egret's own expressions have as RE2 does, as PostgreSQL does.
func areEnds(pattern string) string {
	before, ends := strings.CutSuffix(pattern, `\z`)
	if slashes := len(before) - len(strings.TrimRight(before, `\`)); ends && slashes%2 == 0 {
		return before + `\Z`
	}
	return pattern
}

// postgresFold puts a text into lower case: ASCII letters in any locale, and those of the other letters that literals have.
func postgresFold(text Expr, literals string) Expr {
	text = Fn("lower", Binary{"COLLATE", text, Name{"C"}})
	var uppers, lowers strings.Builder
	done := map[rune]bool{}
	for _, r := range literals {
		if !done[r] {
			for _, upper := range sqliteUppers()[r] {
				uppers.WriteRune(upper)
				lowers.WriteRune(r)
			}
		}
		done[r] = true
	}
	if uppers.Len() == 0 {
		return text
	}
	return Fn("translate", text, Text(uppers.String()), Text(lowers.String()))
}

func postgresIs(value Expr, kind string) Expr {
	return Compare("=", Fn("json_typeof", Cast{Of: value, Type: "json"}), Text(kind))
}

func postgresContainer(value Expr) Expr {
	return In{Fn("json_typeof", Cast{Of: value, Type: "json"}), []Expr{Text("object"), Text("array")}}
}

// postgresItems is the items of a list as rows, in a column of that name.
func postgresItems(list Expr, column string) Source {
	return Source{Function: Fn("jsonb_array_elements_text", list), As: column + "s", Columns: []string{column}}
}

// postgresEach is an aggregate over the items of a list for which a condition holds.
func postgresEach(list Expr, param string, aggregate, where Expr) Expr {
	return Query{&Select{Columns: []Column{{Of: aggregate}}, From: postgresItems(list, param), Where: where}}
}

// postgresMembers reads the members of a JSON object, each with its key, value and number; none of another value.
func postgresMembers(value Expr) *Select {
	object := If(postgresIs(value, "object"), Cast{Of: value, Type: "json"}, nil)
	return &Select{From: Source{Function: Fn("json_each", object), Numbered: true, As: "members", Columns: []string{"key", "value", "n"}}}
}

// postgresTokens reads the matches of an expression in a text as rows with the column token.
func postgresTokens(text Expr, pattern string) *Select {
	matches := &Select{From: Source{Function: Fn("regexp_matches", text, Text("("+pattern+")"), Text("g")), Numbered: true, As: "matches", Columns: []string{"match", "n"}}}
	matches.Columns = []Column{{Of: Fn("array_to_string", Name{"match"}, Text("")), As: "token"}, {Of: Name{"n"}, As: "n"}}
	return &Select{From: Source{Query: matches, As: "tokens"}}
}

// postgresScalar is the text of a JSON value that is no object and no array, NULL for JSON null.
func postgresScalar(value Expr) Expr {
	return Compare("#>>", Cast{Of: value, Type: "json"}, Text("{}"))
}

// postgresPlain writes the JSON text of an object or array without white space, with escapes only where JSON needs them.
func postgresPlain(text Expr) Expr {
	token := Name{"token"}
	tokens := postgresTokens(text, `"(?:[^"\\]|\\.)*"|[^"\s]+`)
	quoted := Cast{Of: Fn("to_json", postgresScalar(token)), Type: "text"}
	// to_json leaves no control character: U+0001 can stand for a backslash of the string itself.
	mark := Fn("chr", Int(1))
	upper := Fn("replace", quoted, Text(`\\`), mark)
	for _, digits := range strings.Fields("0b 0e 0f 1a 1b 1c 1d 1e 1f") {
		upper = Fn("replace", upper, Text(`\u00`+digits), Text(`\u00`+strings.ToUpper(digits)))
	}
	upper = Fn("replace", upper, mark, Text(`\\`))
	written := If(Compare("~", token, Text(`\\u00[01]`)), upper, quoted)
	piece := If(Fn("starts_with", token, Text(`"`)), Fn("replace", written, postgresNull(), Text(`\u0000`)), token)
	tokens.Columns = []Column{{Of: Fn("string_agg", piece, Text(""))}}
	return Query{tokens}
}

// postgresNull is what stands for U+0000.
func postgresNull() Expr { return Fn("chr", Int(sqlregex.NullStand)) }

// postgresWhole is JSON text, without U+0000 and half surrogate pairs, that PostgreSQL can read; NULL for other text.
func postgresWhole(text Expr) Expr {
	t := Name{"t"}
	const hex = "[0-9a-fA-F]"
	const high, low = `\\u[dD][89abAB]` + hex + hex, `\\u[dD][c-fC-F]` + hex + hex
	null := postgresNull()
	// A pair of backslashes is one character, so that each backslash that is left begins an escape.
	escaped := Fn("replace", Fn("replace", t, null, Text("\ufffd")), Text(`\\`), Text(`\u005c`))
	// U+10FFFE itself: its pair of surrogates.
	escaped = Fn("regexp_replace", escaped, Text(`\\u[dD][bB][fF][fF]\\u[dD][fF][fF][eE]`), Text(`\ufffd`), Text("g"))
	escaped = Fn("regexp_replace", escaped, Text(high+`(?!`+low+`)`), Text(`\ufffd`), Text("g"))
	escaped = Fn("regexp_replace", escaped, Text(`(?<!`+high+`)`+low), Text(`\ufffd`), Text("g"))
	escaped = Fn("replace", escaped, Text(`\u0000`), null)
	some := Or{Compare(">", Fn("strpos", t, Text(`\u`)), Int(0)), Compare(">", Fn("strpos", t, null), Int(0))}
	readable := Case{Whens: []When{{Not{Fn("pg_input_is_valid", t, Text("json"))}, Null{}}, {some, escaped}}, Else: t}
	return let(Cast{Of: text, Type: "text"}, "t", readable)
}

// postgresInstant reads RFC 3339 text to the microsecond; text without a zone is in UTC.
func postgresInstant(text Expr) Expr {
	const form = `^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})?$`
	zone := If(Compare("~", text, Text(`([Zz]|[+-][0-9:]{5})$`)), Text(""), Text("Z"))
	short := Fn("regexp_replace", text, Text(`(\.[0-9]{6})[0-9]+`), Text(`\1`))
	return If(Compare("~", text, Text(form)), Cast{Of: Concat(short, zone), Type: "timestamptz", Try: true}, nil)
}
