package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// eachTextValue returns a check of each value that is a text after its modifiers.
func eachTextValue(judge func(r *reporter, _ *Item, v *value)) func(*reporter, *Item) {
	return func(r *reporter, item *Item) {
		words := item.words()
		for i := range words {
			if words[i].kind == textWord && !words[i].encoded {
				judge(r, item, &words[i])
			}
		}
	}
}

// integer matches what reads as a whole number.
var integer = lazyre.New(`^[+-]?[0-9]+$`)

// coreChecks are those of the values, modifiers and log sources that pySigma judges itself.
func coreChecks() []*Check {
	return []*Check{
		{
			ID: "double-wildcard", Level: Low, Group: Core, PySigma: []string{"double_wildcard"}, kinds: detections,
			Title: "a value has two asterisks in a row", Why: "One asterisk matches the same.",
			item: eachTextValue(func(r *reporter, _ *Item, v *value) {
				for i := 1; i < len(v.pattern); i++ {
					if v.pattern[i].Kind == ir.AnyRun && v.pattern[i-1].Kind == ir.AnyRun {
						r.report(v.at, "two asterisks in a row match what one matches").Fixes = singleAsterisks(v.at)
						return
					}
				}
			}),
		},
		{
			ID: "number-as-string", Level: Low, Group: Core, PySigma: []string{"number_as_string"}, kinds: detections,
			Title: "a number is written as a string", Why: "Some tools compare strings and numbers differently, so that the value matches in one log and not in another.",
			Differs: "The validator reads with Python's int, which accepts digits of other scripts, underscores between digits, and line breaks and tabs around them; " +
				"egret does not take those for numbers. Without quotes 007 and 0x17 are numbers for the validator, which reads YAML 1.1, and texts for egret.",
			item: eachTextValue(func(r *reporter, _ *Item, v *value) {
				if len(v.pattern) != 1 || v.pattern[0].Kind != ir.Literal || !integer.MatchString(v.pattern[0].Text) {
					return
				}
				out := r.report(v.at, fmt.Sprintf("the number %s is written as a string", v.pattern[0].Text))
				if text := v.at.Text(); isNumber(strings.Trim(text, `'"`)) && len(text) > 2 && text[0] == text[len(text)-1] {
					out.Help, out.Fixes = "write it without quotes", []diag.Fix{{Span: v.at, Text: text[1 : len(text)-1]}}
				}
			}),
		},
		{
			ID: "control-character-in-value", Level: High, Group: Core, PySigma: []string{"control_character"}, kinds: detections,
			Title: "a value has a control character", Why: `In double quotes YAML reads \t and \n as characters, so a path such as "C:\temp" is not what it looks like.`,
			Differs: "The validator also reports what the modifiers wide and utf16 make of a value; egret looks at the value that the author wrote.",
			item: func(r *reporter, item *Item) {
				if slices.ContainsFunc([]string{"re", "cidr", "fieldref", "windash", "base64", "base64offset"}, item.has) {
					return // patterns have escapes of their own, and an encoded text may be of several lines
				}
				for i := range item.Values {
					v := &item.Values[i]
					if v.Kind == sigma.StringValue && strings.ContainsFunc(v.Text, func(c rune) bool { return c < 32 }) {
						r.report(v.Span, fmt.Sprintf("the value %q has a control character", v.Text)).Help =
							`write the value in single quotes, where a backslash is a backslash`
					}
				}
			},
		},
		{
			ID: "escaped-wildcard", Level: Low, Group: Core, PySigma: []string{"escaped_wildcard"}, kinds: detections,
			Title: "a value has an escaped wildcard", Why: "A backslash before an asterisk or a question mark makes it an ordinary character. At the end of a path it is often a mistake.",
			item: eachTextValue(func(r *reporter, _ *Item, v *value) {
				for _, part := range v.pattern {
					if part.Kind == ir.Literal && strings.ContainsAny(part.Text, "*?") {
						r.report(v.at, "the value has an escaped wildcard").Help = `for a backslash before a wildcard write \\*`
						return
					}
				}
			}),
		},
		{
			ID: "wildcards-instead-of-modifiers", Level: Low, Group: Core, PySigma: []string{"wildcards_instead_of_modifiers"}, kinds: detections,
			Title: "all values have wildcards at their ends where a modifier would do", Why: "contains, startswith and endswith say what is meant, and tools can optimize them.",
			item: wildcardModifiers,
		},
		{
			ID: "invalid-modifier-combinations", Level: High, Group: Core, PySigma: []string{"invalid_modifier_combinations"}, kinds: detections,
			Title: "modifiers do not go together", Why: "Such a combination matches nothing, or not what the author meant.",
			item: modifierCombinations,
		},
		{
			ID: "fieldname-logsource", Level: High, Group: Core, PySigma: []string{"fieldname_logsource"}, kinds: rules,
			Title: "a log source has a key that the specification does not define", Why: "Tools ignore it, so the rule applies to more logs than its author meant.",
			document: func(r *reporter, d *Document) {
				known := []string{"category", "definition", "product", "service"}
				for _, u := range d.logSource.Unknown {
					out := r.report(u.Span, fmt.Sprintf("key %q is not one of %s", u.Key, strings.Join(known, ", ")))
					if near := diag.Near(u.Key, known); near != "" {
						out.Help = "the nearest is " + near
						if d.outline.Find("logsource", near) == nil {
							out.Fixes = []diag.Fix{{Span: u.Span, Text: near}}
						}
					}
				}
			},
		},
		{
			ID: "specific-instead-of-generic-logsource", Level: High, Group: Core, PySigma: []string{"specific_instead_of_generic_logsource"}, kinds: detections,
			Differs: "The validator reads numbers as YAML 1.1 does, so that 0x1 is 1; for egret this is a text.",
			Title:   "a rule names an event of Sysmon or of the security log that has a generic log source", Why: "With the generic log source the rule also works on other sensors.",
			item: specificLogSource,
		},
	}
}

