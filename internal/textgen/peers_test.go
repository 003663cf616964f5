package textgen_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/textgen"
	"github.com/egret-hunt/egret/internal/textrule"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// A peer is a line of the peers' output: the queries of a rule, or the reason why it has none.
type peer struct {
	Rule    string          `json:"rule"`
	Queries json.RawMessage `json:"queries"`
	Error   string          `json:"error"`
}

// texts returns the queries of a line as texts.
func (p *peer) texts(t *testing.T) []string {
	t.Helper()
	var list []string
	if json.Unmarshal(p.Queries, &list) == nil {
		return list
	}
	var one string
	if err := json.Unmarshal(p.Queries, &one); err != nil {
		t.Fatal(err)
	}
	return []string{one}
}

// readPeers returns the lines of one of the peers' files.
func readPeers(t *testing.T, name string) []peer {
	t.Helper()
	file, err := os.Open(testkit.Shared(t, "peers", name+".jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var peers []peer
	scanner := bufio.NewScanner(unzipped)
	scanner.Buffer(nil, 1<<22)
	for scanner.Scan() {
		var p peer
		if err := json.Unmarshal(scanner.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		peers = append(peers, p)
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return peers
}

// TestQueriesEqualPeers converts the public rules without a pipeline and counts the queries that are equal to those of sigma-cli,
// byte for byte. Rules that the peer refuses or loses do not count.
func TestQueriesEqualPeers(t *testing.T) {
	for _, tt := range []struct {
		file, target, format string
		least                float64 // percent
	}{
		{"splunk", "splunk", "default", 99.5},
		{"lucene", "lucene", "default", 99.5},
		{"eql", "eql", "default", 99.5},
	} {
		t.Run(tt.file, func(t *testing.T) {
			target := textgen.FindTarget(tt.target)
			if target == nil {
				t.Fatalf("no target %s", tt.target)
			}
			backend, err := target.Backend(textgen.Options{})
			if err != nil {
				t.Fatal(err)
			}
			format := backend.Spec.FormatByName(tt.format)
			folder := testkit.Shared(t, "data/sigmahq")
			equal, all, shown := 0, 0, 0
			for _, p := range readPeers(t, tt.file) {
				if p.Error != "" || string(p.Queries) == "[]" {
					continue
				}
				all++
				got, list := convertFile(t, backend, format, filepath.Join(folder, p.Rule))
				want := strings.Join(p.texts(t), "\n\n")
				if got == want {
					equal++
					continue
				}
				if shown++; shown <= 20 {
					t.Logf("%s\n got %s\nwant %s\n%v", p.Rule, got, want, list)
				}
			}
			percent := 100 * float64(equal) / float64(all)
			t.Logf("%s: %d of %d queries equal: %.2f %%", tt.file, equal, all, percent)
			if percent < tt.least {
				t.Errorf("%.2f %% of the queries are equal, want at least %.1f %%", percent, tt.least)
			}
		})
	}
}

// convertFile returns the output for a rule file.
func convertFile(t *testing.T, backend *textgen.Backend, format *textgen.Format, path string) (string, fmt.Stringer) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	collection, _ := sigma.Parse(source.NewFile(path, string(text)))
	var all []any
	for _, rule := range collection.Rules {
		tree, list := textrule.FromRule(rule, textrule.Options{})
		if tree == nil {
			return "", stringer{list}
		}
		queries, list := backend.Rule(tree, format)
		for _, q := range queries {
			all = append(all, q.Value)
		}
		if len(queries) == 0 {
			return "", stringer{list}
		}
	}
	return backend.Join(format, all, 0), stringer{nil}
}

type stringer struct{ v any }

func (s stringer) String() string { return fmt.Sprint(s.v) }
