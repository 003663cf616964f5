// Package conversion converts rules that come as texts, for front ends that have no files, such as a browser or an editor.
//
// Its input is rules, the names of a target, a format and pipelines, and options. It returns a query, or the reason why there is none, for
// each rule, the output as egret convert writes it, and diagnostics with positions in the texts. The same packages do the work as
// for egret convert, so the queries are equal. Nothing in a request names a file: pipelines are embedded ones or texts, and lists
// from URLs and commands are refused.
package conversion

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/convert/textconvert"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/textgen"
	"github.com/egret-hunt/egret/source"
)

// A Request says what to convert to what.
type Request struct {
	// Rules are files with one or more documents. Their names stand in diagnostics; see RuleTexts.
	Rules []setup.Text
	// Target is the name of a target. Format is that of one of its formats, "" for the first.
	Target, Format string
	// Pipelines are embedded pipelines, and Texts pipelines in memory. WithoutPipeline leaves out the target's own. AnyTarget takes
	// pipelines that are for other targets.
	Pipelines                  []string
	Texts                      []setup.Text
	WithoutPipeline, AnyTarget bool
	// Options are those of the target by name; for SQL the options of Table may stand there too, as with egret convert -O.
	Options map[string]string
	// Method, Exact and Indent are for text targets, as the flags of egret convert.
	Method string
	Exact  bool
	Indent int
	// Layout, Table, Unmapped, and the time range are for SQL targets. Unmapped is fail, warn or drop, "" for fail.
	Layout   string
	Table    setup.TableOptions
	Unmapped string
	From, To time.Time
	// Pack combines the rules of one table into few statements.
	Pack bool
}

// An Answer is the result of a request.
type Answer struct {
	// Results are sorted by the names of files (see RuleTexts), and those of a file by their place.
	Results []convert.Result
	// Queries are the texts of each result in the chosen format, one for each condition of the rule; nil for refused rules.
	Queries [][]string
	// Output is what egret convert writes to stdout, without a line break at the end.
	Output string
	// Diagnostics are those of all rules and pipelines, sorted by file and position.
	Diagnostics diag.List
	// Summary counts the results in one line. Notes are remarks in words, such as that the target needs a pipeline.
	Summary string
	Notes   []string
}

// A Converter converts with a configuration. It is safe for concurrent use.
type Converter struct {
	config  *setup.Config
	schemas []*schema.Schema
	targets []*textgen.Target
}

// New returns a Converter. It reads the specs of text targets that the configuration names.
func New(config *setup.Config, schemas []*schema.Schema) (*Converter, error) {
	own, err := setup.Targets(config, nil)
	if err != nil {
		return nil, err
	}
	return &Converter{config: config, schemas: schemas, targets: slices.Concat(textgen.Targets(), own)}, nil
}

// unmappedWays are the values of Request.Unmapped, by sqlgen.Unmapped.
var unmappedWays = []string{"fail", "warn", "drop"}

// Convert converts rules. Faults of rules and pipelines are diagnostics of the answer; an error is about the request. With faulty
// pipelines there are both: an answer with diagnostics alone, and an error. Convert returns when the context ends.
func (c *Converter) Convert(ctx context.Context, r *Request) (*Answer, error) {
	if r.Target == "" {
		return nil, setup.UsageError("the targets are "+strings.Join(c.names(), ", "), errors.New("the request names no target"))
	}
	target := c.textTarget(r.Target)
	if target == nil {
		target = textgen.FindFormat(r.Target, r.Format)
	}
	dialect := sqlgen.DialectByName(r.Target)
	if target == nil && dialect == nil {
		help := "the targets are " + strings.Join(c.names(), ", ")
		if near := diag.Near(r.Target, c.names()); near != "" {
			help = "the nearest is " + near
		}
		return nil, setup.UsageError(help, fmt.Errorf("there is no target %q", r.Target))
	}
	if len(r.Rules) == 0 {
		return nil, setup.UsageError("", errors.New("the request has no rules"))
	}
	own := ""
	if target != nil {
		own = target.Pipeline
	}
	chain, list, err := c.chain(r, own)
	if list.HasErrors() {
		return &Answer{Diagnostics: list}, err
	}
	if err != nil {
		return nil, err
	}
	var answer *Answer
	if target != nil {
		answer, err = c.text(ctx, r, target, chain)
	} else {
		answer, err = c.sql(ctx, r, dialect, chain)
	}
	if err != nil {
		return nil, err
	}
	answer.Diagnostics.Add(list...)
	answer.Diagnostics.Sort()
	return answer, nil
}

