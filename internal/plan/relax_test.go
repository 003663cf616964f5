package plan

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/value"
)

// planOf returns the plan of rules for a CloudTrail table.
func planOf(t *testing.T, rules string) *Plan {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "rules.yml"), []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: os.DirFS(folder)}}, ruleset.Options{})
	if err != nil || len(set.Rules) == 0 {
		t.Fatal(err, list)
	}
	p, err := schema.FindLayout(schema.All(), "cloudtrail/athena")
	if err != nil {
		t.Fatal(err)
	}
	return Build(set, p, Options{Dialect: sqlgen.DialectByName("trino"), Table: "trail"})
}

func detection(selection string) string {
	return fmt.Sprintf(`title: Objects
logsource: {product: aws, service: cloudtrail}
detection:
  selection:
    eventName: PutObject
%s
  condition: selection
`, selection)
}

// holds evaluates only the conditions of an expression on stored text.
func holds(t *testing.T, e ir.Expr, text string) bool {
	switch e := e.(type) {
	case *ir.AndExpr:
		for _, operand := range e.Operands {
			if !holds(t, operand, text) {
				return false
			}
		}
		return true
	case *ir.OrExpr:
		for _, operand := range e.Operands {
			if holds(t, operand, text) {
				return true
			}
		}
		return false
	case *ir.StringExpr:
		if !e.Cased {
			text = strings.ToLower(text)
		}
		return !e.Field.Stored || strings.Contains(text, e.Pattern[0].Text)
	}
	return true
}

// If a rule matches JSON text, its search in the stored text also matches, whatever the formatting of the text.
func TestStoredTextSearchIncludesMatches(t *testing.T) {
	for _, c := range []struct {
		selection string
		stored    []string // texts that match the rule
		other     string   // a text that neither the rule nor the search matches
	}{
		{"    requestParameters.key: Secret-Plan.txt", []string{
			`{"key":"secret-plan.TXT"}`, `{ "key" : "secret-plan.txt" }`, `{"key":"\u0073ecret-plan.txt"}`, `{"key":["a","secret-plan.txt"]}`,
		}, `{"key":"other"}`},
		{"    requestParameters.key|contains: 'a/very/long/way'", []string{
			`{"key":"x/a/very/long/way/y"}`, `{"key":"x\/a\/very\/long\/way"}`,
		}, `{"key":"x"}`},
		{`    requestParameters.key|contains: 'say "hello there"'`, []string{`{"key":"say \"hello there\""}`}, `{"key":"say hello"}`},
		{"    requestParameters.key|contains: 'Straße nach Süden'", []string{`{"key":"STRAßE NACH SÜDEN"}`, `{"key":"stra\u00dfe nach s\u00fcden"}`}, `{"key":"x"}`},
		{"    requestParameters|contains: 'name\":\"value-one'", []string{`{ "name" : "value-one" }`}, `{"a":1}`},
		{"    requestParameters.maxKeys: 1000", []string{`{"maxKeys":1000}`, `{"maxKeys":"1e3"}`}, `{"min":1}`},
		{"    requestParameters.maxKeys: 1000", []string{`{"ma\u0078Keys":1000}`}, `{"MAXKEYS":1000}`},
		{"    requestParameters.dryRun: true", []string{`{"dryRun":true}`, `{"dr\u0079Run":"True"}`}, `{"min":1}`},
		{"    requestParameters.tagSet|exists: true", []string{`{"tagSet":{}}`}, `{"min":1}`},
		{"    requestParameters.key|re: 'back.p$'", []string{`{"key":"backup"}`}, `{"min":1}`},
	} {
		p := planOf(t, detection(c.selection))
		set := p.b.set
		compiled := set.Compile(p.Layout.Schema)
		m := compiled.Program.NewMatcher()
		relaxed := p.b.rules[0].relaxed
		matches := func(stored string) bool {
			doc, err := new(value.Parser).Parse([]byte(`{"eventName":"PutObject","requestParameters":` + stored + `}`))
			if err != nil {
				t.Fatal(err)
			}
			return len(m.Match(doc)) > 0
		}
		for _, stored := range c.stored {
			if !matches(stored) {
				t.Errorf("%s: the rule does not match %s", c.selection, stored)
			}
			if !holds(t, relaxed, stored) {
				t.Errorf("%s does not match\n%s", stored, ir.Format(relaxed))
			}
		}
		if matches(c.other) || holds(t, relaxed, c.other) {
			t.Errorf("%s matches the rule or\n%s", c.other, ir.Format(relaxed))
		}
	}
}

// Conditions on JSON values become searches in the stored text. Only if a rule would match all events of a common action is its
// exact predicate evaluated, on the rows that match the other conditions.
func TestRowsAvoidReadingJSON(t *testing.T) {
	sql := planOf(t, detection("    requestParameters.key: secret-plan.txt\n    errorCode|exists: false")).Statements[0].SQL(Chunk{})
	if strings.Contains(sql, "json_extract") {
		t.Errorf("the statement reads JSON:\n%s", sql)
	}
	p := planOf(t, detection("    requestParameters.key|re: '^secret'"))
	opt := p.b.opt
	opt.Common = []string{"PutObject"}
	sql = Build(p.b.set, p.Layout, opt).Statements[0].SQL(Chunk{})
	inner := strings.LastIndex(sql, "FROM trail")
	if !strings.Contains(sql[:inner], "json_extract") || !strings.Contains(sql[inner:], "lower(eventname) = 'putobject'") {
		t.Errorf("got no exact predicate over the rows of a cheap one:\n%s", sql)
	}
}
