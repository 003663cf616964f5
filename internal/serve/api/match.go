package api

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/conversion"
	"github.com/egret-hunt/egret/internal/explain"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
)

// Limits of what an answer of match shows.
const (
	// maxEvents is the maximum number of events, defaultEvents that without a wish.
	maxEvents, defaultEvents = 200, 50
	// maxNodes is the maximum number of predicates of all events, maxTexts of values of a field, and maxText of bytes of each.
	maxNodes, maxTexts, maxText = 20_000, 20, 1000
	// maxRules is the maximum number of rules that events are compared with.
	maxRules = 100
)

// matchRequest is the body of POST /api/v2/match.
type matchRequest struct {
	Rules []file `json:"rules"`
	// Events is a text in any form that egret hunt reads.
	Events    string `json:"events"`
	MaxEvents int    `json:"max_events"`
}

// matchAnswer says what events and rules came to.
type matchAnswer struct {
	Events []comparedEvent `json:"events"`
	// Total counts all events.
	Total  int      `json:"total"`
	Faults []string `json:"faults"`
	// Correlations is what egret explain prints about correlations, "" if there are none.
	Correlations string            `json:"correlations"`
	Diagnostics  []diag.Diagnostic `json:"diagnostics"`
	// Rules are the titles of the rules.
	Rules []string `json:"rules"`
	// Shortened is set if predicates or values were left out.
	Shortened bool `json:"shortened"`
}

type comparedEvent struct {
	ID      string          `json:"id"`
	Time    string          `json:"time"`
	Action  string          `json:"action"`
	Source  string          `json:"source"`
	Guessed bool            `json:"guessed"`
	Event   json.RawMessage `json:"event"`
	Rules   []comparedRule  `json:"rules"`
}

type comparedRule struct {
	Title string `json:"title"`
	ID    string `json:"id"`
	// Matches is set if the rule matches the event, Foreign if it is for other log sources. Missing is the number of predicates, of
	// Predicates, that keep the rule from matching.
	Matches    bool   `json:"matches"`
	Foreign    bool   `json:"foreign"`
	Missing    int    `json:"missing"`
	Predicates int    `json:"predicates"`
	Trace      *trace `json:"trace"`
}

// trace is a predicate, or a combination of predicates, with its result.
type trace struct {
	Text string `json:"text"`
	Held bool   `json:"held"`
	// Place is where the predicate stands in the rule, nil if the log source adds it.
	Place    *place      `json:"place"`
	Values   []traceSeen `json:"values"`
	Operands []*trace    `json:"operands"`
}

type traceSeen struct {
	Field string   `json:"field"`
	Texts []string `json:"texts"`
}

func (a *API) match(ctx context.Context, body *matchRequest) (any, error) {
	if err := tooMany(len(body.Rules)); err != nil {
		return nil, err
	}
	if len(body.Rules) == 0 {
		return nil, setup.UsageError("", errors.New("the request has no rules"))
	}
	if body.MaxEvents < 0 || body.MaxEvents > maxEvents {
		return nil, setup.UsageError("", errors.New("max_events is not between 0 and 200"))
	}
	// The generic log source serves the rules of logs that egret does not know.
	schemas := append(slices.Clone(a.w.Schemas), schema.Generic())
	l, err := setup.LoadRules(ctx, a.w.Config, setup.RuleOptions{
		Texts: conversion.RuleTexts(texts(body.Rules, "rule.yml")), Schemas: schemas, Statuses: []string{"deprecated", "unsupported"},
	})
	if err != nil {
		return nil, err
	}
	answer := &matchAnswer{Events: []comparedEvent{}, Faults: []string{}, Rules: []string{}, Diagnostics: append([]diag.Diagnostic{}, l.Diagnostics...)}
	rules := l.Set.Rules
	if len(rules) > maxRules {
		return nil, setup.UsageError("send fewer rules at a time", errors.New("events are compared with at most 100 rules"))
	}
	for _, rule := range rules {
		answer.Rules = append(answer.Rules, rule.Title)
	}
	if strings.TrimSpace(body.Events) == "" || len(rules) == 0 {
		return answer, nil
	}
	limit := body.MaxEvents
	if limit == 0 {
		limit = defaultEvents
	}
	var text strings.Builder
	e := explain.New(&text, l.Set, explain.Options{Schemas: schemas})
	made, err := e.Compare(ctx, []byte(body.Events), rules, limit)
	if err != nil {
		return nil, err
	}
	answer.Total, answer.Faults = made.Total, append(answer.Faults, made.Faults...)
	s := shortener{left: maxNodes}
	for _, event := range made.Events {
		answer.Events = append(answer.Events, s.event(&event))
	}
	answer.Shortened = s.shortened
	return answer, a.correlations(ctx, answer, e, l.Set.Correlations, body.Events, &text)
}

// correlations adds what becomes of correlations.
func (a *API) correlations(ctx context.Context, answer *matchAnswer, e *explain.Explainer, list []*ruleset.Correlation, events string, text *strings.Builder) error {
	if len(list) == 0 {
		return nil
	}
	if err := e.Fires(ctx, []byte(events), list); err != nil {
		return err
	}
	answer.Correlations = text.String()
	return nil
}

// A shortener makes answers of bounded size.
type shortener struct {
	left      int
	shortened bool
}

func (s *shortener) event(from *explain.ComparedEvent) comparedEvent {
	one := comparedEvent{ID: from.ID, Time: from.Time, Action: from.Action, Source: from.Source, Guessed: from.Guessed, Event: from.JSON, Rules: []comparedRule{}}
	if !json.Valid(one.Event) {
		one.Event = nil // a text that is not quite JSON, which egret reads all the same
	}
	for i := range from.Rules {
		r := &from.Rules[i]
		rule := comparedRule{
			Title: r.Rule.Title, ID: r.Rule.ID, Matches: !r.Foreign && r.Trace.Held, Foreign: r.Foreign, Missing: r.Missing, Predicates: r.Predicates,
		}
		if !r.Foreign {
			rule.Trace = s.trace(&r.Trace)
		}
		one.Rules = append(one.Rules, rule)
	}
	return one
}

func (s *shortener) trace(from *match.Trace) *trace {
	s.left--
	t := &trace{Text: s.text(strings.TrimSpace(ir.Line(from.Expr))), Held: from.Held, Values: []traceSeen{}, Operands: []*trace{}}
	if at := from.Expr.Pos(); at.File != nil && !at.IsZero() {
		p := placeOf(at)
		t.Place = &p
	}
	for _, v := range from.Values {
		seen := traceSeen{Field: v.Field, Texts: []string{}}
		for i, text := range v.Texts {
			if i == maxTexts {
				s.shortened = true
				break
			}
			seen.Texts = append(seen.Texts, s.text(text))
		}
		t.Values = append(t.Values, seen)
	}
	for i := range from.Operands {
		if s.left <= 0 {
			s.shortened = true
			break
		}
		t.Operands = append(t.Operands, s.trace(&from.Operands[i]))
	}
	return t
}

func (s *shortener) text(text string) string {
	if len(text) <= maxText {
		return text
	}
	s.shortened = true
	return strings.ToValidUTF8(text[:maxText], "") + "…"
}
