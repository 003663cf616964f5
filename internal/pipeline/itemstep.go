package pipeline

import (
	"regexp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/sigma"
)

// itemTransformations change detection items as a whole.
var itemTransformations = []Kind{
	{Name: "drop_detection_item", Help: "remove items", build: func(*params) any { return dropItem{} }},
	{Name: "detection_item_failure", Help: "refuse a rule with such an item", Params: []Param{
		{Name: "message", Type: "text", Required: true, Help: "the reason"},
	}, build: func(p *params) any { return itemFailure(p.text("message", "")) }},
	{Name: "hashes_fields", Help: "divide a field of hashes of several kinds, such as MD5=…, into a field for each kind", Params: []Param{
		{Name: "valid_hash_algos", Type: "texts", Required: true, Help: "kinds of hashes; values of other kinds are dropped with a warning"},
		{Name: "field_prefix", Type: "text", Help: "beginning of the new field names"},
		{Name: "drop_algo_prefix", Type: "boolean", Default: "false", Help: "leave the kind out of the field names"},
		{Name: "field_to_parse", Type: "texts", Default: "[Hashes, Hash]", Help: "fields that contain such values"},
		{Name: "keep_unknown", Type: "boolean", Default: "false", Help: "keep values of other kinds, in the field that field_prefix names; an extension of egret"},
		{Name: "keep_wildcards", Type: "boolean", Default: "false", Help: "keep the wildcards around hashes; an extension of egret"},
	}, build: newHashes},
	{Name: "extract_fields", Help: "divide values into fields by the named groups of a regular expression", Params: []Param{
		{Name: "regex", Type: "text", Required: true, Help: "regular expression (RE2) with named groups; it matches from the beginning"},
		{Name: "field_prefix", Type: "text", Help: "beginning of the new field names, before a dot"},
		{Name: "order", Type: "texts", Help: "names of groups in the order in which the fields follow each other; an extension of egret"},
		{Name: "preserve_unmatched", Type: "boolean", Default: "false", Help: "keep values that do not match, instead of dropping them with a warning"},
	}, build: newExtract},
}

type dropItem struct{}

func (dropItem) apply(r *run) {
	r.eachDetectionItem(func(*sigma.Item) (sigma.SearchExpr, bool) { return nil, true })
}

type itemFailure string

func (c itemFailure) apply(r *run) {
	r.eachDetectionItem(func(item *sigma.Item) (sigma.SearchExpr, bool) {
		r.failAtf(item.FieldSpan, "pipeline-failure", "", "%s", string(c))
		return item, false
	})
}

// hashes is the transformation hashes_fields.
type hashes struct {
	algorithms, fields []string
	prefix             string
	dropAlgorithm      bool
	wildcards, unknown bool
}

func newHashes(p *params) any {
	c := &hashes{
		algorithms: p.texts("valid_hash_algos"), fields: p.texts("field_to_parse"), prefix: p.text("field_prefix", ""),
		dropAlgorithm: p.boolean("drop_algo_prefix", false), wildcards: p.boolean("keep_wildcards", false),
	}
	if !p.has("field_to_parse") {
		c.fields = []string{"Hashes", "Hash"}
	}
	if c.unknown = p.boolean("keep_unknown", false); c.unknown && c.prefix == "" {
		p.errorf(p.nodeOf("keep_unknown"), "give a field_prefix", "values of unknown kinds need a field")
	}
	if c.dropAlgorithm && c.prefix == "" {
		p.errorf(p.nodeOf("drop_algo_prefix"), "give a field_prefix", "without the kind and without a prefix the new field has no name")
	}
	return c
}

// hashLengths are the kinds of hashes without a name, by their number of digits.
var hashLengths = map[int]string{32: "MD5", 40: "SHA1", 64: "SHA256", 128: "SHA512"}

func (c *hashes) apply(r *run) {
	r.eachDetectionItem(func(item *sigma.Item) (sigma.SearchExpr, bool) {
		if !slices.Contains(c.fields, item.Field) {
			return item, false
		}
		values, f := r.valuesOf(item)
		if slices.ContainsFunc(values, func(v value) bool { return !v.isText() }) {
			return item, false
		}
		var items []sigma.SearchExpr
		byField := map[string]*sigma.Item{}
		var dropped []string
		found := false
		for i := range values {
			v := &values[i]
			text := plainText(v.pattern)
			algorithm, hash := splitHash(text, c.wildcards)
			known := slices.Contains(c.algorithms, algorithm)
			if !known && !c.unknown {
				dropped = append(dropped, text)
				continue
			}
			found = found || known
			field := c.prefix
			if known && !c.dropAlgorithm {
				field += algorithm
			}
			made := byField[field]
			if made == nil {
				made = &sigma.Item{Field: field, FieldSpan: item.FieldSpan, Span: item.Span, Applied: slices.Clone(item.Applied)}
				byField[field] = made
				items = append(items, made)
			}
			made.Values = append(made.Values, sigma.Value{Kind: sigma.StringValue, Text: hash, Span: v.src.Span})
		}
		if !found {
			r.failAtf(item.FieldSpan, "pipeline-step", "", "no value of %s is a hash of %s", item.Field, joinWords(c.algorithms))
			return item, false
		}
		if len(dropped) > 0 {
			r.warnf(item.FieldSpan, "pipeline-step", "the pipeline drops values of %s that are no hashes of %s: %s", item.Field, joinWords(c.algorithms), strings.Join(dropped, ", "))
		}
		for _, e := range items {
			made := e.(*sigma.Item) //nolint:errcheck // items has nothing else
			if f.all != nil && len(made.Values) > 1 {
				made.Modifiers = append(made.Modifiers, *f.all)
			}
			if f.negated != nil {
				made.Modifiers = append(made.Modifiers, *f.negated)
			}
		}
		return joinItems(items, item, f), true
	})
}

