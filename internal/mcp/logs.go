package mcp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/inquiry"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/search"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/tally"
)

// Range is what all tools that read logs take.
type Range struct {
	From   string `json:"from,omitempty"    jsonschema:"only events from this time on, such as 2026-02-01T12:00; UTC without a zone"`
	To     string `json:"to,omitempty"      jsonschema:"only events before this time; a date is its midnight"`
	Last   string `json:"last,omitempty"    jsonschema:"only events of this duration before now, such as 24h or 7d"`
	InLake bool   `json:"in_lake,omitempty" jsonschema:"ask the lake instead of the log files; it needs a time range, and costs money where the lake bills"`
}

// HuntInput is what the tools hunt and lake_plan take.
type HuntInput struct {
	Range
	MinLevel    string   `json:"min_level,omitempty"    jsonschema:"only findings of this level and above: informational, low, medium, high, critical"`
	Include     []string `json:"include,omitempty"      jsonschema:"only rules of these ids, names or tags, such as initial-access or T1078"`
	Exclude     []string `json:"exclude,omitempty"      jsonschema:"no rules of these ids, names or tags"`
	MaxFindings int      `json:"max_findings,omitempty" jsonschema:"how many findings to return; the server has a limit of its own. 0 is that limit"`
}

// SearchInput is what the tool search takes.
type SearchInput struct {
	Range
	Principals []string `json:"principals,omitempty" jsonschema:"events of these principals: ARNs, names or ids"`
	Keys       []string `json:"keys,omitempty"       jsonschema:"events of these access keys or sessions, and those that name them"`
	Addresses  []string `json:"addresses,omitempty"  jsonschema:"events from these addresses or networks (CIDR)"`
	Actions    []string `json:"actions,omitempty"    jsonschema:"events of these calls, such as CreateUser or iam:Create*"`
	Resources  []string `json:"resources,omitempty"  jsonschema:"events about these resources: names, ids or ARNs"`
	Texts      []string `json:"texts,omitempty"      jsonschema:"events with these texts in any string"`
	Regexes    []string `json:"regexes,omitempty"    jsonschema:"events with a string that these RE2 expressions match"`
	MaxEvents  int      `json:"max_events,omitempty" jsonschema:"how many events to return; the server has a limit of its own. 0 is that limit"`
}

// SummaryInput is what the tool summary takes.
type SummaryInput struct {
	Range
	Sort string `json:"sort,omitempty" jsonschema:"order of the principals: events (the default), refused, failed, first, last, calls, addresses, keys, sessions, made or principal"`
	Top  int    `json:"top,omitempty"  jsonschema:"how many principals to return; 0 is the limit of the server"`
}

// about are the numbers of a reading of logs.
type about struct {
	Findings *int           `json:"findings,omitempty"`
	Levels   map[string]int `json:"levels,omitempty"`
	Events   *int           `json:"events,omitempty"`
	// Records are those that were evaluated, Files those that were read and not.
	Records     int64 `json:"records"`
	FilesRead   int   `json:"files_read"`
	FilesFailed int64 `json:"files_not_read"`
	Rules       int   `json:"rules"`
	// Stopped says why it is not complete, "" if it is.
	Stopped string `json:"stopped,omitempty"`
	// BilledBytes and Dollars are what the lake charged for it, SpentBytes what it did for all calls so far.
	BilledBytes int64   `json:"billed_bytes,omitempty"`
	Dollars     float64 `json:"dollars,omitempty"`
	SpentBytes  int64   `json:"spent_bytes_of_all_calls,omitempty"`
}

// question reads a range.
func (s *Server) question(r *Range) (inquiry.Question, error) {
	q := inquiry.Question{InLake: r.InLake}
	var err error
	if q.From, q.To, err = setup.TimeRange(r.From, r.To, r.Last, s.places.Now().Truncate(time.Second)); err != nil {
		return q, err
	}
	return q, err
}

// rulesOf reads what a call says of rules.
func rulesOf(q *inquiry.Question, in *HuntInput) error {
	q.Rules = setup.RuleOptions{Include: in.Include, Exclude: in.Exclude, MinLevel: in.MinLevel}
	if in.MinLevel == "" {
		return nil
	}
	if !slices.Contains(finding.Levels, in.MinLevel) {
		return setup.UsageError("it takes "+strings.Join(finding.Levels, ", "), fmt.Errorf("min_level does not take %q", in.MinLevel))
	}
	q.MinLevel, _ = finding.ParseLevel(in.MinLevel)
	return nil
}

func (s *Server) hunt(ctx context.Context, in HuntInput) (*Result, error) {
	q, err := s.question(&in.Range)
	if err == nil {
		err = rulesOf(&q, &in)
	}
	if err != nil {
		return nil, err
	}
	return s.read(ctx, q, s.most(in.MaxFindings), func(ctx context.Context, a *inquiry.Answer, w *bytes.Buffer) error {
		story, err := a.Story(ctx)
		if err != nil {
			return err
		}
		return report.WriteStory(w, story, report.Options{})
	})
}

func (s *Server) search(ctx context.Context, in SearchInput) (*Result, error) {
	terms := search.Terms{
		Principals: in.Principals, Keys: in.Keys, Addresses: in.Addresses, Actions: in.Actions, Resources: in.Resources,
		Texts: in.Texts, Regexes: in.Regexes,
	}
	q, err := s.question(&in.Range)
	if err != nil {
		return nil, err
	}
	if terms.Empty() && q.From.IsZero() && q.To.IsZero() {
		return nil, setup.UsageError("name principals, keys, addresses, actions, resources, texts or regexes; or a time range", errors.New("there is nothing to search for"))
	}
	q.Job = inquiry.Search(&terms)
	return s.read(ctx, q, s.most(in.MaxEvents), func(context.Context, *inquiry.Answer, *bytes.Buffer) error { return nil })
}