// isNumber reports whether a text is a whole number as JSON writes it.
func isNumber(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	return integer.MatchString(text) && text[0] != '+' && (digits == "0" || digits[0] != '0')
}

// singleAsterisks returns the edits that leave one asterisk of each run, nil if there are backslashes that may escape one.
func singleAsterisks(span source.Span) []diag.Fix {
	text := span.Text()
	if strings.Contains(text, `\*`) {
		return nil
	}
	single := text
	for strings.Contains(single, "**") {
		single = strings.ReplaceAll(single, "**", "*")
	}
	return []diag.Fix{{Span: span, Text: single}}
}

// wildcardModifiers judges whether modifiers can express the wildcards of all values of an item.
func wildcardModifiers(r *reporter, item *Item) {
	if item.has("re") || item.has("cidr") || item.has("fieldref") {
		return // their values have no wildcards
	}
	fits := [3]bool{true, true, true} // contains, endswith, startswith
	for i := range item.Values {
		v := &item.Values[i]
		if v.Kind != sigma.StringValue {
			return
		}
		p := parsePattern(v.Text)
		n := len(p)
		if n < 2 {
			return
		}
		first, last := p[0].Kind == ir.AnyRun, p[n-1].Kind == ir.AnyRun
		fits[0] = fits[0] && first && last && (n == 2 || n == 3 && p[1].Kind == ir.Literal)
		fits[1] = fits[1] && first && n == 2 && p[1].Kind == ir.Literal
		fits[2] = fits[2] && last && n == 2 && p[0].Kind == ir.Literal
	}
	for i, modifier := range []string{"contains", "endswith", "startswith"} {
		if !fits[i] || item.has(modifier) {
			continue
		}
		out := r.report(item.place(), fmt.Sprintf("the modifier %s says the same as the wildcards", modifier))
		out.Fixes = useModifier(item, modifier)
		return
	}
}

// place returns the span of the field of an item, or of its values if it has none.
func (item *Item) place() source.Span {
	if item.Field == "" && len(item.Modifiers) == 0 {
		return item.Values[0].Span
	}
	return item.FieldSpan
}

