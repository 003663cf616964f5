package textgen

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/textrule"
)

// A lineFilter is a filter that is put before the parser, so that Loki parses fewer lines. Literal filters have a text, others
// an expression or a network.
type lineFilter struct {
	value            string
	literal, network bool
	negated          bool
}

// text writes the filter.
func (f *lineFilter) text() string {
	operator, value := "|~", lokiQuote(f.value)
	if f.literal || f.network {
		operator = "|="
	}
	if f.network {
		value = fmt.Sprintf(`ip("%s")`, f.value)
	}
	if f.negated {
		operator = "!" + operator[1:]
	}
	return operator + " " + value
}

// lineFilter returns the filter that sigma-cli writes for a condition with the option add_line_filters, nil for none: the longest
// one of an AND, and the longest text that all alternatives of an OR have in common.
func (w *lokiWriter) lineFilter(n textrule.Node) *lineFilter {
	switch n := n.(type) {
	case *textrule.And:
		var longest *lineFilter
		for _, arg := range n.Args {
			if f := w.lineFilter(arg); f != nil && (longest == nil || len([]rune(f.value)) > len([]rune(longest.value))) {
				longest = f
			}
		}
		return longest
	case *textrule.Or:
		return w.commonFilter(n.Args)
	case *textrule.Not:
		if m, ok := n.Arg.(*textrule.Match); ok {
			return w.matchFilter(m, true)
		}
	case *textrule.Match:
		return w.matchFilter(n, false)
	}
	return nil
}

// anchors matches an expression with an anchor at an end, after a flag.
var anchors = lazyre.New(`^(\(\?[^)]\))?(\^)?(.*?)(\$)?$`)

func (w *lokiWriter) matchFilter(m *textrule.Match, negated bool) *lineFilter {
	literal := func(text string) *lineFilter {
		switch {
		case lokiParser(w.rule) == "logfmt" && w.rule.Attributes["loki_parser"] == nil:
			return &lineFilter{value: m.Field + "=" + text, literal: true, negated: negated}
		case negated:
			return nil // other lines do not have the name of the field beside its value
		}
		return &lineFilter{value: text, literal: true}
	}
	expression := func(text string) *lineFilter {
		if p := anchors.FindStringSubmatch(text); p != nil && p[3] != "" && p[2]+p[4] != "" {
			text = p[1] + p[3]
		}
		return &lineFilter{value: text, negated: negated}
	}
	switch v := m.Value.(type) {
	case *textrule.String:
		if (v.Cased || w.options["case_sensitive"] == "true") && !v.HasWildcard() {
			return literal(sigmaText(v.Parts))
		}
		if text, err := w.asRegex(v, true, m.Span); err == nil {
			return expression(text)
		}
	case *textrule.Number:
		return literal(v.Text)
	case *textrule.Null:
		if f := literal(""); f != nil && f.value != "" {
			return f
		}
	case *textrule.Regex:
		return expression(v.Text)
	case *textrule.CIDR:
		return &lineFilter{value: fmt.Sprintf("%s/%d", addressText(v.Prefix.Addr()), v.Prefix.Bits()), network: true, negated: negated}
	}
	return nil
}

// commonFilter returns the filter for the longest text that all alternatives have in common, nil if an alternative has no text.
// Like difflib of Python it reduces the text alternative by alternative, which may miss a longer one.
func (w *lokiWriter) commonFilter(args []textrule.Node) *lineFilter {
	var common []rune
	for i, arg := range args {
		f := w.lineFilter(arg)
		if f == nil || f.negated || !f.literal {
			return nil
		}
		if i == 0 {
			common = []rune(f.value)
			continue
		}
		if common = longestCommon([]rune(f.value), common); len(common) == 0 {
			return nil
		}
	}
	if len(args) < 2 {
		return nil
	}
	return &lineFilter{value: string(common), literal: true}
}

// maxCommon limits the work of longestCommon.
const maxCommon = 4000

// longestCommon returns the longest text that is in a and b, the first in a of several.
func longestCommon(a, b []rune) []rune {
	if len(a) > maxCommon || len(b) > maxCommon {
		return nil
	}
	best, at := 0, 0
	lengths := make([]int, len(b)+1) // of the common text that ends at a character of b
	start := len(a)
	for i := range a {
		before := 0
		for j := range b {
			old := lengths[j+1]
			lengths[j+1] = 0
			if a[i] == b[j] {
				lengths[j+1] = before + 1
			}
			before = old
			if n := lengths[j+1]; n > best || n == best && n > 0 && i-n+1 < start {
				best, at, start = n, j-n+1, i-n+1
			}
		}
	}
	return b[at : at+best]
}

// addLineFilter adds the filter of the option add_line_filters to a query without others.
func (w *lokiWriter) addLineFilter(n textrule.Node) {
	if !strings.EqualFold(w.options["add_line_filters"], "true") || len(w.lines)+len(w.labels) > 0 {
		return
	}
	if f := w.lineFilter(n); f != nil {
		w.depart("line-filter", n.Pos())
		w.line(f.text())
	}
}
