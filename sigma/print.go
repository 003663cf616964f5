package sigma

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Print writes a collection as YAML documents in the order of files and documents. Parsing the text gives equal
// trees, without comments, the original spelling of conditions and timespans, marks of applied transformations, and
// the link from a correlation to the rule with an old aggregation. The error names the first document that cannot be
// written as YAML; see PrintRule.
func Print(c *Collection) (string, error) {
	type document struct {
		meta *Meta
		text string
	}
	var documents []document
	var fault error
	add := func(meta *Meta, text string, err error) {
		if err != nil && fault == nil {
			fault = fmt.Errorf("%q: %w", meta.Title, err)
		}
		documents = append(documents, document{meta, text})
	}
	for _, rule := range c.Rules {
		text, err := PrintRule(rule)
		add(&rule.Meta, text, err)
	}
	for _, correlation := range c.Correlations {
		text, err := PrintCorrelation(correlation)
		add(&correlation.Meta, text, err)
	}
	for _, filter := range c.Filters {
		text, err := PrintFilter(filter)
		add(&filter.Meta, text, err)
	}
	if fault != nil {
		return "", fault
	}
	slices.SortStableFunc(documents, func(a, b document) int {
		return cmp.Or(cmp.Compare(a.meta.fileName(), b.meta.fileName()), cmp.Compare(a.meta.Document, b.meta.Document))
	})
	texts := make([]string, len(documents))
	for i, d := range documents {
		texts[i] = d.text
	}
	return strings.Join(texts, "---\n"), nil
}

func (m *Meta) fileName() string {
	if m.Span.File == nil {
		return ""
	}
	return m.Span.File.Name
}

// PrintRule writes a detection rule as one YAML document. Parsing it gives an equal tree, except for what Print
// drops. A tree that a program built may have no YAML form, for example an AnyOf inside an AllOf, or a name that is
// not an identifier: then PrintRule returns an error and no text. Detection.Normalize converts searches and
// conditions to a form that can be printed.
func PrintRule(rule *Rule) (string, error) {
	return printed(rule, func(w *yamlWriter) { w.rule(rule) }, func(c *Collection) []*Rule { return c.Rules })
}

// PrintFilter writes a filter as one YAML document, as PrintRule does.
func PrintFilter(filter *Filter) (string, error) {
	return printed(filter, func(w *yamlWriter) { w.filter(filter) }, func(c *Collection) []*Filter { return c.Filters })
}

// PrintCorrelation writes a correlation as one YAML document, as PrintRule does.
func PrintCorrelation(c *Correlation) (string, error) {
	return printed(c, func(w *yamlWriter) { w.correlation(c) }, func(c *Collection) []*Correlation { return c.Correlations })
}

func (w *yamlWriter) rule(rule *Rule) {
	w.meta(&rule.Meta)
	w.logSource(&rule.LogSource)
	w.key("detection")
	w.indented(func() { w.detection(&rule.Detection) })
	w.unknown(rule.Unknown)
}

func (w *yamlWriter) filter(filter *Filter) {
	w.meta(&filter.Meta)
	w.logSource(&filter.LogSource)
	w.key("filter")
	w.indented(func() {
		if filter.Any {
			w.entry("rules", "any")
		} else {
			w.list("rules", textValues(filter.Rules))
		}
		w.detection(&filter.Detection)
	})
	w.unknown(filter.Unknown)
}

func (w *yamlWriter) correlation(c *Correlation) {
	w.meta(&c.Meta)
	w.key("correlation")
	w.indented(func() {
		w.entry("type", c.Type)
		w.list("rules", textValues(c.Rules))
		w.list("group-by", textValues(c.GroupBy))
		w.entry("timespan", c.timespan())
		w.aliases(c.Aliases)
		switch {
		case c.Extended != nil:
			w.entry("condition", quoteCondition(FormatCondition(c.Extended.Expr)))
		case c.Condition != nil:
			w.key("condition")
			w.indented(func() { w.correlationCondition(c.Condition) })
		}
		if c.Generate {
			w.entry("generate", "true")
		}
		w.unknown(c.Extra)
	})
	w.unknown(c.Unknown)
}

func (w *yamlWriter) aliases(aliases []Alias) {
	if len(aliases) == 0 {
		return
	}
	w.key("aliases")
	w.indented(func() {
		for _, alias := range aliases {
			if len(alias.Rules) == 0 {
				w.entry(quote(alias.Name), "{}")
				continue
			}
			w.key(quote(alias.Name))
			w.indented(func() {
				for i, rule := range alias.Rules {
					w.entry(quote(rule.Value), quote(alias.Fields[i].Value))
				}
			})
		}
	})
}

