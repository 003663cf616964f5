package pass_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// ranks returns the rank of a field in the table below. Field c is not cheap.
func ranks(f *ir.Field) int { return map[string]int{"a": 3, "b": 2, "d": 1}[f.Name] }

func TestSupersetKeepsCheapPredicates(t *testing.T) {
	field := func(name string) ir.Field { return ir.Field{Name: name} }
	lit := func(text string) ir.Part { return ir.Part{Kind: ir.Literal, Text: text} }
	str := func(name string, op ir.StringOp, parts ...ir.Part) ir.Expr {
		return &ir.StringExpr{Field: field(name), Op: op, Pattern: parts}
	}
	is := func(name, text string) ir.Expr { return str(name, ir.Equal, lit(text)) }
	and := func(e ...ir.Expr) ir.Expr { return &ir.AndExpr{Operands: e} }
	or := func(e ...ir.Expr) ir.Expr { return &ir.OrExpr{Operands: e} }
	not := func(e ir.Expr) ir.Expr { return &ir.NotExpr{Operand: e} }
	run, one, dash := ir.Part{Kind: ir.AnyRun}, ir.Part{Kind: ir.AnyOne}, ir.Part{Kind: ir.Dash}
	for _, c := range []struct {
		name string
		in   ir.Expr
		want string
	}{
		{"a text", is("a", "X"), `a equals "x"`},
		{"a case-sensitive text", &ir.StringExpr{Field: field("a"), Pattern: ir.Pattern{lit("X")}, Cased: true}, `a equals "x"`},
		{"the empty text", str("a", ir.Equal), `a equals ""`},
		{"a prefix", str("a", ir.StartsWith, lit("Get")), `a startswith "get"`},
		{"wildcards after a text", str("a", ir.Equal, lit("Get"), run, lit("x"), one), `a startswith "get"`},
		{"* before a text", str("a", ir.Equal, run, lit("x")), "true"},
		{"? before a text", str("a", ir.StartsWith, one, lit("x")), "true"},
		{"a dash before a text", str("a", ir.Equal, dash, lit("x")), "true"},
		{"only *", str("a", ir.Equal, run), "true"},
		{"an empty prefix", str("a", ir.StartsWith), "true"},
		{"a suffix", str("a", ir.EndsWith, lit("x")), "true"},
		{"a substring", str("a", ir.Contains, lit("x")), "true"},
		{"a boolean", &ir.BoolExpr{Field: field("a"), Value: true}, `a equals "true"`},
		{"a number", &ir.NumberExpr{Field: field("a"), Text: "1"}, "true"},
		{"exists", &ir.ExistsExpr{Field: field("a")}, "true"},
		{"null", &ir.NullExpr{Field: field("a")}, "true"},
		{"a regular expression", &ir.RegexExpr{Field: field("a"), Text: "^x$"}, "true"},
		{"a keyword", &ir.KeywordExpr{Pattern: ir.Pattern{lit("x")}}, "true"},
		{"a field that is not cheap", is("c", "x"), "true"},

		{"the rarest operand", and(is("d", "x"), is("a", "y"), is("b", "z")), `a equals "y"`},
		{"a text is preferred to a prefix", and(str("a", ir.StartsWith, lit("abcdefghij")), is("b", "z")), `b equals "z"`},
		{"a text is preferred to a long prefix of a rarer field", and(str("a", ir.StartsWith, lit("abcdefghijklmnop")), is("b", "z")), `b equals "z"`},
		{"a longer prefix is preferred", and(str("a", ir.StartsWith, lit("ab")), str("b", ir.StartsWith, lit("abcdefgh"))), `b startswith "abcdefgh"`},
		{"fewer texts are preferred", and(or(is("a", "1"), is("a", "2")), is("a", "3")), `a equals "3"`},
		{"an operand that is not cheap is dropped", and(is("c", "x"), is("d", "y")), `d equals "y"`},
		{"and without operands", and(), "true"},
		{"union", or(is("a", "x"), is("b", "y")), "or\n  a equals \"x\"\n  b equals \"y\""},
		{"union with one that is not cheap", or(is("a", "x"), is("c", "y")), "true"},
		{"union of ands", or(and(is("a", "x"), is("c", "z")), and(is("d", "y"))), "or\n  a equals \"x\"\n  d equals \"y\""},
		{"a union ranks as its worst operand", and(or(is("a", "x"), is("d", "y")), is("b", "z")), `b equals "z"`},
		{"in any order", and(or(is("d", "y"), is("a", "x")), is("b", "z")), `b equals "z"`},
		{"or without operands", or(), "false"},
		{"duplicates", or(is("a", "x"), is("a", "X"), is("a", "x")), `a equals "x"`},
		{"texts that a prefix includes", or(is("a", "xyz"), str("a", ir.StartsWith, lit("xy")), str("a", ir.StartsWith, lit("x")), is("a", "y")), "or\n  a startswith \"x\"\n  a equals \"y\""},
		{"false in and", and(is("a", "x"), &ir.ConstExpr{}), "false"},
		{"false in or", or(is("a", "x"), &ir.ConstExpr{}), `a equals "x"`},
		{"true in or", or(is("a", "x"), &ir.ConstExpr{Value: true}), "true"},

		{"negation of a leaf", not(is("a", "x")), "true"},
		{"and with a negated operand", and(is("a", "x"), not(is("b", "y"))), `a equals "x"`},
		{"negated constant", not(&ir.ConstExpr{Value: true}), "false"},
		{"double negation", not(not(is("a", "x"))), `a equals "x"`},
		{"negated or", not(or(is("a", "x"), not(is("b", "y")))), `b equals "y"`},
		{"negated and", not(and(not(is("a", "x")), not(is("b", "y")))), "or\n  a equals \"x\"\n  b equals \"y\""},
		{"negated and with a leaf", not(and(is("a", "x"), not(is("b", "y")))), "true"},
	} {
		got := pass.Superset(c.in, ranks)
		if text := strings.TrimSpace(ir.Format(got)); text != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, text, c.want)
		}
		if err := ir.Validate(got, false); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// randomPaths returns the paths of a field of testkit's random rules.
