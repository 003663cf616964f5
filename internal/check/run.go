package check

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/attack"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/threat"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// An Input is a file to check.
type Input struct {
	// Name is the path as the user can find it.
	Name string
	// Read returns the content. It may be called from any goroutine, once.
	Read func() ([]byte, error)
}

// Options say which checks run and how. The zero value runs all checks with their own levels.
type Options struct {
	// On reports whether a check runs; nil runs all.
	On map[*Check]bool
	// Levels are levels that differ from those of the table.
	Levels map[*Check]Level
	// Parameters are those of pySigma's validation configuration, by the name of the validator.
	Parameters map[string]map[string]any
	// Excluded are checks that do not count for rules, by the rule's id in lower case; "" stands for all rules.
	Excluded map[string]map[*Check]bool
	// Today is the day on which the age of rules is judged.
	Today time.Time
	// Attack is the version of ATT&CK that tags should follow, 0 for the current one.
	Attack attack.Version
	// Placeholders are the values for the modifier expand, without the percent signs.
	Placeholders map[string][]string
	// Own are checks of users and plug-ins besides those of All; see OwnChecks.
	Own []*Check
	// Schemas are the known log sources; nil stands for the built-in ones.
	Schemas []*schema.Schema
	// Schema is the log source whose fields rules are checked against, nil to take each rule's own.
	Schema *schema.Schema
	// Alone leaves out the checks over several files, for callers that show only some of them. Comments that silence those checks then
	// count as used.
	Alone bool
	// Progress is called with the number of files that are done, and of all. It may be nil, and is called from several goroutines.
	Progress func(done, total int)
}

// A Result is the outcome of a run.
type Result struct {
	// Diagnostics are sorted by file and position.
	Diagnostics []*Diagnostic
	// Files and Documents are the numbers of files and of rules, correlations and filters in them that could be read.
	Files, Documents int
	// Suppressed is the number of diagnostics that comments and the configuration have silenced.
	Suppressed int
	// Cases are the rules, in the order of the files, with the diagnostics of each; reports of test cases list them.
	Cases []Case
	// Own are the checks of users and plug-ins that the run had.
	Own []*Check
	// Sources are the texts of the files with diagnostics that have fixes, by their names.
	Sources map[string]*source.File
}

// A Case is a rule, correlation, filter or a file without one.
type Case struct {
	Path, Rule, Title string
}

// maxFile is the size in bytes above which a file is not read.
const maxFile = 4 << 20

// A reporter collects what the checks report about one document.
type reporter struct {
	run   *run
	check *Check
	doc   *Document
	out   *[]*Diagnostic
}

// report adds a diagnostic and returns it, so that the check can add help and fixes.
func (r *reporter) report(span source.Span, message string) *Diagnostic {
	if span.File == nil {
		span = source.Span{File: r.doc.file}
	}
	d := &Diagnostic{Check: r.check, Level: r.run.level(r.check), Span: span, Message: message, Rule: r.doc.ID, RuleTitle: r.doc.Title}
	*r.out = append(*r.out, d)
	return d
}

// A setReporter collects what checks report about several documents.
type setReporter struct {
	run   *run
	check *Check
	// focus are the files whose documents are reported, nil for all.
	focus map[*source.File]bool
	// known returns the documents by id and name.
	known func() map[string]*Document
	// related returns how the rules in focus are contained in others.
	related func() []relation
	out     []*Diagnostic
}

// sees reports whether diagnostics of a document count.
func (r *setReporter) sees(d *Document) bool { return r.focus == nil || r.focus[d.file] }

func (r *setReporter) report(doc *Document, span source.Span, message string) *Diagnostic {
	if !r.sees(doc) {
		return &Diagnostic{}
	}
	one := reporter{run: r.run, check: r.check, doc: doc, out: &r.out}
	return one.report(span, message)
}

// run is one run of the checks.
type run struct {
	Options
	document, item, set []*Check
}

func (r *run) level(c *Check) Level {
	if level, ok := r.Levels[c]; ok {
		return level
	}
	return c.Level
}

func (r *run) on(c *Check) bool { return c != nil && (r.On == nil || r.On[c]) }

// A checked is a file with what was found in it.
type checked struct {
	file      *source.File
	documents []*Document
	out       []*Diagnostic
	ignores   []ignore
}

// Run checks files. It returns an error only if the context ends.
func Run(ctx context.Context, inputs []Input, opt Options) (*Result, error) {
	r := newRun(opt)
	files := make([]checked, len(inputs))
	if err := r.each(ctx, inputs, files); err != nil {
		return nil, err
	}
	var documents []*Document
	for i := range files {
		documents = append(documents, files[i].documents...)
	}
	found, err := r.together(ctx, documents, nil)
	if err != nil {
		return nil, err
	}
	return r.result(files, found), nil
}

// newRun returns a run with the checks that options select.
func newRun(opt Options) *run {
	if opt.Attack == 0 {
		opt.Attack = attack.Current
	}
	if opt.Schemas == nil {
		opt.Schemas = schema.All()
	}
	r := &run{Options: opt}
	for _, c := range slices.Concat(All(), opt.Own) {
		switch {
		case !r.on(c):
		case c.document != nil:
			r.document = append(r.document, c)
		case c.item != nil:
			r.item = append(r.item, c)
		case c.set != nil && !opt.Alone:
			r.set = append(r.set, c)
		}
	}
	return r
}

