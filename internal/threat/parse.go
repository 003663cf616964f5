package threat

import (
	"slices"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/sigma"
)

// The limits of a document. They are far above what a reader can follow.
const (
	maxVendors    = 64
	maxDetections = 32
	maxFields     = 64
	maxRules      = 100
	maxID         = 64
)

// The keys of a document, of its correlation, of a vendor and of what a vendor changes in the correlation.
var (
	documentKeys = []string{
		"attack", "author", "correlation", "date", "egret", "falsepositives", "level", "license", "modified", "references", "status",
		"threat", "title", "vendors", "why",
	}
	correlationKeys = []string{"across", "condition", "group-by", "steps", "timespan", "type"}
	vendorKeys      = []string{
		"correlation", "detection", "detections", "egret", "falsepositives", "fields", "level", "logsource", "name", "rules",
	}
	changeKeys = []string{"condition", "timespan"}
)

// identifier matches ids of threats, vendors and detections. They are parts of the names of rules.
var identifier = lazyre.New(`^[a-z0-9]+(-[a-z0-9]+)*$`)

type parser struct{ documents *sigma.Documents }

func (p *parser) errors() int { return p.documents.Faults().Count(diag.Error) }

func (p *parser) report(d diag.Diagnostic) { p.documents.Report(d) }

// document is a parsed threat document.
type document struct {
	threat Threat
	// root is the document, id the node of its id. meta are the nodes that become keys of every rule, by the key of the rule.
	root, id    sigma.Node
	meta        map[string]sigma.Node
	attack      []sigma.Node
	correlation *correlation // nil if single events report
	vendors     []*vendor
}

// correlation is what vendors share of their correlations.
type correlation struct {
	at, kind, timespan sigma.Node
	// groupBy and steps are names of the document: of fields, and of detections in their order.
	groupBy, steps []sigma.Text
	condition      []sigma.Entry
	conditionAt    sigma.Node
	across         bool
}

// vendor is the part of a document about one vendor.
type vendor struct {
	Vendor
	at        sigma.Text
	node      sigma.Node
	logsource sigma.Node
	meta      map[string]sigma.Node
	// fields maps names of the document to fields of the log, in the order of the document.
	fields     []sigma.Entry
	detections []sigma.Entry // the key is "" for `detection`
	timespan   sigma.Node
	condition  []sigma.Entry
	changed    sigma.Text // the key of a change of the correlation
}

// document reads a document. After an error the result is incomplete.
func (p *parser) document(root sigma.Node, entries []sigma.Entry) *document {
	d := &document{root: root, meta: map[string]sigma.Node{}}
	var vendors, correlation sigma.Node
	for _, e := range entries {
		switch key := e.Key.Value; key {
		case "threat":
			d.id = e.Value
			d.threat.ID = p.identifier(key, e.Value)
			d.threat.Span = e.Value.Span()
		case "title":
			d.threat.Title = p.text(key, e.Value)
		case "why":
			d.threat.Why = p.text(key, e.Value)
			d.meta["description"] = e.Value
		case "level":
			d.threat.Level = p.text(key, e.Value)
			d.meta[key] = e.Value
		case "status", "author", "date", "modified", "license", "references", "falsepositives", "egret":
			d.meta[key] = e.Value
		case "attack":
			p.attack(d, e.Value)
		case "correlation":
			correlation = e.Value
		case "vendors":
			vendors = e.Value
		default:
			p.report(unknownKey(e.Key, "a threat document", documentKeys))
		}
	}
	for _, missing := range []struct {
		key    string
		absent bool
	}{{"title", d.threat.Title == ""}, {"why", d.threat.Why == ""}, {"vendors", vendors.IsZero()}} {
		if missing.absent {
			p.report(missingKey(d.threat.Span, "the threat", missing.key))
		}
	}
	if !correlation.IsZero() {
		d.correlation = p.correlation(correlation)
	}
	if !vendors.IsZero() {
		p.vendors(d, vendors)
	}
	if len(d.vendors) > 0 && d.correlation != nil {
		p.check(d)
	}
	return d
}

// attack reads techniques and tactics and makes tags of them.
func (p *parser) attack(d *document, n sigma.Node) {
	for _, t := range p.texts("attack", n) {
		tag, ok := attackTag(t.Value)
		if !ok {
			p.report(badAttack(t))
			continue
		}
		d.threat.Tags = append(d.threat.Tags, tag)
		d.attack = append(d.attack, p.documents.Text(tag, n))
	}
}

// correlation reads the correlation of a document.
func (p *parser) correlation(n sigma.Node) *correlation {
	c := &correlation{at: n}
	entries, ok := n.Entries()
	if !ok {
		p.report(wrongType(n, "correlation", "a map with type, group-by, timespan and condition"))
		return c
	}
	for _, e := range entries {
		switch key := e.Key.Value; key {
		case "type":
			p.text(key, e.Value)
			c.kind = e.Value
		case "group-by":
			c.groupBy = p.texts(key, e.Value)
		case "timespan":
			p.text(key, e.Value)
			c.timespan = e.Value
		case "condition":
			c.condition, c.conditionAt = p.condition(e.Value), e.Value
		case "steps":
			c.steps = p.texts(key, e.Value)
		case "across":
			switch p.text(key, e.Value) {
			case "true":
				c.across = true
			case "false":
			default:
				p.report(wrongType(e.Value, key, "true or false"))
			}
		default:
			p.report(unknownKey(e.Key, "the correlation of a threat", correlationKeys))
		}
	}
	for _, missing := range []struct {
		key  string
		node sigma.Node
	}{{"type", c.kind}, {"timespan", c.timespan}} {
		if missing.node.IsZero() {
			p.report(missingKey(n.Span(), "the correlation", missing.key))
		}
	}
	return c
}

