package stixmap

import (
	"maps"
	"slices"

	"golang.org/x/text/unicode/norm"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/stixmatch"
	"github.com/egret-hunt/egret/stix"
)

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// asWritten reports whether the property is the text of a field, changed by nothing but letter case or a dot at its end.
func (at *place) asWritten() (cased, dot, ok bool) {
	v := at.value
	if v.From == "" || v.Map != nil || v.Prefix != "" {
		return false, false, false
	}
	switch v.As {
	case "", "text", "address", "not-address":
		return true, false, true
	case "lower":
		return false, false, true
	case "dns":
		return true, true, true
	}
	return false, false, false
}

// Written returns the fields whose text, perhaps in another letter case, a path leads to, in their order, each once. networks reports
// whether all of them are addresses. It is false if a value is made in another way, and there are no fields if the mapping does not
// have the path.
func (m *Mapping) Written(p *stix.Path) (fields []string, networks, ok bool) {
	list, _ := m.places(p)
	networks = true
	for i := range list {
		at := &list[i]
		_, dot, ok := at.asWritten()
		if !ok || dot || at.ref || at.whole || stixmatch.Bytes(p) {
			return nil, false, false
		}
		networks = networks && (at.address || at.value.As == "address")
		if name := at.field().Name; !slices.Contains(fields, name) {
			fields = append(fields, name)
		}
	}
	return fields, networks, true
}

// like holds if the value may match a pattern of LIKE. Patterns compare composed text, logs may hold other text; so only parts are
// compared that composing does not change: ASCII, without the three characters that composing makes of others.
func (at *place) like(pattern string) ir.Expr {
	cased, dot, ok := at.asWritten()
	if !ok {
		return at.exists()
	}
	var p ir.Pattern
	for _, r := range norm.NFC.String(pattern) {
		anything := r == '%' || r == '_' || r >= 0x80 || r == 'K' || r == ';' || r == '`' || !cased && r == 'k'
		last := len(p) - 1
		switch {
		case anything && (last < 0 || p[last].Kind != ir.AnyRun):
			p = append(p, ir.Part{Kind: ir.AnyRun})
		case anything:
		case last >= 0 && p[last].Kind == ir.Literal:
			p[last].Text += string(r)
		default:
			p = append(p, ir.Part{Kind: ir.Literal, Text: string(r)})
		}
	}
	if dot && (len(p) == 0 || p[len(p)-1].Kind != ir.AnyRun) {
		p = append(p, ir.Part{Kind: ir.AnyRun})
	}
	if len(p) == 1 && p[0].Kind == ir.AnyRun {
		return at.exists()
	}
	return &ir.StringExpr{Field: at.field(), Pattern: p, Cased: cased}
}

// matches holds if the value may match a regular expression. Text that is not ASCII may change when it is composed.
func (at *place) matches(pattern string) ir.Expr {
	cased, dot, ok := at.asWritten()
	text, err := stixmatch.RegexText(pattern)
	if !ok || dot || !cased || err != nil {
		return at.exists()
	}
	return or([]ir.Expr{&ir.RegexExpr{Field: at.field(), Text: text}, &ir.RegexExpr{Field: at.field(), Text: `[^\x00-\x7F]`}})
}

// subset holds if the value may be a part of a network.
func (at *place) subset(text string) ir.Expr {
	network, ok := stixmatch.Network(text)
	if !ok || network.Addr().Is4In6() || at.value.From == "" || !at.address && at.value.As != "address" {
		return at.exists()
	}
	return &ir.CIDRExpr{Field: at.field(), Prefix: network}
}