func (w *yamlWriter) correlationCondition(c *CorrelationCondition) {
	if len(c.Fields) == 1 {
		w.entry("field", quote(c.Fields[0].Value))
	} else {
		w.list("field", textValues(c.Fields))
	}
	for _, bound := range c.Bounds {
		w.entry(bound.Op, bound.Value)
	}
	if c.HasPercentile {
		w.entry("percentile", strconv.FormatFloat(c.Percentile, 'f', -1, 64))
	}
}

// timespan returns the timespan as written if it has a unit of no fixed length, such as a month, which other tools may take for
// another length, and otherwise in a uniform spelling.
func (c *Correlation) timespan() string {
	for _, unit := range timeUnits {
		number, found := strings.CutSuffix(c.TimespanText, unit.letter)
		if count, err := strconv.ParseInt(number, 10, 64); found && err == nil && !unit.standard && time.Duration(count)*unit.length == c.Timespan {
			return c.TimespanText
		}
	}
	return formatTimespan(c.Timespan)
}

// formatTimespan writes a duration in the largest unit of the specification that divides it.
func formatTimespan(d time.Duration) string {
	for i := len(timeUnits) - 1; i >= 0; i-- {
		if unit := timeUnits[i]; unit.standard && d%unit.length == 0 {
			return strconv.FormatInt(int64(d/unit.length), 10) + unit.letter
		}
	}
	return d.String()
}

func textValues(list []Text) []string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = t.Value
	}
	return out
}

// meta writes the fields that all documents share, in the order of the specification.
func (w *yamlWriter) meta(m *Meta) {
	w.text("title", m.Title)
	w.text("id", m.ID)
	w.text("name", m.Name)
	if len(m.Related) > 0 {
		w.key("related")
		w.indented(func() {
			for _, related := range m.Related {
				w.line("- id: " + quote(related.ID))
				w.line("  type: " + quote(related.Type))
			}
		})
	}
	w.text("taxonomy", m.Taxonomy)
	w.text("status", m.Status)
	w.text("description", m.Description)
	w.text("license", m.License)
	w.list("references", m.References)
	w.text("author", m.Author)
	w.text("date", m.Date)
	w.text("modified", m.Modified)
	w.list("tags", m.Tags)
	w.list("scope", m.Scope)
	w.list("fields", m.Fields)
	w.list("falsepositives", m.FalsePositives)
	w.text("level", m.Level)
}

func (w *yamlWriter) logSource(l *LogSource) {
	if l.Category == "" && l.Product == "" && l.Service == "" && l.Definition == "" && len(l.Unknown) == 0 {
		return
	}
	w.key("logsource")
	w.indented(func() {
		w.text("category", l.Category)
		w.text("product", l.Product)
		w.text("service", l.Service)
		w.text("definition", l.Definition)
		w.unknown(l.Unknown)
	})
}

func (w *yamlWriter) detection(d *Detection) {
	for _, s := range d.Searches {
		w.key(quote(s.Name))
		w.indented(func() { w.search(s.Expr) })
	}
	w.text("timeframe", d.Timeframe.Value)
	conditions := make([]string, len(d.Conditions))
	for i, c := range d.Conditions {
		conditions[i] = quoteCondition(FormatCondition(c.Expr))
	}
	if len(conditions) == 1 {
		w.entry("condition", conditions[0])
		return
	}
	w.key("condition")
	w.indented(func() {
		for _, c := range conditions {
			w.line("- " + c)
		}
	})
}

// formatValue writes a value so that it is parsed with the same kind.
func formatValue(v Value) string {
	switch v.Kind {
	case NumberValue, BoolValue:
		return v.Text
	case NullValue:
		return "null"
	case StringValue:
	}
	return quoteValue(v.Text)
}

// String returns the rule as PrintRule writes it, with its searches normalized where needed, or the text of the
// error.
func (r *Rule) String() string {
	text, err := PrintRule(r)
	if errors.Is(err, errNotNormal) {
		normal := r.Clone()
		if err = normal.Detection.Normalize(); err == nil {
			text, err = PrintRule(normal)
		}
	}
	return textOr(text, err)
}

// String returns the correlation as PrintCorrelation writes it, or the text of the error.
func (c *Correlation) String() string { return textOr(PrintCorrelation(c)) }

// String returns the filter as PrintFilter writes it, with its searches normalized where needed, or the text of the
// error.
func (f *Filter) String() string {
	text, err := PrintFilter(f)
	if errors.Is(err, errNotNormal) {
		normal := f.Clone()
		if err = normal.Detection.Normalize(); err == nil {
			text, err = PrintFilter(normal)
		}
	}
	return textOr(text, err)
}

func textOr(text string, err error) string {
	if err != nil {
		return fmt.Sprintf("# no YAML: %v\n", err)
	}
	return text
}
