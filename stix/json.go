package stix

import "encoding/json"

// MarshalJSON writes the version, the canonical text, and the tree: an object for each node, whose key type says what it is.
func (p *Pattern) MarshalJSON() ([]byte, error) {
	return json.Marshal(object{"version": p.Version.String(), "pattern": p.String(), "tree": observationJSON(p.Expr)})
}

type object map[string]any

func observationJSON(expr ObservationExpr) object {
	switch expr := expr.(type) {
	case *Observation:
		return object{"type": "observation", "comparison": comparisonJSON(expr.Comparison)}
	case *ObservationOperator:
		operands := make([]object, len(expr.Operands))
		for i, operand := range expr.Operands {
			operands[i] = observationJSON(operand)
		}
		return object{"type": "operator", "operator": expr.Operator, "operands": operands}
	case *Qualified:
		return object{"type": "qualified", "of": observationJSON(expr.Of), "qualifier": qualifierJSON(expr.Qualifier)}
	}
	return nil
}

func qualifierJSON(q Qualifier) object {
	switch q := q.(type) {
	case StartStop:
		return object{"type": "START", "start": q.Start.Text, "stop": q.Stop.Text}
	case Within:
		return object{"type": "WITHIN", "seconds": number(q.Seconds.Text)}
	case Repeats:
		return object{"type": "REPEATS", "times": number(q.Times.Text)}
	}
	return nil
}

func comparisonJSON(expr ComparisonExpr) object {
	switch expr := expr.(type) {
	case *ComparisonOperator:
		operands := make([]object, len(expr.Operands))
		for i, operand := range expr.Operands {
			operands[i] = comparisonJSON(operand)
		}
		return object{"type": "operator", "operator": expr.Operator, "operands": operands}
	case *Comparison:
		values := make([]object, len(expr.Values))
		for i, value := range expr.Values {
			values[i] = value.json()
		}
		return object{"type": "comparison", "path": expr.Path.json(), "not": expr.Not, "operator": expr.Operator, "values": values}
	case *Exists:
		return object{"type": "exists", "not": expr.Not, "path": expr.Path.json()}
	}
	return nil
}

func (p Path) json() object {
	steps := make([]object, len(p.Steps))
	for i, step := range p.Steps {
		switch {
		case step.Any:
			steps[i] = object{"index": "*"}
		case step.List:
			steps[i] = object{"index": number(step.Index)}
		default:
			steps[i] = object{"key": step.Key}
		}
	}
	return object{"object": p.Type, "steps": steps, "text": p.String()}
}

func (l Literal) json() object {
	var value any = l.Text
	switch l.Kind {
	case Integer, Float:
		value = number(l.Text)
	case Boolean:
		value = l.Text == "true"
	case String, Timestamp, Hex, Binary:
	}
	return object{"type": l.Kind.String(), "value": value}
}

// number returns a number of a pattern with all its digits. JSON wants a digit before the point.
func number(text string) json.Number {
	sign, digits := "", text
	if len(text) > 0 && text[0] == '-' {
		sign, digits = "-", text[1:]
	}
	if len(digits) > 0 && digits[0] == '.' {
		digits = "0" + digits
	}
	return json.Number(sign + trimZeros(digits))
}

// trimZeros removes zeros before other digits, which only a float can have.
func trimZeros(digits string) string {
	for len(digits) > 1 && digits[0] == '0' && digits[1] != '.' {
		digits = digits[1:]
	}
	return digits
}
