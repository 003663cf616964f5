package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

func parsePattern(text string) ir.Pattern { return lower.ParsePattern(text) }

// known returns the fields of a document's log source in SigmaHQ's taxonomy, nil if it does not list them.
func (d *Document) known() *logFields {
	if s := taxonomy()[d.sourceKey()]; s != nil && len(s.known) > 0 {
		return s
	}
	return nil
}

// fieldChecks are SigmaHQ's conventions for log sources, fields and their values.
func fieldChecks() []*Check {
	return []*Check{
		{
			ID: "sigmahq-logsource-unknown", Level: High, Group: SigmaHQ, PySigma: []string{"sigmahq_logsource_unknown"}, kinds: rules,
			Title: "a log source is not in SigmaHQ's taxonomy", Why: "Tools map the log sources of the taxonomy; they leave out rules for others.",
			document: func(r *reporter, d *Document) {
				key := d.sourceKey()
				if taxonomy()[key] != nil {
					return
				}
				out := r.report(d.place("logsource"), "SigmaHQ's taxonomy does not have this log source")
				if lower := strings.ToLower(key); lower != key && taxonomy()[lower] != nil {
					out.Help = "log sources are written in lower case"
				}
			},
		},
		{
			ID: "sigmahq-sysmon-missing-eventid", Level: High, Group: SigmaHQ, PySigma: []string{"sigmahq_sysmon_missing_eventid"}, kinds: rules,
			Title: "a rule for all of Sysmon does not name the id of its events", Why: "It is evaluated on every event of Sysmon.",
			Differs: "The validator crashes on a search identifier that is a list of maps; egret reads every item. " +
				"The validator accepts an EventID in a filter that applies to the rule; egret looks at the rule.",
			document: func(r *reporter, d *Document) {
				if d.text("logsource", "service") == "sysmon" && !slices.ContainsFunc(d.items, func(item Item) bool { return item.Field == "EventID" }) {
					r.report(d.place("logsource", "service"), "the rule does not name an EventID").Help = "add EventID, or use the category of the events"
				}
			},
		},
		{
			ID: "sigmahq-category-event-id", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_category_event_id"}, kinds: detections,
			Title: "a rule names an EventID that its category implies", Why: "Other sensors of the category have other ids, or none.",
			item: func(r *reporter, item *Item) {
				d := item.document
				if item.Field == "EventID" && d.text("logsource", "product") == "windows" && windowsCategories()[d.text("logsource", "category")].withoutID {
					r.report(item.place(), "the category implies the id of the events")
				}
			},
		},
		{
			ID: "sigmahq-category-windows-provider-name", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_category_windows_provider_name"}, kinds: detections,
			Title: "a rule names a Provider_Name that its category implies", Why: "Other sensors of the category have other providers.",
			item: func(r *reporter, item *Item) {
				d := item.document
				if item.Field != "Provider_Name" || d.text("logsource", "product") != "windows" {
					return
				}
				providers := windowsCategories()[d.text("logsource", "category")].providers
				for _, v := range item.words() {
					if v.kind == textWord && len(v.pattern) == 1 && v.pattern[0].Kind == ir.Literal && slices.Contains(providers, v.pattern[0].Text) {
						r.report(v.at, "the category implies the provider")
						return
					}
				}
			},
		},
		{
			ID: "sigmahq-unsupported-regex-group-construct", Level: High, Group: SigmaHQ, PySigma: []string{"sigmahq_unsupported_regex_group_construct"}, kinds: detections,
			Title: "a regular expression has a look-around or an atomic group", Why: "Many engines, such as RE2 in SQL engines, do not have them.",
			Differs: "The validator searches the text, so it also reports an escaped parenthesis such as \\(?= and one in brackets; egret reads the expression.",
			item: func(r *reporter, item *Item) {
				if !item.has("re") {
					return
				}
				seen := map[string]bool{}
				for i := range item.Values {
					v := &item.Values[i]
					if group := groupConstruct(v.Text); group != "" && !seen[v.Text] {
						seen[v.Text] = true
						r.report(v.Span, fmt.Sprintf("the regular expression has the group %s…)", group)).Help = "write it as several conditions"
					}
				}
			},
		},
		{
			ID: "sigmahq-space-field-name", Level: High, Group: SigmaHQ, PySigma: []string{"sigmahq_space_field_name"}, kinds: detections,
			Title: "the name of a field has a blank", Why: "SigmaHQ writes an underscore, as the names of Windows events have it after parsing.",
			item: func(r *reporter, item *Item) {
				switch {
				case strings.Contains(item.Field, " "):
					r.report(item.place(), fmt.Sprintf("the name %q has a blank", item.Field)).Help = "write " + strings.ReplaceAll(item.Field, " ", "_")
				case blanksAround(item):
					r.report(item.place(), fmt.Sprintf("the name %q has a blank before or behind it", item.Field)).Help =
						"remove the blank, which other tools take for a part of the name"
				}
			},
		},
		{
			ID: "sigmahq-fieldname-cast", Level: High, Group: SigmaHQ, PySigma: []string{"sigmahq_fieldname_cast"}, kinds: detections,
			Title: "the name of a field has the wrong letter case", Why: "Most tools compare names letter by letter, so the field is not found.",
			item: func(r *reporter, item *Item) {
				known := item.document.known()
				if item.Field == "" || known == nil || known.known[item.Field] != "" {
					return
				}
				if right := known.folded[strings.ToLower(item.Field)]; right != "" {
					out := r.report(item.place(), fmt.Sprintf("the field is %s, not %s", right, item.Field))
					out.Fixes = renameField(item, right)
				}
			},
		},
		{
			ID: "sigmahq-invalid-fieldname", Level: High, Group: SigmaHQ, PySigma: []string{"sigmahq_invalid_fieldname"}, kinds: detections,
			Title: "the log source does not have the field in SigmaHQ's taxonomy", Why: "A field that no event has makes the condition false.",
			item: func(r *reporter, item *Item) {
				known := item.document.known()
				if item.Field == "" || known == nil || known.known[item.Field] != "" {
					return
				}
				out := r.report(item.place(), fmt.Sprintf("the log source has no field %q", item.Field))
				names := make([]string, 0, len(known.known))
				for name := range known.known { // sorted below
					names = append(names, name)
				}
				slices.Sort(names)
				if near := diag.Near(item.Field, names); near != "" {
					out.Help = "the nearest is " + near
				}
			},
		},
		{
			ID: "sigmahq-redundant-field", Level: High, Group: SigmaHQ, PySigma: []string{"sigmahq_redundant_field"}, kinds: detections,
			Title: "the log source already says what a field says", Why: "Other sensors do not have the field, so the rule finds nothing there.",
			item: func(r *reporter, item *Item) {
				if s := taxonomy()[item.document.sourceKey()]; s != nil && s.redundant[item.Field] {
					r.report(item.place(), fmt.Sprintf("the log source implies %s", item.Field)).Help = "remove it"
				}
			},
		},
		{
			ID: "sigmahq-field-user", Level: High, Group: SigmaHQ, PySigma: []string{"sigmahq_field_user"}, kinds: detections,
			Title: "a user is named in one language only", Why: "Windows translates the names of its accounts: AUTHORITY is AUTORITÄT in German and AUTORITE in French.",
			item: func(r *reporter, item *Item) {
				if !strings.Contains(strings.ToLower(item.Field), "user") || len(item.Values) != 1 || item.has("base64") || item.has("base64offset") {
					return
				}
				if v := &item.Values[0]; strings.Contains(v.Text, "AUTORI") || strings.Contains(v.Text, "AUTHORI") {
					r.report(v.Span, fmt.Sprintf("%q is the name in one language", v.Text)).Help = "list AUTHORI and AUTORI with the modifier contains"
				}
			},
		},
		{
			ID: "sigmahq-invalid-hash-kv", Level: High, Group: SigmaHQ, PySigma: []string{"sigmahq_invalid_hash_kv"}, kinds: detections,
			Title: "a value of Hashes is not a name with a hash", Why: "Sysmon writes MD5=…, SHA1=…, SHA256=… and IMPHASH=…; anything else matches nothing.",
			Differs: "The validator accepts a line break at the end of a hash; egret does not.",
			item:    hashValues,
		},
		{
			ID: "sigmahq-field-duplicate-value", Level: High, Group: SigmaHQ, PySigma: []string{"sigmahq_field_duplicate_value"}, kinds: detections,
			Title: "a list of values has a value twice", Why: "The second one has no effect. With the modifier all it is often a mistake in one of them.",
			Differs: "The validator takes an escaped wildcard for the wildcard, so it reports a* and a\\* as equal; egret compares what they match. " +
				"Letter case is that of a comparison: İ is one letter, not the two that Python makes of it. 001 is a text.",
			item: duplicateValues,
		},
		{
			ID: "sigmahq-invalid-all-modifier", Level: High, Group: SigmaHQ, PySigma: []string{"sigmahq_invalid_all_modifier"}, kinds: detections,
			Title: "the modifier all is used with one value", Why: "It has no effect, or the other values are missing.",
			item: func(r *reporter, item *Item) {
				if !item.has("all") || item.Field == "" || len(item.Values) > 1 {
					return
				}
				out := r.report(item.place(), "all has no effect on one value")
				for i, m := range item.Modifiers {
					if m.Name == "all" && i > 0 && m.Span.Text() == "all" && m.Span.File.Text[m.Span.Start-1] == '|' {
						out.Fixes = []diag.Fix{{Span: source.Span{File: m.Span.File, Start: m.Span.Start - 1, End: m.Span.End}}}
					}
				}
			},
		},
	}
}

