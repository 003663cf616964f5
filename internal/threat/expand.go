package threat

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/sigma"
)

// technique matches an id of a technique. Everything else that attackTag accepts is the name of a tactic.
var (
	technique = lazyre.New(`^t[0-9]{4}(\.[0-9]{3})?$`)
	tactic    = lazyre.New(`^[a-z]+(-[a-z]+)*$`)
)

// attackTag returns the tag of a technique or tactic.
func attackTag(text string) (string, bool) {
	name := strings.TrimPrefix(strings.ToLower(text), "attack.")
	return "attack." + name, technique.MatchString(name) || tactic.MatchString(name)
}

// ordered reports whether the steps of a correlation follow one another.
func (c *correlation) ordered() bool {
	kind, _ := c.kind.Scalar()
	return strings.HasPrefix(kind, "temporal_ordered")
}

// counted returns the fields whose values are counted.
func (c *correlation) counted(p *parser) []sigma.Text {
	for _, e := range c.condition {
		if e.Key.Value == "field" {
			return p.texts("field", e.Value)
		}
	}
	return nil
}

// check compares the correlation of a document with its vendors.
func (p *parser) check(d *document) {
	c := d.correlation
	names := slices.Concat(c.groupBy, c.counted(p))
	owners := map[string]*vendor{}
	var known []string
	for _, v := range d.vendors {
		if len(v.detections) == 0 {
			continue
		}
		for _, name := range names {
			if _, ok := v.field(name.Value); !ok {
				p.report(unmappedField(v, name))
			}
		}
		for _, detection := range v.detections {
			name := detection.Key.Value
			step := slices.IndexFunc(c.steps, func(t sigma.Text) bool { return t.Value == name })
			if first := owners[name]; first != nil && c.across && c.ordered() && step >= 0 {
				p.report(ambiguousStep(c.steps[step], first, v))
			}
			owners[name], known = v, append(known, name)
		}
		for _, step := range c.steps {
			if !c.across && !slices.ContainsFunc(v.detections, func(e sigma.Entry) bool { return e.Key.Value == step.Value }) {
				p.report(missingStep(v, step))
			}
		}
		if c.across && v.changed.Value != "" {
			p.report(uselessChange(v))
		}
	}
	for _, step := range c.steps {
		if owners[step.Value] == nil && c.across {
			p.report(unknownStep(step, known))
		}
	}
}

// expand adds the rules of a document to a collection, vendor by vendor.
func (p *parser) expand(d *document, collection *sigma.Collection) {
	var all []*vendor
	for _, v := range d.vendors {
		before := p.errors()
		rules := p.detectionRules(d, v)
		own := p.documents.Rules(rules)
		if p.errors() > before {
			continue // without a rule that it counts, a correlation would find too much or nothing
		}
		switch {
		case len(v.detections) == 0:
		case d.correlation == nil:
		case d.correlation.across:
			all = append(all, v)
		default:
			add(own, p.documents.Rules([]sigma.Node{p.correlationRule(d, []*vendor{v})}))
		}
		v.Made = ids(own)
		add(collection, own)
	}
	if len(all) > 0 {
		across := p.documents.Rules([]sigma.Node{p.correlationRule(d, all)})
		d.threat.Made = ids(across)
		add(collection, across)
	}
	for _, v := range d.vendors {
		d.threat.Vendors = append(d.threat.Vendors, v.Vendor)
	}
}

// ids returns the ids of rules and correlations.
func ids(c *sigma.Collection) []string {
	var ids []string
	for _, rule := range c.Rules {
		ids = append(ids, rule.ID)
	}
	for _, correlation := range c.Correlations {
		ids = append(ids, correlation.ID)
	}
	return ids
}

// entry returns an entry of a composed map.
func entry(key string, value sigma.Node) sigma.Entry {
	return sigma.Entry{Key: sigma.Text{Value: key}, Value: value}
}

// ruleName returns the name of the rule of a detection. Correlations refer to it, and users may.
func ruleName(d *document, v *vendor, detection string) string {
	parts := []string{d.threat.ID, v.ID}
	if detection != "" {
		parts = append(parts, detection)
	} else if d.correlation != nil {
		parts = append(parts, "event")
	}
	return strings.Join(parts, "/")
}

// detectionRules composes a rule for each detection of a vendor.
func (p *parser) detectionRules(d *document, v *vendor) []sigma.Node {
	var rules []sigma.Node
	for _, detection := range v.detections {
		name := ruleName(d, v, detection.Key.Value)
		title := d.threat.Title
		if detection.Key.Value != "" {
			title += ": " + detection.Key.Value
		}
		entries := p.meta(d, v, title+" ("+v.Name+")", name, d.correlation == nil)
		entries = append(entries, entry("logsource", v.logsource), entry("detection", detection.Value))
		rules = append(rules, p.documents.Map(entries, v.node))
	}
	return rules
}

