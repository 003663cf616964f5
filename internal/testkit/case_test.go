package testkit

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/sigma"
)

// TestCases runs every archive on the naive evaluator, with the events in both orders, since the order of input never
// changes a result.
func TestCases(t *testing.T) {
	for _, c := range Cases(t) {
		t.Run(c.Topic+"/"+c.Name, func(t *testing.T) {
			collection, diagnostics := sigma.Parse(c.Rule)
			if errs := failures(diagnostics); len(errs) > 0 && c.Refused == "" {
				t.Fatalf("rule has errors: %v", errs)
			}
			backwards := slices.Clone(c.Events)
			slices.Reverse(backwards)
			for _, events := range [][]Delivery{c.Events, backwards} {
				out, err := Hunt(collection, events, c.Options)
				if err != nil {
					t.Fatal(err)
				}
				checkRefused(t, c, collection, diagnostics, out)
				ids, bursts := out.Found(collection)
				if diff := cmp.Diff(c.WantIDs, ids, sameEmpty); diff != "" {
					t.Errorf("%s\nids (-want +got):\n%s", c.Comment, diff)
				}
				if diff := cmp.Diff(lines(c.WantBursts), lines(bursts)); diff != "" {
					t.Errorf("%s\nbursts (-want +got):\n%s", c.Comment, diff)
				}
			}
		})
	}
}

var sameEmpty = cmp.Transformer("emptyIsNil", func(s []string) []string {
	if len(s) == 0 {
		return nil
	}
	return s
})

func failures(diagnostics diag.List) []string {
	var out []string
	for _, d := range diagnostics {
		if d.Severity == diag.Error {
			out = append(out, d.Code+": "+d.Message)
		}
	}
	return out
}

// checkRefused checks that a case is rejected for the expected reason, by the parser or later.
func checkRefused(t *testing.T, c Case, collection *sigma.Collection, diagnostics diag.List, out *Outcome) {
	t.Helper()
	var reasons []string
	for _, err := range out.Refused {
		reasons = append(reasons, err.Error())
		if c.Refused == "unresolved-placeholder" && !errors.Is(err, ErrUnresolvedPlaceholder) {
			t.Errorf("got rejected for another reason: %v", err)
		}
	}
	switch {
	case c.Refused == "" && len(reasons) > 0:
		t.Errorf("%s\nrefused: %s", c.Comment, strings.Join(reasons, "; "))
	case c.Refused != "" && len(reasons) == 0 && len(failures(diagnostics)) == 0:
		t.Errorf("%s\nwas not rejected, want: %s", c.Comment, c.Refused)
	}
}

func lines(bursts []Burst) string {
	var b strings.Builder
	for _, burst := range bursts {
		b.WriteString(burst.String() + "\n")
	}
	return b.String()
}

// TestEveryRowHasCases checks that each row of the two tables in docs/meaning.md has at least three cases.
func TestEveryRowHasCases(t *testing.T) {
	rows := []string{
		"truth", "field-path", "array", "object-text", "plain-string", "other-types", "cased", "yaml-value", "number", "null", "neq",
		"regex", "cidr", "fieldref", "windash", "time-part", "encoding", "placeholder", "keyword", "condition", "log-source",
		"correlation-type", "window", "burst", "upper-bound", "temporal", "group", "generate", "chain", "filter", "duplicate", "order",
	}
	count := map[string]int{}
	for _, c := range Cases(t) {
		count[c.Topic]++
	}
	for _, row := range rows {
		if count[row] < 3 {
			t.Errorf("%s: got %d cases", row, count[row])
		}
		delete(count, row)
	}
	for topic := range count {
		t.Errorf("topic %s is not a row of the tables", topic)
	}
}
