package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/sigma"
)

// This file has the objects that templates see: the rule, its parts, and the pipeline, with the attributes that pySigma's classes
// have.

// An object has attributes and prints as str and repr say.
type object struct {
	class     string
	attribute func(name string) (any, bool)
	str, repr string
}

// Attr implements pyprint.Object.
func (o *object) Attr(name string) (any, bool) { return o.attribute(name) }

// Str implements pyprint.Object.
func (o *object) Str() string { return cmp.Or(o.str, o.Repr()) }

// Repr implements pyprint.Object.
func (o *object) Repr() string {
	if o.repr == "" {
		return "<" + o.class + ">"
	}
	return o.repr
}

// Type implements pyprint.Object.
func (o *object) Type() string { return o.class }

// A word is a value of an enumeration: a level, a status or the type of a relation.
type word struct {
	object
	order []string
	value string
}

// Hash makes equal words equal keys of a dict.
func (w *word) Hash() string { return w.class + w.value }

// Equal reports whether another value is the same word.
func (w *word) Equal(other any) bool {
	o, ok := other.(*word)
	return ok && o.class == w.class && o.value == w.value
}

// Compare orders words by their place in the enumeration.
func (w *word) Compare(other any) (order int, ok bool) {
	o, ok := other.(*word)
	if !ok || o.class != w.class {
		return 0, false
	}
	return cmp.Compare(slices.Index(w.order, w.value), slices.Index(w.order, o.value)), true
}

// newWord returns a word of an enumeration, nil if the text is none.
func newWord(class string, order []string, text string) any {
	value := strings.ToLower(text)
	number := slices.Index(order, value) + 1
	if number == 0 {
		return nil
	}
	name := strings.ToUpper(value)
	return &word{order: order, value: value, object: object{
		class: class, str: value, repr: fmt.Sprintf("<%s.%s: %d>", class, name, number),
		attribute: attributes("name", name, "value", int64(number)),
	}}
}

// attributes returns a function that looks attributes up: name, value, name, value.
func attributes(pairs ...any) func(string) (any, bool) {
	return func(name string) (any, bool) {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return nil, false
	}
}

// A tagObject is a tag of a rule.
type tagObject struct{ object }

// Equal reports whether another value is the same tag, as object or as text.
func (t *tagObject) Equal(other any) bool {
	switch other := other.(type) {
	case string:
		return other == t.str
	case *tagObject:
		return other.str == t.str
	}
	return false
}

// Hash makes equal tags equal keys of a dict.
func (t *tagObject) Hash() string { return "tag " + t.str }

func newTagObject(text string) any {
	namespace, name, _ := strings.Cut(text, ".")
	return &tagObject{object{
		class: "SigmaRuleTag", str: namespace + "." + name,
		repr:      "SigmaRuleTag(namespace=" + pyprint.QuoteString(namespace) + ", name=" + pyprint.QuoteString(name) + ", source=None)",
		attribute: attributes("namespace", namespace, "name", name, "source", nil),
	}}
}

// newUUID returns an id, which pySigma keeps as a UUID if it is one.
func newUUID(text string) any {
	if text == "" {
		return nil
	}
	lower := strings.ToLower(text)
	return &object{class: "UUID", str: lower, repr: "UUID(" + pyprint.QuoteString(lower) + ")", attribute: attributes(
		"hex", strings.ReplaceAll(lower, "-", ""), "urn", "urn:uuid:"+lower)}
}

// newDate returns a date, nil for a text that is none.
func newDate(text string) any {
	text = strings.ReplaceAll(text, "/", "-")
	var year, month, day int64
	if n, err := fmt.Sscanf(text, "%d-%d-%d", &year, &month, &day); n != 3 || err != nil {
		return nil
	}
	return &object{
		class: "date", str: fmt.Sprintf("%04d-%02d-%02d", year, month, day), repr: fmt.Sprintf("datetime.date(%d, %d, %d)", year, month, day),
		attribute: attributes("year", year, "month", month, "day", day),
	}
}

