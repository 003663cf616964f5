package peertest

import (
	"regexp"
	"strings"
)

// A fault is a kind of difference in which the peer's query is wrong, as the target's page under docs/backends lists it.
type fault struct {
	target, reason string
	// shows reports whether a difference is of the kind: by the peer's fault, or because the queries are equal without it.
	shows func(got, want string) bool
}

// without compares queries after a replacement in both.
func without(pairs ...string) func(got, want string) bool {
	r := strings.NewReplacer(pairs...)
	return func(got, want string) bool { return r.Replace(got) == r.Replace(want) }
}

// finds looks for an expression in the peer's query.
func finds(pattern string) func(got, want string) bool {
	re := regexp.MustCompile(pattern)
	return func(_, want string) bool { return re.MatchString(want) }
}

// faults are tried in order.
var faults = []fault{
	{"open_search_ppl", "a wildcard stands outside of the quotes", without("%", "", `"`, "", `\`, "")},
	{"kusto", "a keyword is a bare string, which is no condition", without("* contains ", "", "=~ true", "== true", "=~ false", "== false")},
	{"log_scale", "a slash ends the expression, or an empty expression is a comment", without(`\/`, "/", "=//i", "=*")},
	{"eql", "a quotation mark ends the value", without(`\`, "", `"`, "")},
	{"esql", "a backslash in front of a wildcard is not doubled", without(`\`, "")},
	{"quickwit", "a quotation mark ends the value", without(`\`, "")},
	{"quickwit", "a list with a quotation mark, a bracket, a brace or an empty text cannot be read", finds(`IN \[(?:[^\]]*(?:["\[{(<]|- \])| -|[^\]]*\][^ )])`)},
	{"secops", "the condition of an unknown kind of event is empty", finds(`^\(\) AND `)},
	{"secops", "a keyword ends at its second quotation mark", finds(`""`)},
	{"secops", "a filter has lost its NOT", func(got, want string) bool { return strings.Count(got, "!=") > strings.Count(want, "!=") }},
	{"secops", "a slash ends the expression", finds(`= //|[^\\<]/[^\s/|]*/ nocase`)},
	{"secops", "an expression has no slashes", finds(`!?= [^"/\s(\d]`)},
	{"cortexxdr", "a quotation mark or a backslash ends the value", finds(`"[^",()]*\\|"[^"]*"[^,)\s]`)},
	{"cortexxdr", "a quotation mark or a backslash ends the value", without(`\`, "", `"`, "")},
	{"carbonblack", "an expression is written as a plain value", func(got, want string) bool { return got == "" && strings.ContainsAny(want, "[{+|*^$") }},
	{"loki", "the last alternatives of a long query are lost", func(got, want string) bool { return len(want) > 5000 && len(got) > len(want) }},
	{"loki", "a field with dots is no label", finds(`[a-z]\.[a-z_]+!?=ip\(`)},
	{"loki", "numbers have no quotes, and an empty condition is left", finds(`\(\(\)\)`)},
	{"loki", "a field is lost beside a keyword, or a placeholder is searched as a text", func(got, _ string) bool { return got == "" }},
	{"secops", "several kinds of event are joined in another order from run to run", finds(`metadata\.event_type = "[A-Z_]+" OR metadata\.event_type`)},
}

// listed returns why the peer's query is wrong, "" where no page lists a reason.
func listed(target, got, want string) string {
	for _, f := range faults {
		if f.target == target && f.shows(got, want) {
			return f.reason
		}
	}
	return ""
}
