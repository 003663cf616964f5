package mcp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/attack"
	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/check/output"
	"github.com/egret-hunt/egret/internal/coverage"
	"github.com/egret-hunt/egret/internal/explain"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/scratch"
	"github.com/egret-hunt/egret/internal/setup"
)

// RulesInput is what the tool list_rules takes.
type RulesInput struct {
	Words    string `json:"words,omitempty"     jsonschema:"only rules with all of these words in title, id, tags or log source"`
	MaxRules int    `json:"max_rules,omitempty" jsonschema:"how many rules to return; 0 is the limit of the server"`
}

// ExplainInput is what the tool explain takes.
type ExplainInput struct {
	Rule   string `json:"rule,omitempty"      jsonschema:"id, name or title of a rule of the server; give this or rule_text"`
	Text   string `json:"rule_text,omitempty" jsonschema:"a Sigma rule in YAML"`
	Stage  string `json:"stage,omitempty"     jsonschema:"one stage only: tree, ir, plan, match or sql"`
	Events string `json:"events,omitempty"    jsonschema:"events in JSON, one a line or in an array, with which to compare the rule: says which predicates held"`
}

// CheckInput is what the tool check takes.
type CheckInput struct {
	Text string `json:"rule_text" jsonschema:"Sigma rules in YAML"`
}

// CoverageInput is what the tool coverage takes.
type CoverageInput struct {
	Technique string `json:"technique,omitempty" jsonschema:"a technique of ATT&CK, such as T1078: its rules; without it the number of rules of each"`
	Gaps      bool   `json:"gaps,omitempty"      jsonschema:"the techniques without a rule instead"`
}

// listed is a rule in a list.
type listed struct {
	ID        string   `json:"id"`
	Title     string   `json:"title"`
	Level     string   `json:"level,omitempty"`
	Status    string   `json:"status,omitempty"`
	LogSource string   `json:"log_source,omitempty"`
	Tags      []string `json:"tags,omitempty"`
}

func (s *Server) listRules(ctx context.Context, in RulesInput) (*Result, error) {
	marks, err := s.marks(ctx)
	if err != nil {
		return nil, err
	}
	words := strings.Fields(strings.ToLower(in.Words))
	list := []listed{}
	r := &Result{}
	for _, m := range marks {
		text := strings.ToLower(strings.Join(append([]string{m.Title, m.ID, m.LogSource.String()}, m.Tags...), "\n"))
		if slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) }) {
			continue
		}
		if len(list) >= s.most(in.MaxRules) {
			r.LeftOut.Items++
			continue
		}
		list = append(list, listed{m.ID, m.Title, m.Level, m.Status, m.LogSource.String(), m.Tags})
	}
	r.Facts = map[string]any{"rules": list}
	return r, nil
}

// marks returns the rules of the places as coverage sees them.
func (s *Server) marks(ctx context.Context) ([]*coverage.Mark, error) {
	files, err := setup.FindRules(s.places.RuleNames(), "", nil, "egret mcp --rules rules/")
	if err != nil {
		return nil, err
	}
	var marks []*coverage.Mark
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		text, err := file.Read()
		if err != nil {
			return nil, err
		}
		list, _ := coverage.FromRules(file.Name, text) // the tool check says what is wrong with rules
		marks = append(marks, list...)
	}
	return marks, nil
}

func (s *Server) coverage(ctx context.Context, in CoverageInput) (*Result, error) {
	marks, err := s.marks(ctx)
	if err != nil {
		return nil, err
	}
	m := coverage.NewMatrix(marks, coverage.Options{})
	covered, all := m.Share()
	facts := map[string]any{"rules": m.Marks, "rules_with_technique": m.Tagged, "techniques": all, "covered": covered}
	r := &Result{Facts: facts}
	var text bytes.Buffer
	switch id := strings.ToUpper(strings.TrimSpace(in.Technique)); {
	case in.Gaps:
		err = m.WriteGaps(&text)
		facts["gaps"] = strings.Split(strings.TrimSpace(text.String()), "\n")
	case id != "":
		err = s.technique(m, id, r, facts)
	default:
		counts := map[string]int{}
		for _, e := range m.Entries {
			counts[e.ID+" "+e.Name(attack.Current)] = len(e.Marks)
		}
		facts["rules_by_technique"] = counts
	}
	return r, err
}

// technique adds the rules of a technique and its sub-techniques.
func (s *Server) technique(m *coverage.Matrix, id string, r *Result, facts map[string]any) error {
	list, known := []listed{}, false
	for _, column := range m.Columns() {
		for i := range column.Cells {
			known = known || column.Cells[i].ID == id || strings.HasPrefix(id, column.Cells[i].ID+".")
		}
	}
	if !known {
		return setup.UsageError("as in T1078 or T1078.004", fmt.Errorf("ATT&CK has no technique %q", id))
	}
	for _, e := range m.Entries {
		if e.ID != id && !strings.HasPrefix(e.ID, id+".") {
			continue
		}
		for _, mark := range e.Marks {
			if len(list) >= s.options.MaxFindings {
				r.LeftOut.Items++
				continue
			}
			list = append(list, listed{mark.ID, mark.Title, mark.Level, mark.Status, mark.LogSource.String(), mark.Tags})
		}
	}
	facts["technique"], facts["rules_of_technique"] = id, list
	return nil
}

