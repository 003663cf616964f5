package sqltree

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqlregex"
)

// Dialect is a variety of SQL: how it writes what the others write too, and what it cannot say. Emitters ask it for a
// feature and never for its name. Dialects are immutable and safe for concurrent use.
type Dialect struct {
	// Name is what --target takes, Title is for people, Manual the address of the language's description.
	Name, Title, Manual string
	// Reserved are the words that cannot be names without quotes.
	Reserved map[string]bool
	// LambdaArrow: x -> e instead of lambda x: e.
	LambdaArrow bool
	// Materialized: a named query may be planned by itself with AS MATERIALIZED.
	Materialized bool
	// ListOpen and ListClose stand around the items of a list: ARRAY[ and ].
	ListOpen, ListClose string
	// ExceptWord leaves columns out of all those of a table: SELECT * EXCLUDE (…).
	ExceptWord string
	// WithoutUnnest: no query can join the items of a list as rows. WithoutStructs: columns hold no structs, arrays and maps.
	WithoutUnnest, WithoutStructs bool
	// FoldsForLiterals: texts are put into lower case by Fold only.
	FoldsForLiterals bool
	// LetByQuery: a name inside an expression is the column of a query, rather than the parameter of a function over lists.
	LetByQuery bool
	// JSONKeepsNumbers: JSON values keep the numbers of JSON text as they are written, so that JSONTag is never needed.
	JSONKeepsNumbers bool
	// JSONTakesHalves: JSON functions read text with half a surrogate pair, though not as U+FFFD.
	JSONTakesHalves bool
	// Excluding is how a query leaves columns out of all those of a table.
	Excluding Excluding
	// MaxCompiled is how many operations an expression should have at most, because the engine interprets longer ones for each
	// row instead of compiling them; 0 for no limit. Such an engine also puts the columns of a query into the expressions over it,
	// unless a condition names them twice.
	MaxCompiled int
	// NetworksByDigits: addresses are compared with many networks by lists, see Networks.
	NetworksByDigits bool
	// SessionUTC: the time zone of sessions is always UTC.
	SessionUTC bool
	// MaxBytes is the length of a statement that the engine takes, 0 for no limit.
	MaxBytes int
	// Types are the names of types.
	TextType, IntegerType, DoubleType, DecimalType, TimestampType string
	// PlaceType is the type of numbers that may be places in texts, at least of those up to 1,000.
	PlaceType string
	// TryCast is the word for a cast that gives NULL where it fails, "" if there is none. InputIsValid is a function that
	// tells whether such a cast works, for dialects that have no word; "" if there is none.
	TryCast, InputIsValid string
	// Backslashes: a backslash in a literal is an escape, so that it is doubled, and stands before a quotation mark.
	Backslashes bool
	// NullStand is the code point that stands for U+0000 in texts, 0 where they can hold U+0000.
	NullStand rune
	// Chr is the function that makes a character of its number.
	Chr string
	// Functions are the dialect's words for the functions that are called by name, "" for one that it lacks; others stand
	// for themselves.
	Functions map[string]string
	// QuoteName puts a name into quotes.
	QuoteName func(name string) string
	// Lower is a text in lower case, code point by code point.
	Lower func(text Expr) Expr
	// Fold is a text with the letters in lower case that literals hold, all of which are in lower case.
	Fold func(text Expr, literals string) Expr
	// Matches compares a text with a pattern of LIKE whose escape character is a backslash; the case of letters counts.
	Matches func(text Expr, pattern string) Expr
	// Ordered is what texts are ordered by, so that their order is that of code points.
	Ordered func(text Expr) Expr
	// BooleanText is true or false, the text of a boolean.
	BooleanText func(value Expr) Expr

	// StartsWith, EndsWith and Contains search a text in another.
	StartsWith, EndsWith, Contains func(text, part Expr) Expr
	// Regex searches an RE2 expression that was printed for this dialect.
	Regex func(text Expr, pattern string) Expr
	// RegexExtract is what a group of the first match holds, 0 for the whole match.
	RegexExtract func(text Expr, pattern string, group int) Expr
	// RegexAll is the list of all matches.
	RegexAll func(text Expr, pattern string) Expr
	// RegexReplace replaces every match.
	RegexReplace func(text Expr, pattern, by string) Expr
	// RegexFlavor says what the dialect's regular expressions know.
	RegexFlavor sqlregex.Flavor
	// Item is an item of a list by its place, from 1 on, NULL where there is none.
	Item func(list, at Expr) Expr
	// MapValue is the value of a key in a map, NULL if there is none.
	MapValue func(of Expr, key string) Expr
	// MapJoined is the list of the values of a map whose key is key after its marks "[]" are removed; of a value whose key has
	// marks, the texts between its commas. NULL or empty if there are none.
	MapJoined func(of Expr, key string) Expr
	// Join makes one text of a list of texts, with commas between them.
	Join func(list Expr) Expr
	// EmptyJSON is an empty list of JSON values.
	EmptyJSON Expr
	// AnyMatch holds when the predicate holds for any item of a list; NULL or FALSE otherwise.
	AnyMatch func(list Expr, param string, body Expr) Expr
	// Transform, Filter and Flatten change lists; Transform gives each item the value of the body, Filter keeps those for which it holds.
	Transform, Filter func(list Expr, param string, body Expr) Expr
	// Flatten joins a list of lists.
	Flatten func(list Expr) Expr
	// Length counts the items of a list, ListType the type of a list.
	Length   func(list Expr) Expr
	ListType func(element string) string
	// FromNanos makes a time of nanoseconds since 1970-01-01T00:00:00Z; EpochNanos undoes it, and
	// EpochSeconds does so for times of whole seconds only, in nanoseconds too.
	FromNanos                func(nanos Expr) Expr
	EpochNanos, EpochSeconds func(time Expr) Expr
	// Loop applies a lambda on s a fixed number of times, from a list of JSON values on.
	Loop func(list Expr, times int, body Expr) Expr

	// JSONWhole is JSON text as the engine reads it: half a surrogate pair reads as U+FFFD, as everywhere. NULL where the
	// engine would stop at malformed text.
	JSONWhole func(text Expr) Expr
	// JSONRoot is the JSON value of such a text.
	JSONRoot func(text Expr) Expr
	// JSONChecked is the JSON value of such a text, NULL where original, which may be any text, is no JSON.
	JSONChecked func(text, original Expr) Expr
	// JSONMemberOf is JSONMember of JSONChecked of the same text, in a form that reads the text less often.
	JSONMemberOf func(text Expr, key string) Expr
	// JSONMember is the member of a JSON object, NULL if there is none; of equal keys the first.
	JSONMember func(value Expr, key string) Expr
	// JSONMembers is the list of all members of a JSON object, NULL for others.
	JSONMembers func(value Expr) Expr
	// JSONItems is the list of items of a JSON array, or the list of the value itself.
	JSONItems func(value Expr) Expr
	// JSONOpened opens the arrays in a list of JSON values, times deep. param is a name that the list does not use.
	JSONOpened func(d *Dialect, list Expr, times int, param string) Expr
	// JSONIsText and JSONIsContainer tell the kind of a JSON value.
	JSONIsText, JSONIsContainer func(value Expr) Expr
	// JSONText is the text of a JSON value: a string's characters, JSON text of others, NULL for JSON null.
	JSONText func(value Expr) Expr
	// JSONTag writes the numbers of JSON text as marked strings; see number.go.
	JSONTag func(text Expr) Expr
	// JSONUntag undoes JSONTag in JSON text.
	JSONUntag func(text Expr) Expr
	// JSONTexts is the list of the strings in JSON text, keys left out.
	JSONTexts func(text Expr) Expr
	// JSON is the JSON text of a list, a map or a struct.
	JSON func(of Expr) Expr
	// RowJSON is the JSON text of a row of the table with that alias.
	RowJSON func(alias string) Expr
	// URLDecode undoes percent signs, NULL for malformed text.
	URLDecode func(text Expr) Expr
	// Timestamp reads RFC 3339 text, NULL if it is none; the text is known to have that form.
	Timestamp func(text Expr) Expr
	// UsualSeconds is EpochSeconds of Timestamp of a text such as 2006-01-02T15:04:05Z, in a cheaper form.
	UsualSeconds func(text Expr) Expr
	// Instant reads the same for the bounds of a time range, in short words: NULL too where a zone is further from UTC than
	// any on Earth, if the engine knows none such.
	Instant func(text Expr) Expr
	// InstantUTC reads text that is known to end in Z.
	InstantUTC func(text Expr) Expr
	// TimeLiteral is a point in time.
	TimeLiteral func(text string) Expr
	// ClockLiteral is a timestamp without zone, DateLiteral a date.
	ClockLiteral, DateLiteral func(text string) Expr
	// AtUTC is a time with zone as the clock of UTC shows it.
	AtUTC func(time Expr) Expr
	// TimeOf is the time that a column holds in a form, as a timestamp without zone; TimeText is such a time as RFC 3339
	// text in UTC, in whole seconds.
	TimeOf   func(value Expr, form schema.TimeFormat) Expr
	TimeText func(time Expr) Expr
	// CommonLog reads the time of a web server's log, NULL if it is none.
	CommonLog func(text Expr) Expr
	// CIDR holds when a text is an address within a network.
	CIDR func(text Expr, network netip.Prefix) Expr
	// TimePart is a part of a timestamp in UTC, as a number.
	TimePart func(time Expr, part string) Expr
}

