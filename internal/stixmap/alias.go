package stixmap

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/stix"
)

// aliases are other spellings of object types and paths: those of the documentation of stix-shifter's connector, and of its maps.
var aliases = map[string]string{
	"x-aws":                    "x-aws-details",
	"x-ibm-finding:probe_port": "x-ibm-finding:probe_ports[*]",
	"x-ocsf-resources:type":    "x-ocsf-resources:resource_type", // the property type is the type of the object
}

// Canonical returns a pattern in which each object path has the spelling of the mappings. It shares what does not change.
func Canonical(p *stix.Pattern) *stix.Pattern {
	return &stix.Pattern{Version: p.Version, Expr: canonicalObservation(p.Expr)}
}

func canonicalObservation(expr stix.ObservationExpr) stix.ObservationExpr {
	switch expr := expr.(type) {
	case *stix.Observation:
		own := *expr
		own.Comparison = canonicalComparison(expr.Comparison)
		return &own
	case *stix.ObservationOperator:
		own := *expr
		own.Operands = make([]stix.ObservationExpr, len(expr.Operands))
		for i, operand := range expr.Operands {
			own.Operands[i] = canonicalObservation(operand)
		}
		return &own
	case *stix.Qualified:
		own := *expr
		own.Of = canonicalObservation(expr.Of)
		return &own
	}
	panic("egret bug: an unknown expression")
}

func canonicalComparison(expr stix.ComparisonExpr) stix.ComparisonExpr {
	switch expr := expr.(type) {
	case *stix.ComparisonOperator:
		own := *expr
		own.Operands = make([]stix.ComparisonExpr, len(expr.Operands))
		for i, operand := range expr.Operands {
			own.Operands[i] = canonicalComparison(operand)
		}
		return &own
	case *stix.Comparison:
		own := *expr
		own.Path = canonicalPath(expr.Path)
		return &own
	case *stix.Exists:
		own := *expr
		own.Path = canonicalPath(expr.Path)
		return &own
	}
	panic("egret bug: an unknown condition")
}

func canonicalPath(p stix.Path) stix.Path {
	if typ, ok := aliases[p.Type]; ok {
		p.Type = typ
	}
	to, ok := aliases[PathText(&p)]
	if !ok {
		return p
	}
	typ, rest, _ := strings.Cut(to, ":")
	p.Type, p.Steps = typ, nil
	for key := range strings.SplitSeq(rest, ".") {
		name, list := strings.CutSuffix(key, "[*]")
		p.Steps = append(p.Steps, stix.Step{Key: name})
		if list {
			p.Steps = append(p.Steps, stix.Step{List: true, Any: true, Index: "*"})
		}
	}
	return p
}

// ShortFindings lets the types of findings of flow logs be written without their prefix: accept stands for network-traffic-accept too. It
// changes a pattern of Canonical, which shares no comparisons.
func ShortFindings(p *stix.Pattern) { shortObservation(p.Expr) }

func shortObservation(expr stix.ObservationExpr) {
	switch expr := expr.(type) {
	case *stix.Observation:
		shortComparison(expr.Comparison)
	case *stix.ObservationOperator:
		for _, operand := range expr.Operands {
			shortObservation(operand)
		}
	case *stix.Qualified:
		shortObservation(expr.Of)
	}
}

func shortComparison(expr stix.ComparisonExpr) {
	switch expr := expr.(type) {
	case *stix.ComparisonOperator:
		for _, operand := range expr.Operands {
			shortComparison(operand)
		}
	case *stix.Comparison:
		if PathText(&expr.Path) != "x-ibm-finding:finding_type" || !slices.Contains([]string{"=", "!=", "IN"}, expr.Operator) {
			return
		}
		var more []stix.Literal
		for _, v := range expr.Values {
			if text := strings.ToLower(v.Text); v.Kind == stix.String && (text == "accept" || text == "reject") {
				v.Text = "network-traffic-" + text
				more = append(more, v)
			}
		}
		if len(more) > 0 {
			expr.Not = expr.Not != (expr.Operator == "!=")
			expr.Operator, expr.Values = "IN", slices.Concat(expr.Values, more)
		}
	case *stix.Exists:
	}
}

// PathText returns an object path as patterns write it, in the spelling of Mapping.Paths.
func PathText(p *stix.Path) string {
	var b strings.Builder
	b.WriteString(p.Type + ":")
	for i, step := range p.Steps {
		switch {
		case step.List && step.Any:
			b.WriteString("[*]")
		case step.List:
			b.WriteString("[" + step.Index + "]")
		default:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(quoted([]string{step.Key}))
		}
	}
	return b.String()
}

// Has reports whether a mapping has values for a path.
func (m *Mapping) Has(p *stix.Path) bool {
	list, _ := m.places(p)
	return len(list) > 0
}

// HasType reports whether objects may have a type.
func (m *Mapping) HasType(typ string) bool { return slices.Contains(m.Types(), typ) }

// EndsAtReference reports whether a path ends at a reference, whose text means nothing outside of an observation.
func (m *Mapping) EndsAtReference(p *stix.Path) bool {
	list, _ := m.places(p)
	return len(list) > 0 && !slices.ContainsFunc(list, func(at place) bool { return !at.ref })
}
