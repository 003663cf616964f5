package hunt_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// manyPatterns are indicators of six kinds, of which a few are in the public events.
func manyPatterns(n int) []string {
	list := []string{
		"[ipv4-addr:value = '198.51.100.23']", "[ipv4-addr:value ISSUBSET '192.0.2.0/24']", "[domain-name:value = 'c2.example.net']",
		"[x-aws-api:api = 'CreateUser']", "[ipv6-addr:value ISSUBSET '2001:db8::/32']", "[user-account:account_login = 'alice']",
	}
	for i := 0; len(list) < n; i++ {
		sum := sha256.Sum256([]byte(fmt.Sprint(i)))
		word := hex.EncodeToString(sum[:])
		list = append(list,
			fmt.Sprintf("[ipv4-addr:value = '203.%d.%d.%d']", sum[0], sum[1], sum[2]),
			fmt.Sprintf("[ipv4-addr:value ISSUBSET '100.%d.%d.0/24']", sum[0], sum[1]),
			"[domain-name:value = '"+word[:12]+".example.com']", "[url:value = 'http://example.com/"+word[:16]+"']",
			"[file:hashes.'SHA-256' = '"+word+"']", "[x-aws-api:access_key_id = 'AKIA"+strings.ToUpper(word[:16])+"']",
		)
	}
	list = list[:n]
	slices.Sort(list)
	return slices.Compact(list)
}

// stixManyIn hunts up to ten thousand indicators in tables and compares with files.
func stixManyIn(t *testing.T, in stixLake) {
	t.Helper()
	testkit.Shared(t, "data/stix")
	r := &stixRandom{}
	r.events, r.byID = stixEvents(t)
	r.events = slices.DeleteFunc(r.events, func(e stixEvent) bool { return e.source == "ocsf-net" })
	layouts, rows := stixTables(t, r.events)
	r.engine, r.tables = in(t, layouts, rows)
	patterns := manyPatterns(testkit.Rounds(600, 600, 10_000))
	set, of := r.rules(t, patterns)
	var paths []string
	for _, e := range r.events {
		paths = append(paths, e.path)
	}
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	opt := hunt.Options{Set: set, From: from, To: from.AddDate(0, 0, 4), Source: &hunt.Files{Paths: paths}}
	want := eventsByPattern(t, run(t, opt), of, r.byID)
	opt.Source = stixSource(t, set, r.engine, r.tables)
	began := time.Now()
	o := run(t, opt)
	took := time.Since(began)
	if got := eventsByPattern(t, o, of, r.byID); !maps.Equal(got, want) || len(want) < 6 {
		t.Errorf("got %v\nwant %v", got, want)
	}
	account := o.ledger.Lake
	if account.CannotRun.Total > 0 || account.Left.Total > 0 {
		summary, err := json.Marshal(account)
		t.Logf("left out: %s (error %v)", summary, err)
	}
	if account.Queries > 5*len(r.tables) { // a statement that an engine finds too complex is divided
		t.Errorf("got %d queries of %d tables", account.Queries, len(r.tables))
	}
	t.Logf("%d indicators in %d tables: %d queries, %d bytes read, %d rows back, %v", len(patterns), len(r.tables), account.Queries, account.ScannedBytes, account.Rows, took)
}

// TestManyIndicatorsInDuckDB hunts in Parquet files.
func TestManyIndicatorsInDuckDB(t *testing.T) {
	sqltest.DuckDB(t)
	stixManyIn(t, stixInDuckDB)
}

// TestManyIndicatorsIntegration hunts on a server.
func TestManyIndicatorsIntegration(t *testing.T) { stixManyIn(t, stixInTrino) }

// TestManyIndicatorsFindWhatEachFinds compares an indicator whose value is looked up among many with a pattern that means the same and is
// evaluated alone: an AND is never put into a table of values. The other indicators find nothing, since an event that one value leads to
// has the values of others too.
func TestManyIndicatorsFindWhatEachFinds(t *testing.T) {
	testkit.Shared(t, "data/stix")
	r := &stixRandom{whole: true}
	r.events, r.byID = stixEvents(t)
	var paths []string
	for _, e := range r.events {
		paths = append(paths, e.path)
	}
	var others []string
	for i := range 25 {
		others = append(others, fmt.Sprintf("[ipv4-addr:value = '100.64.0.%d']", i), fmt.Sprintf("[domain-name:value = 'other%d.example.org']", i))
	}
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	found := func(patterns ...string) map[string]string {
		set, of := r.rules(t, patterns)
		if set == nil {
			return nil
		}
		opt := hunt.Options{Set: set, From: from, To: from.AddDate(0, 0, 4), Source: &hunt.Files{Paths: paths}}
		return eventsByPattern(t, run(t, opt), of, r.byID)
	}
	comparisons := wordsOf(t, r.events).Comparisons()
	rng := rand.New(rand.NewPCG(1, 2))
	rng.Shuffle(len(comparisons), func(i, j int) { comparisons[i], comparisons[j] = comparisons[j], comparisons[i] })
	comparisons = comparisons[:testkit.Rounds(10, 40, 300)]
	hits := 0
	for i, c := range comparisons {
		r.loose = i%4 == 3
		among, alone := "["+c+"]", "["+c+" AND "+c+"]"
		all := found(append(others, among)...)
		if want := found(alone)[alone]; all[among] != want || len(all) > 1 {
			t.Errorf("loose %v, %s: among many %v, alone %s", r.loose, c, all, want)
		}
		hits += len(all)
	}
	if hits < len(comparisons)/2 {
		t.Errorf("only %d of %d indicators have findings", hits, len(comparisons))
	}
}
