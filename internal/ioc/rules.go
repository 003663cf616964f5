package ioc

import (
	"net/netip"
	"strings"

	"github.com/google/uuid"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/netset"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

// Tag is the tag of the rules of lists, by which --include and --exclude choose them.
const Tag = "ioc"

// Rules returns the rules of lists: for each list one for each log source that has fields for any of its indicators.
func Rules(lists []*List, schemas []*schema.Schema) *ruleset.Lowered {
	lowered := &ruleset.Lowered{}
	for _, l := range lists {
		byKind := l.lists()
		for _, s := range schemas {
			source, ok := s.Whole(schemas)
			if !ok {
				continue
			}
			var operands []ir.Expr
			for _, kind := range schema.IndicatorKinds {
				for _, field := range s.Indicators(kind) {
					if list := byKind[kind]; list != nil {
						operands = append(operands, &ir.ListExpr{Field: ir.Field{Name: field}, List: list})
					}
					if kind == agent {
						operands = append(operands, l.agents(field)...)
					}
				}
			}
			if len(operands) == 0 {
				continue
			}
			id := uuid.NewSHA1(uuid.NameSpaceURL, []byte("ioc\x00"+l.Path+"\x00"+s.Name)).String()
			title := "Indicator in " + l.Path
			lowered.Rules = append(lowered.Rules, &ruleset.Rule{
				Info: ruleset.Info{
					ID: id, Title: title, Level: "high", Status: "stable", Path: l.Path, Tags: []string{Tag},
					Description: "An address, access key, user agent or account of the list " + l.Path + " in an event of " + s.Title + ".",
				},
				LogSource: source,
				Query:     &ir.Query{Rule: id, Title: title, Where: &ir.OrExpr{Operands: operands}},
			})
		}
	}
	return lowered
}

// lists returns the values of a list by their kind, in its order. Those of agents with stars are apart.
func (l *List) lists() map[string]*ir.List {
	texts, networks := map[string][]string{}, []netip.Prefix(nil)
	for _, e := range l.entries {
		if e.kind == agent && strings.Contains(e.Value, "*") {
			continue
		}
		if e.kind == address {
			network, ok := netset.Parse(e.Value)
			if !ok {
				panic("egret bug: an indicator that was read is no network: " + e.Value)
			}
			if !network.IsSingleIP() || network.Addr().Is6() { // addresses of IPv6 have several forms
				networks = append(networks, network)
				continue
			}
		}
		texts[e.kind] = append(texts[e.kind], e.Value)
	}
	lists := map[string]*ir.List{}
	for _, kind := range schema.IndicatorKinds {
		var own []netip.Prefix
		if kind == address {
			own = networks
		}
		if len(texts[kind])+len(own) > 0 {
			lists[kind] = ir.NewList(l.Path, texts[kind], own)
		}
	}
	return lists
}

// agents returns comparisons of a field with the agents that have stars.
func (l *List) agents(name string) []ir.Expr {
	var exprs []ir.Expr
	for i := range l.patterns {
		exprs = append(exprs, &ir.StringExpr{Field: ir.Field{Name: name}, Pattern: patternOf(l.entries[l.patterns[i].entry].Value)})
	}
	return exprs
}

// patternOf returns an agent as a pattern; stars are wildcards.
func patternOf(value string) ir.Pattern {
	var p ir.Pattern
	for i, part := range strings.Split(value, "*") {
		if i > 0 && (len(p) == 0 || p[len(p)-1].Kind != ir.AnyRun) {
			p = append(p, ir.Part{Kind: ir.AnyRun})
		}
		if part != "" {
			p = append(p, ir.Part{Kind: ir.Literal, Text: part})
		}
	}
	return p
}
