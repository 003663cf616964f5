package textgen

import (
	"strings"

	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/textrule"
)

// keyword adds a line filter for a keyword.
func (w *lokiWriter) keyword(m *textrule.Match, negated bool) error {
	equal, matches := "|=", "|~"
	if negated {
		equal, matches = "!=", "!~"
	}
	switch v := m.Value.(type) {
	case *textrule.String:
		w.depart("keyword", m.Span)
		if (v.Cased || w.options["case_sensitive"] == "true") && !v.HasWildcard() {
			text, err := w.plain(v.Parts, m.Span)
			w.line(equal + " " + text)
			return err
		}
		text, err := w.asRegex(v, false, m.Span)
		if text, ok := lokiTrim(text); ok {
			w.line(matches + " " + lokiQuote(text))
		}
		return err
	case *textrule.Regex:
		w.depart("keyword", m.Span)
		text := v.Text
		if flags := v.Flags(); flags != "" {
			text = "(?" + flags + ")" + text
		}
		if text, ok := lokiTrim(text); ok {
			w.line(matches + " " + lokiQuote(text))
		}
		return nil
	case *textrule.Number:
		w.depart("keyword", m.Span)
		w.line(equal + " `" + v.Text + "`") // the peer writes no quotes, which Loki does not read
		return nil
	case *textrule.Expansion:
		args := make([]textrule.Node, len(v.Values))
		for i, value := range v.Values {
			args[i] = &textrule.Match{Keyword: true, Value: value, Span: m.Span}
		}
		if !negated {
			return w.keywords(&textrule.Or{Args: args, Span: m.Span}, nil)
		}
		for _, arg := range args {
			if err := w.keyword(arg.(*textrule.Match), true); err != nil { //nolint:errcheck,forcetypeassert // made above
				return err
			}
		}
		return nil
	}
	return w.refuse(m.Span, "keywords of this kind")
}

func (w *lokiWriter) line(filter string) { w.lines = append(w.lines, filter) }

// keywords adds one line filter for an OR of keywords. Under a NOT the OR comes from an AND.
func (w *lokiWriter) keywords(or *textrule.Or, above []textrule.Node) error {
	var texts []string
	ignoreCase, negations := false, 0
	for _, arg := range or.Args {
		if !isKeyword(arg) {
			return unsupported(or.Span, "%s has no form for an OR of keywords and other parts", w.Spec.Title)
		}
		if not, ok := arg.(*textrule.Not); ok {
			negations++
			arg = not.Arg
		}
		m := arg.(*textrule.Match) //nolint:errcheck,forcetypeassert // isKeyword checked it
		w.depart("keyword", m.Span)
		for _, value := range alternatives(m.Value) {
			text, folded, err := w.alternative(value, m)
			if err != nil {
				return err
			}
			ignoreCase = ignoreCase || folded
			texts = append(texts, text)
		}
	}
	operator := "|~ "
	switch negations {
	case 0:
	case len(or.Args):
		operator = "!~ "
		w.depart("deferred-in-not", or.Span)
	default:
		return unsupported(or.Span, "%s has no form for an OR of keywords and negated keywords", w.Spec.Title)
	}
	if underOr(above) {
		w.depart("deferred-under-or", or.Span)
	}
	text := strings.Join(texts, "|")
	if ignoreCase {
		text = "(?i)" + text
	}
	w.line(operator + lokiQuote(text))
	return nil
}

func alternatives(v textrule.Value) []textrule.Value {
	if e, ok := v.(*textrule.Expansion); ok {
		return e.Values
	}
	return []textrule.Value{v}
}

// alternative writes a keyword as a part of a regular expression, and reports whether it ignores case.
func (w *lokiWriter) alternative(value textrule.Value, m *textrule.Match) (text string, ignoreCase bool, err error) {
	switch v := value.(type) {
	case *textrule.String:
		if v.Cased && !v.HasWildcard() {
			return pythonEscape(sigmaText(v.Parts)), false, nil
		}
		folded := *v
		folded.Cased = true // the flag stands before the whole expression
		text, err := w.asRegex(&folded, false, m.Span)
		return text, !v.Cased && w.options["case_sensitive"] != "true", err
	case *textrule.Regex:
		text, inline := strings.CutPrefix(v.Text, "(?i)")
		return text, inline || v.IgnoreCase, nil
	case *textrule.Number:
		return pythonEscape(v.Text), false, nil
	}
	return "", false, w.refuse(m.Span, "keywords of this kind")
}

// outerWildcards matches a regular expression with `.*` at its ends, after flags.
var outerWildcards = lazyre.New(`^(\(\?.+\))?(\.\*)?(.*?)(\.\*)?$`)

// lokiTrim removes `.*` at the ends of a line filter, which searches anywhere in the line. It returns false if nothing is left.
func lokiTrim(text string) (string, bool) {
	m := outerWildcards.FindStringSubmatch(text)
	if m == nil || m[2] == "" && m[4] == "" {
		return text, true
	}
	return m[1] + m[3], m[3] != ""
}
