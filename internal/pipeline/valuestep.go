package pipeline

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/sigma"
)

// valueTransformations change the values of items.
var valueTransformations = []Kind{
	{Name: "case", Help: "change the letter case of texts", Params: []Param{
		{Name: "method", Type: "text", Default: "lower", Choices: caseMethods, Help: "lower, upper, or snake_case: lower case with _ before capitals"},
	}, build: func(p *params) any {
		return &changeValues{change: changeCase(p.choice("method", "lower", caseMethods...))}
	}},
	{Name: "convert_type", Help: "make numbers of texts, or texts of numbers", Params: []Param{
		{Name: "target_type", Type: "text", Required: true, Choices: []string{"str", "num"}, Help: "the new type"},
	}, build: newConvertType},
	{Name: "map_string", Help: "replace texts, wildcards included, by others", Params: []Param{
		{Name: "mapping", Type: "mapping", Required: true, Help: "new texts by old one"},
	}, build: func(p *params) any {
		m := p.mapping(false)
		return &changeValues{change: func(_ *run, v *value) ([]value, bool) {
			if !v.isText() {
				return nil, false
			}
			t, ok := m.targets[plainText(v.pattern)]
			return v.texts(t.names), ok
		}}
	}},
	{Name: "regex", Help: "make regular expressions of texts, for languages whose comparisons are case-sensitive", Params: []Param{
		{Name: "method", Type: "text", Default: "ignore_case_brackets", Choices: regexMethods, Help: "how case is ignored: plain not at all, ignore_case_flag by a flag, ignore_case_brackets by a bracket for each letter"},
	}, build: func(p *params) any {
		return &changeValues{change: toRegex(p.choice("method", "ignore_case_brackets", regexMethods...))}
	}},
	{Name: "replace_string", Help: "replace parts of texts that a regular expression matches; numbers become texts", Params: []Param{
		{Name: "regex", Type: "text", Required: true, Help: "regular expression (RE2)"},
		{Name: "replacement", Type: "text", Required: true, Help: `new text; \1 and \g<name> stand for groups`},
		{Name: "skip_special", Type: "boolean", Default: "false", Help: "leave wildcards and placeholders alone and see only the text between them"},
		{Name: "interpret_special", Type: "boolean", Default: "false", Help: "with skip_special, wildcards in the new text are wildcards"},
	}, build: newReplaceString},
	{Name: "set_value", Help: "replace all values by one", Params: []Param{
		{Name: "value", Type: "value", Required: true, Help: "text (with wildcards as in rules), number, boolean or null"},
		{Name: "force_type", Type: "text", Choices: []string{"str", "num"}, Help: "make it a text or a number"},
	}, build: newSetValue},
}

var (
	caseMethods  = []string{"lower", "upper", "snake_case"}
	regexMethods = []string{"plain", "ignore_case_flag", "ignore_case_brackets"}
)

// changeValues changes each value of the items on its own. change returns the new values; false if the value stays.
type changeValues struct {
	change func(r *run, v *value) ([]value, bool)
}

