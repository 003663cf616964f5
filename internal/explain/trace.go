package explain

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/value"
)

// maxSeen limits the values of a field, and the characters of each, that a trace prints.
const (
	maxSeen      = 5
	maxSeenRunes = 200
)

// trace prints whether a rule matches an event and, for each predicate, whether it matched and what it saw.
func (e *Explainer) trace(rule *ruleset.Rule, sch *schema.Schema, doc *value.Doc) {
	compiled, query := e.compile(sch, rule)
	if query < 0 {
		e.printf("  %s %s: its log source is not %s\n", e.paint("31", "✗"), diag.Safe(rule.Title), sch.Title)
		return
	}
	t := match.Explain(compiled.Queries[query], doc)
	verdict := e.paint(term.Error, "does not match")
	if judge := e.judge(sch, rule); judge.Predicates() > 1 {
		verdict += fmt.Sprintf(", by %d of %s", judge.Missing(doc), term.Plural(judge.Predicates(), "predicate"))
	}
	if t.Held {
		verdict = e.paint(term.Help, "matches")
	}
	e.printf("  %s %s\n", diag.Safe(rule.Title), verdict)
	e.node(&t, 2)
}

func (e *Explainer) node(t *match.Trace, depth int) {
	indent := strings.Repeat("  ", depth)
	mark := e.paint("31", "✗")
	if t.Held {
		mark = e.paint("32", "✓")
	}
	e.printf("%s%s %s\n", indent, mark, diag.Safe(ir.Line(t.Expr)))
	for _, values := range t.Values {
		e.printf("%s    %s\n", indent, e.paint(term.Dim, diag.Safe(values.Field)+": "+seen(values.Texts)))
	}
	for i := range t.Operands {
		e.node(&t.Operands[i], depth+1)
	}
}

// seen returns the values of a field as text.
func seen(texts []string) string {
	if len(texts) == 0 {
		return "missing"
	}
	var parts []string
	for _, text := range texts[:min(maxSeen, len(texts))] {
		if utf8.RuneCountInString(text) > maxSeenRunes {
			text = string([]rune(text)[:maxSeenRunes]) + "…"
		}
		parts = append(parts, `"`+diag.Safe(text)+`"`)
	}
	if more := len(texts) - maxSeen; more > 0 {
		parts = append(parts, "and "+strconv.Itoa(more)+" more")
	}
	return strings.Join(parts, ", ")
}
