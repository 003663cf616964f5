package coverage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/attack"
	"github.com/egret-hunt/egret/internal/testkit"
)

const rule = `title: %s
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: A}, condition: s}
level: %s
tags: [%s]
`

// marks returns the marks of rules, each "title level tag tag".
func marks(t *testing.T, rules ...string) []*Mark {
	t.Helper()
	var texts []string
	for _, r := range rules {
		words := strings.Fields(r)
		texts = append(texts, fmt.Sprintf(rule, words[0], words[1], strings.Join(words[2:], ", ")))
	}
	list, faults := FromRules("rules.yml", []byte(strings.Join(texts, "---\n")))
	if len(list) != len(rules) {
		t.Fatalf("got %d marks, want %d: %v", len(list), len(rules), faults)
	}
	return list
}

// scores returns the scores of a matrix, each "id score".
func scores(m *Matrix) []string {
	var list []string
	for _, e := range m.Entries {
		list = append(list, fmt.Sprint(e.ID, " ", e.Score))
	}
	return list
}

// TestScoresOfSigmaCLI compares with what sigma-cli 3.1.0 gives for SigmaHQ's rules for AWS: testdata/scores.txt has technique,
// count, max and level, as calculate_attack_scores of its package sigma.analyze.attack returns them.
func TestScoresOfSigmaCLI(t *testing.T) {
	dir := testkit.Shared(t, "data", "sigmahq", "rules", "cloud", "aws")
	var all []*Mark
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".yml" {
			return err
		}
		text, err := os.ReadFile(path)
		list, _ := FromRules(path, text)
		all = append(all, list...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/scores.txt")
	if err != nil {
		t.Fatal(err)
	}
	for i, score := range []Score{ByCount, ByMax, ByLevel} {
		var column []string
		for line := range strings.Lines(string(want)) {
			words := strings.Fields(line)
			column = append(column, words[0]+" "+words[1+i])
		}
		if got := scores(NewMatrix(all, Options{Score: score})); !slices.Equal(got, column) {
			t.Errorf("%s: got %q, want %q", score, got, column)
		}
	}
}

func TestMatrix(t *testing.T) {
	list := marks(t,
		"A high attack.t1078.004 attack.T1078 attack.initial-access",
		"B low attack.t1078.001 attack.g0007 attack.t1562.008 cve.2021-1",
		"C medium attack.t9999 attack.t1656",
		"D medium")
	for _, c := range []struct {
		name     string
		options  Options
		want     []string
		replaced map[string]string
	}{
		{"count", Options{}, []string{"T1078 1", "T1078.001 1", "T1078.004 1", "T1684.001 1", "T1685.002 1"},
			map[string]string{"T1562.008": "T1685.002", "T1656": "T1684.001", "T9999": ""}},
		{"a rule counts once for a technique", Options{Parents: true, Score: ByLevel}, []string{"T1078 10", "T1684 4", "T1685 2"},
			map[string]string{"T1562.008": "T1685.002", "T1656": "T1684.001", "T9999": ""}},
		{"version 17", Options{Version: attack.V17, Score: ByMax}, []string{"T1078 4", "T1078.001 2", "T1078.004 4", "T1562.008 2", "T1656 3"},
			map[string]string{"T9999": ""}},
	} {
		m := NewMatrix(list, c.options)
		if got := scores(m); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if fmt.Sprint(m.Replaced) != fmt.Sprint(c.replaced) {
			t.Errorf("%s: got %v, want %v", c.name, m.Replaced, c.replaced)
		}
		if m.Marks != 4 || m.Tagged != 3 {
			t.Errorf("%s: got %d marks, %d tagged", c.name, m.Marks, m.Tagged)
		}
	}
	m := NewMatrix(list, Options{})
	if covered, all := m.Share(); covered != 3 || all != 222 {
		t.Errorf("got %d of %d techniques, want 3 of 222", covered, all)
	}
	for _, c := range m.Columns() {
		for i := range c.Cells {
			if cell := &c.Cells[i]; cell.ID == "T1078" && (cell.Score != 2 || len(cell.Subs) != 2 || cell.Of != 4) {
				t.Errorf("T1078: got score %d and %d of %d sub-techniques, want 2 rules and 2 of 4", cell.Score, len(cell.Subs), cell.Of)
			}
		}
	}
}

func TestMismatches(t *testing.T) {
	list := marks(t,
		"fits low attack.initial-access attack.t1078",
		"one-of-two-tactics low attack.impact attack.persistence attack.t1098",
		"old-name-of-stealth low attack.defense_evasion attack.t1036",
		"none low attack.impact attack.t1098",
		"by-order low attack.impact attack.t1098 attack.persistence attack.t1485",
		"without-tactics low attack.t1098")
	lines := func(found []Mismatch) string {
		var b strings.Builder
		for _, m := range found {
			fmt.Fprintln(&b, m.Mark.Title, m.Technique, m.Tactics)
		}
		return b.String()
	}
	if got, want := lines(Mismatches(list, attack.V19)), "none T1098 [impact]\n"; got != want {
		t.Errorf("got\n%s want\n%s", got, want)
	}
	want := "one-of-two-tactics T1098 [impact]\nnone T1098 [impact]\nby-order T1098 [impact]\nby-order T1485 [persistence]\n"
	if got := lines(MismatchesByOrder(list, attack.V19)); got != want {
		t.Errorf("by order: got\n%s want\n%s", got, want)
	}
}

func TestCompareAndGroups(t *testing.T) {
	before := NewMatrix(marks(t, "A low attack.t1078", "B low attack.t1098"), Options{})
	after := NewMatrix(marks(t, "A low attack.t1078", "C low attack.t1078"), Options{})
	if got, want := fmt.Sprint(Compare(before, after)), "[{T1078 Valid Accounts 1 2 [C] []} {T1098 Account Manipulation 1 0 [] [B]}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := Compare(before, before); got != nil {
		t.Errorf("equal rules: got %v", got)
	}
	groups := Groups(append(marks(t, "A low", "B high"), &Mark{LogSource: LogSource{Category: "dns"}}, &Mark{}), true)
	if got, want := fmt.Sprint(groups), "[{product aws, service cloudtrail 2 [0 1 0 1 0 0]} {category dns 1 [0 0 0 0 0 1]}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLayer(t *testing.T) {
	m := NewMatrix(marks(t, "A high attack.t1078.004", "B low attack.t1485"), Options{})
	m.Seen = NewMatrix([]*Mark{{Title: "seen", Tags: []string{"t1485", "t1110"}}}, Options{})
	var b bytes.Buffer
	if err := m.WriteLayer(&b, LayerOptions{Name: "n"}); err != nil {
		t.Fatal(err)
	}
	var got layer
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range got.Techniques {
		list = append(list, fmt.Sprintf("%s %s %d %s %q", e.ID, e.Tactic, e.Score, e.Color, e.Comment))
	}
	want := []string{
		`T1078.004 initial-access 1  "A"`, `T1078.004 persistence 1  "A"`, `T1078.004 privilege-escalation 1  "A"`, `T1078.004 stealth 1  "A"`,
		`T1485 impact 1 #f28e2b "seen: seen\nB"`, `T1110 credential-access 0 #f28e2b "seen: seen"`,
	}
	slices.Sort(list[:4])
	if !slices.Equal(list, want) {
		t.Errorf("got %q, want %q", list, want)
	}
	if got.Versions != (layerVersions{"19", "5.1.0", "4.5"}) || got.Gradient.MaxValue <= got.Gradient.MinValue {
		t.Errorf("got %+v and %+v", got.Versions, got.Gradient)
	}
}

func TestHTMLIsInert(t *testing.T) {
	m := NewMatrix([]*Mark{{Title: `<script>alert(1)</script>`, Tags: []string{"t1485"}}}, Options{})
	var b bytes.Buffer
	if err := m.WriteHTML(&b, "</title><script>"); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); strings.Contains(text, "<script") || !strings.Contains(text, "T1485: &lt;script&gt;") {
		t.Error("the page has a script, or lacks the title of a rule")
	}
}
