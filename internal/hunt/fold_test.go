package hunt_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/testkit"
)

// rule returns a rule on an action, or on two, that folds others. Ids end in two digits.
func rule(number int, title, level, actions string, folds ...int) string {
	text := fmt.Sprintf("title: %s\nid: 0a1b2c3d-0000-4000-8000-0000000000%02d\nlevel: %s\nlogsource: {product: aws, service: cloudtrail}\n"+
		"detection:\n  s:\n    eventName: [%s]\n  condition: s\n", title, number, level, actions)
	return text + folding(folds)
}

func folding(folds []int) string {
	if len(folds) == 0 {
		return ""
	}
	text := "egret:\n  folds:\n"
	for _, number := range folds {
		text += fmt.Sprintf("  - 0A1B2C3D-0000-4000-8000-0000000000%02d\n", number)
	}
	return text
}

// many returns a correlation that counts events of a base rule of its own, so that the rule that it folds reports.
func many(number int, title, level, actions string, bound int, folds ...int) string {
	base := strings.Replace(rule(number+50, title+" base", "low", actions), "level:", fmt.Sprintf("name: base%d\nlevel:", number), 1)
	return base + fmt.Sprintf("---\ntitle: %s\nid: 0a1b2c3d-0000-4000-8000-0000000000%02d\nlevel: %s\ncorrelation:\n  type: event_count\n"+
		"  rules: base%d\n  group-by: userIdentity.userName\n  timespan: 1h\n  condition: {gte: %d}\n", title, number, level, number, bound) + folding(folds)
}

func TestFindingsFold(t *testing.T) {
	general, special := rule(1, "General", "low", "A, B, C"), rule(2, "Special", "medium", "A", 1)
	for _, test := range []struct {
		name   string
		rules  []string
		events string // one letter for each action, of user alice
		want   []string
		folded int
	}{
		{"special case", []string{general, special}, "AB", []string{"medium Special e0 also low General x1", "low General e1"}, 1},
		{"not named", []string{general, rule(2, "Special", "medium", "A")}, "A", []string{"low General e0", "medium Special e0"}, 0},
		{"relations add up", []string{general, special, rule(3, "Extra", "high", "A", 2)}, "A", []string{"high Extra e0 also medium Special x1 also low General x1"}, 2},
		{"a chain without its middle", []string{general, rule(2, "Special", "medium", "B", 1), rule(3, "Extra", "high", "A", 2)}, "A", []string{"high Extra e0 also low General x1"}, 1},
		{"the level is the highest", []string{rule(1, "General", "high", "A"), special}, "A", []string{"high Special e0 also high General x1"}, 1},
		{"the more severe rule wins", []string{general, special, rule(3, "Other", "high", "A", 1)}, "A", []string{"medium Special e0", "high Other e0 also low General x1"}, 1},
		{"a circle folds once", []string{rule(1, "General", "low", "A", 2), special}, "A", []string{"medium General e0 also medium Special x1"}, 1},
		{"singles under a burst", []string{general, many(4, "Many", "medium", "A", 3, 1)}, "AABA", []string{"medium Many e0,e1,e3 also low General x3", "low General e2"}, 3},
		{"a burst that does not come about", []string{general, many(4, "Many", "medium", "A", 3, 1)}, "AA", []string{"low General e0", "low General e1"}, 0},
		{"special cases under a burst bring their own", []string{general, special, many(4, "Many", "medium", "A", 2, 2)}, "AA", []string{"medium Many e0,e1 also medium Special x2 also low General x2"}, 4},
		{"a burst under a longer one", []string{many(4, "Many", "medium", "A, B", 3, 5), many(5, "Two", "low", "A", 2)}, "ABA", []string{"medium Many e0,e1,e2 also low Two x1"}, 1},
		{"a burst with an event of its own", []string{many(4, "Many", "medium", "A", 2, 5), many(5, "Two", "low", "A, C", 2)}, "AAC", []string{"medium Many e0,e1", "low Two e0,e1,e2"}, 0},
		{"singles move on with their burst", []string{general, many(4, "Many", "medium", "A, B", 3, 5), many(5, "Two", "low", "A", 2, 1)}, "ABA", []string{"medium Many e0,e1,e2 also low General x3 also low Two x1"}, 4},
		{"a burst of one event under a single", []string{rule(1, "Single", "high", "A", 4), many(4, "Many", "medium", "A", 1)}, "A", []string{"high Single e0 also medium Many x1"}, 1},
		{"a single under a burst of one event", []string{general, many(4, "Many", "medium", "A", 1, 1)}, "A", []string{"medium Many e0 also low General x1"}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			var lines []string
			for i, action := range test.events {
				lines = append(lines, failing(fmt.Sprintf("e%d", i), string(action), "alice", ""))
			}
			options := hunt.Options{Set: rules(t, test.rules...), Source: &hunt.Files{Paths: []string{write(t, "logs.jsonl", lines...)}}}
			o := run(t, options)
			if got := levelledTexts(t, o.lines); !slices.Equal(got, test.want) {
				t.Errorf("got %q\nwant %q", got, test.want)
			}
			if o.ledger.Findings.Folded != test.folded {
				t.Errorf("got %d folded, want %d", o.ledger.Findings.Folded, test.folded)
			}
			options.Unfolded = true
			apart := run(t, options)
			if len(apart.lines) != len(o.lines)+test.folded || apart.ledger.Findings.Folded != 0 || apart.summary.Events != o.summary.Events {
				t.Errorf("unfolded: got %d findings of %d events and %d folded, want %d of %d and 0", len(apart.lines), apart.summary.Events,
					apart.ledger.Findings.Folded, len(o.lines)+test.folded, o.summary.Events)
			}
		})
	}
}

// Folding does not depend on the order of the input, and spills what it sorts.
func TestFoldingOfManyEvents(t *testing.T) {
	events := testkit.Rounds(20_000, 120_000, 120_000)
	var lines []string
	for i := range events {
		lines = append(lines, strings.Replace(failing("e0", "A", "alice", ""), `"eventID":"e0"`, fmt.Sprintf(`"eventID":"%08d"`, i*7919%events), 1))
	}
	o := run(t, hunt.Options{
		Set:    rules(t, rule(1, "General", "low", "A"), many(4, "Many", "medium", "A", 3, 1)),
		Source: &hunt.Files{Paths: []string{write(t, "logs.jsonl", lines...)}},
	})
	if len(o.lines) != 1 || o.ledger.Findings.Folded != events || !strings.Contains(o.lines[0], fmt.Sprintf(`"count":%d}]`, events)) {
		t.Errorf("got %d findings and %d folded, want 1 and %d", len(o.lines), o.ledger.Findings.Folded, events)
	}
}