// orNone returns nil for an empty text.
func orNone(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func textList(list []string) any { return pyprint.From(slices.Clone(list)) }

// Object returns the rule or correlation as templates see it, with the attributes of pySigma's SigmaRule or
// SigmaCorrelationRule.
func (r *Result) Object() pyprint.Object {
	m := &sigma.Meta{}
	o := &object{class: "SigmaRule"}
	var own func(name string) (any, bool)
	if r.Rule != nil {
		m, own = &r.Rule.Meta, ruleAttributes(r.Rule)
	} else {
		m, own = &r.Correlation.Meta, correlationAttributes(r.Correlation)
		o.class = "SigmaCorrelationRule"
	}
	o.attribute = func(name string) (any, bool) {
		if v, ok := own(name); ok {
			return v, true
		}
		return r.metaAttribute(m, name)
	}
	return o
}

func (r *Result) metaAttribute(m *sigma.Meta, name string) (any, bool) {
	switch name {
	case "title":
		return m.Title, true
	case "id":
		return newUUID(m.ID), true
	case "name":
		return orNone(m.Name), true
	case "taxonomy":
		return cmp.Or(m.Taxonomy, "sigma"), true
	case "related":
		return related(m.Related), true
	case "status":
		return newWord("SigmaStatus", statuses, m.Status), true
	case "level":
		return newWord("SigmaLevel", levels, m.Level), true
	case "description":
		return orNone(m.Description), true
	case "license":
		return orNone(m.License), true
	case "author":
		return orNone(m.Author), true
	case "date":
		return newDate(m.Date), true
	case "modified":
		return newDate(m.Modified), true
	case "references":
		return textList(m.References), true
	case "fields":
		return textList(m.Fields), true
	case "falsepositives":
		return textList(m.FalsePositives), true
	case "tags":
		tags := &pyprint.List{}
		for _, t := range m.Tags {
			tags.Items = append(tags.Items, newTagObject(t))
		}
		return tags, true
	case "scope":
		if m.Scope == nil {
			return nil, true
		}
		return textList(m.Scope), true
	case "custom_attributes":
		return r.customAttributes(m), true
	case "errors":
		return &pyprint.List{}, true
	}
	return nil, false
}

func related(list []sigma.Related) any {
	if len(list) == 0 {
		return nil
	}
	out := &pyprint.List{}
	for _, item := range list {
		kinds := []string{"correlation", "derived", "merged", "obsolete", "renamed", "similar"}
		out.Items = append(out.Items, &object{class: "SigmaRelatedItem", attribute: attributes("id", newUUID(item.ID), "type", newWord("SigmaRelatedType", kinds, item.Type))})
	}
	return &object{class: "SigmaRelated", attribute: attributes("related", out)}
}

// customAttributes returns the keys that Sigma does not define, and those of set_custom_attribute.
func (r *Result) customAttributes(m *sigma.Meta) *pyprint.Dict {
	d := &pyprint.Dict{}
	for _, unknown := range m.Unknown {
		d.Set(unknown.Key, pyprint.From(unknown.Value))
	}
	for _, name := range r.attributeNames {
		d.Set(name, pyprint.From(r.Attributes[name]))
	}
	return d
}

func ruleAttributes(rule *sigma.Rule) func(string) (any, bool) {
	l := &rule.LogSource
	log := &object{class: "SigmaLogSource", attribute: attributes(
		"category", orNone(l.Category), "product", orNone(l.Product), "service", orNone(l.Service), "definition", orNone(l.Definition))}
	quoted := func(text string) string {
		if text == "" {
			return "None"
		}
		return pyprint.QuoteString(text)
	}
	log.repr = fmt.Sprintf("SigmaLogSource(category=%s, product=%s, service=%s, definition=%s, source=None, custom_attributes=None)",
		quoted(l.Category), quoted(l.Product), quoted(l.Service), quoted(l.Definition))
	return attributes("logsource", log)
}

func correlationAttributes(c *sigma.Correlation) func(string) (any, bool) {
	var groups any
	if len(c.GroupBy) > 0 {
		list := &pyprint.List{}
		for _, group := range c.GroupBy {
			list.Items = append(list.Items, group.Value)
		}
		groups = list
	}
	timespan := &object{class: "SigmaCorrelationTimespan", attribute: attributes("seconds", int64(c.Timespan.Seconds()), "spec", c.TimespanText)}
	return attributes("type", newWord("SigmaCorrelationType", sigma.CorrelationTypes, c.Type), "group_by", groups, "timespan", timespan,
		"generate", c.Generate)
}

// pipelineObject returns the pipeline as templates see it.
func (c *Chain) pipelineObject(s *scope) pyprint.Object {
	dict := func(m map[string]any) *pyprint.Dict {
		return pyprint.From(m).(*pyprint.Dict) //nolint:errcheck // From makes a Dict of a map
	}
	return &object{class: "ProcessingPipeline", attribute: attributes(
		"vars", dict(c.vars), "state", dict(s.state), "name", nil, "priority", int64(0), "applied_ids", appliedIDs(s))}
}

func appliedIDs(s *scope) any {
	var ids []string
	for id := range s.applied {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return textList(ids)
}