// Excluding says how a query has all columns of a table but some.
type Excluding uint8

// The ways of leaving columns out.
const (
	// AsBase is the way of the dialect that is overridden.
	AsBase     Excluding = iota
	ByList               // there is none: columns are listed
	ByStar               // SELECT * EXCLUDE (…)
	ByFunction           // FROM TABLE(exclude_columns(…))
)

// dialects are sorted by name.
var dialects = []*Dialect{athena, databricks, duckdb, postgres, snowflake, sqlite, trino}

// Dialects are all dialects, sorted by name. The slice must not be changed.
func Dialects() []*Dialect { return dialects }

// aliases are further names that people write for dialects.
var aliases = map[string]string{"postgresql": "postgres", "sqlite3": "sqlite", "databricks_sql": "databricks"}

// DialectByName is the dialect of that name, or of one that people also write, nil if there is none.
func DialectByName(name string) *Dialect {
	if known, ok := aliases[name]; ok {
		name = known
	}
	i := slices.IndexFunc(dialects, func(d *Dialect) bool { return d.Name == name })
	if i < 0 {
		return nil
	}
	return dialects[i]
}

// words is a set of the words of a text.
func words(text string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(text) {
		set[word] = true
	}
	return set
}

// Fn is a function call.
func Fn(fn string, args ...Expr) Expr { return Call{Fn: fn, Args: args} }

