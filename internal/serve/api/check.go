package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/conversion"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/source"
)

// checkRequest is the body of POST /api/v2/check.
type checkRequest struct {
	Rules []file `json:"rules"`
	// Select and Ignore are checks, groups of them, and names of pySigma's validators, as the flags of egret check.
	Select []string `json:"select"`
	Ignore []string `json:"ignore"`
	// Fix asks for the rules with all fixes.
	Fix bool `json:"fix"`
}

// place is a part of a file: byte offsets from 0, line and column from 1, the column in bytes.
type place struct {
	File   string `json:"file"`
	Offset int    `json:"offset"`
	End    int    `json:"end"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

func placeOf(span source.Span) place {
	if span.File == nil {
		return place{}
	}
	at := span.File.Position(span.Start)
	return place{span.File.Name, span.Start, span.End, at.Line, at.Column}
}

// noted is a place with a text: a remark, or what to put there.
type noted struct {
	place

	Text string `json:"text"`
}

// reported is one thing that a check reports.
type reported struct {
	Check    string `json:"check"`
	Level    string `json:"level"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	place

	Labels []noted `json:"labels"`
	Help   string  `json:"help"`
	Title  string  `json:"title"`
	// Fixes are edits that belong together, empty if only the author can mend it.
	Fixes []noted `json:"fixes"`
}

type checkAnswer struct {
	Diagnostics []reported `json:"diagnostics"`
	Documents   int        `json:"documents"`
	Suppressed  int        `json:"suppressed"`
	// Levels counts the diagnostics by level.
	Levels map[string]int `json:"levels"`
	// Fixed are the files that fixes change, and Mended the number of diagnostics that they mend.
	Fixed  []file `json:"fixed"`
	Mended int    `json:"mended"`
}

func (a *API) check(ctx context.Context, body *checkRequest) (any, error) {
	if err := tooMany(len(body.Rules)); err != nil {
		return nil, err
	}
	options, err := a.checkOptions(body)
	if err != nil {
		return nil, err
	}
	result, err := check.Run(ctx, checkInputs(body.Rules), *options)
	if err != nil {
		return nil, err
	}
	answer := &checkAnswer{Diagnostics: []reported{}, Documents: result.Documents, Suppressed: result.Suppressed, Levels: map[string]int{}, Fixed: []file{}}
	for _, d := range result.Diagnostics {
		answer.Levels[d.Level.String()]++
		one := reported{
			Check: d.Check.ID, Level: d.Level.String(), Severity: d.Level.Severity().String(), Message: d.Message, place: placeOf(d.Span), Help: d.Help,
			Title: d.Check.Title, Labels: []noted{}, Fixes: []noted{},
		}
		for _, l := range d.Labels {
			one.Labels = append(one.Labels, noted{placeOf(l.Span), l.Text})
		}
		for _, f := range d.Fixes {
			one.Fixes = append(one.Fixes, noted{placeOf(f.Span), f.Text})
		}
		answer.Diagnostics = append(answer.Diagnostics, one)
	}
	if body.Fix {
		return answer, a.fix(ctx, answer, result, *options)
	}
	return answer, nil
}

// fix adds the mended files to an answer.
func (a *API) fix(ctx context.Context, answer *checkAnswer, result *check.Result, options check.Options) error {
	index := check.NewIndex(options) // the checks over several files have no fixes
	for _, name := range slices.Sorted(maps.Keys(result.Sources)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		text, mended := check.Fix(index.Alone, result.Sources[name])
		if mended > 0 {
			answer.Fixed = append(answer.Fixed, file{name, text})
			answer.Mended += mended
		}
	}
	return nil
}

// checkOptions returns the options of a request, with the settings of the configuration.
func (a *API) checkOptions(body *checkRequest) (*check.Options, error) {
	if len(body.Rules) == 0 {
		return nil, setup.UsageError("", errors.New("the request has no rules"))
	}
	options := &check.Options{Today: a.w.Now(), Schemas: a.w.Schemas}
	selected, ignored, err := setup.CheckOptions(a.w.Config, options)
	if err != nil {
		return nil, err
	}
	if len(body.Select) > 0 {
		selected = body.Select
	}
	if options.On, err = check.Choose(selected, append(ignored, body.Ignore...), options.Own); err != nil {
		return nil, setup.UsageError("docs/checks lists them all", fmt.Errorf("checks: %w", err))
	}
	return options, nil
}

func checkInputs(files []file) []check.Input {
	var inputs []check.Input
	for _, text := range conversion.RuleTexts(texts(files, "rule.yml")) {
		inputs = append(inputs, check.Input{Name: text.Name, Read: func() ([]byte, error) { return []byte(text.Text), nil }})
	}
	return inputs
}
