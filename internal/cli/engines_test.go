package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// TestEngines: the registry has what egret.yaml may name, and says of each engine what that says of itself.
func TestEngines(t *testing.T) {
	if !slices.Equal(engineNames(), config.Engines) {
		t.Errorf("%v is not %v", engineNames(), config.Engines)
	}
	for _, entry := range engines {
		l := &foundLake{settings: &config.Lake{
			Engine: config.Text{Value: entry.name}, Athena: config.Athena{Region: config.Text{Value: "eu-west-1"}},
			Trino: config.Trino{URL: config.Text{Value: "https://trino.example.com"}, User: config.Text{Value: "hunter"}},
		}}
		e, err := l.open(t.Context())
		if err != nil {
			if entry.needs != "" && strings.Contains(err.Error(), "not built in") {
				continue
			}
			t.Fatal(err)
		}
		if info := e.Info(); info.Name != entry.name || info.Attaches != entry.attaches || sqlgen.DialectByName(info.Dialect) == nil {
			t.Errorf("%s: %+v", entry.name, info)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestErrorKinds: every kind of error has a word for machines, of its own.
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

func TestNamesOfTablesAreQuoted(t *testing.T) {
	for name, want := range map[string]string{
		"security.logs": `"security"."logs"`, `"my db".logs`: `"my db"."logs"`, `"a.b"."c""d"`: `"a.b"."c""d"`, "t": `"t"`,
	} {
		if got := quotedName(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestColumnNames: no member of a row's object hides another.
func TestColumnNames(t *testing.T) {
	var columns []engine.Column
	for _, name := range []string{"n", "n", "n_2", "n", ""} {
		columns = append(columns, engine.Column{Name: name})
	}
	if got, want := columnNames(columns), []string{"n", "n_3", "n_2", "n_4", ""}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
