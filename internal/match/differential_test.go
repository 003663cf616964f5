package match_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// TestMatcherAgreesWithNaiveEvaluator compares many random rules, compiled together so that the index, the sets and
// the shared predicates are at work, on random events. EGRET_PAIRS sets the number of pairs.
func TestMatcherAgreesWithNaiveEvaluator(t *testing.T) {
	pairs := testkit.Rounds(25_000, 100_000, 1_000_000)
	if text := os.Getenv("EGRET_PAIRS"); text != "" {
		pairs, _ = strconv.Atoi(text)
	}
	const rules, events, workers = 40, 50, 2
	var group sync.WaitGroup
	var held [workers]int
	rounds := (pairs + rules*events - 1) / (rules * events)
	for worker := range workers {
		group.Go(func() {
			for round := worker; round < rounds && !t.Failed(); round += workers {
				held[worker] += comparePairs(t, rand.New(rand.NewPCG(uint64(round), 7)), rules, events)
			}
		})
	}
	group.Wait()
	t.Logf("%d pairs, of which %d hold", rounds*rules*events, held[0]+held[1])
}

func comparePairs(t *testing.T, rng *rand.Rand, rules, events int) (held int) {
	var texts []string
	var queries []ir.Expr
	var naive []func(e *testkit.Event) bool
	for len(queries) < rules {
		if rng.IntN(10) == 0 { // no rule of Sigma says this
			query, judge := testkit.RandomTextOrder(rng, testkit.CasePaths)
			texts, naive, queries = append(texts, ir.Format(query)), append(naive, judge), append(queries, query)
			continue
		}
		text := testkit.RandomRule(rng)
		collection, list := sigma.Parse(source.NewFile("random.yml", text))
		if len(collection.Rules) != 1 {
			t.Errorf("random rule refused: %v\n%s", list, text)
			return 0
		}
		query, faults := lower.Rule(collection.Rules[0], lower.Options{Placeholders: testkit.RandomPlaceholders})
		if query == nil && strings.Contains(text, "base64offset") {
			continue // a value of one byte is refused
		}
		if query == nil {
			t.Errorf("random rule refused: %v\n%s", faults, text)
			return 0
		}
		if err := ir.Validate(query.Where, false); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
		n, err := testkit.CompileNaive(collection.Rules[0], testkit.RandomOptions())
		if err != nil {
			t.Errorf("naive: %v\n%s", err, text)
			return 0
		}
		texts = append(texts, text)
		naive = append(naive, n.Match)
		queries = append(queries, pass.Bind(query.Where, testkit.CasePaths))
	}
	simple := make([]ir.Expr, len(queries))
	for i, query := range queries {
		simple[i] = pass.Simplify(query)
		if again := pass.Simplify(simple[i]); ir.Format(again) != ir.Format(simple[i]) {
			t.Errorf("simplifying twice changes\n%sto\n%s", ir.Format(simple[i]), ir.Format(again))
		}
	}
	programs := []*match.Matcher{match.Compile(queries, nil).NewMatcher(), match.Compile(simple, nil).NewMatcher()}
	var parser value.Parser
	for range events {
		text := testkit.RandomEvent(rng)
		event, err := testkit.DecodeEvent(text)
		if err != nil {
			t.Error(err)
			return held
		}
		doc, err := parser.Parse([]byte(text))
		if err != nil {
			t.Errorf("%v in %s", err, text)
			return held
		}
		for which, m := range programs {
			got := map[int]bool{}
			for _, i := range m.Match(doc) {
				got[i] = true
			}
			for i := range queries {
				want := naive[i](event)
				if want {
					held++
				}
				if got[i] != want {
					t.Errorf("naive says %v, matcher %d says %v\n%s\n%s\n%s", want, which, got[i], texts[i], text, trace(match.Explain(simple[i], doc), ""))
					return held
				}
			}
		}
	}
	return held
}