func (s *Server) summary(ctx context.Context, in SummaryInput) (*Result, error) {
	if in.Sort == "" {
		in.Sort = tally.Orders[0]
	}
	if !slices.Contains(tally.Orders, in.Sort) {
		return nil, setup.UsageError("it takes "+strings.Join(tally.Orders, ", "), fmt.Errorf("sort does not take %q", in.Sort))
	}
	q, err := s.question(&in.Range)
	if err != nil {
		return nil, err
	}
	q.Job = inquiry.Summary(in.Sort, s.most(in.Top))
	return s.read(ctx, q, 0, func(ctx context.Context, a *inquiry.Answer, w *bytes.Buffer) error {
		_, err := a.Write(ctx, []inquiry.Output{{Format: "text", Writer: w}}, 0, nil, a.Ledger, report.Options{})
		return err
	})
}

// most is how many items a call returns that wants n of them, 0 for as many as it may have.
func (s *Server) most(n int) int {
	if n <= 0 {
		return s.options.MaxFindings
	}
	return min(n, s.options.MaxFindings)
}

// read answers a question with up to limit items, and a text that print writes.
func (s *Server) read(ctx context.Context, q inquiry.Question, limit int, print func(context.Context, *inquiry.Answer, *bytes.Buffer) error) (*Result, error) {
	done, err := s.alone(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if q.InLake { // not before this call's turn: the one before spends from the same budget
		if q.Budget, err = s.ledger.rest(); err != nil {
			return nil, err
		}
		q.Spent = s.ledger.add
	}
	a, err := s.places.Run(ctx, q)
	if err != nil {
		return nil, err
	}
	defer func() { _ = a.Close() }() // the result is complete, and what is left are temporary files
	// What a stopped hunt has found is written too, which takes little time.
	writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	r := &Result{Log: &LogContent{}}
	facts := aboutOf(a.Ledger, s.Spent())
	if q.Job == nil || q.Job.Observe == nil {
		summary, err := a.Result.Each(writing, limit, &a.Ledger.Findings, func(f *finding.Finding) error {
			r.Log.Items = append(r.Log.Items, f.AppendJSON(nil))
			return nil
		})
		if err != nil {
			return nil, err
		}
		r.LeftOut.Items = int64(a.Ledger.Findings.Total - a.Ledger.Findings.Written)
		facts.count(&summary, q.Job == nil)
	}
	var text bytes.Buffer
	if err := print(writing, a, &text); err != nil {
		return nil, err
	}
	if a.Fault != nil {
		fmt.Fprintf(&text, "\nthe engine of the lake failed: %s\n", a.Fault)
	}
	text.WriteString("\n")
	if err := report.WriteLedgerText(&text, a.Ledger, report.Options{}); err != nil {
		return nil, err
	}
	r.Facts, r.Log.Text = facts, text.String()
	return r, nil
}

// writeTime is how long writing the findings of a stopped hunt may take.
const writeTime = 20 * time.Second

// aboutOf returns the numbers of a ledger.
func aboutOf(l *finding.Ledger, spent int64) *about {
	out := &about{
		Records: l.Records.Evaluated, FilesRead: l.Files.Read, FilesFailed: l.Files.Failed.Total + l.Files.Skipped.Total,
		Rules: l.Rules.Loaded, SpentBytes: spent,
	}
	if l.Partial {
		out.Stopped = "stopped before the end; what follows is not complete"
	}
	if l.Lake != nil {
		out.BilledBytes, out.Dollars = l.Lake.BilledBytes, l.Lake.Dollars
	}
	return out
}

// count adds the numbers of findings, or of events of a search.
func (a *about) count(s *finding.Summary, findings bool) {
	if !findings {
		a.Events = &s.Findings
		return
	}
	a.Findings, a.Events = &s.Findings, &s.Events
	a.Levels = map[string]int{}
	for i := range s.Levels {
		a.Levels[s.Levels[i].Name] = s.Levels[i].Findings
	}
}

// planned is a plan for a lake. Names of tables and rules are those of the user of the server.
type planned struct {
	*lake.Outline

	// SpentBytes is what all calls so far were billed.
	SpentBytes int64 `json:"spent_bytes_of_all_calls"`
}

func (s *Server) plan(ctx context.Context, in HuntInput) (*Result, error) {
	in.InLake = true
	q, err := s.question(&in.Range)
	if err == nil {
		err = rulesOf(&q, &in)
	}
	if err != nil {
		return nil, err
	}
	done, err := s.alone(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if q.Budget, err = s.ledger.rest(); err != nil {
		return nil, err
	}
	outline, err := s.places.Outline(ctx, q)
	if err != nil {
		return nil, err
	}
	r := &Result{}
	for i := range outline.Statements {
		st := &outline.Statements[i]
		if extra := len(st.Chunks) - maxChunks; extra > 0 {
			r.LeftOut.Items += int64(extra)
			st.Chunks = st.Chunks[:maxChunks]
		}
		c := cutter{left: &r.LeftOut}
		st.SQL = c.cut(st.SQL, 4*maxText)
	}
	r.Facts = planned{outline, s.Spent()}
	return r, nil
}

// maxChunks is how many chunks of a statement a plan lists.
const maxChunks = 20
