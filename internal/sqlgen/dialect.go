package sqlgen

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
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
	// ListOpen opens a list: ARRAY[ or [.
	ListOpen string
	// JSONTakesHalves: JSON functions read text with half a surrogate pair, though not as U+FFFD.
	JSONTakesHalves bool
	// Excluding is how a query leaves columns out of all those of a table.
	Excluding Excluding
	// SessionUTC: the time zone of sessions is always UTC.
	SessionUTC bool
	// MaxBytes is the length of a statement that the engine takes, 0 for no limit.
	MaxBytes int
	// Types are the names of types.
	TextType, IntegerType, DoubleType, DecimalType, TimestampType string

	// startsWith, endsWith and contains search a literal; a nil endsWith is said with LIKE.
	startsWith, endsWith, contains func(text, part Expr) Expr
	// regex searches an RE2 expression that was printed for this dialect.
	regex func(text Expr, pattern string) Expr
	// regexExtract is what a group of the first match holds, 0 for the whole match.
	regexExtract func(text Expr, pattern string, group int) Expr
	// regexReplace replaces every match.
	regexReplace func(text Expr, pattern, by string) Expr
	// regexFlavor says what the dialect's regular expressions know.
	regexFlavor regexFlavor
	// item is the function that takes an item of a list by its place, from 1 on.
	item string
	// mapValue is the value of a key in a map, NULL if there is none.
	mapValue func(of Expr, key string) Expr
	// join makes one text of a list of texts, with commas between them.
	join func(list Expr) Expr
	// emptyJSON is an empty list of JSON values.
	emptyJSON Expr
	// anyMatch holds when the predicate holds for any item of a list; NULL or FALSE otherwise.
	anyMatch func(list Expr, param string, body Expr) Expr
	// transform, filter and flatten change lists; first is its first item or NULL.
	transform, filter func(list Expr, param string, body Expr) Expr
	// flatten joins a list of lists.
	flatten func(list Expr) Expr
	// length is the function that counts the items of a list, listType the type of a list.
	length   string
	listType func(element string) string
	// fromNanos is the function that makes a time of nanoseconds since 1970-01-01T00:00:00Z; epochNanos undoes it, and
	// epochSeconds does so for times of whole seconds only, in nanoseconds too.
	fromNanos                string
	epochNanos, epochSeconds func(time Expr) Expr
	// loop applies a lambda on s a fixed number of times, from a list of JSON values on.
	loop func(list Expr, times int, body Expr) Expr

	// jsonWhole is JSON text as the engine reads it: half a surrogate pair reads as U+FFFD, as everywhere. NULL where the
	// engine would stop at malformed text.
	jsonWhole func(text Expr) Expr
	// jsonRoot is the JSON value of such a text.
	jsonRoot func(text Expr) Expr
	// jsonChecked is the JSON value of such a text, NULL where original, which may be any text, is no JSON.
	jsonChecked func(text, original Expr) Expr
	// jsonMember is the member of a JSON object, NULL if there is none; of equal keys the first.
	jsonMember func(value Expr, key string) Expr
	// jsonMembers is the list of all members of a JSON object, NULL for others.
	jsonMembers func(value Expr) Expr
	// jsonItems is the list of items of a JSON array, or the list of the value itself.
	jsonItems func(value Expr) Expr
	// jsonIsText and jsonIsContainer tell the kind of a JSON value.
	jsonIsText, jsonIsContainer func(value Expr) Expr
	// jsonText is the text of a JSON value: a string's characters, JSON text of others, NULL for JSON null.
	jsonText func(value Expr) Expr
	// jsonTag writes the numbers of JSON text as marked strings; see number.go.
	jsonTag func(text Expr) Expr
	// jsonUntag undoes jsonTag in JSON text.
	jsonUntag func(text Expr) Expr
	// jsonTexts is the list of the strings in JSON text, keys left out.
	jsonTexts func(text Expr) Expr
	// json is the JSON text of a list, a map or a struct.
	json func(of Expr) Expr
	// rowJSON is the JSON text of a row of the table with that alias.
	rowJSON func(alias string) Expr
	// urlDecode undoes percent signs, NULL for malformed text.
	urlDecode func(text Expr) Expr
	// timestamp reads RFC 3339 text, NULL if it is none; the text is known to have that form.
	timestamp func(text Expr) Expr
	// instant reads the same for the bounds of a time range, in short words: NULL too where a zone is further from UTC than
	// any on Earth, if the engine knows none such.
	instant func(text Expr) Expr
	// instantUTC reads text that is known to end in Z.
	instantUTC func(text Expr) Expr
	// timeLiteral is a point in time.
	timeLiteral func(text string) Expr
	// timeOf is the time that a column holds in a form, as a timestamp without zone; timeText is such a time as RFC 3339
	// text in UTC, in whole seconds.
	timeOf   func(value Expr, form schema.TimeFormat) Expr
	timeText func(time Expr) Expr
	// commonLog reads the time of a web server's log, NULL if it is none.
	commonLog func(text Expr) Expr
	// cidr holds when a text is an address within a network; bits is the prefix length.
	cidr func(text Expr, network cidrNetwork) Expr
	// timePart is a part of a timestamp in UTC, as a number.
	timePart func(time Expr, part string) Expr
}

// Excluding says how a query has all columns of a table but some.
type Excluding uint8

// The ways of leaving columns out.
const (
	ByList     Excluding = iota // there is none: columns are listed
	ByStar                      // SELECT * EXCLUDE (…)
	ByFunction                  // FROM TABLE(exclude_columns(…))
)

// JSON is the JSON text of a list, a map or a struct, with the names that the table has.
func (d *Dialect) JSON(of Expr) Expr { return d.json(of) }

// MapValue is the value of a key in a map, NULL if there is none.
func (d *Dialect) MapValue(of Expr, key string) Expr { return d.mapValue(of, key) }

// dialects are sorted by name.
var dialects = []*Dialect{athena, duckdb, trino}

// Dialects are all dialects, sorted by name. The slice must not be changed.
func Dialects() []*Dialect { return dialects }

// DialectByName is the dialect of that name, nil if there is none.
func DialectByName(name string) *Dialect {
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

// call makes functions of one and two arguments.
func call(fn string, args ...Expr) Expr { return Call{Fn: fn, Args: args} }

func fn2(name string) func(a, b Expr) Expr {
	return func(a, b Expr) Expr { return call(name, a, b) }
}

func fnLambda(name string) func(list Expr, param string, body Expr) Expr {
	return func(list Expr, param string, body Expr) Expr { return call(name, list, Lambda{[]string{param}, body}) }
}

func compare(op string, left, right Expr) Expr { return Binary{op, left, right} }

func notNull(e Expr) Expr { return IsNull{Of: e, Not: true} }

// ifThen is CASE WHEN condition THEN yes ELSE no END; a nil no is left out.
func ifThen(condition, yes, no Expr) Expr { return Case{Whens: []When{{condition, yes}}, Else: no} }

// let gives a value a name inside an expression, so that it is written and computed once.
func (d *Dialect) let(value Expr, name string, body Expr) Expr {
	return call(d.item, d.transform(List{value}, name, body), Number("1"))
}