func randomPaths(field string) []value.Path {
	path := value.Path{Text: field}
	for i := range len(field) {
		if kind := testkit.CaseJSONField(field[:i]); field[i] == '.' && kind != testkit.PlainText {
			encoding := value.JSONText
			if kind == testkit.URLEncodedJSON {
				encoding = value.URLEncodedJSON
			}
			path.Embedded = append(path.Embedded, value.Embedded{Length: i, Encoding: encoding})
		}
	}
	return []value.Path{path}
}

// TestSupersetIncludesMatches tests with random rules and events that every event that matches a rule, as testkit's naive
// evaluator decides, also matches its superset and its relaxed form. EGRET_PAIRS sets the number of pairs of a rule and an
// event.
func TestSupersetIncludesMatches(t *testing.T) {
	pairs := 100_000
	if text := os.Getenv("EGRET_PAIRS"); text != "" {
		pairs, _ = strconv.Atoi(text)
	}
	const rules, events = 50, 40
	matched, inSuperset, inRelaxed, useful, all := 0, 0, 0, 0, 0
	for round := range (pairs + rules*events - 1) / (rules * events) {
		rng := rand.New(rand.NewPCG(uint64(round), 11))
		// Each round ranks the fields anew, so that supersets cover all kinds of values.
		rank := map[string]int{}
		cheap := func(f *ir.Field) int {
			if _, ok := rank[f.Name]; !ok {
				rank[f.Name] = max(0, rng.IntN(6)-1)
			}
			return rank[f.Name]
		}
		var texts []string
		var naive []*testkit.Naive
		var supersets, relaxed []ir.Expr
		// The leaves that Relax keeps differ in each round, too.
		leaf := func(e ir.Expr, negated bool) ir.Expr {
			switch fields := ir.Fields(e); {
			case len(fields) == 0 || cheap(fields[0]) == 0:
				return &ir.ConstExpr{Value: true}
			case negated:
				return &ir.NotExpr{Operand: e}
			}
			return e
		}
		for len(supersets) < rules {
			text := testkit.RandomRule(rng)
			collection, list := sigma.Parse(source.NewFile("random.yml", text))
			if len(collection.Rules) != 1 {
				t.Fatalf("sigma.Parse rejected a random rule: %v\n%s", list, text)
			}
			query, _ := lower.Rule(collection.Rules[0], lower.Options{Placeholders: testkit.RandomPlaceholders})
			if query == nil {
				continue // lowering rejects base64offset of one byte
			}
			n, err := testkit.CompileNaive(collection.Rules[0], testkit.RandomOptions())
			if err != nil {
				t.Fatal(err)
			}
			where := query.Where
			if rng.IntN(2) == 0 {
				where = pass.Simplify(where)
			}
			s := pass.Superset(where, cheap)
			if again := pass.Superset(s, cheap); ir.Format(again) != ir.Format(s) {
				t.Fatalf("Superset is not idempotent: for\n%sgot\n%s", ir.Format(s), ir.Format(again))
			}
			if err := ir.Validate(s, false); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if c, ok := s.(*ir.ConstExpr); !ok || !c.Value {
				useful++
			}
			texts, naive = append(texts, text), append(naive, n)
			supersets = append(supersets, pass.Bind(s, randomPaths))
			r := pass.Relax(where, leaf)
			if err := ir.Validate(r, false); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			relaxed = append(relaxed, pass.Bind(r, randomPaths))
		}
		m := match.Compile(slices.Concat(supersets, relaxed), nil).NewMatcher()
		var parser value.Parser
		for range events {
			text := testkit.RandomEvent(rng)
			event, err := testkit.DecodeEvent(text)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := parser.Parse([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			in := make([]bool, 2*rules)
			for _, i := range m.Match(doc) {
				if in[i] = true; i < rules {
					inSuperset++
				} else {
					inRelaxed++
				}
			}
			for i := range naive {
				all++
				if !naive[i].Match(event) {
					continue
				}
				matched++
				if !in[i] {
					t.Fatalf("the rule matches an event that its superset does not match\n%s%s\n%s", texts[i], ir.Format(supersets[i]), text)
				}
				if !in[rules+i] {
					t.Fatalf("the rule matches an event that its relaxed form does not match\n%s%s\n%s", texts[i], ir.Format(relaxed[i]), text)
				}
			}
		}
	}
	t.Logf("%d pairs: %d match the rule, %d its superset, %d its relaxed form; %d supersets are not true", all, matched, inSuperset, inRelaxed, useful)
	if matched*50 < all || inSuperset == all || inRelaxed >= inSuperset || useful < all/events/10 {
		t.Error("too few random rules match or have a useful superset")
	}
}

// cloudTrailRank ranks the plain columns of CloudTrail as a planner would.
func cloudTrailRank(f *ir.Field) int {
	return map[string]int{"eventName": 9, "errorCode": 6, "eventSource": 5, "userIdentity.type": 3, "userIdentity.accessKeyId": 4,
		"userIdentity.arn": 5, "sourceIPAddress": 5, "userAgent": 4, "readOnly": 1}[f.Name]
}

// TestSupersetIncludesMatchesOfPublicRules tests the same with public rules on the events of a public exercise and on
// events made for the rules.
func TestSupersetIncludesMatchesOfPublicRules(t *testing.T) {
	folder := testkit.Shared(t, "data/sigmahq/rules/cloud/aws")
	set, _, err := ruleset.Load(t.Context(), []ruleset.Folder{{Name: "starter", FS: rulepack.FS()}, {Name: "sigmahq", FS: os.DirFS(folder)}}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	layout, err := schema.FindLayout(schema.All(), "cloudtrail")
	if err != nil {
		t.Fatal(err)
	}
	compiled := set.Compile(layout.Schema)
	n := len(compiled.Queries)
	both := append([]ir.Expr{}, compiled.Queries...)
	open := 0
	for _, query := range compiled.Queries {
		s := pass.Superset(query, cloudTrailRank)
		if _, ok := s.(*ir.ConstExpr); ok {
			open++
		}
		both = append(both, s)
	}
	m := match.Compile(both, nil).NewMatcher()
	matched, events := 0, 0
	judge := func(doc *value.Doc) {
		events++
		in := map[int]bool{}
		list := m.Match(doc)
		for _, i := range list {
			in[i] = true
		}
		for _, i := range list {
			if i < n {
				matched++
				if !in[i+n] {
					t.Fatalf("%s matches an event that its superset does not match\n%s%s", set.Rules[compiled.Rules[i]].Path, ir.Format(both[i+n]), doc.Source())
				}
			}
		}
	}
	err = event.NewReader(event.Options{}).Run(t.Context(), []string{testkit.Shared(t, "data/invictus")}, 1, func(_ int, b *event.Batch) error {
		for r := b.Next(); r != nil; r = b.Next() {
			judge(r.Doc)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if events != 2900 { // the number of events in the public data
		t.Errorf("got %d events in the public exercise, want 2900", events)
	}
	base := map[string]any{"eventID": "e", "eventVersion": "1.08", "eventTime": "2026-02-01T00:00:00Z", "eventType": "AwsApiCall",
		"eventName": "Other", "eventSource": "other.amazonaws.com", "eventCategory": "Management", "readOnly": false}
	var parser value.Parser
	for _, rule := range set.Rules {
		for _, text := range testkit.EventsForRule(rule.Tree.(*sigma.Rule), base) {
			doc, err := parser.Parse([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			judge(doc)
		}
	}
	t.Logf("%d rules, %d of them without a cheap superset; %d events, %d matches", n, open, events, matched)
	if open > n/20 || matched < 1000 {
		t.Errorf("%d of %d rules have no cheap superset, want at most %d; got %d matches, want at least 1000", open, n, n/20, matched)
	}
}
