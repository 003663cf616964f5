package query

import (
	"slices"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
)

// TestErrorKinds checks that each kind of error has a distinct name in JSON.
func TestErrorKinds(t *testing.T) {
	seen := map[string]bool{}
	for kind := engine.Other; kind <= engine.Cancelled; kind++ {
		word := errorKinds[kind]
		if word == "" || seen[word] {
			t.Errorf("%s: %q", kind, word)
		}
		seen[word] = true
	}
}

// TestColumnNames checks that no member of a row's object hides another.
func TestColumnNames(t *testing.T) {
	var columns []engine.Column
	for _, name := range []string{"n", "n", "n_2", "n", ""} {
		columns = append(columns, engine.Column{Name: name})
	}
	if got, want := columnNames(columns), []string{"n", "n_3", "n_2", "n_4", ""}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
