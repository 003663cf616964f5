// Package textcli converts rules to text languages for egret convert: it checks the flags for such targets, and tells what came
// of each rule.
package textcli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/convert/textconvert"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/textgen"
)

// A Host is the command line that the command belongs to.
type Host interface {
	// Load reads rules. config is the file of --config, "" for the nearest.
	Load(ctx context.Context, o setup.RuleOptions, config string) (*setup.RuleSet, error)
	// Diagnose prints diagnostics, and Tell a line: a note or a warning.
	Diagnose(list diag.List) error
	Tell(kind, text string)
	// WriteOne writes a file, or stdout for "" and "-", and WriteFolder files of a folder. Nothing appears before all is written.
	// Neither replaces a file of l.
	WriteOne(ctx context.Context, l *setup.RuleSet, path string, text []byte) error
	WriteFolder(ctx context.Context, l *setup.RuleSet, folder string, each func(write func(name string, text []byte) error) error) error
}

// Flags are the flags of egret convert for text targets. Those for rules are in Rules.
type Flags struct {
	Target                   *textgen.Target
	Format, Method, Encoding string
	// Options are the values of -O, KEY=VALUE.
	Options []string
	// Filters are files and folders with filters, besides those among the rules.
	Filters []string
	// Output is a file, "" for stdout. OutputDir is a folder for one file a rule, whose names Template makes.
	Output, OutputDir, Template string
	Indent                      int
	// Exact refuses what the language can only say differently. Skip makes refused rules warnings.
	Exact, Skip, JSON, Quiet bool
	// Chain are the pipelines, nil for none.
	Chain *pipeline.Chain
	// WithoutPipeline keeps the advice to use a pipeline away.
	WithoutPipeline bool
	Rules           setup.RuleOptions
	Config          string
}

// The outcomes of Convert, which the command line turns into exit codes.
const (
	Converted = iota
	// Refused means that a rule was refused or not loaded.
	Refused
)

// Convert runs the command.
func Convert(ctx context.Context, host Host, f *Flags) (int, error) {
	backend, format, err := f.check()
	if err != nil {
		return 0, err
	}
	encode, err := encoder(f.Encoding)
	if err != nil {
		return 0, err
	}
	o := f.Rules
	o.Names = slices.Concat(o.Names, f.Filters)
	o.Schemas = []*schema.Schema{schema.Generic()}
	o.ForText = true
	o.Statuses = []string{"deprecated", "unsupported"} // as sigma-cli; --exclude leaves rules out
	var made func() *pipeline.Results
	o.Transform, made = f.Chain.Recording()
	l, err := host.Load(ctx, o, f.Config)
	if err != nil {
		return 0, err
	}
	options := textconvert.Options{
		Backend: backend, Format: format, Method: f.Method, Placeholders: l.Placeholders, Indent: f.Indent, Processed: made(),
	}
	outcome := textconvert.All(l.Set, l.Diagnostics, options)
	if len(outcome.Results)+len(outcome.LeftOut) == 0 {
		return 0, &setup.Error{Kind: setup.Rules, Err: fmt.Errorf("no rules in %s", strings.Join(l.Names, ", ")), Help: "rule files end in .yml or .yaml"}
	}
	if err := f.tell(host, l, outcome); err != nil {
		return 0, err
	}
	if err := f.write(ctx, host, l, outcome, options, encode); err != nil {
		return 0, err
	}
	if !f.Quiet {
		host.Tell("", Summary(backend.Spec, format, outcome))
	}
	for i := range outcome.Results {
		if r := &outcome.Results[i]; r.NotLoaded || r.Query == "" && !f.Skip {
			return Refused, nil
		}
	}
	return Converted, nil
}

// check checks the flags before anything is read.
func (f *Flags) check() (*textgen.Backend, *textgen.Format, error) {
	options, err := f.options()
	if err != nil {
		return nil, nil, err
	}
	backend, err := f.Target.Backend(textgen.Options{Exact: f.Exact, Options: options, Loose: f.Chain != nil})
	var unknown *textgen.OptionError
	if errors.As(err, &unknown) {
		help := f.Target.Name + " has no options"
		if len(unknown.Known) > 0 {
			help = "it takes " + strings.Join(unknown.Known, ", ")
		}
		if near := diag.Near(unknown.Key, unknown.Known); near != "" {
			help = "the nearest is " + near
		}
		return nil, nil, setup.UsageError(help, fmt.Errorf("-O: %q is not an option of %s", unknown.Key, f.Target.Name))
	}
	if err != nil {
		return nil, nil, setup.UsageError("docs/backends/format.md describes the file", err)
	}
	format := backend.Spec.FormatByName(f.Format)
	if format == nil {
		return nil, nil, setup.UsageError(nearest(f.Format, backend.Spec.FormatNames(), "the formats of "+f.Target.Name+" are "),
			fmt.Errorf("--format: %s has no format %q", f.Target.Name, f.Format))
	}
	methods := backend.Spec.Methods()
	if f.Method != "" && !slices.Contains(methods, f.Method) {
		help := f.Target.Name + " has no correlations"
		if len(methods) > 0 {
			help = nearest(f.Method, methods, "the methods of "+f.Target.Name+" are ")
		}
		return nil, nil, setup.UsageError(help, fmt.Errorf("--correlation-method: %s has no method %q", f.Target.Name, f.Method))
	}
	if f.OutputDir != "" && f.Output != "" {
		return nil, nil, setup.UsageError("leave one of them out", errors.New("--output and --output-dir do not go together"))
	}
	if f.OutputDir != "" && f.JSON {
		return nil, nil, setup.UsageError("leave --json out", errors.New("--json does not go with a folder"))
	}
	if f.Indent < 0 || f.Indent > 16 {
		return nil, nil, setup.UsageError("as in --json-indent 2", fmt.Errorf("--json-indent does not take %d", f.Indent))
	}
	return backend, format, checkTemplate(f.Template)
}

