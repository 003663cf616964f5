package convert_test

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite the golden SQL of testdata/case")

// goldenSource is the log source of the case archive with a typical table layout: columns for fields that many cases use, and
// JSON text for the others.
const goldenSource = `
name: golden
title: Events of the case archive
logsource:
  products: [test]
  services:
    web: [{service: [web]}]
    mail: [{service: [mail]}]
  categories:
    process_creation: [{category: [process_creation]}]
detect:
  - has: [id, time]
roots: [""]
time: [time]
id:
  - [id]
layouts:
  - name: golden
    title: Typed columns and JSON text
    table: events
    columns:
      id: string
      time: timestamp
      service: string
      category: string
      kind: string
      user: string
      host: string
      a: string
      b: string
      c: string
      d: string
      ip: string
      at: string
      x: string
      n: bigint
      tags: array<string>
      event: json
    fields:
      id: id
      time: time
      service: service
      category: category
      kind: kind
      user: user
      host: host
      a: a
      b: b
      c: c
      d: d
      ip: ip
      at: at
      x: x
      n: n
      tags: tags
      "*": event
    time: {column: time, format: timestamp}
`

// TestGoldenSQL compares the SQL of every case of the archive with golden files, so that changes of SQL show in review. It
// only detects changes. Other tests run the SQL and check its results.
//
//	<topic>/want/athena.sql   the statements of the topic's cases. A statement, or a step of WITH, that is
//	                          identical to that of an earlier case of the topic is only named.
//	<topic>/want/trino.diff   the lines of each statement that differ from Athena's, without indentation
//	<topic>/want/duckdb.diff
//
// The flag -update rewrites them (CONTRIBUTING.md has the command).
func TestGoldenSQL(t *testing.T) {
	s, err := schema.Load([]byte(goldenSource))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*goldenFile{}
	for _, c := range testkit.Cases(t) {
		base := goldenSteps(t, &c, s, "athena")
		for _, name := range []string{"athena.sql", "trino.diff", "duckdb.diff"} {
			dialect, ext, _ := strings.Cut(name, ".")
			steps := base
			if ext == "diff" {
				steps = stepDifferences(base, goldenSteps(t, &c, s, dialect))
			}
			path := filepath.Join(filepath.Dir(c.Path), "want", name)
			if files[path] == nil {
				files[path] = &goldenFile{seen: map[string]string{}}
			}
			files[path].add(c.Name, steps)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		got := strings.Join(files[path].lines, "\n") + "\n"
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if got != string(want) {
			difference := lineDifference(strings.Split(string(want), "\n"), strings.Split(got, "\n"))
			t.Errorf("%s (-want +got); if the change is intended, run with -update:\n%s", path, strings.Join(difference, "\n"))
		}
	}
}

// A goldenStep is a part of a statement: a named step of WITH or, with the name "", the rest of the statement.
type goldenStep struct {
	name  string
	lines []string
}

// stepStart matches the first line of a step of WITH.
var stepStart = regexp.MustCompile(`^(?:WITH )?"?(\w+)"? AS (?:MATERIALIZED )?\($`)

// goldenSteps returns the steps of the queries of a case in a dialect, or the reason for a rule without a query.
func goldenSteps(t *testing.T, c *testkit.Case, s *schema.Schema, dialect string) []goldenStep {
	t.Helper()
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: fstest.MapFS{"rule.yml": {Data: []byte(c.Rule.Text)}}}},
		ruleset.Options{Placeholders: c.Options.Placeholders, Schemas: []*schema.Schema{s}})
	if err != nil {
		t.Fatal(err)
	}
	outcome := convert.All(set, list, sqlgen.Options{Dialect: sqlgen.DialectByName(dialect), Layout: s.Layouts()[0]}, false, nil)
	var steps []goldenStep
	for _, result := range outcome.Results {
		if result.Query == "" {
			steps = append(steps, goldenStep{"", []string{"refused: " + result.Fault()}})
			continue
		}
		steps = append(steps, goldenStep{})
		for line := range strings.SplitSeq(strings.TrimSuffix(result.Query, "\n"), "\n") {
			if strings.HasPrefix(line, "-- ") {
				continue // title and id
			}
			if match := stepStart.FindStringSubmatch(line); match != nil {
				steps = append(steps, goldenStep{name: match[1]})
			}
			step := &steps[len(steps)-1]
			step.lines = append(step.lines, line)
			if line == ")," || line == ")" && step.name != "" {
				steps = append(steps, goldenStep{})
			}
		}
	}
	return slices.DeleteFunc(steps, func(s goldenStep) bool { return s.lines == nil })
}

// stepDifferences returns the differences of steps from those of base.
func stepDifferences(base, steps []goldenStep) []goldenStep {
	var out []goldenStep
	for i, step := range steps {
		var of []string
		if i < len(base) {
			of = trimmed(base[i].lines)
		}
		if difference := lineDifference(of, trimmed(step.lines)); difference != nil {
			out = append(out, goldenStep{step.name, difference})
		}
	}
	if len(base) > len(steps) {
		out = append(out, goldenStep{"", []string{fmt.Sprintf("%d steps less", len(base)-len(steps))}})
	}
	return out
}

func trimmed(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = strings.TrimLeft(line, " ")
	}
	return out
}

// A goldenFile is the text of a file with the cases of a topic.
type goldenFile struct {
	lines []string
	// seen maps the text of each step so far to the first case that has it.
	seen map[string]string
}

func (f *goldenFile) add(name string, steps []goldenStep) {
	if len(f.lines) > 0 {
		f.lines = append(f.lines, "")
	}
	f.lines = append(f.lines, "-- case: "+name)
	var same []string // consecutive steps that are identical to those of the case at
	at := ""
	flush := func() {
		if same != nil {
			f.lines = append(f.lines, fmt.Sprintf("-- %s: as in %s", strings.Join(same, ", "), at))
		}
		same = nil
	}
	for _, step := range steps {
		text := strings.Join(step.lines, "\n")
		if first := f.seen[text]; first != "" && len(step.lines) > 1 {
			if first != at {
				flush()
			}
			same, at = append(same, cmp.Or(step.name, "statement")), first
			continue
		}
		flush()
		f.seen[text] = name
		if difference := step.lines[0]; strings.HasPrefix(difference, "- ") || strings.HasPrefix(difference, "+ ") {
			f.lines = append(f.lines, "-- "+cmp.Or(step.name, "statement"))
		}
		f.lines = append(f.lines, step.lines...)
	}
	flush()
}

// lineDifference returns the lines that differ, with prefix "- " for a and "+ " for b, based on a longest common
// subsequence. It returns nil if the lists are equal.
func lineDifference(a, b []string) []string {
	common := make([][]int, len(a)+1) // common[i][j] is the length of the subsequence of a[i:] and b[j:]
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var out []string
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			out = append(out, "- "+a[i])
			i++
		default:
			out = append(out, "+ "+b[j])
			j++
		}
	}
	return out
}