// chain loads the pipelines of a request.
func (c *Converter) chain(r *Request, own string) (*pipeline.Chain, diag.List, error) {
	if r.WithoutPipeline {
		if len(r.Pipelines)+len(r.Texts) > 0 {
			return nil, nil, setup.UsageError("leave one of them out", errors.New("pipelines and converting without a pipeline exclude one another"))
		}
		return nil, nil, nil
	}
	var options []string
	for key, value := range r.Options { // sorted below
		options = append(options, key+"="+value)
	}
	slices.Sort(options)
	format := r.Format
	if format == "" {
		format = "default"
	}
	return setup.Chain(setup.PipelineOptions{
		Names: r.Pipelines, Texts: r.Texts, Embedded: true, Target: r.Target, AnyTarget: r.AnyTarget, Own: own,
		Vars: pipeline.TargetVars(r.Target, format, options),
	})
}

// text converts to a text language.
func (c *Converter) text(ctx context.Context, r *Request, target *textgen.Target, chain *pipeline.Chain) (*Answer, error) {
	if r.Indent < 0 || r.Indent > 16 {
		return nil, setup.UsageError("", fmt.Errorf("the indent %d is not between 0 and 16", r.Indent))
	}
	format := r.Format
	if format == "" {
		format = "default"
	}
	backend, form, err := setup.TextBackend(target, setup.TextOptions{
		Format: format, Method: r.Method, Options: r.Options, Exact: r.Exact, Loose: chain != nil,
	})
	if err != nil {
		return nil, err
	}
	o := setup.RuleOptions{
		Texts: RuleTexts(r.Rules), Schemas: []*schema.Schema{schema.Generic()}, ForText: true, Statuses: []string{"deprecated", "unsupported"},
	}
	transform, processed := chain.Recording()
	o.Transform = transform
	l, err := setup.LoadRules(ctx, c.config, o)
	if err != nil {
		return nil, err
	}
	opt := textconvert.Options{
		Context: ctx, Backend: backend, Format: form, Method: r.Method, Placeholders: l.Placeholders, Indent: r.Indent, Processed: processed(),
		Mappings: l.Mappings, Mapped: l.Mapped,
	}
	outcome := textconvert.All(l.Set, l.Diagnostics, opt)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	answer := &Answer{Results: outcome.Results, Summary: textconvert.Summary(backend.Spec, form, outcome)}
	for i := range outcome.Results {
		var texts []string
		for _, value := range outcome.Results[i].Values {
			texts = append(texts, form.Query(value, r.Indent))
		}
		answer.Queries = append(answer.Queries, texts)
	}
	output, list := textconvert.Output(outcome, chain, opt)
	answer.Output = output
	if target.NeedsPipeline && chain == nil && !r.WithoutPipeline {
		answer.Notes = append(answer.Notes, target.Name+" usually needs a pipeline that maps the fields of rules")
	}
	answer.tell(l, append(list, about(outcome)...))
	return answer, nil
}