func fn1(name string) func(of Expr) Expr {
	return func(of Expr) Expr { return Fn(name, of) }
}

func fn2(name string) func(a, b Expr) Expr {
	return func(a, b Expr) Expr { return Fn(name, a, b) }
}

func fnLambda(name string) func(list Expr, param string, body Expr) Expr {
	return func(list Expr, param string, body Expr) Expr { return Fn(name, list, Lambda{[]string{param}, body}) }
}

// Compare puts an operator between two operands.
func Compare(op string, left, right Expr) Expr { return Binary{op, left, right} }

// NotNull is IS NOT NULL.
func NotNull(e Expr) Expr { return IsNull{Of: e, Not: true} }

// If is CASE WHEN condition THEN yes ELSE no END; a nil no is left out.
func If(condition, yes, no Expr) Expr { return Case{Whens: []When{{condition, yes}}, Else: no} }

// Let gives a value a name inside an expression, so that it is written and computed once.
func (d *Dialect) Let(value Expr, name string, body Expr) Expr {
	if d.LetByQuery {
		return let(value, name, body)
	}
	return d.Item(d.Transform(List{value}, name, body), Number("1"))
}

// let is Let by a query that has the name for its column.
func let(value Expr, name string, body Expr) Expr {
	return Query{&Select{Columns: []Column{{Of: body}}, From: Source{Query: &Select{Columns: []Column{{Of: value, As: name}}}, As: "l"}}}
}

// ItemAt is an item of a list by its place, from 1 on, NULL where there is none.
func (d *Dialect) ItemAt(list List, at Expr) Expr { return d.Item(list, at) }

// WithoutNull is a list without its NULLs.
func (d *Dialect) WithoutNull(list Expr) Expr { return d.Filter(list, "x", NotNull(Name{"x"})) }

// Whole is an integer that fits the sums of the dialect.
func (d *Dialect) Whole(n int) Expr {
	return Cast{Number(strconv.Itoa(n)), d.IntegerType, false}
}

// StringIn is the JSON text of the string that a key of an object in JSON text leads to; NULL where the text is no JSON or may
// not be read exactly, and where the key leads to something else or nothing.
func (d *Dialect) StringIn(text Expr, key string) Expr {
	member := d.JSONMemberOf(text, key)
	if d.Lacking(member) != "" {
		member = d.JSONMember(d.JSONChecked(text, text), key) // without escapes, JSONWhole would not change the text
	}
	found := d.Let(member, "j", If(d.JSONIsText(Name{"j"}), d.JSON(Name{"j"}), nil))
	return If(Not{d.Contains(text, Text(`\u`))}, found, nil)
}

// InUTC is the dialect for sessions whose time zone is UTC, such as egret's own.
func (d *Dialect) InUTC() *Dialect {
	utc := *d
	utc.SessionUTC = true
	return &utc
}

// function is the dialect's word for a function.
func (d *Dialect) function(name string) string {
	if word, ok := d.Functions[name]; ok {
		return word
	}
	return name
}
