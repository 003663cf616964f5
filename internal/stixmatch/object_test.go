package stixmatch_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/stixmatch"
	"github.com/egret-hunt/egret/source"
	"github.com/egret-hunt/egret/stix"
)

func compiled(t *testing.T, text string) *stixmatch.Pattern {
	t.Helper()
	parsed, list := stix.Parse(source.NewFile("pattern", text), stix.V21)
	if parsed == nil {
		t.Fatal(list)
	}
	p, list := stixmatch.Compile(parsed, stixmatch.Options{})
	if p == nil {
		t.Fatal(list)
	}
	return p
}

// TestCombinationsAreBounded checks that a pattern with very many bindings ends with an error.
func TestCombinationsAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("needs sizes at its limits: left out with -short")
	}
	list, err := stixmatch.ReadObservations(strings.NewReader(`{"type":"observed-data","id":"observed-data--1","first_observed":"2026-03-02T00:00:00Z",
		"last_observed":"2026-03-02T00:00:00Z","number_observed":1000000000,"objects":{"0":{"type":"a","b":1}}}`))
	if err != nil || len(list) != 1 {
		t.Fatalf("got %v, %v", list, err)
	}
	for pattern, bounded := range map[string]bool{
		`[a:b = 1] REPEATS 2 TIMES`:             false,
		`[a:b = 1] REPEATS 5 TIMES`:             true,
		`[a:b = 1] AND [a:b = 1] AND [a:b = 1]`: true,
		`[a:b = 1] REPEATS 1000000000 TIMES`:    false,
	} {
		if _, err := compiled(t, pattern).Match(list); errors.Is(err, stixmatch.ErrTooMany) != bounded {
			t.Errorf("%s: got %v", pattern, err)
		}
	}
}

// TestObjectsAreBounded checks an observation whose objects can be combined in too many ways.
func TestObjectsAreBounded(t *testing.T) {
	var objects []string
	var brackets []string
	for _, name := range []string{"a", "b", "c"} {
		for i := range 60 {
			objects = append(objects, strings.NewReplacer("T", name, "#", strings.Repeat("1", i+1)).Replace(`"T#":{"type":"T","p#":1}`))
			brackets = append(brackets, strings.NewReplacer("T", name, "#", strings.Repeat("1", i+1)).Replace(`T:p# = 1 AND d:e = 1`))
		}
	}
	list, err := stixmatch.ReadObservations(strings.NewReader(`[{"type":"observed-data","id":"o","first_observed":"2026-03-02T00:00:00Z",
		"last_observed":"2026-03-02T00:00:00Z","objects":{` + strings.Join(objects, ",") + `}}]`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := compiled(t, "["+strings.Join(brackets, " OR ")+"]").Match(list); !errors.Is(err, stixmatch.ErrTooMany) {
		t.Errorf("got %v, want that there are too many combinations", err)
	}
}

// FuzzReadObservations checks that no input makes reading or matching fail otherwise than with an error.
func FuzzReadObservations(f *testing.F) {
	f.Add(`{"type":"bundle","objects":[{"type":"observed-data","first_observed":"2026-03-02T00:00:00Z","last_observed":"2026-03-02T00:00:00Z","object_refs":["a--1"]},{"type":"a","id":"a--1","b":1e999999999}]}`)
	f.Add(`[{"type":"observed-data","objects":{"0":{"type":"a","b_ref":"0"}}}]`)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := stixmatch.ReadObservations(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, pattern := range []string{`[a:b > 1]`, `[a:b_ref.b_ref[*] LIKE '%' OR NOT EXISTS a:c] FOLLOWEDBY [a:b ISSUBSET '192.0.2.0/24']`} {
			_, _ = compiled(t, pattern).Match(list)
		}
	})
}