// TestMatcherPassesCases runs the cases of the archive, which contain the expected matches.
func TestMatcherPassesCases(t *testing.T) {
	ran := 0
	for _, c := range testkit.Cases(t) {
		collection, _ := sigma.Parse(c.Rule)
		if c.Refused != "" || len(collection.Rules) != 1 || len(collection.Correlations)+len(collection.Filters) > 0 || c.Topic == "log-source" {
			continue // what needs more than the matcher is tested where the rest comes in
		}
		ran++
		t.Run(c.Topic+"/"+c.Name, func(t *testing.T) {
			query, list := lower.Rule(collection.Rules[0], lower.Options{Placeholders: c.Options.Placeholders})
			if query == nil {
				t.Fatal(list)
			}
			m := match.Compile([]ir.Expr{pass.Native(query.Where, testkit.CasePaths)}, nil).NewMatcher()
			want := map[string]bool{}
			for _, id := range c.WantIDs {
				want[id] = true
			}
			for _, event := range c.Events {
				var parser value.Parser
				doc, err := parser.Parse([]byte(event.Text))
				if err != nil {
					t.Fatal(err)
				}
				if got := len(m.Match(doc)) > 0; got != want[event.ID] {
					t.Errorf("event %s: got %v\n%s\n%s\n%s", event.ID, got, strings.TrimSpace(c.Comment), event.Text, query)
				}
			}
		})
	}
	if ran < 50 {
		t.Errorf("only %d cases", ran)
	}
}

func TestMatchDoesNotAllocateWithoutMatches(t *testing.T) {
	var queries []ir.Expr
	for _, text := range []string{
		"sel:\n        eventName: ConsoleLogin\n        responseElements.ConsoleLogin: Success",
		"sel:\n        eventName|startswith: [Delete, Put]\n        requestParameters.policyDocument.Statement.Effect: Allow",
		"sel:\n        userAgent|contains: [curl, wget, python, boto, kali, ruby, perl, java]\n        errorCode: AccessDenied",
		"sel:\n        sourceIPAddress|cidr: 192.0.2.0/24\n    other:\n        eventName|re: '^Get.*Secret'",
		"sel:\n        - secret\n        - pass*word",
	} {
		condition := "1 of them"
		collection, list := sigma.Parse(source.NewFile("rule.yml", "title: t\nlogsource:\n    product: aws\ndetection:\n    "+text+"\n    condition: "+condition+"\n"))
		if len(collection.Rules) != 1 {
			t.Fatal(list)
		}
		query, _ := lower.Rule(collection.Rules[0], lower.Options{})
		queries = append(queries, pass.Native(query.Where, testkit.CasePaths))
	}
	m := match.Compile(queries, nil).NewMatcher()
	event := []byte(`{"eventName":"GetCallerIdentity","eventSource":"sts.amazonaws.com","userAgent":"Go-http-client/1.1","sourceIPAddress":"198.51.100.7",
		"requestParameters":{"policyDocument":"{\"Statement\":[{\"Effect\":\"Deny\"}]}"},"userIdentity":{"arn":"arn:aws:iam::111122223333:user/ci"},"readOnly":true,"n":1}`)
	var parser value.Parser
	run := func() {
		doc, err := parser.Parse(event)
		if err != nil {
			t.Fatal(err)
		}
		if matched := m.Match(doc); len(matched) > 0 {
			t.Fatalf("rule %d matches", matched[0])
		}
	}
	run()
	if n := testing.AllocsPerRun(200, run); n > 0 {
		t.Errorf("%v allocations an event", n)
	}
}

// trace prints what became of each node.
func trace(t match.Trace, indent string) string {
	text := fmt.Sprintf("%s%v: %s %q\n", indent, t.Held, ir.Line(t.Expr), t.Values)
	for _, operand := range t.Operands {
		text += trace(operand, indent+"  ")
	}
	return text
}