// stages are those of explain that need nothing else.
var stages = []string{"tree", "ir", explain.PlanStage, "match", explain.SQLStage}

// maxEvents is how many events explain shows.
const maxEvents = 10

func (s *Server) explain(ctx context.Context, in ExplainInput) (_ *Result, failed error) {
	if in.Stage != "" && !slices.Contains(stages, in.Stage) {
		return nil, setup.UsageError("it takes "+strings.Join(stages, ", "), fmt.Errorf("stage does not take %q", in.Stage))
	}
	set, list, err := s.rules(ctx, in.Rule, in.Text, setup.RuleOptions{})
	if err != nil {
		return nil, err
	}
	rules, correlations := chosen(set, in.Rule, in.Text)
	text, err := s.diagnostics(list)
	if err != nil {
		return nil, err
	}
	if len(rules)+len(correlations) == 0 {
		if text != "" {
			return nil, fmt.Errorf("there is no rule to explain:\n%s", text)
		}
		return nil, s.unknown(set, in.Rule)
	}
	var w bytes.Buffer
	o := explain.Options{Stage: in.Stage, Schemas: s.places.Schemas, MaxEvents: maxEvents}
	if in.Events != "" {
		folder, err := scratch.NewFolder("mcp")
		if err != nil {
			return nil, err
		}
		defer func() { failed = errors.Join(failed, folder.Remove()) }()
		o.Event = filepath.Join(folder.Path, "events.json")
		if err := os.WriteFile(o.Event, []byte(in.Events), 0o600); err != nil {
			return nil, err
		}
	}
	e := explain.New(&w, set, o)
	e.Stages(rules, correlations)
	if in.Events == "" {
		return &Result{Facts: map[string]any{"explanation": w.String(), "diagnostics": text}}, nil
	}
	if err := e.Events(ctx, nil, rules, correlations); err != nil {
		return nil, errors.New(strings.ReplaceAll(err.Error(), o.Event, "events"))
	}
	explained := strings.ReplaceAll(w.String(), o.Event, "events")
	return &Result{Facts: map[string]any{"diagnostics": text}, Log: &LogContent{Text: explained}}, nil
}

// chosen returns the rules of a text, or those with a name.
func chosen(set *ruleset.Set, name, text string) ([]*ruleset.Rule, []*ruleset.Correlation) {
	if text != "" {
		return set.Rules, set.Correlations
	}
	return explain.Find(set, name, false)
}

// rules loads the rules of a text, or else those of the places, whatever their status.
func (s *Server) rules(ctx context.Context, name, text string, o setup.RuleOptions) (*ruleset.Set, diag.List, error) {
	if (name == "") == (text == "") {
		return nil, nil, setup.UsageError("rule is the id, name or title of a rule of the server", errors.New("give either rule or rule_text"))
	}
	o.Statuses = []string{"deprecated", "unsupported"}
	load := s.places.LoadRules
	if text != "" {
		o.Stdin, load = strings.NewReader(text), s.places.LoadText
	}
	l, err := load(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	if text == "" {
		return l.Set, nil, nil // the rules of the server may have diagnostics by the hundred, which are not about this one
	}
	return l.Set, l.Diagnostics, nil
}

// unknown returns the error for a name that no rule has.
func (s *Server) unknown(set *ruleset.Set, name string) error {
	var names []string
	for _, rule := range set.Rules {
		names = append(names, rule.ID, rule.Name, rule.Title)
	}
	help := "list_rules finds rules"
	if near := diag.Near(name, names); near != "" {
		help = "the nearest is " + near
	}
	return setup.UsageError(help, fmt.Errorf("no rule has the id, name or title %q", name))
}

// diagnostics returns diagnostics as text.
func (s *Server) diagnostics(list diag.List) (string, error) {
	var w strings.Builder
	err := list.Write(&w, diag.Options{})
	return strings.TrimSpace(w.String()), err
}

func (s *Server) check(ctx context.Context, in CheckInput) (*Result, error) {
	if strings.TrimSpace(in.Text) == "" {
		return nil, errors.New("rule_text is empty")
	}
	read := func() ([]byte, error) { return []byte(in.Text), nil }
	result, err := check.Run(ctx, []check.Input{{Name: "rule.yml", Read: read}}, check.Options{Today: s.places.Now(), Schemas: s.places.Schemas})
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := output.Find("text").Write(&text, result, output.Options{Version: s.places.Version}); err != nil {
		return nil, err
	}
	summary := result.Summary()
	return &Result{Facts: map[string]any{
		"errors": summary.Errors + summary.Conditions, "issues": summary.Issues, "documents": result.Documents, "report": text.String(),
	}}, nil
}
