package textgen

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/textrule"
	"github.com/egret-hunt/egret/source"
)

// A Query is a query of a rule or correlation.
type Query struct {
	// Text is the query in the language, without the form of a format: correlations contain it.
	Text string
	// Value is the query in the format: a text, or a document.
	Value any
}

// Rule writes the queries of a rule in a format, one for each of its conditions, or several if a strategy divides a long one. The list has the diagnostics `departure`. On
// an error it has the reason, and there are no queries.
func (b *Backend) Rule(rule *textrule.Rule, format *Format) ([]Query, diag.List) {
	var queries []Query
	var departures []departure
	for _, condition := range rule.Conditions {
		c := &converter{Backend: b, rule: rule, format: format, departures: departures}
		texts, err := c.conditions(condition)
		for i := 0; i < len(texts) && err == nil; i++ {
			query := Query{Text: texts[i]}
			if format != nil {
				query.Value, err = c.deliver(format, texts[i])
			}
			queries = append(queries, query)
		}
		if err != nil {
			return nil, diag.List{asFault(err, rule.Span)}
		}
		departures = c.departures
	}
	return b.told(queries, departures)
}

// told returns queries with the diagnostic for their departures, or its error alone with Options.Exact.
func (b *Backend) told(queries []Query, departures []departure) ([]Query, diag.List) {
	if len(departures) == 0 {
		return queries, nil
	}
	var texts []string
	for _, d := range departures {
		if text := b.departure(d); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	what := strings.Join(texts, "; it ")
	if b.exact {
		return nil, diag.List{b.inexactFault(what, departures[0].span)}
	}
	return queries, diag.List{b.departureFault(what, departures[0].span)}
}

func (b *Backend) inexactFault(what string, span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "inexact", Span: span, Message: fmt.Sprintf("a query for %s would not mean the same: it %s", b.Spec.Title, what),
		Help: "leave --exact out to get the query anyway",
	}
}

func (b *Backend) departureFault(what string, span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "departure", Severity: diag.Warning, Span: span, Message: fmt.Sprintf("the query for %s %s", b.Spec.Title, what),
		Help: "use --exact to refuse what the language cannot say, and see docs/backends/" + b.Spec.Name + ".md",
	}
}

// Correlation writes the query of a correlation in a format, as Rule does. method is a name of Spec.Methods, or "" for the
// default.
func (b *Backend) Correlation(cor *textrule.Correlation, format *Format, method string) ([]Query, diag.List) {
	if b.Spec.Correlation == nil {
		return nil, diag.List{asFault(unsupported(cor.Span, "%s has no form for correlations", b.Spec.Title), cor.Span)}
	}
	if method == "" {
		method = b.Spec.Correlation.Default
	}
	m := b.Spec.Correlation.Methods[method]
	if m == nil {
		return nil, diag.List{asFault(unsupported(cor.Span, "%s has no method %q for correlations", b.Spec.Title, method), cor.Span)}
	}
	c := &converter{Backend: b, rule: &textrule.Rule{Info: cor.Info, State: correlationState(cor)}, counts: cor}
	w := &correlation{converter: c, m: m, cor: cor}
	text, err := w.query()
	query := Query{Text: text}
	if err == nil && format != nil {
		query.Value, err = c.deliver(format, text)
	}
	if err != nil {
		return nil, diag.List{asFault(err, cor.Span)}
	}
	return b.told([]Query{query}, c.departures)
}

// correlationState returns the state of a correlation with the indexes of its rules.
func correlationState(cor *textrule.Correlation) map[string]any {
	var indexes []string
	for _, base := range cor.Bases {
		index, ok := base.State["index"]
		if list, isList := stateList(index); isList {
			indexes = append(indexes, list...)
		} else if ok {
			indexes = append(indexes, fmt.Sprint(index))
		}
	}
	if len(indexes) == 0 {
		return cor.State
	}
	state := maps.Clone(cor.State)
	if state == nil {
		state = map[string]any{}
	}
	state["index"] = indexes
	return state
}

func asFault(err error, span source.Span) diag.Diagnostic {
	var f *fault
	if errors.As(err, &f) {
		return f.d
	}
	return diag.Diagnostic{Code: "unsupported-by-target", Span: span, Message: err.Error()}
}

// departure returns what a departure says.
func (b *Backend) departure(d departure) string {
	if text, ok := strings.CutPrefix(d.feature, "="); ok {
		return text
	}
	return b.Spec.Departures[d.feature]
}
