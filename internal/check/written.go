package check

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// textKeys are the keys whose values are texts, and listKeys those whose values are lists of texts (Sigma rules specification,
// "Rule Structure").
var (
	textKeys = []string{"title", "id", "name", "taxonomy", "status", "description", "license", "author", "level"}
	listKeys = []string{"tags", "references", "falsepositives", "fields", "scope", "related"}
)

// writtenChecks are demands of the specification that the reader does not make, since it knows what is meant.
func writtenChecks() []*Check {
	return []*Check{
		{
			ID: "wrong-type", Level: Error, Group: Specification, kinds: all, document: wrongTypes,
			Title: "a key has a value of an unexpected type", Why: "Tools refuse the rule or lose what stands there.",
		},
		{
			ID: "empty-text", Level: Error, Group: Specification, kinds: all,
			Title: "a key that names something is empty", Why: "Tools refuse an empty name or taxonomy, and fail on an empty entry of falsepositives. Remove it instead.",
			document: func(r *reporter, d *Document) {
				for _, key := range []string{"name", "taxonomy"} {
					if n := d.find(key); n != nil && n.Kind == sigma.TextNode && n.Text == "" {
						r.report(n.KeySpan, key+" is empty").Fixes = d.removed(key)
					}
				}
				for _, n := range d.list("falsepositives") {
					if n.Kind == sigma.TextNode && n.Text == "" {
						r.report(n.Span, "the entry of falsepositives is empty")
					}
				}
			},
		},
		{
			ID: "text-too-long", Level: Error, Group: Specification, kinds: all, document: longTexts,
			Title: "a text is longer than the specification allows", Why: "Titles, names and taxonomies have at most 256 characters, and descriptions 65,535; tools refuse longer ones.",
		},
		{
			ID: "tag-without-namespace", Level: Error, Group: Specification, kinds: all,
			Title: "a tag has no namespace", Why: "A tag consists of a namespace, a dot and a name. Tools refuse the rule.",
			document: eachText("tags", func(r *reporter, n *sigma.Outline) {
				if strings.Contains(n.Text, ".") {
					return
				}
				out := r.report(n.Span, fmt.Sprintf("expected a tag of the form namespace.name, found %q", n.Text))
				if techniqueForm.MatchString(strings.ToLower(n.Text)) {
					out.Help = "write attack." + strings.ToLower(n.Text)
					out.Fixes = replaceText(n, "attack."+strings.ToLower(n.Text))
				}
			}),
		},
		{
			ID: "related-incomplete", Level: Error, Group: Specification, kinds: all, document: incompleteRelations,
			Title: "an entry of related lacks its id or type, or its id is not a UUID", Why: "Tools refuse the rule.",
		},
		{
			ID: "key-letter-case", Level: Medium, Group: Specification, kinds: all, document: keyCase,
			Title: "a key has capitals", Why: "Keys are compared letter by letter, so what stands below the key is lost.",
		},
		{
			ID: "logsource-letter-case", Level: Medium, Group: Specification, kinds: detections,
			Title: "a value of the log source has capitals", Why: "Tools that compare letter by letter do not find the log source.",
			document: func(r *reporter, d *Document) {
				for _, key := range []string{"category", "product", "service"} {
					n := d.find("logsource", key)
					if n == nil || n.Kind != sigma.TextNode || n.Text == strings.ToLower(n.Text) {
						continue
					}
					out := r.report(n.Span, fmt.Sprintf("%s %q has capitals", key, n.Text))
					out.Help, out.Fixes = "write "+strings.ToLower(n.Text), replaceText(n, strings.ToLower(n.Text))
				}
			},
		},
		{
			ID: "duplicate-fields", Level: Medium, Group: Specification, kinds: all, document: duplicateFields,
			Title: "fields lists a field twice", Why: "The second one has no effect.",
		},
		{
			ID: "short-entry", Level: Low, Group: Specification, kinds: all,
			Title: "an entry of falsepositives or scope has fewer than two characters", Why: "So short a text tells nothing.",
			document: func(r *reporter, d *Document) {
				for _, key := range []string{"falsepositives", "scope"} {
					eachText(key, func(r *reporter, n *sigma.Outline) {
						if utf8.RuneCountInString(n.Text) < 2 {
							r.report(n.Span, fmt.Sprintf("the entry %q is too short", n.Text))
						}
					})(r, d)
				}
			},
		},
		{
			ID: "deprecated-without-related", Level: Low, Group: Specification,
			Title: "a deprecated rule does not say what replaces it", Why: "Who uses the rule needs to find its successor under related.",
			document: func(r *reporter, d *Document) {
				if strings.EqualFold(d.Status, "deprecated") && len(d.Related) == 0 {
					r.report(d.place("status"), "the rule is deprecated and has no related rules")
				}
			},
		},
		{
			ID: "filter-metadata", Level: Low, Group: Specification, kinds: filters,
			Title: "a filter has a level or a status", Why: "A filter reports nothing, so they have no meaning.",
			document: func(r *reporter, d *Document) {
				for _, key := range []string{"level", "status"} {
					if n := d.outline.Find(key); n != nil {
						r.report(n.KeySpan, "a filter has no "+key).Fixes = d.removed(key)
					}
				}
			},
		},
		{
			ID: "correlation-key", Level: Medium, Group: Specification, kinds: correlations,
			Title: "a correlation has a key that the specification does not define", Why: "Tools ignore the key, or refuse the rule.",
			document: func(r *reporter, d *Document) {
				for _, u := range d.correlation.Extra {
					r.report(u.Span, fmt.Sprintf("key %q is not defined", u.Key))
				}
			},
		},
		{
			ID: "several-bounds", Level: Error, Group: Specification, kinds: correlations,
			Title: "the condition of a correlation has several comparisons", Why: "The specification allows a range, but pySigma refuses it and stops, so no other rule is converted either.",
			document: func(r *reporter, d *Document) {
				if c := d.correlation.Condition; c != nil && len(c.Bounds) > 1 {
					r.report(c.Bounds[1].Span, "pySigma takes one comparison only").Help = "write two correlations, or one comparison"
				}
			},
		},
		{
			ID: "extended-correlation-type", Level: Error, Group: Specification, kinds: correlations,
			Title: "a correlation names an extended type", Why: "A temporal type becomes an extended one by a text as its condition; pySigma crashes on the name.",
			document: func(r *reporter, d *Document) {
				n := d.find("correlation", "type")
				if n == nil || !strings.HasSuffix(n.Text, "_extended") {
					return
				}
				plain := strings.TrimSuffix(n.Text, "_extended")
				out := r.report(n.Span, fmt.Sprintf("%q is not written as a type", n.Text))
				out.Help, out.Fixes = "write "+plain, replaceText(n, plain)
			},
		},
		{
			ID: "condition-letter-case", Level: Error, Group: Specification, kinds: detections, document: conditionCase,
			Title: "an operator of a condition is written in capitals", Why: "Operators are lower case; pySigma takes AND for a name and refuses the rule.",
		},
		{
			ID: "old-aggregation", Level: Error, Group: Specification, kinds: rules,
			Title: "a condition has an aggregation of Sigma 1", Why: "Correlations have replaced \"| count() > 5\"; pySigma refuses the rule. egret still reads it.",
			document: func(r *reporter, d *Document) {
				if d.rule.Base {
					out := r.report(d.detection.Conditions[0].Span, "the part behind the pipe is not part of Sigma 2")
					out.Help, out.Condition = "write a correlation of the type event_count or value_count", true
				}
			},
		},
		{
			ID: "quantifier-count", Level: Error, Group: Specification, kinds: detections,
			Title: "a condition asks for a number of search identifiers other than one or all", Why: "The specification has 1 of, any of and all of; pySigma refuses other numbers.",
			document: eachSelector(func(r *reporter, _ *Document, s *sigma.SelectorExpr) {
				if !s.All && s.Count > 1 {
					out := r.report(s.Span, fmt.Sprintf("pySigma does not know \"%d of\"", s.Count))
					out.Condition, out.Help = true, "write the combinations with and and or"
				}
			}),
		},
		{
			ID: "search-name", Level: Error, Group: Specification, kinds: detections, document: searchNames,
			Title: "a condition uses a name with characters that pySigma does not read", Why: "Names in conditions consist of letters, digits, underscores and dashes.",
		},
		{
			ID: "modifier-on-number", Level: Error, Group: Specification, kinds: detections, item: numbersWithModifiers,
			Title: "a modifier for texts is used on a number or boolean", Why: "pySigma refuses the rule. In quotes the number is a text.",
		},
		{
			ID: "wildcard-only-value", Level: Low, Group: Specification, kinds: detections, item: wildcardOnly,
			Title: "the only value of a field is an asterisk", Why: "What is meant is that the field exists, which the modifier exists says.",
		},
		{
			ID: "invalid-regex", Level: Error, Group: Specification, kinds: all, item: brokenRegex,
			Title: "a regular expression cannot be read", Why: "No engine can evaluate the rule.",
		},
	}
}

