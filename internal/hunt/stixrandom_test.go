package hunt_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	logs "github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/stixhunt"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/internal/stixmatch"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/stix"
)

// stixRandom are random events, in files and in tables.
type stixRandom struct {
	events []stixEvent
	byID   map[string]string
	words  *testkit.STIXWords
	engine engine.Engine
	tables []lake.Table
	// names are the events by the ids of rows.
	names map[string]string
	// loose compares as with --compat.
	loose bool
	// whole does not divide the values of many indicators, as for files.
	whole bool
}

// keptKeys stay as they are, so that an event keeps its id and its log source.
var keptKeys = []string{
	"version", "eventID", "id", "uid", "requestId", "requestID", "eventVersion", "schemaVersion", "formatVersion", "arn", "class_uid", "metadata",
	"profiles", "webaclId", "httpSourceName", "log-status", "time", "time_dt", "count",
}

// randomSTIX makes events out of the public ones and loads them.
func randomSTIX(t *testing.T, rng *rand.Rand, in stixLake) *stixRandom {
	t.Helper()
	r := &stixRandom{}
	api, net := layoutOf(t, stixLayouts["ocsf-api"]), layoutOf(t, stixLayouts["ocsf-net"])
	r.events, r.byID = changedEvents(t, func(records []string) []string {
		switch { // a table has no other members
		case strings.Contains(records[0], `"API Activity"`):
			records = withoutOthers(t, records, api.Columns)
		case strings.Contains(records[0], `"Network Activity"`):
			records = withoutOthers(t, records, net.Columns)
		}
		return testkit.Mutated(rng, records, func(key string) bool { return slices.Contains(keptKeys, key) })
	})
	few := 0 // rows without an id have tables of their own, which take time
	r.events = slices.DeleteFunc(r.events, func(e stixEvent) bool {
		if e.source != "ocsf-net" {
			return r.byID[e.path] != "" // it lost its id
		}
		few++
		return few > 2
	})
	r.words = wordsOf(t, r.events)
	layouts, rows := stixTables(t, r.events)
	r.engine, r.tables = in(t, layouts, rows)
	r.names = maps.Clone(r.byID)
	maps.DeleteFunc(r.names, func(_, name string) bool { return strings.HasPrefix(name, "n") })
	for i, name := range slices.Sorted(maps.Keys(layouts)) {
		r.names[r.tables[i].Name] = name
	}
	return r
}

