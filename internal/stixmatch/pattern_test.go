package stixmatch_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/stixmatch"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/source"
	"github.com/egret-hunt/egret/stix"
)

// A seen is an observation of the public events with the names by which cases choose it.
type seen struct {
	event, source string
	observation   stixmatch.Observation
}

func observations(t *testing.T) []seen {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testkit.Shared(t, "data/stix"), "events", "observed-data.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var list []seen
	for line := range bytes.Lines(text) {
		var name struct{ Event, Source string }
		if err := json.Unmarshal(line, &name); err != nil {
			t.Fatal(err)
		}
		found, err := stixmatch.ReadObservations(bytes.NewReader(line))
		if err != nil || len(found) != 1 {
			t.Fatalf("%s: got %d observations, %v", name.Event, len(found), err)
		}
		list = append(list, seen{name.Event, name.Source, found[0]})
	}
	return list
}

// TestCases compares with the events that OASIS's stix2-matcher binds; where it is not followed, with the text of the specification.
func TestCases(t *testing.T) {
	all := observations(t)
	text, err := os.ReadFile(filepath.Join(testkit.Shared(t, "data/stix"), "cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for line := range strings.Lines(string(text)) {
		var c struct {
			ID, Pattern           string
			Events, Sources, Only []string
			Refuse                bool
			Mixed                 *struct{ Events []string }
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		parsed, list := stix.Parse(source.NewFile(c.ID, c.Pattern), stix.V21)
		if parsed == nil {
			t.Errorf("%s %s: %v", c.ID, c.Pattern, list)
			continue
		}
		p, list := stixmatch.Compile(parsed, stixmatch.Options{})
		if c.Refuse {
			if p != nil || !list.HasErrors() || list[0].Span.IsZero() {
				t.Errorf("%s %s: got %v, want an error with a position", c.ID, c.Pattern, list)
			}
			right++
			continue
		}
		if p == nil {
			t.Errorf("%s %s: %v", c.ID, c.Pattern, list)
			continue
		}
		want := c.Events
		if c.Mixed != nil {
			want = c.Mixed.Events
			if refused, list := stixmatch.Compile(parsed, stixmatch.Options{OASIS: true}); refused != nil || !list.HasErrors() {
				t.Errorf("%s %s: with OASIS got %v, want an error", c.ID, c.Pattern, list)
			}
		}
		var names []string
		var chosen []stixmatch.Observation
		for _, s := range all {
			if len(c.Sources) > 0 && !slices.Contains(c.Sources, s.source) || len(c.Only) > 0 && !slices.Contains(c.Only, s.event) {
				continue
			}
			names = append(names, s.event)
			chosen = append(chosen, s.observation)
		}
		found, err := p.Match(chosen)
		if err != nil {
			t.Errorf("%s %s: %v", c.ID, c.Pattern, err)
			continue
		}
		var got []string
		for _, i := range found {
			got = append(got, names[i])
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s %s:\ngot  %v\nwant %v", c.ID, c.Pattern, got, want)
			continue
		}
		right++
	}
	t.Logf("%d cases right", right)
}

// TestBytes compares strings with properties that are bytes, as stix2-matcher does.
func TestBytes(t *testing.T) {
	text := `{"type": "observed-data", "id": "observed-data--45821e8f-9bce-51aa-97ca-c32218f42bdb", "first_observed": "2026-03-02T10:00:00Z",
		"last_observed": "2026-03-02T10:00:00Z", "number_observed": 1, "objects": {"0": {"type": "artifact", "payload_bin": "/wJB"},
		"1": {"type": "file", "magic_number_hex": "02"}}}`
	list, err := stixmatch.ReadObservations(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for comparison, want := range map[string]bool{
		"file:magic_number_hex = '\x02'": true, "file:magic_number_hex = '02'": false, "file:magic_number_hex != '02'": true,
		"file:magic_number_hex NOT = '\x02'": false, "file:magic_number_hex LIKE '_'": true, "file:magic_number_hex LIKE '0%'": false,
		`file:magic_number_hex MATCHES '^\\x02$'`: true, "file:magic_number_hex MATCHES '0'": false, "file:magic_number_hex < '\x03'": true,
		"file:magic_number_hex = h'02'": true, "artifact:payload_bin = 'ÿ\x02A'": true, "artifact:payload_bin LIKE '%A'": true,
		"artifact:payload_bin = '/wJB'": false, "artifact:payload_bin = b'/wJB'": true,
	} {
		parsed, faults := stix.Parse(source.NewFile("pattern", "["+comparison+"]"), stix.V21)
		if parsed == nil {
			t.Fatal(faults)
		}
		p, faults := stixmatch.Compile(parsed, stixmatch.Options{})
		if p == nil {
			t.Fatal(faults)
		}
		if got, err := p.Match(list); err != nil || (len(got) > 0) != want {
			t.Errorf("%s: got %v, %v", comparison, got, err)
		}
	}
}