// kindName returns what a node is, for messages.
func kindName(n *sigma.Outline) string {
	switch n.Kind {
	case sigma.NumberNode:
		return "a number"
	case sigma.BoolNode:
		return "a boolean"
	case sigma.ListNode:
		return "a list"
	case sigma.MapNode:
		return "a map"
	case sigma.TextNode, sigma.NullNode:
	}
	return "a text"
}

func wrongTypes(r *reporter, d *Document) {
	expect := func(n *sigma.Outline, key, wanted string, ok bool) {
		if n == nil || n.Kind == sigma.NullNode || ok {
			return
		}
		out := r.report(n.Span, fmt.Sprintf("%s is %s, expected %s", key, kindName(n), wanted))
		switch {
		case wanted == "a text" && (n.Kind == sigma.NumberNode || n.Kind == sigma.BoolNode) && n.Span.Text() == n.Text:
			out.Help, out.Fixes = "write it in quotes", []diag.Fix{{Span: n.Span, Text: "'" + n.Text + "'"}}
		case wanted == "a list" && n.Kind == sigma.TextNode:
			out.Help = "write it as a list with one entry"
			if text := n.Span.Text(); !strings.ContainsAny(text, "\n,[]{}#") {
				out.Fixes = []diag.Fix{{Span: n.Span, Text: "[" + text + "]"}}
			}
		}
	}
	for _, key := range textKeys {
		if n := d.outline.Find(key); n != nil && (key != "description" || n.Kind != sigma.ListNode) { // the reader reports a list
			expect(n, key, "a text", n.Kind == sigma.TextNode)
			if n.Kind == sigma.TextNode && !n.Quoted && isDay(n.Text) {
				out := r.report(n.Span, key+" is a date for tools that read YAML 1.1")
				out.Help, out.Fixes = "write it in quotes", quoted(n.Span, n.Text)
			}
		}
	}
	for _, key := range listKeys {
		n := d.outline.Find(key)
		if n == nil || n.Kind == sigma.NullNode {
			continue
		}
		if key != "tags" || n.Kind != sigma.TextNode { // the reader reports a text
			expect(n, key, "a list", n.Kind == sigma.ListNode)
		}
		if key == "related" || n.Kind != sigma.ListNode {
			continue
		}
		for i := range n.Children {
			child := &n.Children[i]
			if child.Kind == sigma.NullNode {
				r.report(child.Span, "the entry of "+key+" is null, expected a text").Help = "remove the entry"
			}
			expect(child, "the entry of "+key, "a text", child.Kind == sigma.TextNode || child.Kind == sigma.ListNode || child.Kind == sigma.MapNode)
		}
	}
	for _, key := range []string{"category", "product", "service"} {
		n := d.outline.Find("logsource", key)
		expect(n, key, "a text", n != nil && n.Kind == sigma.TextNode)
	}
	if d.kind != correlations {
		return
	}
	if n := d.find("correlation", "generate"); n != nil {
		expect(n, "generate", "true or false", n.Kind == sigma.BoolNode)
	}
	for _, key := range []string{"rules", "group-by"} {
		n := d.find("correlation", key)
		switch {
		case n == nil:
		case n.Kind != sigma.ListNode:
			expect(n, key, "a text or a list", n.Kind == sigma.TextNode)
		default:
			for i := range n.Children {
				expect(&n.Children[i], "the entry of "+key, "a text", n.Children[i].Kind == sigma.TextNode)
			}
		}
	}
}