// joinItems joins the items that were made of the values of one item.
func joinItems(items []sigma.SearchExpr, item *sigma.Item, f form) sigma.SearchExpr {
	switch {
	case len(items) == 1:
		return items[0]
	case (f.all != nil) != (f.negated != nil):
		return &sigma.AllOf{Exprs: items, Span: item.Span}
	}
	return &sigma.AnyOf{Exprs: items, Span: item.Span}
}

// splitHash returns the kind of a hash in upper case, "" if unknown, and its digits, with the wildcards around them if these
// are kept.
func splitHash(text string, wildcards bool) (algorithm, hash string) {
	trim := "*?"
	if wildcards {
		trim = ""
	}
	separator := "="
	if strings.Contains(text, "|") {
		separator = "|"
	}
	parts := strings.Split(text, separator)
	if len(parts) == 2 {
		return strings.ToUpper(strings.TrimLeft(parts[0], "*")), strings.Trim(parts[1], trim)
	}
	hash = strings.Trim(parts[0], trim)
	return hashLengths[len(hash)], hash
}

// extract is the transformation extract_fields.
type extract struct {
	re       *regexp.Regexp
	prefix   string
	preserve bool
	groups   []int // the named groups in order
}

func newExtract(p *params) any {
	c := &extract{re: p.regex("regex"), prefix: p.text("field_prefix", ""), preserve: p.boolean("preserve_unmatched", false)}
	if c.re == nil {
		return nil
	}
	if !slices.ContainsFunc(c.re.SubexpNames(), func(name string) bool { return name != "" }) {
		p.errorf(p.nodeOf("regex"), "write groups as in (?P<name>…)", "the regular expression has no named group")
		return nil
	}
	if c.prefix != "" {
		c.prefix += "."
	}
	c.re = fromStart(c.re)
	names := p.texts("order")
	if names == nil {
		names = slices.DeleteFunc(slices.Clone(c.re.SubexpNames()), func(name string) bool { return name == "" })
	}
	for _, name := range names {
		group := c.re.SubexpIndex(name)
		if group < 0 {
			p.errorf(p.nodeOf("order"), "", "order: the regular expression has no group %q", name)
		}
		c.groups = append(c.groups, group)
	}
	return c
}

func (c *extract) apply(r *run) {
	r.eachDetectionItem(func(item *sigma.Item) (sigma.SearchExpr, bool) {
		values, f := r.valuesOf(item)
		if slices.ContainsFunc(values, func(v value) bool { return !v.isText() }) {
			return item, false
		}
		var out []sigma.SearchExpr
		var dropped []string
		matched := false
		for i := range values {
			v := &values[i]
			text := plainText(v.pattern)
			if made := c.fields(item, v, text); made != nil {
				matched = true
				if f.negated != nil {
					r.failAtf(item.FieldSpan, "pipeline-step", "", "the fields of a value with the modifier neq cannot be extracted")
				}
				out = append(out, made)
			} else if c.preserve {
				single := *item
				out = append(out, rebuilt(&single, values[i:i+1], form{negated: f.negated}))
			} else {
				dropped = append(dropped, text)
			}
		}
		if !matched {
			return item, false
		}
		if len(dropped) > 0 {
			r.warnf(item.FieldSpan, "pipeline-step", "the pipeline drops values of %s that do not match: %s", item.Field, strings.Join(dropped, ", "))
		}
		return joinItems(out, item, f), true
	})
}

// fields returns the items for the named groups in a text, nil if it does not match.
func (c *extract) fields(item *sigma.Item, v *value, text string) sigma.SearchExpr {
	groups := c.re.FindStringSubmatch(text)
	if groups == nil {
		return nil
	}
	all := &sigma.AllOf{Span: item.Span}
	for _, i := range c.groups {
		name := c.re.SubexpNames()[i]
		if groups[i] == "" {
			continue
		}
		made := &sigma.Item{Field: c.prefix + name, FieldSpan: item.FieldSpan, Span: item.Span, Applied: slices.Clone(item.Applied)}
		made.Values = []sigma.Value{{Kind: sigma.StringValue, Text: groups[i], Span: v.src.Span}}
		switch n, isNumber := pythonNumber(groups[i]); {
		case slices.Contains([]string{"null", "none"}, strings.ToLower(groups[i])):
			made.Values[0].Kind, made.Values[0].Text = sigma.NullValue, ""
		case isNumber && (groups[i] == "0" || groups[i][0] != '0'):
			made.Values[0].Kind, made.Values[0].Text = sigma.NumberValue, n
		}
		all.Exprs = append(all.Exprs, made)
	}
	switch len(all.Exprs) {
	case 0:
		return nil
	case 1:
		return all.Exprs[0]
	}
	return all
}

// placeholdersOf returns the names of the placeholders of a pattern.
func placeholdersOf(p ir.Pattern) []string {
	var names []string
	for _, part := range p {
		if part.Kind == ir.Placeholder {
			names = append(names, part.Text)
		}
	}
	return names
}