func (p *parser) condition(n sigma.Node) []sigma.Entry {
	entries, ok := n.Entries()
	if !ok {
		p.report(wrongType(n, "condition", "a map such as gte: 10"))
	}
	return entries
}

// entries returns the entries of a map with at least least and at most most of them; nil after an error.
func (p *parser) entries(n sigma.Node, key, want string, least, most int) []sigma.Entry {
	entries, ok := n.Entries()
	switch {
	case !ok || len(entries) < least:
		p.report(wrongType(n, key, want))
		return nil
	case len(entries) > most:
		p.report(tooMany(entries[most].Key.Span, key, len(entries), most))
		return nil
	}
	return entries
}

func (p *parser) vendors(d *document, n sigma.Node) {
	for _, e := range p.entries(n, "vendors", "a map with an entry for each vendor", 1, maxVendors) {
		if v := p.vendor(e); v != nil {
			d.vendors = append(d.vendors, v)
		}
	}
}

// vendor reads the part about one vendor; nil if it is no map.
func (p *parser) vendor(e sigma.Entry) *vendor {
	v := &vendor{at: e.Key, node: e.Value, meta: map[string]sigma.Node{}}
	v.ID, v.Name = e.Key.Value, e.Key.Value
	if !isIdentifier(v.ID) {
		p.report(badIdentifier(e.Key.Span, "the vendor", v.ID))
	}
	entries, ok := e.Value.Entries()
	if !ok {
		p.report(wrongType(e.Value, v.ID, "a map with logsource, fields and detection, or with rules"))
		return nil
	}
	for _, e := range entries {
		switch key := e.Key.Value; key {
		case "name":
			v.Name = p.text(key, e.Value)
		case "logsource":
			v.logsource = e.Value
		case "fields":
			p.fields(v, e.Value)
		case "detection":
			v.detections = append(v.detections, sigma.Entry{Key: sigma.Text{Span: e.Key.Span}, Value: e.Value})
		case "detections":
			p.detections(v, e.Value)
		case "rules":
			v.Rules = p.texts(key, e.Value)
			if len(v.Rules) > maxRules {
				p.report(tooMany(v.Rules[maxRules].Span, "rules", len(v.Rules), maxRules))
			}
		case "level", "falsepositives", "egret":
			v.meta[key] = e.Value
		case "correlation":
			v.changed = e.Key
			p.change(v, e.Value)
		default:
			p.report(unknownKey(e.Key, "a vendor", vendorKeys))
		}
	}
	switch {
	case len(v.detections) == 0 && len(v.Rules) == 0:
		p.report(missingKey(v.at.Span, "the vendor "+v.ID, "detection"))
	case len(v.detections) > 0 && v.logsource.IsZero():
		p.report(missingKey(v.at.Span, "the vendor "+v.ID, "logsource"))
	}
	return v
}

// fields reads the map from names of the document to fields of the log.
func (p *parser) fields(v *vendor, n sigma.Node) {
	for _, e := range p.entries(n, "fields", "a map from the names of the threat to fields of the log", 0, maxFields) {
		if p.text(e.Key.Value, e.Value) != "" {
			v.fields = append(v.fields, e)
		}
	}
}

// detections reads named detections.
func (p *parser) detections(v *vendor, n sigma.Node) {
	for _, e := range p.entries(n, "detections", "a map with an entry for each detection", 1, maxDetections) {
		if !isIdentifier(e.Key.Value) {
			p.report(badIdentifier(e.Key.Span, "the detection", e.Key.Value))
		}
		v.detections = append(v.detections, e)
	}
}

// change reads what a vendor changes in the correlation.
func (p *parser) change(v *vendor, n sigma.Node) {
	entries, ok := n.Entries()
	if !ok {
		p.report(wrongType(n, "correlation", "a map with timespan and condition"))
		return
	}
	for _, e := range entries {
		switch key := e.Key.Value; key {
		case "timespan":
			p.text(key, e.Value)
			v.timespan = e.Value
		case "condition":
			v.condition = p.condition(e.Value)
		default:
			p.report(unknownKey(e.Key, "the correlation of a vendor", changeKeys))
		}
	}
}

// identifier reads the id of a threat.
func (p *parser) identifier(what string, n sigma.Node) string {
	id := p.text(what, n)
	if id != "" && !isIdentifier(id) {
		p.report(badIdentifier(n.Span(), "the threat", id))
	}
	return id
}

func isIdentifier(id string) bool { return len(id) <= maxID && identifier.MatchString(id) }

// text reads a text that must not be empty.
func (p *parser) text(key string, n sigma.Node) string {
	text, ok := n.Scalar()
	if !ok || text == "" {
		p.report(wrongType(n, key, "a text"))
	}
	return text
}

// texts reads a list of texts, or one text.
func (p *parser) texts(key string, n sigma.Node) []sigma.Text {
	items, ok := n.Items()
	if !ok {
		items = []sigma.Node{n}
	}
	var texts []sigma.Text
	for _, item := range items {
		if text := p.text(key, item); text != "" {
			texts = append(texts, sigma.Text{Value: text, Span: item.Span()})
		}
	}
	return texts
}

// field returns the field of a vendor's log for a name of the document.
func (v *vendor) field(name string) (sigma.Node, bool) {
	i := slices.IndexFunc(v.fields, func(e sigma.Entry) bool { return e.Key.Value == name })
	if i < 0 {
		return sigma.Node{}, false
	}
	return v.fields[i].Value, true
}

func (v *vendor) fieldNames() []string {
	names := make([]string, 0, len(v.fields))
	for _, e := range v.fields {
		names = append(names, e.Key.Value)
	}
	return names
}
