package sqltree

import (
	"net/netip"
	"reflect"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqlregex"
)

// Standard is the dialect that others override: SQL:2016 as the standard has it, core and arrays. What the standard lacks is
// Missing. It is no target of its own, since no engine is like it.
var Standard = standard()

func standard() *Dialect {
	return &Dialect{
		Name: "standard", Title: "standard SQL", Manual: "https://www.iso.org/standard/63556.html",
		Reserved: words(`all and any array as asc between by case cast check column constraint create cross current_date
			current_time current_timestamp default delete desc distinct drop else end escape except exists false fetch for
			foreign from full grant group having in inner insert intersect into is join lateral leading left like limit natural
			not null offset on or order outer primary references right select table then to trailing true union unique
			unnest update user using values when where window with`),
		ListOpen: "ARRAY[", ListClose: "]", ExceptWord: "EXCLUDE", Excluding: ByList, Chr: "chr", Functions: standardFunctions,
		TextType: "VARCHAR", IntegerType: "BIGINT", DoubleType: "DOUBLE PRECISION", DecimalType: "DECIMAL(38, 18)", TimestampType: "TIMESTAMP",
		PlaceType: "BIGINT",

		QuoteName:   func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` },
		Lower:       func(text Expr) Expr { return Fn("lower", text) },
		Fold:        func(text Expr, _ string) Expr { return Fn("lower", text) },
		Matches:     func(text Expr, pattern string) Expr { return Like{text, pattern} },
		Ordered:     func(text Expr) Expr { return text }, // most engines compare the bytes of UTF-8
		BooleanText: func(value Expr) Expr { return Cast{value, "VARCHAR", false} },
		StartsWith: func(text, part Expr) Expr {
			if literal, ok := part.(Text); ok {
				return Like{text, LikeEscaper.Replace(string(literal)) + "%"}
			}
			return Compare("=", position(part, text), Number("1"))
		},
		EndsWith: func(text, part Expr) Expr {
			if literal, ok := part.(Text); ok {
				return Like{text, "%" + LikeEscaper.Replace(string(literal))}
			}
			return missing("comparing the ends of two texts")
		},
		Contains: func(text, part Expr) Expr { return Compare(">", position(part, text), Number("0")) },

		Regex:        func(Expr, string) Expr { return missing("regular expressions") },
		RegexExtract: func(Expr, string, int) Expr { return missing("regular expressions") },
		RegexAll:     func(Expr, string) Expr { return missing("regular expressions") },
		RegexReplace: func(Expr, string, string) Expr { return missing("regular expressions") },
		RegexFlavor:  sqlregex.RE2,

		Item:      func(_, _ Expr) Expr { return missing("items of lists") },
		MapValue:  func(Expr, string) Expr { return missing("maps") },
		MapJoined: func(Expr, string) Expr { return missing("maps") },
		Join:      func(Expr) Expr { return missing("joining lists") },
		AnyMatch: func(list Expr, param string, body Expr) Expr {
			of := &Select{Columns: []Column{{Of: Number("1")}}, From: Source{Unnest: []Expr{list}, As: param + "s", Columns: []string{param}}, Where: body}
			return Call{Fn: "EXISTS", Args: []Expr{Query{of}}}
		},
		Transform: func(Expr, string, Expr) Expr { return missing("functions over lists") },
		Filter:    func(Expr, string, Expr) Expr { return missing("functions over lists") },
		Flatten:   func(Expr) Expr { return missing("functions over lists") },
		Length:    func(list Expr) Expr { return Fn("cardinality", list) },
		ListType:  func(element string) string { return element + " ARRAY" },
		Loop:      func(Expr, int, Expr) Expr { return missing("functions over lists") },

		FromNanos:    func(Expr) Expr { return missing("times in nanoseconds") },
		EpochNanos:   func(Expr) Expr { return missing("times in nanoseconds") },
		EpochSeconds: func(Expr) Expr { return missing("times in nanoseconds") },

		EmptyJSON:    Missing{"values inside JSON text"},
		JSONWhole:    func(Expr) Expr { return missing("values inside JSON text") },
		JSONRoot:     func(Expr) Expr { return missing("values inside JSON text") },
		JSONChecked:  func(_, _ Expr) Expr { return missing("values inside JSON text") },
		JSONMemberOf: func(Expr, string) Expr { return missing("a cheap form for values inside JSON text") },
		JSONMember:   func(Expr, string) Expr { return missing("values inside JSON text") },
		JSONMembers:  func(Expr) Expr { return missing("values inside JSON text") },
		JSONItems:    func(Expr) Expr { return missing("values inside JSON text") },
		JSONOpened: func(d *Dialect, list Expr, times int, param string) Expr {
			return d.Loop(list, times, d.Flatten(d.Transform(Name{"s"}, param, d.JSONItems(Name{param}))))
		},
		JSONIsText:      func(Expr) Expr { return missing("values inside JSON text") },
		JSONIsContainer: func(Expr) Expr { return missing("values inside JSON text") },
		JSONText:        func(Expr) Expr { return missing("values inside JSON text") },
		JSONTag:         func(Expr) Expr { return missing("values inside JSON text") },
		JSONUntag:       func(Expr) Expr { return missing("values inside JSON text") },
		JSONTexts:       func(Expr) Expr { return missing("all strings of JSON text") },
		JSON:            func(Expr) Expr { return missing("writing JSON text") },
		RowJSON:         func(string) Expr { return missing("writing JSON text") },
		URLDecode:       func(Expr) Expr { return missing("URL encoding") },

		Timestamp:    func(Expr) Expr { return missing("reading times") },
		UsualSeconds: func(Expr) Expr { return missing("a cheap form for reading times") },
		Instant:      func(Expr) Expr { return missing("reading times") },
		InstantUTC:   func(Expr) Expr { return missing("reading times") },
		TimeLiteral:  func(text string) Expr { return Typed{"TIMESTAMP", text + "+00:00"} },
		ClockLiteral: func(text string) Expr { return Typed{"TIMESTAMP", text} },
		DateLiteral:  func(text string) Expr { return Typed{"DATE", text} },
		AtUTC:        func(time Expr) Expr { return Binary{"AT TIME ZONE", time, Text("UTC")} },
		TimeOf:       func(Expr, schema.TimeFormat) Expr { return missing("reading times") },
		TimeText:     func(Expr) Expr { return missing("writing times") },
		CommonLog:    func(Expr) Expr { return missing("reading times") },
		CIDR:         func(Expr, netip.Prefix) Expr { return missing("networks of addresses") },
		TimePart: func(time Expr, part string) Expr {
			if part == "week" {
				return missing("weeks of the year")
			}
			return Call{Fn: "EXTRACT", Args: []Expr{Binary{"FROM", Name{part}, time}}}
		},
	}
}

// standardFunctions are the words of the standard for all functions that packages call by name, "" where it has none.
var standardFunctions = map[string]string{
	"COALESCE": "COALESCE", "NULLIF": "NULLIF", "ROW": "ROW", "EXISTS": "EXISTS", "EXTRACT": "EXTRACT", "POSITION": "POSITION",
	"abs": "abs", "cardinality": "cardinality", "count": "count", "floor": "floor", "lag": "lag", "last_value": "last_value",
	"length": "char_length", "lower": "lower", "max": "max", "min": "min", "mod": "mod", "rank": "rank", "row_number": "row_number",
	"sum": "sum", "upper": "upper", "array_agg": "array_agg",
	"array_distinct": "", "array_sort": "", "contains": "", "flatten": "", "greatest": "", "least": "", "map_values": "",
	"replace": "", "reverse": "", "rpad": "", "starts_with": "", "substr": "", "typeof": "",
}

// position is the place of a text within another, from 1 on, 0 where it is not there.
func position(part, text Expr) Expr {
	return Call{Fn: "POSITION", Args: []Expr{Binary{"IN", part, text}}}
}

func missing(feature string) Expr { return Missing{feature} }

// overriding is a dialect: base with what is set in d. What d leaves zero is as in base.
func overriding(base *Dialect, d Dialect) *Dialect {
	of, from := reflect.ValueOf(&d).Elem(), reflect.ValueOf(base).Elem()
	for i := range of.NumField() {
		if of.Field(i).IsZero() {
			of.Field(i).Set(from.Field(i))
		}
	}
	return &d
}

// sameWords are the functions of dialects that call each as packages do.
func sameWords() map[string]string {
	same := map[string]string{}
	for name := range standardFunctions {
		same[name] = name
	}
	return same
}
