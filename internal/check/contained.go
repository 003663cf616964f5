package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/source"
)

// This file finds rules that match the same events as another one, or only events that another one matches too.

// gram is the number of bytes by which texts are looked up.
const gram = 4

// maxCandidates limits the rules that one rule is compared with.
const maxCandidates = 200

// A subject is a rule that is compared with others.
type subject struct {
	doc    *Document
	where  ir.Expr
	source string
	texts  []subjectText
	// keys are those of which a rule must have one to imply this one, sorted.
	keys []string
}

// A subjectText is a literal of a rule in lower case, with its field.
type subjectText struct{ field, text string }

// grams returns the keys that the rules in focus have, nil if all are.
func grams(list []*subject, focus map[*source.File]bool) map[string]bool {
	if focus == nil {
		return nil
	}
	keys := map[string]bool{}
	for _, s := range list {
		if !focus[s.doc.file] {
			continue
		}
		for _, t := range s.texts {
			for at := 0; at+gram <= len(t.text); at++ {
				keys[gramKey(s.source, t.field, t.text[at:at+gram])] = true
			}
		}
	}
	return keys
}

func subjects(documents []*Document, known func() map[string]*Document) []*subject {
	steps := map[*Document]bool{} // rules that report nothing themselves
	for _, d := range documents {
		if d.correlation == nil || d.correlation.Generate {
			continue
		}
		for _, reference := range d.correlation.Rules {
			steps[lookup(known(), reference.Value)] = true
		}
	}
	var list []*subject
	for _, d := range documents {
		if d.kind != rules || d.where == nil || d.rule.Base || steps[d] {
			continue
		}
		list = append(list, d.subject())
	}
	return list
}

// newSubject returns a rule with a lowered detection as it is compared with others.
func newSubject(d *Document) *subject {
	s := &subject{doc: d, where: lowerTexts(pass.Simplify(d.where)), source: d.sourceName()}
	ir.Walk(s.where, func(e ir.Expr) bool {
		if field, text, ok := leafText(e); ok {
			s.texts = append(s.texts, subjectText{field, text})
		}
		return true
	})
	parts := []ir.Expr{s.where}
	if and, ok := s.where.(*ir.AndExpr); ok {
		parts = and.Operands
	}
	shortest := func(keys []string) int { return len(keys) }
	for _, part := range parts {
		if keys, ok := lookups(s.source, part); ok && (s.keys == nil || rarer(keys, s.keys, shortest)) {
			s.keys = keys
		}
	}
	slices.Sort(s.keys)
	s.keys = slices.Compact(s.keys)
	return s
}

// lowerTexts returns an expression with the texts in lower case whose case does not count, so that comparing them needs no more.
func lowerTexts(e ir.Expr) ir.Expr {
	return ir.Rewrite(e, func(e ir.Expr) ir.Expr {
		s, ok := e.(*ir.StringExpr)
		if !ok || s.Cased || len(s.Pattern) != 1 || s.Pattern[0].Kind != ir.Literal {
			return e
		}
		low := strings.ToLower(s.Pattern[0].Text)
		if low == s.Pattern[0].Text {
			return e
		}
		c := *s
		c.Pattern = ir.Pattern{{Kind: ir.Literal, Text: low}}
		return &c
	})
}

// sourceName returns a text that is equal for equal log sources.
func (d *Document) sourceName() string {
	l := d.logSource
	return l.Product + "|" + l.Category + "|" + l.Service
}

// leafText returns the field and the text of a leaf that tests for a text without wildcards.
func leafText(e ir.Expr) (field, text string, ok bool) {
	switch e := e.(type) {
	case *ir.StringExpr:
		text, ok = literal(e.Pattern)
		field = e.Field.Name
	case *ir.KeywordExpr:
		text, ok = literal(e.Pattern)
	}
	return field, strings.ToLower(text), ok
}

