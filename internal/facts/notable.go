package facts

import (
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// targets adds what the event at hand was about.
func (x *Extractor) targets(a *applicable, add func(finding.Target)) {
	n := 0
	for _, i := range a.targets {
		rule := &x.rules.Targets[i]
		if x.event.Lacks.target(i) || !x.holds(&rule.On) {
			continue
		}
		for _, leaf := range x.all(rule.Paths, value.Leaf{Doc: x.event.Doc}) {
			if leaf.Doc.Kind(leaf.Node) == value.Object {
				continue
			}
			name := boundedCopy(x.text(leaf))
			if name == "" {
				continue
			}
			if n++; n > maxPerEvent {
				return
			}
			account := ""
			switch arn, ok := accountOfARN(name); {
			case ok:
				account = arn
			case !rule.AnyAccount:
				account = x.event.Subject.Account
			}
			add(finding.Target{Type: rule.Type, Name: name, Account: account, Outcome: x.outcome})
		}
	}
}

// facts adds what makes the event at hand serious.
func (x *Extractor) facts(a *applicable, add func(finding.Fact)) {
	n := 0
	give := func(name, text string) {
		if n++; n <= maxPerEvent {
			add(finding.Fact{Name: name, Value: bounded(text), Outcome: x.outcome})
		}
	}
	for _, i := range a.facts {
		rule := &x.rules.Notable[i]
		if x.event.Lacks.fact(i) || !x.holds(&rule.On) {
			continue
		}
		if rule.Each == nil {
			x.fact(rule, value.Leaf{Doc: x.event.Doc}, give)
			continue
		}
		for _, object := range x.append(nil, rule.Each, value.Leaf{Doc: x.event.Doc}) {
			if object.Doc.Kind(object.Node) == value.Object {
				x.fact(rule, object, give)
			}
		}
	}
}

// fact gives the facts of a rule in one object.
func (x *Extractor) fact(rule *schema.FactRule, of value.Leaf, give func(name, text string)) {
	for i := range rule.Where {
		if !x.test(&rule.Where[i], of) {
			return
		}
	}
	suffix := ""
	if len(rule.Conditions) > 0 && len(x.all(rule.Conditions, of)) > 0 {
		suffix = " (with conditions)"
	}
	if rule.Paths == nil {
		if text, ok := x.fill(rule, of, ""); ok {
			give(rule.Fact, strings.TrimPrefix(text+suffix, " "))
		}
		return
	}
	for _, leaf := range x.append(nil, rule.Paths, of) {
		if leaf.Doc.Kind(leaf.Node) == value.Object {
			continue
		}
		raw := x.text(leaf)
		if len(raw) == 0 || rule.Only != nil && !schema.MatchesAny(rule.Only, raw) || schema.MatchesAny(rule.Except, raw) {
			continue
		}
		text, everyone := x.read(rule, boundedCopy(raw))
		if everyone && rule.Everyone != "" {
			give(rule.Everyone, strings.TrimPrefix(suffix, " "))
			if rule.Kind != schema.NetworkValue {
				continue // the value says no more than that
			}
		}
		if rule.Outside && isOwn(text, x.event.Subject.Account) {
			continue
		}
		if text, ok := x.fill(rule, of, text); ok {
			give(rule.Fact, text+suffix)
		}
	}
}

// read returns what to show of a value, and whether it stands for everyone.
func (x *Extractor) read(rule *schema.FactRule, text string) (shown string, everyone bool) {
	for _, word := range rule.EveryoneIs {
		if strings.EqualFold(word, text) {
			return text, true
		}
	}
	switch rule.Kind {
	case schema.AccountValue:
		if text == "*" || isEveryoneARN(text) {
			return text, true
		}
		return accountText(text, x.event.Subject.Account), false
	case schema.NetworkValue:
		return text, isOpen(text)
	case schema.TextValue:
	}
	return text, false
}

// fill returns the text of a rule's template, false if a part of it is missing.
func (x *Extractor) fill(rule *schema.FactRule, of value.Leaf, text string) (string, bool) {
	if rule.Value == "{}" {
		return text, true
	}
	var out strings.Builder
	rest := rule.Value
	for {
		before, after, found := strings.Cut(rest, "{")
		out.WriteString(before)
		if !found {
			return out.String(), true
		}
		var name string
		name, rest, _ = strings.Cut(after, "}")
		part := ""
		switch {
		case name == "":
			part = text
		case name == "port" && len(rule.Ports[0]) > 0:
			part = portText(x.firstOf(rule.Ports[0], of), x.firstOf(rule.Ports[1], of), x.firstOf(rule.Ports[2], of))
		case name == "count" && len(rule.Count) > 0:
			if n := len(x.all(rule.Count, value.Leaf{Doc: x.event.Doc})); n > 0 {
				part = strconv.Itoa(n)
			}
		default:
			if part = x.firstOf(rule.Parts[name], of); part == "" {
				part = x.first(rule.Parts[name])
			}
			if part != "" && rule.Each == nil && !x.sure(rule.Parts[name], part) {
				part = ""
			}
		}
		if part == "" {
			return "", false
		}
		out.WriteString(part)
	}
}