// sql converts to a dialect of SQL.
func (c *Converter) sql(ctx context.Context, r *Request, dialect *sqlgen.Dialect, chain *pipeline.Chain) (*Answer, error) {
	opt := sqlgen.Options{Dialect: dialect, From: r.From, To: r.To}
	unmapped := slices.Index(unmappedWays, r.Unmapped)
	if unmapped < 0 && r.Unmapped != "" {
		return nil, setup.UsageError("it is one of "+strings.Join(unmappedWays, ", "), fmt.Errorf("unmapped does not take %q", r.Unmapped))
	}
	opt.Unmapped = sqlgen.Unmapped(max(unmapped, 0))
	format := slices.IndexFunc(convert.Formats, func(f convert.Format) bool { return f.Name == r.Format })
	if format < 0 && r.Format != "" {
		return nil, setup.UsageError("the formats are "+strings.Join(convert.FormatNames(), ", "), fmt.Errorf("%s has no format %q", r.Target, r.Format))
	}
	form := convert.Formats[max(format, 0)]
	if r.Pack && chain.PostProcesses() {
		return nil, setup.UsageError("convert without packing", errors.New("packing does not go with pipelines that change the query of each rule"))
	}
	var err error
	if opt.Layout, err = setup.Layout(c.schemas, r.Layout); err != nil {
		return nil, err
	}
	if err := r.Table.Apply(&opt); err != nil {
		return nil, err
	}
	transform, processed := chain.Recording()
	l, err := setup.LoadRules(ctx, c.config, setup.RuleOptions{
		Texts: RuleTexts(r.Rules), Schemas: []*schema.Schema{opt.Layout.Schema}, Transform: transform,
	})
	if err != nil {
		return nil, err
	}
	outcome := convert.All(l.Set, l.Diagnostics, opt, r.Pack, processed())
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	answer := &Answer{Results: outcome.Results, Summary: outcome.Summary(&opt)}
	for i := range outcome.Results {
		var texts []string
		if query := outcome.Results[i].Query; query != "" {
			texts = []string{strings.TrimRight(form.Text(query), "\n")}
		}
		answer.Queries = append(answer.Queries, texts)
	}
	var list diag.List
	if chain.Finalizes() {
		answer.Output, list = convert.Final(chain, outcome.Results, processed())
	} else {
		var text strings.Builder
		if err := convert.WriteQueries(&text, form, outcome.Results); err != nil {
			return nil, err
		}
		answer.Output = text.String()
	}
	answer.Output = strings.TrimRight(answer.Output, "\n")
	if text := outcome.Unmapped(); text != "" {
		answer.Notes = append(answer.Notes, text)
	}
	if r.Layout == "" {
		answer.Notes = append(answer.Notes, "without a layout fields are taken for columns of the same names")
	}
	answer.tell(l, append(list, about(outcome)...))
	return answer, nil
}

// about returns the diagnostics of results.
func about(outcome *convert.Outcome) diag.List {
	var list diag.List
	for i := range outcome.Results {
		list.Add(outcome.Results[i].Diagnostics...)
	}
	return list
}

// tell adds diagnostics of results, and those of the set that stand in no result.
func (a *Answer) tell(l *setup.RuleSet, list diag.List) {
	for _, d := range l.Diagnostics {
		if d.Severity != diag.Error {
			list.Add(d)
		}
	}
	type key struct {
		code, message string
		span          source.Span
	}
	told := map[key]bool{}
	for _, d := range list {
		if k := (key{d.Code, d.Message, d.Span}); !told[k] {
			told[k] = true
			a.Diagnostics.Add(d)
		}
	}
}

// RuleTexts returns files with names that rule files may have: relative, without links upwards, with the ending .yml or .yaml, and
// each once.
func RuleTexts(files []setup.Text) []setup.Text {
	taken := map[string]bool{}
	next := map[string]int{} // the first number that may be free, by name: a request can have thousands of files without a name
	out := make([]setup.Text, len(files))
	for i, file := range files {
		name := strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(file.Name, `\`, "/")), "/")
		if ext := strings.ToLower(path.Ext(name)); ext != ".yml" && ext != ".yaml" || strings.HasSuffix(strings.ToLower(strings.TrimSuffix(name, path.Ext(name))), ".test") {
			name += ".yml"
		}
		if base := path.Base(name); strings.HasPrefix(base, ".") {
			name = path.Join(path.Dir(name), "rule"+base)
		}
		for n, stem := max(next[name], 2), name; taken[name]; n++ {
			name = strings.TrimSuffix(stem, path.Ext(stem)) + "-" + strconv.Itoa(n) + path.Ext(stem)
			next[stem] = n + 1
		}
		taken[name] = true
		out[i] = setup.Text{Name: name, Text: file.Text}
	}
	return out
}
