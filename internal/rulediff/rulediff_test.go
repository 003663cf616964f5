package rulediff

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/ruleset"
)

func load(t *testing.T, files map[string]string) *ruleset.Set {
	t.Helper()
	dir := fstest.MapFS{}
	for name, text := range files {
		dir[name] = &fstest.MapFile{Data: []byte(text)}
	}
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: dir}}, ruleset.Options{Statuses: []string{"deprecated", "unsupported"}})
	if err != nil || list.HasErrors() {
		t.Fatal(err, list)
	}
	return set
}

const head = "title: T\nid: 0a1b2c3d-0000-4000-8000-000000000001\nlevel: low\nlogsource: {product: aws, service: cloudtrail}\n"

func TestKinds(t *testing.T) {
	for name, row := range map[string]struct {
		before, after string
		want          Kind
	}{
		"the same":           {head + "detection: {s: {a: 1}, condition: s}", head + "detection: {s: {a: 1}, condition: s}", ""},
		"a comment":          {head + "detection: {s: {a: x}, condition: s}", head + "detection: {s: {a: x}, condition: s} # why", ""},
		"a date":             {head + "detection: {s: {a: x}, condition: s}", head + "date: 2026-01-01\ndetection: {s: {a: x}, condition: s}", Metadata},
		"a level":            {head + "detection: {s: {a: x}, condition: s}", strings.Replace(head, "low", "high", 1) + "detection: {s: {a: x}, condition: s}", Metadata},
		"another name":       {head + "detection: {s: {a: x}, condition: s}", head + "detection: {t: {a: x}, condition: t}", Metadata},
		"a list":             {head + "detection: {s: {a: [x, y]}, condition: s}", head + "detection: {s: {a: x}, t: {a: y}, condition: t or s}", Rewritten},
		"an exception":       {head + "detection: {s: {a: x}, condition: s}", head + "detection: {s: {a: x}, f: {b: y}, condition: s and not f}", Narrower},
		"one more value":     {head + "detection: {s: {a: x}, condition: s}", head + "detection: {s: {a: [x, y]}, condition: s}", Wider},
		"another value":      {head + "detection: {s: {a: x}, condition: s}", head + "detection: {s: {a: y}, condition: s}", Changed},
		"another log source": {head + "detection: {s: {a: x}, condition: s}", strings.Replace(head, "cloudtrail", "guardduty", 1) + "detection: {s: {a: x}, condition: s}", Changed},
		"a placeholder":      {head + "detection: {s: {a: x}, condition: s}", head + "detection: {s: {'a|expand': '%x%'}, condition: s}", Broken},
	} {
		r := Compare(load(t, map[string]string{"r.yml": row.before}), load(t, map[string]string{"r.yml": row.after}))
		var got Kind
		if len(r.Changes) > 0 {
			got = r.Changes[0].Kind
		}
		if got != row.want || len(r.Changes)+r.Unchanged != 1 {
			t.Errorf("%s: got %q, want %q", name, got, row.want)
		}
	}
}

func TestAddedRemovedAndCorrelations(t *testing.T) {
	base := "title: B\nname: base\nid: 0a1b2c3d-0000-4000-8000-000000000002\nlogsource: {product: aws}\ndetection: {s: {a: x}, condition: s}\n"
	correlation := "title: C\nid: 0a1b2c3d-0000-4000-8000-000000000003\ncorrelation: {type: event_count, rules: [base], group-by: [u], timespan: 5m, condition: {gte: 3}}\n"
	before := load(t, map[string]string{"a.yml": head + "detection: {s: {a: x}, condition: s}", "c.yml": base + "---\n" + correlation})
	after := load(t, map[string]string{"c.yml": base + "---\n" + strings.Replace(correlation, "5m", "300s", 1), "d.yml": strings.Replace(base, "000002", "000004", 1)})
	r := Compare(before, after)
	var got []string
	for _, c := range r.Changes {
		got = append(got, string(c.Kind)+" "+c.Title)
	}
	if want := []string{"added B", "removed T", "metadata C"}; !slices.Equal(got, want) || r.Unchanged != 1 {
		t.Errorf("got %q and %d the same, want %q", got, r.Unchanged, want)
	}
	after = load(t, map[string]string{"c.yml": base + "---\n" + strings.Replace(correlation, "gte: 3", "gte: 4", 1)})
	if r := Compare(before, after); r.Count(Changed) != 1 || r.Count(Removed) != 1 {
		t.Errorf("a changed count: got %+v", r)
	}
}