// together runs the checks over all documents and returns what they report about the files in focus, nil for all.
func (r *run) together(ctx context.Context, documents []*Document, focus map[*source.File]bool) ([][]*Diagnostic, error) {
	known := sync.OnceValue(func() map[string]*Document { return index(documents) })
	related := sync.OnceValue(func() []relation { return relations(documents, known, focus) })
	found := make([][]*Diagnostic, len(r.set))
	err := parallel(ctx, len(r.set), func(i int) {
		s := &setReporter{run: r, check: r.set[i], focus: focus, known: known, related: related}
		s.check.set(s, documents)
		found[i] = s.out
	})
	return found, err
}

// parallel calls do for each index below n on all processors.
func parallel(ctx context.Context, n int, do func(i int)) error {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				do(i)
			}
		})
	}
	group.Wait()
	return ctx.Err()
}

// each reads and checks each file by itself.
func (r *run) each(ctx context.Context, inputs []Input, files []checked) error {
	var done atomic.Int64
	return parallel(ctx, len(inputs), func(i int) {
		r.file(&inputs[i], &files[i])
		if r.Progress != nil {
			r.Progress(int(done.Add(1)), len(inputs))
		}
	})
}

// file reads a file and runs the checks over each of its documents.
func (r *run) file(input *Input, out *checked) {
	text, err := input.Read()
	if err == nil && len(text) > maxFile {
		err = errTooLarge
	}
	if err != nil {
		out.file = source.NewFile(input.Name, "")
		r.read(out, diag.List{{Code: "unreadable-file", Message: err.Error(), Span: source.Span{File: out.file}}}, nil)
		return
	}
	out.file = source.NewFile(input.Name, string(text))
	out.ignores = ignores(out.file)
	r.parse(out)
	for _, d := range out.documents {
		r.judge(d, &out.out)
	}
}

// parse reads the documents of a file.
func (r *run) parse(out *checked) {
	if threat.IsDocument(out.file.Text) {
		_, _, list := threat.Parse(out.file)
		r.read(out, list, nil)
		return
	}
	collection, outlines, list := sigma.ParseOutline(out.file)
	r.read(out, list, outlines)
	r.documents(out, collection, outlines)
}

// documents makes the documents of a file.
func (r *run) documents(out *checked, collection *sigma.Collection, outlines []sigma.Outline) {
	base := baseName(out.file.Name)
	add := func(d *Document) {
		d.file, d.base = out.file, base
		if d.Document < len(outlines) {
			d.outline = &outlines[d.Document]
		} else {
			d.outline = &sigma.Outline{}
		}
		if d.detection != nil {
			d.items = itemsOf(d)
			where, faults := lower.Detection(d.detection, lower.Options{Placeholders: r.Placeholders, Budget: &lower.Budget{}, Open: true})
			if !selectsNothing(d.detection) {
				d.where = where
				d.subject = sync.OnceValue(func() *subject { return newSubject(d) })
			}
			r.lowered(out, d, faults)
		}
		out.documents = append(out.documents, d)
	}
	for _, rule := range collection.Rules {
		d := &Document{kind: rules, Meta: &rule.Meta, rule: rule, detection: &rule.Detection, logSource: &rule.LogSource}
		if rule.Base {
			d.Meta = baseMeta(rule, collection)
		}
		add(d)
	}
	for _, c := range collection.Correlations {
		if c.FromRule == nil {
			add(&Document{kind: correlations, Meta: &c.Meta, correlation: c})
		}
	}
	for _, f := range collection.Filters {
		add(&Document{kind: filters, Meta: &f.Meta, filter: f, detection: &f.Detection, logSource: &f.LogSource})
	}
}

// baseMeta returns the metadata that the author wrote for a rule with an old aggregation.
func baseMeta(rule *sigma.Rule, collection *sigma.Collection) *sigma.Meta {
	for _, c := range collection.Correlations {
		if c.FromRule == rule {
			return &c.Meta
		}
	}
	return &rule.Meta
}

// selectsNothing reports whether a condition has "all of" a pattern without search identifiers, whose meaning no tool defines.
func selectsNothing(d *sigma.Detection) bool {
	found := false
	for _, c := range d.Conditions {
		sigma.WalkCondition(c.Expr, func(e sigma.ConditionExpr) bool {
			if s, ok := e.(*sigma.SelectorExpr); ok && s.All && len(d.Select(s.Pattern)) == 0 {
				found = true
			}
			return !found
		})
	}
	return found
}

// judge runs the checks over one document.
func (r *run) judge(d *Document, out *[]*Diagnostic) {
	rep := reporter{run: r, doc: d, out: out}
	for _, c := range r.document {
		if c.sees(d) {
			rep.check = c
			c.document(&rep, d)
		}
	}
	for i := range d.items {
		for _, c := range r.item {
			if c.sees(d) {
				rep.check = c
				c.item(&rep, &d.items[i])
			}
		}
	}
}

func (c *Check) sees(d *Document) bool {
	kinds := c.kinds
	if kinds == 0 {
		kinds = judged
	}
	return kinds&d.kind != 0
}

// number returns a parameter of a validator.
func (r *reporter) number(name string, otherwise int) int {
	for _, validator := range r.check.PySigma {
		switch v := r.run.Parameters[validator][name].(type) {
		case int:
			return v
		case int64:
			return int(v)
		case float64:
			return int(v)
		}
	}
	return otherwise
}

// words returns a parameter of a validator that is a list of texts.
func (r *reporter) words(name string, otherwise []string) []string {
	for _, validator := range r.check.PySigma {
		switch v := r.run.Parameters[validator][name].(type) {
		case string:
			return []string{v}
		case []any:
			var list []string
			for _, e := range v {
				if text, ok := e.(string); ok {
					list = append(list, text)
				}
			}
			return list
		}
	}
	return otherwise
}

// lowerID returns the id of a rule as Options.Excluded has it.
func lowerID(id string) string { return strings.ToLower(id) }
