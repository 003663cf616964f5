package sqltree

import (
	"strings"
	"sync"
	"unicode"
)

// sqliteReserved lists all keywords of SQLite; it accepts many of them as names, but not everywhere.
// https://sqlite.org/lang_keywords.html, read 2026-11.
var sqliteReserved = words(`abort action add after all alter always analyze and as asc attach autoincrement before begin
	between by cascade case cast check collate column commit conflict constraint create cross current current_date
	current_time current_timestamp database default deferrable deferred delete desc detach distinct do drop each else end
	escape except exclude exclusive exists explain fail filter first following for foreign from full generated glob group
	groups having if ignore immediate in index indexed initially inner insert instead intersect into is isnull join key last
	left like limit match materialized natural no not nothing notnull null nulls of offset on or order others outer over
	partition plan pragma preceding primary query raise range recursive references regexp reindex release rename replace
	restrict returning right rollback row rows savepoint select set table temp temporary then ties to transaction trigger
	true false unbounded union unique update using vacuum values view virtual when where window with without`)

// sqlite is SQLite 3.50 and later, in a database whose encoding is UTF-8.
//
// A JSON value is its JSON text, in which the numbers of the log keep their digits; its keys are compared up to U+0000, so
// that stand and 0 are in its place, and stand and 1 in the place of stand. A list is the JSON text of an array of
// texts, and a list of JSON values one of their JSON texts. SQLite marks results of its JSON functions as JSON and would
// insert them into arrays as such, so each of them loses the mark by || ”.
var sqlite = overriding(Standard, Dialect{
	Name: "sqlite", Title: "SQLite", Manual: "https://sqlite.org/lang.html",
	Reserved: sqliteReserved, ListOpen: "json_array(", ListClose: ")", Excluding: ByList, SessionUTC: true,
	TextType: "TEXT", IntegerType: "INTEGER", DoubleType: "REAL", DecimalType: NoType, TimestampType: NoType, Chr: "char",
	Functions: sqliteFunctions(), WithoutUnnest: true, WithoutStructs: true, LetByQuery: true, FoldsForLiterals: true, JSONKeepsNumbers: true,

	// In double quotes, the name of a column that the table lacks would be a string.
	QuoteName: func(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" },
	Lower:     func(Expr) Expr { return missing("lower case of all letters") },
	Fold:      sqliteFold,
	Matches:   sqliteMatches,
	// Most functions of text stop at U+0000: instr, replace, lower, comparisons and those of blobs do not.
	StartsWith: func(text, part Expr) Expr { return Compare("=", Fn("instr", text, part), Int(1)) },
	EndsWith: func(text, part Expr) Expr {
		if part == Expr(Text("")) {
			return NotNull(text)
		}
		bytes := sqliteBytes(part)
		return Compare("=", Fn("substr", sqliteBytes(text), Minus(Int(0), Fn("length", bytes))), bytes)
	},
	Contains: func(text, part Expr) Expr { return Compare(">", Fn("instr", text, part), Int(0)) },
	BooleanText: func(value Expr) Expr {
		return Case{Whens: []When{{value, Text("true")}, {Not{value}, Text("false")}}}
	},

	Item: func(list, at Expr) Expr {
		if at == Expr(Number("1")) {
			return Compare("->>", list, Int(0))
		}
		return Compare("->>", list, Minus(at, Int(1)))
	},
	Join: func(list Expr) Expr { return sqliteEach(list, "x", Fn("group_concat", Name{"x"}, Text(", ")), nil) },
	AnyMatch: func(list Expr, param string, body Expr) Expr {
		return Fn("EXISTS", Query{&Select{Columns: []Column{{Of: Int(1)}}, From: sqliteItems(list, param), Where: body}})
	},
	Transform: func(list Expr, param string, body Expr) Expr {
		return sqliteEach(list, param, unmarked(Fn("json_group_array", body)), nil)
	},
	Filter: func(list Expr, param string, body Expr) Expr {
		return sqliteEach(list, param, unmarked(Fn("json_group_array", Name{param})), body)
	},
	Flatten: func(list Expr) Expr {
		all := &Select{Columns: []Column{{Of: unmarked(Fn("json_group_array", Name{"item", "value"}))}}, From: sqliteItems(list, "sub")}
		all.Joins = []Source{{Function: Fn("json_each", Name{"sub"}), As: "item"}}
		return Query{all}
	},
	Length: func(list Expr) Expr { return Fn("json_array_length", list) },

	EmptyJSON: List{},
	JSONWhole: func(text Expr) Expr {
		has := func(part string) Expr { return Compare(">", Fn("instr", text, Text(part)), Int(0)) }
		coded := Fn("replace", text, Fn("char", Int(standRune)), stands("1"))
		return If(Fn("json_valid", text), Case{Whens: []When{{Or{has(`\u`), has(`\/`)}, sqliteUnescaped(coded)}}, Else: coded}, nil)
	},
	JSONRoot:    func(text Expr) Expr { return unmarked(Compare("->", text, Text("$"))) },
	JSONChecked: func(text, _ Expr) Expr { return unmarked(Compare("->", text, Text("$"))) },
	JSONMember: func(value Expr, key string) Expr {
		return unmarked(Compare("->", value, Text("$."+jsonQuoted(strings.NewReplacer("\x00", stand+"0", stand, stand+"1").Replace(key)))))
	},
	JSONMembers: func(value Expr) Expr { return If(sqliteIs(value, "object"), sqliteParts(value), nil) },
	JSONItems:   func(value Expr) Expr { return If(sqliteIs(value, "array"), sqliteParts(value), List{value}) },
	JSONOpened:  sqliteOpened,
	JSONIsText:  func(value Expr) Expr { return sqliteIs(value, "text") },
	JSONIsContainer: func(value Expr) Expr {
		return In{Fn("json_type", value), []Expr{Text("object"), Text("array")}}
	},
	JSONText: func(value Expr) Expr {
		text := sqliteDecoded(Compare("->>", value, Text("$")), Fn("char", Int(0)))
		return Case{Whens: []When{{sqliteIs(value, "text"), text}, {sqliteIs(value, "null"), Null{}}}, Else: sqliteDecoded(value, Text(`\u0000`))}
	},
	JSONTexts: func(text Expr) Expr {
		tree, _ := sqliteRows("json_tree", text)
		tree.Columns = []Column{{Of: Name{"e", "atom"}, As: "x"}}
		tree.Where = Compare("=", Name{"e", "type"}, Text("text"))
		return Query{&Select{Columns: []Column{{Of: unmarked(Fn("json_group_array", sqliteDecoded(Name{"x"}, Fn("char", Int(0)))))}}, From: Source{Query: tree}}}
	},

	Instant:     sqliteInstant,
	InstantUTC:  sqliteInstant,
	TimeLiteral: func(text string) Expr { return Text(text) },
	TimePart:    func(Expr, string) Expr { return missing("parts of times") },
	AtUTC:       func(Expr) Expr { return missing("times with a zone") },
	ClockLiteral: func(string) Expr {
		return missing("timestamps")
	},
	DateLiteral: func(string) Expr { return missing("dates") },
})

// sqliteFunctions returns SQLite's functions: those of the standard that it has, and more.
func sqliteFunctions() map[string]string {
	functions := map[string]string{}
	for name := range standardFunctions {
		functions[name] = ""
	}
	for _, name := range []string{
		"COALESCE", "NULLIF", "EXISTS", "abs", "count", "lag", "last_value", "length", "lower", "max", "min", "rank", "replace", "row_number",
		"substr", "sum", "upper",
	} {
		functions[name] = name
	}
	return functions
}

// unmarked removes SQLite's mark of JSON from a text.
func unmarked(text Expr) Expr { return Concat(text, Text("")) }

// sqliteBytes returns the bytes of a text.
func sqliteBytes(text Expr) Expr { return Cast{Of: text, Type: "BLOB"} }

func sqliteIs(value Expr, kind string) Expr { return Compare("=", Fn("json_type", value), Text(kind)) }

// sqliteOwn lists the columns of json_each and json_tree.
var sqliteOwn = words("key value type atom id parent fullkey path json root")

// sqliteRows returns a query of what a function makes of a JSON text, as the source e, and how the query names the text. A
// text that reads columns which the function has too is computed in a query of its own.
func sqliteRows(function string, text Expr) (*Select, Expr) {
	hidden := false
	Walk(text, func(e Expr) bool {
		name, ok := e.(Name)
		hidden = hidden || ok && len(name) == 1 && sqliteOwn[strings.ToLower(name[0])]
		return !hidden
	})
	if !hidden {
		return &Select{From: Source{Function: Fn(function, text), As: "e"}}, text
	}
	of := &Select{From: Source{Query: &Select{Columns: []Column{{Of: text, As: "list"}}}, As: "l"}}
	of.Joins = []Source{{Function: Fn(function, Name{"l", "list"}), As: "e"}}
	return of, Name{"l", "list"}
}

// sqliteItems is the items of a list as rows, in a column of that name.
func sqliteItems(list Expr, column string) Source {
	of, _ := sqliteRows("json_each", list)
	of.Columns = []Column{{Of: Name{"e", "value"}, As: column}}
	return Source{Query: of}
}

// sqliteOpened walks into arrays, keeping the order: pos is a text of the positions in all arrays on the way.
func sqliteOpened(_ *Dialect, list Expr, times int, _ string) Expr {
	part, level, pos := Name{"part"}, Name{"level"}, Name{"pos"}
	position := Fn("printf", Text("%09d"), Name{"e", "key"})
	walk, _ := sqliteRows("json_each", list)
	walk.Columns = []Column{{Of: Name{"e", "value"}, As: "part"}, {Of: Int(0), As: "level"}, {Of: position, As: "pos"}}
	open := And{Compare("<", level, Int(times)), sqliteIs(part, "array")}
	walk.Union = []*Select{{
		Columns: []Column{{Of: unmarked(Compare("->", part, Name{"e", "fullkey"}))}, {Of: Plus(level, Int(1))}, {Of: Concat(pos, position)}},
		From:    Source{Table: []string{"opened"}}, Joins: []Source{{Function: Fn("json_each", Name{"opened", "part"}), As: "e"}}, Where: open,
	}}
	sorted := &Select{Columns: []Column{{Of: part}}, From: Source{Table: []string{"opened"}}, Where: Not{Coalesce(open, Bool(false))}, OrderBy: []Expr{pos}}
	return Query{&Select{
		With: []Named{{Name: "opened", Select: walk}}, Columns: []Column{{Of: unmarked(Fn("json_group_array", part))}}, From: Source{Query: sorted},
	}}
}

// sqliteEach is an aggregate over the items of a list for which a condition holds.
func sqliteEach(list Expr, param string, aggregate, where Expr) Expr {
	return Query{&Select{Columns: []Column{{Of: aggregate}}, From: sqliteItems(list, param), Where: where}}
}

// sqliteParts returns the list of the JSON values inside an object or array.
func sqliteParts(value Expr) Expr {
	of, text := sqliteRows("json_each", value)
	of.Columns = []Column{{Of: unmarked(Compare("->", text, Name{"e", "fullkey"})), As: "part"}}
	return Query{&Select{Columns: []Column{{Of: unmarked(Fn("json_group_array", Name{"part"}))}}, From: Source{Query: of}}}
}

// sqliteUnescaped returns valid JSON text with escapes only where JSON needs them, in the form of value.AppendQuoted; half a
// surrogate pair becomes U+FFFD. The text holds an escape. A query walks from one backslash to the next: done is the text
// up to a backslash, rest what follows it, NULL at the end.
func sqliteUnescaped(text Expr) Expr {
	done, rest, more := Name{"done"}, Name{"rest"}, Name{"more"}
	const hex = "[0-9a-fA-F]"
	is := func(glob string) Expr { return Compare("GLOB", rest, Text(glob)) }
	pair, half := is(`u[dD][89abAB]`+hex+hex+`\u[dD][c-fC-F]`+hex+hex+`*`), is("u[dD][89a-fA-F]*")
	decoded := func(length int) Expr {
		return Compare("->>", Concat(Text(`"\`), Fn("substr", rest, Int(1), Int(length)), Text(`"`)), Text("$"))
	}
	kept := Or{is("u00[01]*"), is("u0022*"), is("u005[cC]*")}
	quoted := let(Fn("json_quote", decoded(5)), "q", let(Fn("substr", Name{"q"}, Int(2), Minus(Fn("length", Name{"q"}), Int(2))), "q",
		If(Compare("GLOB", Name{"q"}, Text(`\u*`)), Concat(Text(`\u`), Fn("upper", Fn("substr", Name{"q"}, Int(3)))), Name{"q"})))
	piece := Case{Whens: []When{
		{pair, Fn("replace", decoded(11), Fn("char", Int(standRune)), stands("1"))}, {is("u0000*"), stands("0")}, {half, Text("\ufffd")}, {kept, quoted}, {is("u*"), decoded(5)}, {is("/*"), Text("/")},
	}, Else: Concat(Text(`\`), Fn("substr", rest, Int(1), Int(1)))}
	length := Case{Whens: []When{{pair, Int(12)}, {is("u*"), Int(6)}}, Else: Int(2)}
	next := func(text Expr) Expr { return Fn("instr", text, Text(`\`)) }
	until := func(text Expr) Expr {
		return If(Compare(">", next(text), Int(0)), Fn("substr", text, Int(1), Minus(next(text), Int(1))), text)
	}
	after := func(text Expr) Expr {
		return If(Compare(">", next(text), Int(0)), Fn("substr", text, Plus(next(text), Int(1))), nil)
	}
	remaining := Fn("substr", rest, length)
	walk := &Select{Columns: []Column{{Of: until(text), As: "done"}, {Of: after(text), As: "rest"}}}
	walk.Union = []*Select{{
		Columns: []Column{{Of: Concat(done, piece, let(remaining, "more", until(more)))}, {Of: let(remaining, "more", after(more))}},
		From:    Source{Table: []string{"walk"}}, Where: NotNull(rest),
	}}
	return Query{&Select{
		With: []Named{{Name: "walk", Select: walk}}, Columns: []Column{{Of: done}}, From: Source{Table: []string{"walk"}}, Where: IsNull{Of: rest},
	}}
}

// jsonQuoted writes a key as a JSON string of ASCII characters and letters.
func jsonQuoted(key string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range key {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ':
			const hex = "0123456789abcdef"
			b.WriteString(`\u00` + hex[r>>4:r>>4+1] + hex[r&15:r&15+1])
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// sqliteUppers returns the letters beyond ASCII of each lower-case letter.
var sqliteUppers = sync.OnceValue(func() map[rune][]rune {
	uppers := map[rune][]rune{}
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		if lower := unicode.ToLower(r); lower != r {
			uppers[lower] = append(uppers[lower], r)
		}
	}
	return uppers
})

// sqliteFold puts those letters of a text into lower case that literals have: lower does so for ASCII only.
func sqliteFold(text Expr, literals string) Expr {
	text = Fn("lower", text)
	done := map[rune]bool{}
	for _, r := range literals {
		if !done[r] {
			for _, upper := range sqliteUppers()[r] {
				text = Fn("replace", text, Text(string(upper)), Text(string(r)))
			}
		}
		done[r] = true
	}
	return text
}

// stand is a code point that is no character: it stands for U+0000 where SQLite takes that for the end of a text.
const (
	standRune = 0x10FFFE
	stand     = string(rune(standRune))
)

// stands is that code point with a text behind it, in printable characters.
func stands(behind string) Expr { return Concat(Fn("char", Int(standRune)), Text(behind)) }

// sqliteDecoded returns the text of a JSON value with U+0000 as it is wanted.
func sqliteDecoded(text, null Expr) Expr {
	return Fn("replace", Fn("replace", text, stands("0"), null), stands("1"), Fn("char", Int(standRune)))
}

// sqliteMatches compares with GLOB: LIKE ignores the case of ASCII letters. GLOB stops at U+0000, and takes U+FFFE and U+FFFF
// for U+FFFD.
func sqliteMatches(text Expr, like string) Expr {
	if strings.ContainsAny(like, "\x00\ufffd\ufffe\uffff"+stand) {
		return missing("wildcards beside U+0000, U+FFFD or a code point that is no character")
	}
	var b strings.Builder
	escaped := false
	for _, r := range like {
		switch {
		case escaped, r != '%' && r != '_' && r != '\\':
			if strings.ContainsRune("*?[", r) {
				b.WriteString("[" + string(r) + "]")
			} else {
				b.WriteRune(r)
			}
			escaped = false
		case r == '%':
			b.WriteByte('*')
		case r == '_':
			b.WriteByte('?')
		default:
			escaped = true
		}
	}
	// Each backslash becomes \u005c first, so that no escaped one stands before the letters u0000.
	quoted := Fn("replace", Fn("json_quote", text), Text(`\\`), Text(`\u005c`))
	whole := Compare("->>", Fn("replace", quoted, Text(`\u0000`), Text(`\udbff\udffe`)), Text("$"))
	return Compare("GLOB", If(Compare("=", Fn("instr", text, Fn("char", Int(0))), Int(0)), text, whole), Text(b.String()))
}

// sqliteInstant writes an RFC 3339 time as TimeLiteral does: in UTC, with the digits of a second up to the last that is not
// zero, so that texts sort like times. A missing zone is UTC.
func sqliteInstant(text Expr) Expr {
	t, after, zone, at := Name{"t"}, Name{"after"}, Name{"zone"}, Name{"at"}
	sub := func(from, length int) Expr { return Fn("substr", t, Int(from), Int(length)) }
	digit := func(n int) string { return strings.Repeat("[0-9]", n) }
	form := digit(4) + "-" + digit(2) + "-" + digit(2) + "[Tt ]" + digit(2) + ":" + digit(2) + ":" + digit(2) + "*"
	// SQLite reads no zones beyond 14 hours, but adds any hours.
	shift := Case{Whens: []When{
		{In{zone, []Expr{Text(""), Text("Z"), Text("z")}}, Text("+00:00")},
		{Compare("GLOB", zone, Text("+[01][0-9]:[0-5][0-9]")), Concat(Text("-"), Fn("substr", zone, Int(2)))},
		{Compare("GLOB", zone, Text("+2[0-3]:[0-5][0-9]")), Concat(Text("-"), Fn("substr", zone, Int(2)))},
		{Compare("GLOB", zone, Text("-[01][0-9]:[0-5][0-9]")), Concat(Text("+"), Fn("substr", zone, Int(2)))},
		{Compare("GLOB", zone, Text("-2[0-3]:[0-5][0-9]")), Concat(Text("+"), Fn("substr", zone, Int(2)))},
	}}
	clock := Concat(sub(1, 10), Text(" "), sub(12, 8))
	const format = "%Y-%m-%d %H:%M:%S"
	seconds := let(clock, "at", If(Compare("=", Fn("strftime", Text(format), at), at), Fn("strftime", Text(format), at, shift), nil))
	hasFraction := Compare("GLOB", after, Text(".[0-9]*"))
	digits := Fn("substr", after, Int(2), Minus(Minus(Fn("length", after), Int(1)), Fn("length", zone)))
	fraction := If(hasFraction, Fn("rtrim", Concat(Text("."), Fn("rtrim", digits, Text("0"))), Text(".")), Text(""))
	value := let(Fn("substr", t, Int(20)), "after",
		let(If(hasFraction, Fn("ltrim", Fn("substr", after, Int(2)), Text("0123456789")), after), "zone", Concat(seconds, fraction)))
	readable := And{Compare("=", Fn("instr", t, Fn("char", Int(0))), Int(0)), Compare("GLOB", t, Text(form))}
	return let(text, "t", If(readable, value, nil))
}
