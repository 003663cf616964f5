package sigma

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Print writes a collection as YAML documents in the order of files and documents. Parsing the text gives the same
// trees; comments, the author's spelling of conditions and timespans, and the mark that a correlation came from an old
// aggregation are lost.
func Print(c *Collection) string {
	type document struct {
		meta *Meta
		text string
	}
	var documents []document
	for _, rule := range c.Rules {
		documents = append(documents, document{&rule.Meta, PrintRule(rule)})
	}
	for _, correlation := range c.Correlations {
		documents = append(documents, document{&correlation.Meta, PrintCorrelation(correlation)})
	}
	for _, filter := range c.Filters {
		documents = append(documents, document{&filter.Meta, PrintFilter(filter)})
	}
	slices.SortStableFunc(documents, func(a, b document) int {
		return cmp.Or(cmp.Compare(a.meta.fileName(), b.meta.fileName()), cmp.Compare(a.meta.Document, b.meta.Document))
	})
	texts := make([]string, len(documents))
	for i, d := range documents {
		texts[i] = d.text
	}
	return strings.Join(texts, "---\n")
}

func (m *Meta) fileName() string {
	if m.Span.File == nil {
		return ""
	}
	return m.Span.File.Name
}

// PrintRule writes a detection rule as one YAML document. Parsing it gives the same tree. Where a program has built a
// search that no YAML stands for, such as an AnyOf inside an AllOf, it is multiplied out into a list of maps, which gives
// another tree of the same meaning; its size is the product of the alternatives.
func PrintRule(rule *Rule) string {
	var w yamlWriter
	w.meta(&rule.Meta)
	w.logSource(&rule.LogSource)
	w.key("detection")
	w.indented(func() { w.detection(&rule.Detection) })
	w.unknown(rule.Unknown)
	return w.out.String()
}

// PrintFilter writes a filter as one YAML document.
func PrintFilter(filter *Filter) string {
	var w yamlWriter
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
	return w.out.String()
}

// PrintCorrelation writes a correlation as one YAML document.
func PrintCorrelation(c *Correlation) string {
	var w yamlWriter
	w.meta(&c.Meta)
	w.key("correlation")
	w.indented(func() {
		w.entry("type", c.Type)
		w.list("rules", textValues(c.Rules))
		w.list("group-by", textValues(c.GroupBy))
		w.entry("timespan", formatTimespan(c.Timespan))
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
	return w.out.String()
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

// formatTimespan writes a length of time in the largest unit of the specification that divides it.
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

// formatValue writes a value so that it is read back with its kind.
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
