package sqltree

import (
	"regexp"
	"slices"
	"testing"
)

func TestAnyOfMatchesOnlyItsWords(t *testing.T) {
	words := []string{"key", "keyId", "bucketName", "bucketPolicy", "x-amz-acl", "name", "names", "key", "a.b"}
	re := regexp.MustCompile("^" + anyOf(words) + "$")
	for _, word := range append(slices.Clone(words), "ke", "keys", "bucket", "bucketNamed", "x-amz", "", "axb") {
		if want := slices.Contains(words, word); re.MatchString(word) != want {
			t.Errorf("%s: got %q matched: %v, want %v", re, word, !want, want)
		}
	}
	if got := anyOf([]string{"one"}); got != "one" {
		t.Errorf("got %s for a single word", got)
	}
}

func TestMembersOfKeepsWhatItCannotShorten(t *testing.T) {
	text := Name{"c"}
	for _, keys := range [][]string{nil, {"a", "b c"}, {`quo"te`}, {"k\u00e9y"}} {
		if got := duckdb.MembersOf(text, keys); duckdb.PrintExpr(got) != "c" {
			t.Errorf("%q: got %s, want the text unchanged", keys, duckdb.PrintExpr(got))
		}
	}
	if got := Standard.MembersOf(text, []string{"a"}); Standard.PrintExpr(got) != "c" {
		t.Errorf("a dialect without regular expressions: got %s", Standard.PrintExpr(got))
	}
}
