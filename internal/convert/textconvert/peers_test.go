package textconvert_test

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/peertest"
)

// least is the share of queries, in percent, that must be equal to those of sigma-cli. EQL's queries differ on purpose where a
// regular expression has a quote, see docs/backends/eql.md. Those of PPL, ES|QL and Loki differ on purpose too, see their pages.
var least = map[string]float64{
	"splunk": 99.9, "splunk_windows": 99.5, "splunk_sysmon_acceleration": 99.5, "splunk_savedsearches": 99.5, "splunk_cim": 98,
	"lucene": 99.9, "lucene_ecs_windows": 99.5, "lucene_sysmon": 99.5, "lucene_ecs_kubernetes": 98, "lucene_ecs_macos_esf": 98,
	"lucene_ecs_zeek_beats": 98, "lucene_ecs_zeek_corelight": 98, "eql": 99.4, "eql_ecs_windows": 99.4,
	"loki": 99, "loki_grafana_logfmt": 98, "loki_okta_system_log": 98, "loki_promtail_sysmon": 98, "esql_ecs_windows": 98.5,
	"opensearch_lucene_ecs_windows": 99.5, "opensearch_ppl": 97.5,
}

// TestQueriesEqualPeers converts the public rules, a third of them unless testkit.Long, and counts the queries that are equal to those
// of sigma-cli, byte for byte. A case without a figure has the one of the project for all targets. A part of the rules may have more
// differences than its share, by the square root of their number.
func TestQueriesEqualPeers(t *testing.T) {
	t.Parallel()
	shared := testkit.Shared(t)
	testkit.Shared(t, "peers")
	n := testkit.Rounds(6, 3, 1)
	for _, c := range peertest.Cases {
		t.Run(c.File, func(t *testing.T) {
			t.Parallel()
			if testing.Short() && !slices.Contains([]string{"eql", "logscale", "lucene", "splunk"}, c.File) {
				t.Skip("only four targets, without pipelines, with -short: each reads hundreds of rules")
			}
			if why := c.Missing(); why != "" {
				t.Skip(why)
			}
			result, err := peertest.Compare(t.Context(), shared, c, n)
			if err != nil {
				t.Fatal(err)
			}
			want := max(least[c.File], leastUnread[c.File])
			if want == 0 {
				want = 95
			}
			share := result.Percent()
			t.Logf("%.2f %% of %d queries are equal", share, result.All)
			if most := (100 - want) / 100 * float64(result.All); n > 1 && result.All > 200 {
				want -= 100 * math.Ceil(math.Sqrt(most)) / float64(result.All) // a part has now fewer, now more of the differences
			}
			if reads := readers[c.Target]; reads != nil {
				result.Differences = slices.DeleteFunc(result.Differences, func(d peertest.Difference) bool { return !reads(d.Want) })
				if 100*float64(result.Equal)/float64(result.Equal+len(result.Differences)) < 98.5 {
					share = 0
				}
			}
			if share < want {
				var text bytes.Buffer
				peertest.Write(&text, c, result, 10)
				t.Errorf("%.2f %% of the queries are equal, want at least %.1f %%\n%s", result.Percent(), want, &text)
			}
		})
	}
}
