package hunts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/inquiry"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/search"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/tally"
)

// Kind says what is asked of the logs.
type Kind string

// The kinds of hunts.
const (
	Hunt    Kind = "hunt"
	Search  Kind = "search"
	Summary Kind = "summary"
)

// A Spec is what a browser asks for. None of its texts is taken for a path.
type Spec struct {
	Kind   Kind `json:"kind"`
	InLake bool `json:"in_lake,omitempty"`
	// From, To and Last are times and a duration as on the command line.
	From     string   `json:"from,omitempty"`
	To       string   `json:"to,omitempty"`
	Last     string   `json:"last,omitempty"`
	MinLevel string   `json:"min_level,omitempty"`
	Include  []string `json:"include,omitempty"`
	Exclude  []string `json:"exclude,omitempty"`
	// Budget is what a hunt in the lake may bill, "" for the budget of the server; never more than that.
	Budget string `json:"budget,omitempty"`
	// The terms of a search.
	Principals []string `json:"principals,omitempty"`
	Keys       []string `json:"keys,omitempty"`
	Addresses  []string `json:"addresses,omitempty"`
	Actions    []string `json:"actions,omitempty"`
	Resources  []string `json:"resources,omitempty"`
	Texts      []string `json:"texts,omitempty"`
	// Sort is the order of a summary.
	Sort string `json:"sort,omitempty"`
	// KeepRunning lets the hunt go on when nobody watches it.
	KeepRunning bool `json:"keep_running,omitempty"`
}

const (
	maxTerms = 100
	maxTerm  = 1000 // bytes
)

// check returns an error for texts that are too many or too long.
func (s *Spec) check() error {
	lists := [][]string{s.Include, s.Exclude, s.Principals, s.Keys, s.Addresses, s.Actions, s.Resources, s.Texts, {s.From, s.To, s.Last, s.MinLevel, s.Budget, s.Sort}}
	for _, list := range lists {
		if len(list) > maxTerms || slices.ContainsFunc(list, func(text string) bool { return len(text) > maxTerm }) {
			return fmt.Errorf("at most %d values of %d bytes", maxTerms, maxTerm)
		}
	}
	return nil
}

// question turns a spec into a question.
func (s *Spec) question(now time.Time) (inquiry.Question, error) {
	q := inquiry.Question{InLake: s.InLake, Budget: s.Budget}
	err := s.check()
	if err == nil {
		q.From, q.To, err = setup.TimeRange(s.From, s.To, s.Last, now.Truncate(time.Second))
	}
	if err != nil {
		return q, err
	}
	switch s.Kind {
	case Hunt:
		q.Rules = setup.RuleOptions{Include: s.Include, Exclude: s.Exclude, MinLevel: s.MinLevel}
		if s.MinLevel != "" {
			level, ok := finding.ParseLevel(s.MinLevel)
			if !ok {
				return q, setup.UsageError("it takes "+strings.Join(finding.Levels, ", "), fmt.Errorf("there is no level %q", s.MinLevel))
			}
			q.MinLevel = level
		}
	case Search:
		terms := search.Terms{Principals: s.Principals, Keys: s.Keys, Addresses: s.Addresses, Actions: s.Actions, Resources: s.Resources, Texts: s.Texts}
		if terms.Empty() && q.From.IsZero() && q.To.IsZero() {
			return q, errors.New("there is nothing to search for: name something, or a time range")
		}
		if err := terms.Check(); err != nil {
			return q, err
		}
		q.Job = inquiry.Search(&terms)
	case Summary:
		if s.Sort == "" {
			s.Sort = tally.Orders[0]
		}
		if !slices.Contains(tally.Orders, s.Sort) {
			return q, setup.UsageError("it takes "+strings.Join(tally.Orders, ", "), fmt.Errorf("there is no order %q", s.Sort))
		}
		q.Job = inquiry.Summary(s.Sort, 100)
	default:
		return q, fmt.Errorf("there is no kind %q: it takes hunt, search, summary", s.Kind)
	}
	return q, nil
}

// Plan says what a hunt in the lake would ask and cost, without running it.
func (s *Store) Plan(ctx context.Context, spec Spec) (*lake.Outline, error) {
	spec.InLake = true
	if spec.Kind == Summary {
		return nil, errors.New("the engine counts for a summary, in one statement for each table; there is no plan of it")
	}
	q, err := spec.question(s.places.Now())
	if err != nil {
		return nil, err
	}
	return s.places.Outline(ctx, q)
}
