package hunt_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/value"
)

// What several tests need and none changes is made once for all of them: the public rules, the exercise as rows, as Parquet and
// spread over days, and what a hunt in its files finds.

// fixture is a value that the first test that asks makes. If that fails, the next test tries again and fails for the same reason.
type fixture[V any] struct {
	mutex sync.Mutex
	made  bool
	value V
}

func (f *fixture[V]) get(t testing.TB, build func() V) V {
	t.Helper()
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if !f.made {
		f.value = build()
		f.made = !t.Failed()
	}
	return f.value
}

var (
	publicSet   fixture[*ruleset.Set]
	publicDocs  fixture[[]*value.Doc]
	publicFound fixture[[]string]
	publicStory fixture[[]string]
	publicTrail fixture[*spreadTrail]

	// sharedDir holds files of fixtures, "" before the first. TestMain removes it.
	sharedDir   fixture[string]
	parquets    = map[string]*fixture[string]{}
	spreadFound = map[int]*fixture[[]string]{}
)

// publicRules returns the starter pack and SigmaHQ's rules for AWS.
func publicRules(t *testing.T) *ruleset.Set {
	t.Helper()
	return publicSet.get(t, func() *ruleset.Set {
		set, _, err := ruleset.Load(t.Context(), []ruleset.Folder{
			{Name: "starter", FS: rulepack.FS()}, {Name: "sigmahq", FS: os.DirFS(testkit.Shared(t, "data/sigmahq/rules/cloud/aws"))},
		}, ruleset.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return set
	})
}

// publicFindings returns what a hunt with these rules finds in the files of the exercise.
func publicFindings(t *testing.T) []string {
	t.Helper()
	return publicFound.get(t, func() []string {
		list, _ := lines(t, hunt.Options{Set: publicRules(t), Source: &hunt.Files{Paths: []string{testkit.Shared(t, "data/invictus")}}})
		return list
	})
}

// spread returns the exercise spread over days.
func spread(t *testing.T) *spreadTrail {
	t.Helper()
	return publicTrail.get(t, func() *spreadTrail { return newSpread(t, filepath.Join(inSharedDir(t), "spread.jsonl")) })
}

// spreadFindings returns what a hunt with the public rules finds in the file of the spread exercise, in one of spreadRanges.
func spreadFindings(t *testing.T, span int) []string {
	t.Helper()
	f := spreadFound[span]
	if f == nil {
		f = &fixture[[]string]{}
		spreadFound[span] = f
	}
	return f.get(t, func() []string {
		from, to := spreadRange(spreadRanges[span].from, spreadRanges[span].to)
		list, _ := lines(t, hunt.Options{Set: publicRules(t), Source: &hunt.Files{Paths: []string{spread(t).file}}, From: from, To: to})
		return list
	})
}

// parquetOf returns the exercise as a Parquet file with the columns of a table.
func parquetOf(t *testing.T, p *schema.Layout) string {
	t.Helper()
	f := parquets[p.FullName()]
	if f == nil {
		f = &fixture[string]{}
		parquets[p.FullName()] = f
	}
	return f.get(t, func() string {
		path := filepath.Join(inSharedDir(t), strings.ReplaceAll(p.FullName(), "/", "_")+".parquet")
		writeParquet(t, p, publicRows(t, p), path)
		return path
	})
}

func inSharedDir(t testing.TB) string {
	t.Helper()
	return sharedDir.get(t, func() string {
		dir, err := os.MkdirTemp("", "egret-hunt-test") //nolint:usetesting // it outlives the test
		if err != nil {
			t.Fatal(err)
		}
		return dir
	})
}

// removeShared removes the files of fixtures.
func removeShared() {
	if sharedDir.made {
		os.RemoveAll(sharedDir.value)
	}
}