// meta composes the keys that all rules have. A rule that only a correlation counts has level informational.
func (p *parser) meta(d *document, v *vendor, title, name string, reports bool) []sigma.Entry {
	docs := p.documents
	level, egret := d.meta["level"], d.meta["egret"]
	falsePositives := d.meta["falsepositives"]
	var fields []sigma.Node
	if v != nil {
		for _, over := range []struct {
			key  string
			node *sigma.Node
		}{{"level", &level}, {"egret", &egret}, {"falsepositives", &falsePositives}} {
			if n, ok := v.meta[over.key]; ok {
				*over.node = n
			}
		}
		var seen []string
		for _, e := range v.fields {
			if text, _ := e.Value.Scalar(); !slices.Contains(seen, text) {
				seen, fields = append(seen, text), append(fields, e.Value)
			}
		}
	}
	if !reports {
		level, egret = docs.Text("informational", d.id), sigma.Node{}
	}
	entries := []sigma.Entry{
		entry("title", docs.Text(title, d.id)), entry("id", docs.Text(ruleID(strings.Split(name, "/")...), d.id)), entry("name", docs.Text(name, d.id)),
	}
	for _, key := range []string{"status", "description", "license", "references", "author", "date", "modified"} {
		entries = append(entries, entry(key, d.meta[key]))
	}
	if len(d.attack) > 0 {
		entries = append(entries, entry("tags", docs.List(d.attack, d.id)))
	}
	if len(fields) > 0 {
		entries = append(entries, entry("fields", docs.List(fields, v.node)))
	}
	return append(entries, entry("falsepositives", falsePositives), entry("level", level), entry("egret", egret))
}

// correlationRule composes the correlation over the detections of vendors: of one, or of all if it goes across.
func (p *parser) correlationRule(d *document, vendors []*vendor) sigma.Node {
	docs, c := p.documents, d.correlation
	title, name, at := d.threat.Title, d.threat.ID, c.at
	only := vendors[0]
	if c.across {
		only = nil
	} else {
		title, name, at = title+" ("+only.Name+")", name+"/"+only.ID, only.node
	}
	section := []sigma.Entry{entry("type", c.kind), entry("rules", docs.List(p.counts(d, vendors, at), at))}
	field := func(name sigma.Text) sigma.Node {
		if only != nil {
			n, _ := only.field(name.Value) // check has seen it
			return n
		}
		return docs.Text(name.Value, at)
	}
	var groups []sigma.Node
	for _, name := range c.groupBy {
		groups = append(groups, field(name))
	}
	if len(groups) > 0 {
		section = append(section, entry("group-by", docs.List(groups, at)))
	}
	timespan, condition := c.timespan, c.condition
	if only != nil {
		if !only.timespan.IsZero() {
			timespan = only.timespan
		}
		condition = changed(condition, only.condition)
	}
	section = append(section, entry("timespan", timespan))
	if len(condition) > 0 {
		var bounds []sigma.Entry
		for _, e := range condition {
			value := e.Value
			if e.Key.Value == "field" {
				var fields []sigma.Node
				for _, name := range p.texts("field", value) {
					fields = append(fields, field(name))
				}
				value = docs.List(fields, value)
			}
			bounds = append(bounds, entry(e.Key.Value, value))
		}
		conditionAt := c.conditionAt
		if conditionAt.IsZero() {
			conditionAt = at
		}
		section = append(section, entry("condition", docs.Map(bounds, conditionAt)))
	}
	if only == nil {
		section = append(section, entry("aliases", p.aliases(d, vendors)))
	}
	return docs.Map(append(p.meta(d, only, title, name, true), entry("correlation", docs.Map(section, at))), at)
}

// changed returns the entries of a condition with those that a vendor changes or adds.
func changed(condition, own []sigma.Entry) []sigma.Entry {
	out := slices.Clone(condition)
	for _, e := range own {
		if i := slices.IndexFunc(out, func(o sigma.Entry) bool { return o.Key.Value == e.Key.Value }); i >= 0 {
			out[i] = e
		} else {
			out = append(out, e)
		}
	}
	return out
}

// counts returns the names of the rules that a correlation counts: its steps in order, or all detections.
func (p *parser) counts(d *document, vendors []*vendor, at sigma.Node) []sigma.Node {
	var names []sigma.Node
	if len(d.correlation.steps) == 0 {
		for _, v := range vendors {
			for _, detection := range v.detections {
				names = append(names, p.documents.Text(ruleName(d, v, detection.Key.Value), at))
			}
		}
	}
	for _, step := range d.correlation.steps {
		for _, v := range vendors {
			for _, detection := range v.detections {
				if detection.Key.Value == step.Value {
					names = append(names, p.documents.Text(ruleName(d, v, step.Value), at))
				}
			}
		}
	}
	return names
}

// aliases maps the names of a document to the fields of every rule.
func (p *parser) aliases(d *document, vendors []*vendor) sigma.Node {
	docs, c := p.documents, d.correlation
	var aliases []sigma.Entry
	for _, name := range slices.Concat(c.groupBy, c.counted(p)) {
		if slices.ContainsFunc(aliases, func(e sigma.Entry) bool { return e.Key.Value == name.Value }) {
			continue
		}
		var fields []sigma.Entry
		for _, v := range vendors {
			field, _ := v.field(name.Value)
			for _, detection := range v.detections {
				if len(c.steps) == 0 || slices.ContainsFunc(c.steps, func(t sigma.Text) bool { return t.Value == detection.Key.Value }) {
					fields = append(fields, entry(ruleName(d, v, detection.Key.Value), field))
				}
			}
		}
		aliases = append(aliases, entry(name.Value, docs.Map(fields, c.at)))
	}
	return docs.Map(aliases, c.at)
}
