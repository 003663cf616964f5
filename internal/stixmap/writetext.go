package stixmap

import (
	"regexp"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/netset"
	"github.com/egret-hunt/egret/stix"
)

// compareText writes a predicate over text. Patterns compare with letter case; where the rule does not, MATCHES does.
func (at *spot) compareText(e *ir.StringExpr) (stix.ComparisonExpr, error) {
	path := PathText(&at.path)
	parts := e.Pattern
	for _, part := range parts {
		if part.Kind == ir.Dash || part.Kind == ir.Placeholder {
			return nil, unwritten(e, "the value has no form in a pattern")
		}
	}
	whole := e.Op == ir.Equal && len(parts) == 1 && parts[0].Kind == ir.Literal
	if len(parts) == 0 || whole && absent(parts[0].Text) {
		return nil, unwritten(e, "objects have no empty properties, and none for a hyphen")
	}
	if whole {
		if c := at.equalTo(parts[0].Text, e.Cased); c != nil {
			return c, nil
		}
	}
	cased, prefix := e.Cased, at.value.Prefix
	switch at.value.As {
	case "", "text", "address":
		if (at.address || at.value.As == "address") && !digits(parts) {
			return nil, unwritten(e, "%s has addresses only", path)
		}
	case "dns":
		if parts = withoutDot(e); parts == nil {
			return nil, unwritten(e, "%s has no dot at its end, names in the log have one", path)
		}
	case "lower":
		if cased {
			return nil, unwritten(e, "%s is in lower case", path)
		}
		cased, parts = true, lowered(parts)
	default:
		return nil, unwritten(e, "%s does not have the text of the log", path)
	}
	if !ascii(parts) {
		return nil, unwritten(e, "LIKE and MATCHES take several forms of a letter that is not ASCII for one")
	}
	return at.pattern(e.Op, parts, prefix, cased || !letters(parts)), nil
}

// equalTo writes that the property is that of a text in the log, nil if only a pattern can.
func (at *spot) equalTo(text string, cased bool) stix.ComparisonExpr {
	_, isNetwork := netset.Parse(text)
	same := cased || !letters(ir.Pattern{{Text: text}})
	switch as := at.value.As; {
	case at.address || as == "address":
		if isNetwork && same {
			return at.holds("=", stix.String, text)
		}
	case (as == "" || as == "text") && same:
		return at.holds("=", stix.String, at.value.Prefix+text)
	case as == "lower" && !cased && ascii(ir.Pattern{{Text: text}}):
		return at.holds("=", stix.String, at.value.Prefix+strings.ToLower(text))
	case as == "number" && whole.MatchString(text):
		return at.holds("=", stix.Integer, text)
	case as == "boolean" && (text == "true" || text == "false"):
		return at.holds("=", stix.Boolean, text)
	case as == "protocol" && protocols[text] != "":
		return at.holds("=", stix.String, protocols[text])
	case as == "dns" && cased && len(text) > 1 && strings.HasSuffix(text, "."):
		return at.holds("=", stix.String, strings.TrimSuffix(text, "."))
	}
	return nil
}

var whole = lazyre.New(`^(0|[1-9][0-9]{0,18})$`)

// pattern writes a text with wildcards.
func (at *spot) pattern(op ir.StringOp, parts ir.Pattern, prefix string, cased bool) stix.ComparisonExpr {
	var like, expr strings.Builder
	plain := true
	write := func(kind ir.PartKind, text string) {
		switch kind {
		case ir.AnyRun:
			like.WriteByte('%')
			expr.WriteString(`.*`)
		case ir.AnyOne:
			like.WriteByte('_')
			expr.WriteByte('.')
		default:
			plain = plain && !strings.ContainsAny(text, "%_")
			like.WriteString(text)
			expr.WriteString(regexp.QuoteMeta(text))
		}
	}
	if prefix != "" {
		write(ir.Literal, prefix)
	}
	if op == ir.Contains || op == ir.EndsWith {
		write(ir.AnyRun, "")
	}
	for _, part := range parts {
		write(part.Kind, part.Text)
	}
	if op == ir.Contains || op == ir.StartsWith {
		write(ir.AnyRun, "")
	}
	if cased && plain {
		return at.holds("LIKE", stix.String, like.String())
	}
	text := expr.String()
	if begin, ok := strings.CutPrefix(text, ".*"); ok {
		text = begin
	} else {
		text = "^" + text
	}
	if end, ok := strings.CutSuffix(text, ".*"); ok && !strings.HasSuffix(end, `\`) {
		text = end
	} else {
		text += `\z`
	}
	if !cased {
		text = "(?i)" + text
	}
	return at.holds("MATCHES", stix.String, text)
}

// compareRegex writes a regular expression.
func (at *spot) compareRegex(e *ir.RegexExpr) (stix.ComparisonExpr, error) {
	if as := at.value.As; as != "" && as != "text" || at.address || at.value.Prefix != "" {
		return nil, unwritten(e, "%s does not have the text of the log", PathText(&at.path))
	}
	if !ascii(ir.Pattern{{Text: e.Text}}) {
		return nil, unwritten(e, "MATCHES takes several forms of a letter that is not ASCII for one")
	}
	if !e.MultiLine && strings.Contains(strings.ReplaceAll(e.Text, `\$`, ""), "$") {
		return nil, unwritten(e, "a dollar of MATCHES also holds before a line feed at the end; write \\z")
	}
	flags := ""
	if e.IgnoreCase {
		flags += "i"
	}
	if e.MultiLine {
		flags += "m"
	}
	if !e.DotAll { // the point of MATCHES takes line ends
		flags += "-s"
	}
	if flags == "" {
		return at.holds("MATCHES", stix.String, e.Text), nil
	}
	return at.holds("MATCHES", stix.String, "(?"+flags+":"+e.Text+")"), nil
}

// withoutDot returns the pattern of a name without the dot at the end that the log has, nil if it may hold for other names.
func withoutDot(e *ir.StringExpr) ir.Pattern {
	parts := append(ir.Pattern(nil), e.Pattern...)
	last := &parts[len(parts)-1]
	if last.Kind != ir.Literal {
		return map[bool]ir.Pattern{true: parts}[last.Kind == ir.AnyRun]
	}
	open := e.Op == ir.Contains || e.Op == ir.StartsWith
	dotted := strings.HasSuffix(last.Text, ".")
	if open == dotted || last.Text == "." {
		return nil
	}
	last.Text = strings.TrimSuffix(last.Text, ".")
	return parts
}

func lowered(parts ir.Pattern) ir.Pattern {
	out := append(ir.Pattern(nil), parts...)
	for i := range out {
		out[i].Text = strings.ToLower(out[i].Text)
	}
	return out
}

func letters(parts ir.Pattern) bool {
	return anyRune(parts, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x80 })
}

func ascii(parts ir.Pattern) bool { return !anyRune(parts, func(r rune) bool { return r >= 0x80 }) }

// digits reports whether a pattern has what addresses of IPv4 have.
func digits(parts ir.Pattern) bool {
	return !anyRune(parts, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
}

func anyRune(parts ir.Pattern, is func(r rune) bool) bool {
	for _, part := range parts {
		if strings.ContainsFunc(part.Text, is) {
			return true
		}
	}
	return false
}
