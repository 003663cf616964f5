// Package textcli converts rules to text languages for egret convert: it checks the flags for such targets, and tells what came
// of each rule.
package textcli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/convert/textconvert"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
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
	// Exact refuses what the language can only say differently. Skip makes refused rules warnings. Comments puts the author and
	// licence of each rule before its query.
	Exact, Skip, JSON, Quiet, Comments bool
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
	l, made, err := f.load(ctx, host)
	if err != nil {
		return 0, err
	}
	options := textconvert.Options{
		Backend: backend, Format: format, Method: f.Method, Placeholders: l.Placeholders, Indent: f.Indent, Processed: made(), Mappings: l.Mappings, Mapped: l.Mapped,
	}
	outcome := textconvert.All(l.Set, l.Diagnostics, options)
	if len(outcome.Results)+len(outcome.LeftOut) == 0 {
		return 0, &setup.Error{Kind: setup.Rules, Err: fmt.Errorf("no rules in %s", strings.Join(l.Names, ", ")), Help: "rule files end in .yml or .yaml"}
	}
	if err := f.tell(host, l, outcome); err != nil {
		return 0, err
	}
	if f.Comments {
		textconvert.Comment(outcome, format)
	}
	if err := f.write(ctx, host, l, outcome, options, encode); err != nil {
		return 0, err
	}
	if !f.Quiet {
		host.Tell("", textconvert.Summary(backend.Spec, format, outcome))
	}
	for i := range outcome.Results {
		if r := &outcome.Results[i]; r.NotLoaded || r.Query == "" && !f.Skip {
			return Refused, nil
		}
	}
	return Converted, nil
}

// load reads the rules. made returns what pipelines made of them.
func (f *Flags) load(ctx context.Context, host Host) (l *setup.RuleSet, made func() *pipeline.Results, err error) {
	o := f.Rules
	o.Names = slices.Concat(o.Names, f.Filters)
	o.Schemas = []*schema.Schema{schema.Generic()}
	o.ForText = true
	o.Statuses = []string{"deprecated", "unsupported"} // as sigma-cli; --exclude leaves rules out
	o.Transform, made = f.Chain.Recording()
	l, err = host.Load(ctx, o, f.Config)
	return l, made, err
}

// check checks the flags before anything is read.
func (f *Flags) check() (*textgen.Backend, *textgen.Format, error) {
	options, err := setup.KeyValues(f.Options)
	if err != nil {
		return nil, nil, err
	}
	backend, format, err := setup.TextBackend(f.Target, setup.TextOptions{
		Format: f.Format, Method: f.Method, Options: options, Exact: f.Exact, Loose: f.Chain != nil,
	})
	if err != nil {
		return nil, nil, err
	}
	if f.Comments && format.Comment == nil {
		return nil, nil, setup.UsageError("leave it out", fmt.Errorf("--comments: the format %s of %s has no comments", format.Name, f.Target.Name))
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
