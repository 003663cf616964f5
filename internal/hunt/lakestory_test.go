package hunt_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/engine/trino"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/story"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

func starterRules(t *testing.T) *ruleset.Set {
	t.Helper()
	set, _, err := ruleset.Load(t.Context(), []ruleset.Folder{{Name: "starter", FS: rulepack.FS()}}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// storyText returns the story of a hunt as lines of JSON. The end of the log is left out: a lake does not tell it.
func storyText(t *testing.T, set *ruleset.Set, source hunt.Source) ([]string, *finding.Ledger) {
	t.Helper()
	result, err := hunt.Run(t.Context(), hunt.Options{Set: set, Source: source, Threads: 2, Trace: true, From: theDay, To: theDay.AddDate(0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	told, err := result.Story(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	told.LogEnd = finding.NoTime
	return storyLines(t, told), &result.Ledger
}

func storyLines(t testing.TB, told *story.Story) []string {
	t.Helper()
	text, err := json.MarshalIndent(told, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(text), "\n")
}

// sameStory compares the story of a table with that of files.
func sameStory(t *testing.T, e engine.Engine, table string, p *schema.Layout) {
	t.Helper()
	set := starterRules(t)
	want := publicStory.get(t, func() []string {
		list, _ := storyText(t, set, &hunt.Files{Paths: []string{testkit.Shared(t, "data/invictus")}})
		return list
	})
	got, ledger := storyText(t, set, tableSource(t, set, e, table, p))
	compareStories(t, got, want)
	if !slices.ContainsFunc(ledger.Notes, func(n string) bool { return strings.HasPrefix(n, "identities followed in the lake: ") }) {
		t.Errorf("got notes %q, want one about look-ups", ledger.Notes)
	}
	t.Logf("%d queries, %d rows; %q", ledger.Lake.Queries, ledger.Lake.Rows, ledger.Notes)
}

func TestSameStoryOnDuckDB(t *testing.T) {
	needsDuckDB(t)
	layouts := []string{"cloudtrail/files", "cloudtrail/lake"}
	if testkit.Long() {
		layouts = append(layouts, "cloudtrail/athena") // which TestSameStoryOnAthena hunts too
	}
	for _, name := range layouts {
		t.Run(name, func(t *testing.T) {
			p := layoutOf(t, name)
			path := parquetOf(t, p)
			e, err := duckdb.Open(t.Context(), duckdb.Options{Threads: 1, Tables: map[string]*schema.Layout{path: p}})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			sameStory(t, e, path, p)
		})
	}
}

func TestSameStoryOnTrinoIntegration(t *testing.T) {
	db := sqltest.Trino(t)
	e, err := trino.Open(t.Context(), trino.Options{URL: os.Getenv("EGRET_TRINO"), User: "egret"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	p := layoutOf(t, "cloudtrail/athena")
	sameStory(t, e, onTrino(t, db, p), p)
}

func compareStories(t testing.TB, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Errorf("the story differs at line %d of %d and %d:\ngot  %v\nwant %v", i, len(got), len(want),
				strings.Join(got[max(0, i-8):min(len(got), i+4)], "\n"), strings.Join(want[max(0, i-8):min(len(want), i+4)], "\n"))
			break
		}
	}
}

// sameStoryInLake compares a story of files with that of a table with the same events.
func sameStoryInLake(t testing.TB, set *ruleset.Set, path string, s *story.Story) {
	t.Helper()
	p := layoutOf(t, "cloudtrail/athena")
	if testing.Short() || !duckdb.Built {
		return
	}
	file := parquetFile(t, p, rowsOf(t, p, path))
	e, err := duckdb.Open(t.Context(), duckdb.Options{Threads: 1, Tables: map[string]*schema.Layout{file: p}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	result, err := hunt.Run(t.Context(), hunt.Options{Set: set, Source: rangedSource(t, set, e, file, p, time.Time{}, time.Time{}), Threads: 2, Trace: true})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	told, err := result.Story(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	told.LogEnd = s.LogEnd
	compareStories(t, storyLines(t, told), storyLines(t, s))
}

// TestFollowingIsBounded: a chain of sessions without findings is followed link by link, and the story says where it ends.
func TestFollowingIsBounded(t *testing.T) {
	for name, test := range map[string]struct {
		sessions int
		whole    bool
	}{"short": {5, true}, "long": {30, false}} {
		t.Run(name, func(t *testing.T) {
			events := []string{other(user("ci", key1, here, awsCLI), "Evil")}
			key := key1
			for i := range test.sessions {
				next := fmt.Sprintf("ASIAEXAMPLE%09d", i)
				who := role("r", key, fmt.Sprintf("203.0.113.%d", i), awsCLI)
				if i == 0 {
					who = user("ci", key, here, awsCLI)
				}
				events = append(events, iam(who, "sts", "AssumeRole", `{"roleArn":"arn:aws:iam::111122223333:role/r"}`, `{"credentials":{"accessKeyId":"`+next+`"}}`))
				key = next
			}
			events = append(events, iam(role("r", key, "203.0.113.200", awsCLI), "iam", "CreateUser", `{"userName":"late"}`, `{"user":{"arn":"arn:aws:iam::111122223333:user/late"}}`))
			p := layoutOf(t, "cloudtrail/athena")
			file := parquetFile(t, p, rowsOf(t, p, storyLog(t, events...)))
			e, err := duckdb.Open(t.Context(), duckdb.Options{Threads: 1, Tables: map[string]*schema.Layout{file: p}})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			set := rules(t, storyRules()...)
			result, err := hunt.Run(t.Context(), hunt.Options{Set: set, Source: rangedSource(t, set, e, file, p, time.Time{}, time.Time{}), Threads: 2, Trace: true})
			if err != nil {
				t.Fatal(err)
			}
			defer result.Close()
			told, err := result.Story(t.Context())
			if err != nil || len(told.Intrusions) != 1 {
				t.Fatal(told, err)
			}
			made := slices.ContainsFunc(told.Intrusions[0].Made, func(m story.Thing) bool { return m.Name == "late" })
			if made != test.whole || (told.NotFollowed == "") != test.whole {
				t.Errorf("got the user that was made: %v, not followed %q, want all followed: %v; notes %q", made, told.NotFollowed, test.whole, result.Ledger.Notes)
			}
		})
	}
}