// blanksAround reports whether the key of an item has a blank before or behind the name of its field. YAML keeps those in quotes and
// those before a modifier.
func blanksAround(item *Item) bool {
	if item.Field == "" || item.FieldSpan.Text() != item.Field {
		return false
	}
	text := item.FieldSpan.File.Text
	before, behind := text[:item.FieldSpan.Start], text[item.FieldSpan.End:]
	first, last := strings.TrimRight(before, " "), strings.TrimLeft(behind, " ")
	return first != before && strings.HasSuffix(first, `"`) || first != before && strings.HasSuffix(first, "'") ||
		last != behind && last != "" && strings.ContainsRune(`|"'`, rune(last[0]))
}

// renameField returns the edit that renames a field.
func renameField(item *Item, name string) []diag.Fix {
	if item.FieldSpan.Text() != item.Field {
		return nil
	}
	return []diag.Fix{{Span: item.FieldSpan, Text: name}}
}

// groupConstruct returns the first group of a regular expression that many engines lack, "" if there is none.
func groupConstruct(re string) string {
	inClass := false
	for i := 0; i < len(re); i++ {
		switch {
		case re[i] == '\\':
			i++
		case inClass:
			inClass = re[i] != ']'
		case re[i] == '[':
			inClass = true
			if strings.HasPrefix(re[i+1:], "^]") {
				i += 2
			} else if strings.HasPrefix(re[i+1:], "]") {
				i++
			}
		default:
			for _, group := range []string{"(?=", "(?!", "(?<=", "(?<!", "(?>"} {
				if strings.HasPrefix(re[i:], group) {
					return group
				}
			}
		}
	}
	return ""
}