// useModifier returns the edits that write a modifier in place of the wildcards, nil if the item has no field or other modifiers.
func useModifier(item *Item, modifier string) []diag.Fix {
	if item.Field == "" || len(item.Modifiers) > 0 {
		return nil
	}
	end := source.Span{File: item.FieldSpan.File, Start: item.FieldSpan.End, End: item.FieldSpan.End}
	if item.FieldSpan.Text() != item.Field {
		return nil
	}
	fixes := []diag.Fix{{Span: end, Text: "|" + modifier}}
	for i := range item.Values {
		v := &item.Values[i]
		span := v.Span
		text := span.Text()
		if quoted := len(text) > 1 && (text[0] == '\'' || text[0] == '"') && text[0] == text[len(text)-1]; quoted {
			span.Start, span.End = span.Start+1, span.End-1
			text = span.Text()
		} else {
			return nil // without quotes a value may read differently without its asterisks
		}
		if text != v.Text && strings.ReplaceAll(text, "''", "'") != v.Text {
			return nil
		}
		if modifier != "startswith" {
			text = strings.TrimPrefix(text, "*")
		}
		if modifier != "endswith" {
			text = strings.TrimSuffix(text, "*")
		}
		if text == "" || strings.HasSuffix(text, `\`) {
			return nil // a backslash would escape what the modifier adds in some tools
		}
		fixes = append(fixes, diag.Fix{Span: span, Text: text})
	}
	return fixes
}

func modifierCombinations(r *reporter, item *Item) {
	has := item.has
	if item.Field != "" && has("all") && !has("contains") {
		r.report(item.place(), "all without contains asks one value to equal several texts").Help = "add contains before all"
	}
	if has("base64offset") && !has("contains") {
		out := r.report(item.place(), "base64offset without contains matches nothing, since there is text around the encoded value")
		out.Help = "add contains behind base64offset"
		if n := len(item.Modifiers); item.Modifiers[n-1].Name == "base64offset" {
			at := item.Modifiers[n-1].Span
			out.Fixes = []diag.Fix{{Span: source.Span{File: at.File, Start: at.End, End: at.End}, Text: "|contains"}}
		}
	}
	if has("windash") && has("all") {
		r.report(item.place(), "windash with all asks for every kind of dash at once in other tools").Help =
			"write one item for each value in a search identifier of its own"
	}
	var twice []string
	for i, m := range item.Modifiers {
		if m.Name != "base64" && !slices.Contains(twice, m.Name) && slices.ContainsFunc(item.Modifiers[:i], func(o sigma.Modifier) bool { return o.Name == m.Name }) {
			twice = append(twice, m.Name)
			out := r.report(m.Span, fmt.Sprintf("the modifier %s is repeated", m.Name))
			if m.Span.Text() == m.Name {
				out.Fixes = []diag.Fix{{Span: source.Span{File: m.Span.File, Start: m.Span.Start - 1, End: m.Span.End}}}
				if source := m.Span.File.Text; source[m.Span.Start-1] != '|' {
					out.Fixes = nil
				}
			}
		}
	}
}

// genericSources are the categories of events of Sysmon, by their ids.
var genericSources = map[string]string{
	"1": "process_creation", "2": "file_change", "3": "network_connection", "4": "sysmon_status", "5": "process_termination",
	"6": "driver_load", "7": "image_load", "8": "create_remote_thread", "9": "raw_access_thread", "10": "process_access",
	"11": "file_event", "12": "registry_event", "13": "registry_event", "14": "registry_event", "15": "create_stream_hash",
	"16": "sysmon_status", "17": "pipe_created", "18": "pipe_created", "19": "wmi_event", "20": "wmi_event", "21": "wmi_event",
	"22": "dns_query", "23": "file_delete", "24": "clipboard_change", "25": "process_tampering", "26": "file_delete_detected",
	"27": "file_block_executable", "28": "file_block_shredding", "29": "file_executable_detected", "255": "sysmon_error",
}

func specificLogSource(r *reporter, item *Item) {
	d := item.document
	if item.Field != "EventID" || d.text("logsource", "product") != "windows" {
		return
	}
	for _, v := range item.words() {
		if v.kind != numberWord {
			continue
		}
		category := ""
		switch d.text("logsource", "service") {
		case "sysmon":
			category = genericSources[v.key]
		case "security":
			if v.key == "4688" {
				category = "process_creation"
			}
		}
		if category != "" {
			r.report(v.at, fmt.Sprintf("event %s has the generic log source %s", v.key, category)).Help =
				"write category: " + category + " in the log source, and remove the id"
		}
	}
}