func (c *changeValues) apply(r *run) {
	r.eachDetectionItem(func(item *sigma.Item) (sigma.SearchExpr, bool) {
		values, f := r.valuesOf(item)
		var out []value
		changed := false
		for i := range values {
			made, ok := c.change(r, &values[i])
			if r.failed {
				return item, false
			}
			if !ok {
				made = values[i : i+1]
			}
			changed = changed || ok
			if len(out)+len(made) > maxValues {
				r.failAtf(item.FieldSpan, "pipeline-limits", "", "the step makes more than %d values of one item", maxValues)
				return item, false
			}
			out = append(out, made...)
		}
		if !changed {
			return item, false
		}
		if len(out) == 0 {
			r.failAtf(item.FieldSpan, "pipeline-step", "", "the step leaves no value of %s", cmpOr(item.Field, "the keywords"))
			return item, false
		}
		return rebuilt(item, out, f), true
	})
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// withPattern returns a value with another pattern.
func (v *value) withPattern(p ir.Pattern) value {
	out := *v
	out.kind, out.pattern, out.modifiers = textValue, p, nil
	return out
}

// texts returns values for Sigma strings.
func (v *value) texts(list []string) []value {
	out := make([]value, len(list))
	for i, text := range list {
		out[i] = v.withPattern(lower.ParsePattern(text))
	}
	return out
}

// eachLiteral returns a pattern with its literal parts changed. Parts that become empty are removed.
func eachLiteral(p ir.Pattern, change func(string) string) ir.Pattern {
	var out ir.Pattern
	for _, part := range p {
		if part.Kind == ir.Literal {
			if part.Text = change(part.Text); part.Text == "" {
				continue
			}
		}
		out = out.Append(part)
	}
	return out
}

func changeCase(method string) func(*run, *value) ([]value, bool) {
	change := strings.ToLower
	switch method {
	case "upper":
		change = upper
	case "snake_case":
		change = func(text string) string {
			return strings.ToLower(snakeCapital.ReplaceAllStringFunc(text, func(found string) string { return "_" + found }))
		}
	}
	return func(_ *run, v *value) ([]value, bool) {
		if !v.isText() {
			return nil, false
		}
		p := eachLiteral(v.pattern, func(text string) string {
			if method == "snake_case" && text != "" && text[0] >= 'A' && text[0] <= 'Z' { // none before the first character
				return strings.ToLower(text[:1]) + change(text[1:])
			}
			return change(text)
		})
		return []value{v.withPattern(p)}, true
	}
}

var snakeCapital = lazyre.New(`[A-Z]`)

// upper returns a text in upper case by Unicode's full mapping, as Python does: ß becomes SS.
func upper(text string) string { return cases.Upper(language.Und).String(text) }

func newConvertType(p *params) any {
	number := p.choice("target_type", "", "str", "num") == "num"
	return &changeValues{change: func(r *run, v *value) ([]value, bool) {
		switch {
		case number && v.isText():
			text := plainText(v.pattern)
			n, ok := pythonNumber(text)
			if !ok {
				r.failAtf(v.src.Span, "pipeline-step", "", "%q is not a number", text)
				return nil, false
			}
			return []value{{kind: numberValue, text: n, src: v.src}}, true
		case !number && v.kind == numberValue:
			n, _ := pythonNumber(v.text)
			return []value{v.withPattern(lower.ParsePattern(n))}, true
		}
		return nil, false
	}}
}

// pythonNumber returns a number as Python prints it, an integer without a fraction; false if the text is not a finite number.
func pythonNumber(text string) (string, bool) {
	text = strings.ReplaceAll(strings.TrimSpace(text), "_", "")
	if whole, ok := new(big.Int).SetString(strings.TrimPrefix(text, "+"), 10); ok {
		return whole.String(), len(text) < 400
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || strings.ContainsAny(text, "xXpP") {
		return "", false
	}
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatFloat(f, 'f', -1, 64), true
	}
	return strconv.FormatFloat(f, 'f', -1, 64), true
}

func toRegex(method string) func(*run, *value) ([]value, bool) {
	return func(r *run, v *value) ([]value, bool) {
		if !v.isText() {
			return nil, false
		}
		if len(v.pattern) == 0 { // the empty text stays: an empty expression would match everything
			return []value{*v}, true
		}
		var text strings.Builder
		for _, part := range v.pattern {
			switch part.Kind {
			case ir.AnyRun:
				text.WriteString(".*")
			case ir.AnyOne:
				text.WriteByte('.')
			case ir.Placeholder:
				r.failAtf(v.src.Span, "pipeline-step", "fill the placeholder in an earlier step", "placeholder %%%s%% cannot become a regular expression", part.Text)
				return nil, false
			default:
				for _, c := range part.Text {
					if method == "ignore_case_brackets" && unicode.IsLetter(c) {
						fmt.Fprintf(&text, "[%s%s]", strings.ToLower(string(c)), upper(string(c)))
					} else {
						text.WriteString(escapeRune(c))
					}
				}
			}
		}
		out := value{kind: regexValue, text: text.String(), src: v.src, modifiers: []sigma.Modifier{{Name: "re", Span: v.src.Span}}}
		if method == "ignore_case_flag" {
			out.modifiers = append(out.modifiers, sigma.Modifier{Name: "i", Span: v.src.Span})
		}
		return []value{out}, true
	}
}

// escapeRune escapes a character for a regular expression as Python's re.escape does.
func escapeRune(c rune) string {
	if strings.ContainsRune("()[]{}?*+-|^$\\.&~# \t\n\r\v\f", c) {
		return `\` + string(c)
	}
	return string(c)
}

func newReplaceString(p *params) any {
	re := p.regex("regex")
	skip, interpret := p.boolean("skip_special", false), p.boolean("interpret_special", false)
	replace, err := newReplacement(re, p.text("replacement", ""))
	if err != nil {
		p.errorf(p.nodeOf("replacement"), "", "replacement: %v", err)
		return nil
	}
	return &changeValues{change: func(r *run, v *value) ([]value, bool) {
		pattern := v.pattern
		switch {
		case v.kind == numberValue:
			n, _ := pythonNumber(v.text)
			pattern = lower.ParsePattern(n)
		case !v.isText():
			return nil, false
		}
		var out ir.Pattern
		if skip {
			for _, part := range pattern {
				switch text := replace(part.Text); {
				case part.Kind != ir.Literal:
					out = append(out, part)
				case interpret:
					for _, made := range lower.ParsePattern(text) {
						out = out.Append(made)
					}
				case text != "":
					out = out.Append(ir.Part{Kind: ir.Literal, Text: text})
				}
			}
		} else {
			out = lower.ParsePattern(loneBackslash(replace(plainText(pattern))))
			if hasKind(pattern, ir.Placeholder) {
				out = lower.WithPlaceholders(out)
			}
		}
		if textSize(out) > maxText {
			r.failAtf(v.src.Span, "pipeline-limits", "", "the step makes a value of more than %d bytes", maxText)
			return nil, false
		}
		return []value{v.withPattern(out)}, true
	}}
}

func textSize(p ir.Pattern) int {
	size := 0
	for _, part := range p {
		size += len(part.Text) + 1
	}
	return size
}

// loneBackslash doubles the backslashes that do not escape a wildcard.
func loneBackslash(text string) string {
	var out strings.Builder
	for i := range len(text) {
		out.WriteByte(text[i])
		if text[i] == '\\' && (i+1 == len(text) || text[i+1] != '*' && text[i+1] != '?') {
			out.WriteByte('\\')
		}
	}
	return out.String()
}

func newSetValue(p *params) any {
	want := p.value("value")
	forced := p.choice("force_type", "", "str", "num")
	var set value
	switch want := want.(type) {
	case string:
		set = value{kind: textValue, pattern: lower.ParsePattern(want)}
	case bool:
		set = value{kind: boolValue, text: strconv.FormatBool(want)}
	case int64, float64:
		set = value{kind: numberValue, text: p.text("value", "")}
	default:
		set = value{kind: nullValue}
	}
	if _, isBool := want.(bool); forced != "" && (want == nil || isBool) {
		p.errorf(p.nodeOf("force_type"), "", "force_type is for texts and numbers")
		return nil
	}
	switch forced {
	case "str":
		set = value{kind: textValue, pattern: lower.ParsePattern(p.text("value", ""))}
	case "num":
		n, ok := pythonNumber(p.text("value", ""))
		if !ok {
			p.errorf(p.nodeOf("value"), "", "value: %q is not a number", p.text("value", ""))
			return nil
		}
		set = value{kind: numberValue, text: n}
	}
	return &changeValues{change: func(_ *run, v *value) ([]value, bool) {
		out := set
		out.pattern = slices.Clone(set.pattern)
		out.src = v.src
		return []value{out}, true
	}}
}