var hashForms = map[string]*lazyre.Regexp{
	"MD5": lazyre.New(`^[a-fA-F0-9]{32}$`), "SHA1": lazyre.New(`^[a-fA-F0-9]{40}$`),
	"SHA256": lazyre.New(`^[a-fA-F0-9]{64}$`), "IMPHASH": lazyre.New(`^[a-fA-F0-9]{32}$`),
}

func hashValues(r *reporter, item *Item) {
	if item.Field != "Hashes" && item.Field != "Hash" {
		return
	}
	for _, v := range item.words() {
		if v.kind != textWord || v.encoded {
			r.report(v.at, "the value is not a name with a hash").Help = "write it like SHA256= and 64 hexadecimal digits"
			continue
		}
		for _, part := range v.pattern {
			if part.Kind != ir.Literal {
				continue
			}
			name, hash, found := strings.Cut(part.Text, "=")
			form := hashForms[name]
			switch {
			case !found || strings.Contains(hash, "="):
				r.report(v.at, fmt.Sprintf("%q is not a name with a hash", part.Text)).Help = "write it like SHA256= and 64 hexadecimal digits"
			case form == nil:
				r.report(v.at, fmt.Sprintf("%q is not one of IMPHASH, MD5, SHA1, SHA256", name))
			case !form.MatchString(hash):
				r.report(v.at, fmt.Sprintf("%q is not a hash of the kind %s", hash, name))
			}
		}
	}
}

// caseSensitive are the modifiers that make the letter case of values count.
var caseSensitive = []string{"base64", "base64offset", "cased", "re", "i", "m", "s"}

func duplicateValues(r *reporter, item *Item) {
	if item.Field == "" || len(item.Values) < 2 {
		return
	}
	exact := slices.ContainsFunc(caseSensitive, item.has)
	seen := map[string]source.Span{}
	for i, v := range item.words() {
		key := v.key
		switch {
		case item.Values[i].Kind == sigma.NullValue:
			continue // null-in-list reports it
		case exact:
			key = fmt.Sprint(item.Values[i].Kind, " ", key)
		case v.kind == textWord && !v.encoded:
			key = strings.ToLower(literalKey(v.pattern))
		default:
			key = strings.ToLower(key)
		}
		first, found := seen[key]
		if !found {
			seen[key] = v.at
			continue
		}
		out := r.report(v.at, fmt.Sprintf("the value %s is listed twice", v.at.Text()))
		out.Labels = []diag.Label{{Span: first, Text: "the first one"}}
		if fix, ok := removeEntry(v.at); ok {
			out.Fixes = []diag.Fix{fix}
		}
	}
}

// dashKey returns a text that is equal for patterns that windash makes equal, such as -a and /a.
func dashKey(p ir.Pattern) string { return literalKey(lower.Windash(p)) }

// literalKey returns a text that is equal for equal patterns, and that of a pattern without wildcards as it is.
func literalKey(p ir.Pattern) string {
	if len(p) == 1 && p[0].Kind == ir.Literal {
		return p[0].Text
	}
	var out strings.Builder
	for _, part := range p {
		switch part.Kind {
		case ir.AnyRun:
			out.WriteString("\x00*")
		case ir.AnyOne:
			out.WriteString("\x00?")
		case ir.Dash:
			out.WriteString("\x00-")
		case ir.Placeholder:
			out.WriteString("\x00%" + part.Text + "\x00")
		case ir.Literal:
			out.WriteString(part.Text)
		}
	}
	return out.String()
}
