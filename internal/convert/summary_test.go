package convert

import (
	"errors"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// outcome returns results with a separate query, two rules of a packed statement, and a rule that was not loaded.
func outcome() *Outcome {
	return &Outcome{
		Results: []Result{
			{Info: ruleset.Info{ID: "a", Path: "a.yml"}, Query: "SELECT 1\n", Unmapped: []string{"x"}},
			{Info: ruleset.Info{ID: "b", Path: "b.yml"}, Query: "SELECT 2\n", Pack: 1, Unmapped: []string{"x", "y"}},
			{Info: ruleset.Info{ID: "c", Path: "c.yml"}, Query: "SELECT 2\n", Pack: 1},
			{Info: ruleset.Info{ID: "d", Path: "d.yml"}, NotLoaded: true, Unmapped: []string{"z"}},
		},
		LeftOut: map[ruleset.Reason]int{ruleset.Disabled: 2},
	}
}

func options() *sqlgen.Options {
	return &sqlgen.Options{Dialect: sqlgen.DialectByName("athena"), Layout: schema.Generic().Layouts()[0]}
}

func TestSummaryCountsResults(t *testing.T) {
	got := outcome().Summary(options())
	want := "converted 3 of 4 rules to SQL for athena, layout generic"
	if !strings.HasPrefix(got, want) || !strings.Contains(got, "; 1 not loaded (") || !strings.HasSuffix(got, "; 2 left out (disabled 2)") {
		t.Errorf("got %s, want %s; 1 not loaded; 2 left out", got, want)
	}
	if got, want := outcome().Unmapped(), "x (2 rules), y"; !strings.HasSuffix(got, ": "+want) {
		t.Errorf("unmapped: got %s, want %s", got, want)
	}
}

func TestWriteQueriesWritesPackedStatementOnce(t *testing.T) {
	for i, want := range []string{"SELECT 1;\n\nSELECT 2;\n", "SELECT 1\n\nSELECT 2\n"} {
		var out strings.Builder
		if err := WriteQueries(&out, Formats[i], outcome().Results); err != nil || out.String() != want {
			t.Errorf("%s: got %q, %v; want %q", Formats[i].Name, out.String(), err, want)
		}
	}
}

func TestEachFileWritesManifestLast(t *testing.T) {
	var names []string
	var last string
	err := outcome().EachFile(Formats[0], options(), "test", func(name, text string) error {
		names = append(names, name)
		last = text
		return nil
	})
	if got, want := strings.Join(names, " "), "a.sql pack-1.sql manifest.json"; err != nil || got != want {
		t.Errorf("files: got %s, %v; want %s", got, err, want)
	}
	for _, want := range []string{`"rule_id": "c"`, `"rule_id": "d"`, `"file": "pack-1.sql"`, `"egret": "test"`} {
		if !strings.Contains(last, want) {
			t.Errorf("got a manifest without %s:\n%s", want, last)
		}
	}
	if strings.Contains(last, "SELECT") {
		t.Errorf("got a manifest with queries:\n%s", last)
	}
	full := errors.New("full")
	if err := outcome().EachFile(Formats[0], options(), "test", func(string, string) error { return full }); !errors.Is(err, full) {
		t.Errorf("failed write: got %v, want the error of write", err)
	}
}