// options returns the values of -O. A key that is given several times is a list.
func (f *Flags) options() (map[string]string, error) {
	options := map[string]string{}
	for _, text := range f.Options {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return nil, setup.UsageError("as in -O key=value", fmt.Errorf("-O %s is not KEY=VALUE", text))
		}
		if had, twice := options[key]; twice {
			value = had + "," + value
		}
		options[key] = value
	}
	return options, nil
}

// nearest returns advice: the nearest word, or all of them.
func nearest(word string, words []string, all string) string {
	if near := diag.Near(word, words); near != "" {
		return "the nearest is " + near
	}
	return all + strings.Join(words, ", ")
}

// tell prints the messages of a conversion.
func (f *Flags) tell(host Host, l *setup.RuleSet, outcome *convert.Outcome) error {
	var list diag.List
	for i := range outcome.Results {
		r := &outcome.Results[i]
		for _, d := range r.Diagnostics {
			if d.Severity == diag.Error && f.Skip && !r.NotLoaded {
				d.Severity = diag.Warning
			}
			if d.Severity == diag.Error || d.Severity == diag.Warning && !f.Quiet {
				list.Add(d)
			}
		}
	}
	for _, d := range l.Diagnostics {
		if d.Severity == diag.Warning && !f.Quiet {
			list.Add(d)
		}
	}
	if err := host.Diagnose(list); err != nil {
		return err
	}
	if f.Quiet {
		return nil
	}
	if f.Target.NeedsPipeline && f.Chain == nil && !f.WithoutPipeline {
		host.Tell("note", f.Target.Name+" usually needs a pipeline that maps the fields of rules; egret list pipelines names them, and --without-pipeline silences this note")
	}
	for _, hint := range l.Unmatched(&f.Rules) {
		host.Tell("warning", hint)
	}
	return nil
}

// write writes the queries.
func (f *Flags) write(ctx context.Context, host Host, l *setup.RuleSet, outcome *convert.Outcome, opt textconvert.Options,
	encode func(string) ([]byte, error),
) error {
	if f.OutputDir != "" {
		return host.WriteFolder(ctx, l, f.OutputDir, func(write func(string, []byte) error) error {
			return f.eachFile(l, outcome, opt.Format, func(name, text string) error {
				encoded, err := encode(text)
				if err != nil {
					return err
				}
				return write(filepath.FromSlash(name), encoded)
			})
		})
	}
	none := !slices.ContainsFunc(outcome.Results, func(r convert.Result) bool { return len(r.Values) > 0 })
	var text strings.Builder
	switch {
	case f.JSON:
		if err := convert.WriteEntries(&text, outcome.Results); err != nil {
			return err
		}
	case none:
		return nil // an empty file would replace one that may still be useful
	default:
		output, list := textconvert.Output(outcome, f.Chain, opt)
		if len(list) > 0 {
			if err := host.Diagnose(list); err != nil {
				return err
			}
		}
		if list.HasErrors() {
			return &setup.Error{Kind: setup.Rules, Err: errors.New("the finalizers of the pipelines failed, so nothing was written")}
		}
		text.WriteString(output)
		text.WriteByte('\n')
	}
	encoded, err := encode(text.String())
	if err != nil {
		return err
	}
	return host.WriteOne(ctx, l, f.Output, encoded)
}

// Summary returns the numbers of results, for example "converted 56 of 57 rules for splunk; 1 refused
// (unsupported-by-target 1)".
func Summary(spec *textgen.Spec, format *textgen.Format, o *convert.Outcome) string {
	converted, departed := 0, 0
	counts := map[string]map[string]int{"refused": {}, "not loaded": {}, "left out": {}}
	for i := range o.Results {
		r := &o.Results[i]
		switch {
		case r.Query != "":
			converted++
			if slices.ContainsFunc(r.Diagnostics, func(d diag.Diagnostic) bool { return d.Code == "departure" }) {
				departed++
			}
		case r.NotLoaded:
			counts["not loaded"][r.Reason()]++
		default:
			counts["refused"][r.Reason()]++
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(o.LeftOut)) {
		counts["left out"][string(reason)] = o.LeftOut[reason]
	}
	text := fmt.Sprintf("converted %s of %s for %s, format %s", term.Count(converted), term.Plural(len(o.Results), "rule"), spec.Name, format.Name)
	for _, word := range []string{"refused", "not loaded", "left out"} {
		if len(counts[word]) > 0 {
			text += "; " + convert.ReasonCounts(word, counts[word])
		}
	}
	if departed > 0 {
		text += "; " + term.Plural(departed, "query") + " with a departure from the rule"
	}
	return text
}