// wordsOf returns the words of events.
func wordsOf(t *testing.T, events []stixEvent) *testkit.STIXWords {
	t.Helper()
	var seen []*stixmatch.Observation
	for _, e := range events {
		err := logs.NewReader(logs.Options{WholeRows: true}).Run(t.Context(), []string{e.path}, 1, func(_ int, b *logs.Batch) error {
			for record := b.Next(); record != nil; record = b.Next() {
				if m := stixmap.For(stixmap.All(), record.Schema, record.Doc); m != nil {
					o, _ := stixmap.NewBuilder(m, record.Schema).Build(record.Doc)
					seen = append(seen, o)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return testkit.NewSTIXWords(seen)
}

// withoutOthers removes the members of JSON records that are not among columns.
func withoutOthers(t *testing.T, records []string, columns []schema.Column) []string {
	t.Helper()
	var prune func(of schema.Type, v any) any
	prune = func(of schema.Type, v any) any {
		switch v := v.(type) {
		case map[string]any:
			out := map[string]any{}
			for key, member := range v {
				i := slices.IndexFunc(of.Members, func(c schema.Column) bool { return strings.EqualFold(c.Name, key) })
				switch {
				case of.Kind == schema.Map || of.Kind == schema.JSON:
					out[key] = member
				case i >= 0:
					out[key] = prune(of.Members[i].Type, member)
				}
			}
			return out
		case []any:
			if of.Element != nil {
				for i := range v {
					v[i] = prune(*of.Element, v[i])
				}
			}
		}
		return v
	}
	out := make([]string, len(records))
	for i, text := range records {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		var v any
		if err := decoder.Decode(&v); err != nil {
			t.Fatal(err)
		}
		less, err := json.Marshal(prune(schema.Type{Kind: schema.Struct, Members: columns}, v))
		if err != nil {
			t.Fatal(err)
		}
		out[i] = string(less)
	}
	return out
}

// rules makes the rules of patterns, and returns the pattern of each by its id; nil if none can be hunted.
func (r *stixRandom) rules(t *testing.T, patterns []string) (*ruleset.Set, map[string]string) {
	t.Helper()
	var list []*stixhunt.Indicator
	for _, text := range patterns {
		list = append(list, stixhunt.Alone("pattern", text, stix.V21))
	}
	made, _ := stixhunt.Make(list, stixhunt.Options{Schemas: schema.All(), Loose: r.loose, Parts: !r.whole})
	if len(made.Lowered.Rules) == 0 {
		return nil, nil
	}
	set, more, err := ruleset.Load(context.Background(), nil, ruleset.Options{Lowered: []*ruleset.Lowered{made.Lowered}})
	if err != nil || more.HasErrors() {
		t.Fatal(err, more)
	}
	of := map[string]string{}
	for rule, i := range made.Indicators {
		of[rule] = i.File.Text
	}
	return set, of
}

// differences hunts patterns in files and in tables and returns what each finds of those that differ, and how many found something.
func (r *stixRandom) differences(t *testing.T, patterns []string) (differ map[string]string, hits int) {
	t.Helper()
	set, of := r.rules(t, patterns)
	if set == nil {
		return nil, 0
	}
	var paths []string
	for _, e := range r.events {
		paths = append(paths, e.path)
	}
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	opt := hunt.Options{Set: set, From: from, To: from.AddDate(0, 0, 4), Source: &hunt.Files{Paths: paths}}
	files := eventsByPattern(t, run(t, opt), of, r.byID)
	opt.Source = stixSource(t, set, r.engine, r.tables)
	rows := eventsByPattern(t, run(t, opt), of, r.names)
	differ = map[string]string{}
	for _, text := range patterns {
		if files[text] != rows[text] {
			differ[text] = fmt.Sprintf("in files %s\nin tables %s", files[text], rows[text])
		}
		if files[text] != "" {
			hits++
		}
	}
	return differ, hits
}

// eventsByPattern returns the events of each pattern's findings, one finding after the other.
func eventsByPattern(t *testing.T, o outcome, of, names map[string]string) map[string]string {
	t.Helper()
	byRule := map[string][]string{}
	for _, line := range o.lines {
		var f struct{ Rule struct{ ID string } }
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		byRule[f.Rule.ID] = append(byRule[f.Rule.ID], strings.Join(found(t, outcome{lines: []string{line}}, names), ","))
	}
	list := map[string][]string{}
	for rule, events := range byRule {
		list[of[rule]] = append(list[of[rule]], events...) // a pattern of one pair of brackets has a rule for each log source
	}
	out := map[string]string{}
	for text, events := range list {
		slices.Sort(events)
		out[text] = strings.Join(events, " ")
	}
	return out
}

// stixRandomIn compares random patterns on random events in files and in tables. Differences are reduced to the smallest pattern.
func stixRandomIn(t *testing.T, in stixLake, patterns, perHunt int) {
	t.Helper()
	testkit.Shared(t, "data/stix")
	hunted, hits, failed := 0, 0, 0
	for batch := 0; hunted < patterns && failed < 5; batch++ {
		t.Run(fmt.Sprint(batch), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(uint64(batch), 28))
			r := randomSTIX(t, rng, in)
			for n := range 8 {
				r.loose = n%2 == 1
				if hunted >= patterns || failed >= 5 {
					break
				}
				list := make([]string, 0, perHunt)
				for range min(perHunt, patterns-hunted) {
					list = append(list, r.words.Pattern(rng))
				}
				slices.Sort(list)
				list = slices.Compact(list)
				differ, some := r.differences(t, list)
				hunted, hits = hunted+len(list), hits+some
				for _, text := range slices.Sorted(maps.Keys(differ)) {
					if failed++; failed > 5 {
						break
					}
					least := testkit.ShrinkSTIX(text, func(text string) bool {
						less, _ := r.differences(t, []string{text})
						return len(less) > 0
					})
					less, _ := r.differences(t, []string{least})
					t.Errorf("batch %d: %s\n%s\nof %s", batch, least, less[least], differ[text])
				}
			}
		})
	}
	t.Logf("%d patterns, %d with findings", hunted, hits)
	if hits < hunted/5 {
		t.Errorf("only %d of %d patterns have findings", hits, hunted)
	}
}

// randomPatterns returns the number of random patterns to try: EGRET_PATTERNS, or as testkit.Rounds.
func randomPatterns(t *testing.T, few, usual, many int) int {
	t.Helper()
	text := os.Getenv("EGRET_PATTERNS")
	if text == "" {
		return testkit.Rounds(few, usual, many)
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestRandomSTIXInDuckDB compares files with DuckDB.
func TestRandomSTIXInDuckDB(t *testing.T) {
	sqltest.DuckDB(t) // or skip the whole test
	stixRandomIn(t, stixInDuckDB, randomPatterns(t, 100, 250, 5000), testkit.Rounds(50, 125, 250))
}

// TestRandomSTIXIntegration compares files with a server.
func TestRandomSTIXIntegration(t *testing.T) {
	sqltest.Trino(t) // or skip the whole test
	stixRandomIn(t, stixInTrino, randomPatterns(t, 20, 60, 1000), 250)
}