// lookups returns the keys of which a rule must have one to imply an expression: one for each of its alternatives. ok is false if a
// part cannot be looked up.
func lookups(source string, e ir.Expr) (keys []string, ok bool) {
	switch e := e.(type) {
	case *ir.OrExpr:
		for _, operand := range e.Operands {
			more, ok := lookups(source, operand)
			if !ok {
				return nil, false
			}
			keys = append(keys, more...)
		}
		return keys, len(keys) > 0
	case *ir.AndExpr:
		for _, operand := range e.Operands { // the alternatives of any one part will do
			if more, ok := lookups(source, operand); ok && (keys == nil || len(more) < len(keys)) {
				keys = more
			}
		}
		return keys, keys != nil
	}
	field, text, ok := leafText(e)
	if !ok || len(text) < gram {
		return nil, false
	}
	middle := (len(text) - gram) / 2
	return []string{gramKey(source, field, text[middle:middle+gram])}, true
}

func gramKey(source, field, text string) string { return source + "\x00" + field + "\x00" + text }

// A relation says that every event of one rule is one of another rule of the same log source.
type relation struct {
	narrow, wide *subject
	// equal is set if the reverse holds too.
	equal bool
}

// relations finds the rules whose events another rule of the same log source matches too. Of two equal rules both are narrow once.
// The narrow ones are those of the files in focus, or of all files if that is nil.
func relations(documents []*Document, known func() map[string]*Document, focus map[*source.File]bool) (found []relation) {
	list := subjects(documents, known)
	asked := grams(list, focus)
	wanted := map[string][]int{} // the rules that an implying rule must have a key of
	for i, s := range list {
		for _, key := range s.keys {
			if focus == nil || asked[key] {
				wanted[key] = append(wanted[key], i)
			}
		}
	}
	seen := make([]int, len(list)) // by which rule a candidate was met last
	for i := range seen {
		seen[i] = -1
	}
	var buffer []byte
	p := newProver()
	p.lowered = true
	for i, a := range list {
		if focus != nil && !focus[a.doc.file] {
			continue
		}
		candidates := 0
		for _, t := range a.texts {
			for at := 0; at+gram <= len(t.text) && candidates < maxCandidates; at++ {
				buffer = append(append(append(append(append(buffer[:0], a.source...), 0), t.field...), 0), t.text[at:at+gram]...)
				for _, j := range wanted[string(buffer)] {
					if j == i || seen[j] == i {
						continue
					}
					seen[j] = i
					candidates++
					b := list[j]
					if p.budget = proofSteps; p.implies(a.where, b.where) {
						p.budget = proofSteps
						found = append(found, relation{a, b, p.implies(b.where, a.where)})
					}
				}
			}
		}
	}
	return found
}

// rarer reports whether the alternatives of a part are a better choice to look a rule up: fewer, and not the name of a program, which
// many rules share.
func rarer(keys, best []string, count func([]string) int) bool {
	common := func(keys []string) bool {
		return strings.Contains(keys[0], "\x00Image\x00") || strings.Contains(keys[0], "\x00ParentImage\x00")
	}
	if common(keys) != common(best) {
		return common(best)
	}
	return count(keys) < count(best)
}

// containedRules reports rules that another one contains.
func containedRules(r *setReporter, _ []*Document) {
	for _, found := range r.related() {
		if !found.equal {
			a, b := found.narrow.doc, found.wide.doc
			r.report(a, a.place("title"), fmt.Sprintf("every event of the rule is one of %q too", b.Title)).Labels =
				[]diag.Label{{Span: b.place("title"), Text: "the wider one"}}
		}
	}
}

// equalRules reports the later one of two equal rules.
func equalRules(r *setReporter, _ []*Document) {
	for _, found := range r.related() {
		a, b := found.narrow.doc, found.wide.doc
		if found.equal && (a.file.Name > b.file.Name || a.file == b.file && a.Document > b.Document) {
			r.report(a, a.place("title"), fmt.Sprintf("the rule matches the same events as %q", b.Title)).Labels =
				[]diag.Label{{Span: b.place("title"), Text: "the other one"}}
		}
	}
}