func longTexts(r *reporter, d *Document) {
	for _, limit := range []struct {
		key  string
		most int
	}{{"title", 256}, {"name", 256}, {"taxonomy", 256}, {"description", 65535}} {
		if n := utf8.RuneCountInString(d.text(limit.key)); n > limit.most {
			r.report(d.place(limit.key), fmt.Sprintf("%s has %d characters, expected at most %d", limit.key, n, limit.most))
		}
	}
}

var uuid = lazyre.New(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func incompleteRelations(r *reporter, d *Document) {
	for _, entry := range d.list("related") {
		if entry.Kind != sigma.MapNode {
			continue
		}
		id, kind := entry.Find("id"), entry.Find("type")
		switch {
		case id == nil || kind == nil:
			r.report(entry.Span, "expected an id and a type").Help = "the types are derived, obsolete, merged, renamed and similar"
		case !uuid.MatchString(id.Text):
			r.report(id.Span, fmt.Sprintf("id %q is not a UUID", id.Text))
		}
	}
}

// rootKeys are the top-level keys of the specification.
var rootKeys = append(append(slices.Clone(textKeys), listKeys...), "date", "modified", "logsource", "detection", "correlation", "filter")

func keyCase(r *reporter, d *Document) {
	for i := range d.outline.Children {
		n := &d.outline.Children[i]
		lower := strings.ToLower(n.Key)
		if lower == n.Key || !slices.Contains(rootKeys, lower) {
			continue
		}
		out := r.report(n.KeySpan, fmt.Sprintf("key %q has capitals", n.Key))
		if out.Help = "write " + lower; d.outline.Find(lower) == nil && n.KeySpan.Text() == n.Key {
			out.Fixes = []diag.Fix{{Span: n.KeySpan, Text: lower}}
		}
	}
}

func duplicateFields(r *reporter, d *Document) {
	list := d.list("fields")
	for i := range list {
		if first := slices.IndexFunc(list[:i], func(n sigma.Outline) bool { return n.Text == list[i].Text }); first >= 0 {
			out := r.report(list[i].Span, fmt.Sprintf("the field %q is listed twice", list[i].Text))
			out.Labels = []diag.Label{{Span: list[first].Span, Text: "the first one"}}
			if fix, ok := removeEntry(list[i].Span); ok {
				out.Fixes = []diag.Fix{fix}
			}
		}
	}
}

var (
	operator   = lazyre.New(`(?i)\b(?:and|or|not|(?:all|any|[0-9]+)\s+of(?:\s+them\b)?)\b`)
	searchName = lazyre.New(`^[0-9A-Za-z_-]+$`)
)

func conditionCase(r *reporter, d *Document) {
	for _, c := range d.detection.Conditions {
		text := c.Span.Text()
		names := map[string]bool{}
		for _, s := range d.detection.Searches {
			names[s.Name] = true
		}
		for _, m := range operator.FindAllStringIndex(text, -1) {
			word := text[m[0]:m[1]]
			around := strings.TrimRight(text[:m[0]], " \t\n")
			if word == strings.ToLower(word) || names[word] || m[0] > 0 && (text[m[0]-1] == '-' || text[m[0]-1] == '*' || text[m[0]-1] == '.') ||
				m[1] < len(text) && strings.IndexByte("-*.", text[m[1]]) >= 0 || strings.HasSuffix(strings.ToLower(around), " of") {
				continue
			}
			out := r.report(source.Span{File: c.Span.File, Start: c.Span.Start + m[0], End: c.Span.Start + m[1]}, fmt.Sprintf("%s is written in lower case", word))
			out.Condition, out.Fixes = true, []diag.Fix{{Span: out.Span, Text: strings.ToLower(word)}}
		}
	}
}

func searchNames(r *reporter, d *Document) {
	for _, c := range d.detection.Conditions {
		sigma.WalkCondition(c.Expr, func(e sigma.ConditionExpr) bool {
			var name string
			switch e := e.(type) {
			case *sigma.IdentifierExpr:
				name = e.Name
			case *sigma.SelectorExpr:
				name = strings.ReplaceAll(e.Pattern, "*", "_")
			default:
				return true
			}
			if !searchName.MatchString(name) {
				r.report(e.Pos(), fmt.Sprintf("the name %q has characters that pySigma does not read", name)).Condition = true
			}
			return true
		})
	}
}

// textModifiers are the modifiers that pySigma applies to texts only. It reads a number as a regular expression.
var textModifiers = []string{
	"contains", "startswith", "endswith", "base64", "base64offset", "wide", "utf16", "utf16le", "utf16be", "windash", "cidr", "cased", "expand",
}

func numbersWithModifiers(r *reporter, item *Item) {
	i := slices.IndexFunc(item.Modifiers, func(m sigma.Modifier) bool { return slices.Contains(textModifiers, m.Name) })
	if i < 0 {
		return
	}
	for n := range item.Values {
		v := &item.Values[n]
		if v.Kind != sigma.NumberValue && v.Kind != sigma.BoolValue {
			continue
		}
		out := r.report(v.Span, fmt.Sprintf("%s works on texts, and %s is none", item.Modifiers[i].Name, v.Text))
		if out.Help = "write it in quotes"; strings.EqualFold(v.Span.Text(), v.Text) {
			out.Fixes = []diag.Fix{{Span: v.Span, Text: "'" + v.Text + "'"}}
		}
	}
}

func wildcardOnly(r *reporter, item *Item) {
	if item.Field == "" || len(item.Modifiers) > 0 || len(item.Values) != 1 || item.Values[0].Kind != sigma.StringValue || item.Values[0].Text != "*" {
		return
	}
	out := r.report(item.Values[0].Span, "an asterisk alone matches every value")
	out.Help = "write " + item.Field + "|exists: true"
	if item.FieldSpan.Text() == item.Field && len(item.Values[0].Span.Text()) <= 3 {
		end := source.Span{File: item.FieldSpan.File, Start: item.FieldSpan.End, End: item.FieldSpan.End}
		out.Fixes = []diag.Fix{{Span: end, Text: "|exists"}, {Span: item.Values[0].Span, Text: "true"}}
	}
}
