package testkit

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/sigma"
)

// predicate is the condition of one value of an item on the leaves of its field.
type predicate func(e *Event, leaves []*node) bool

// anyLeaf returns a predicate that holds if any leaf passes the test; without leaves it is false.
func anyLeaf(test func(n *node) bool) predicate {
	return func(_ *Event, leaves []*node) bool { return slices.ContainsFunc(leaves, test) }
}

// modifiers holds the modifiers of an item, except those that change its strings one after the other.
type modifiers struct {
	all, neq, exists, re, cidr, fieldref bool
	flags                                string // i, m and s of re
	compare                              string // gt, gte, lt, lte or ""
	timePart                             string // minute … year or ""
	changes                              []string
}

func readModifiers(list []sigma.Modifier) (modifiers, error) {
	var m modifiers
	for i, modifier := range list {
		switch name := modifier.Name; name {
		case "all":
			m.all = true
		case "neq":
			m.neq = true
		case "exists":
			m.exists = true
		case "re":
			m.re = true
		case "cidr":
			m.cidr = true
		case "fieldref":
			m.fieldref = true
		case "i", "m", "s":
			if !m.re {
				return m, fmt.Errorf("%s without re", name)
			}
			m.flags += name
		case "gt", "gte", "lt", "lte":
			m.compare = name
		case "minute", "hour", "day", "week", "month", "year":
			m.timePart = name
		case "contains", "startswith", "endswith", "cased", "windash", "base64", "base64offset", "wide", "utf16le",
			"utf16be", "utf16", "expand":
			m.changes = append(m.changes, name)
		default:
			return m, fmt.Errorf("unknown modifier %q", list[i].Name)
		}
	}
	return m, m.check()
}

// check rejects combinations that have no meaning.
func (m modifiers) check() error {
	kinds := 0
	for _, set := range []bool{m.exists, m.re, m.cidr, m.fieldref, m.compare != "" || m.timePart != ""} {
		if set {
			kinds++
		}
	}
	if kinds > 1 {
		return errors.New("modifiers exclude each other")
	}
	for _, change := range m.changes {
		switch change {
		case "contains", "startswith", "endswith":
			if m.fieldref {
				continue
			}
		case "cased": // re is always case-sensitive
			if m.fieldref || m.re {
				continue
			}
		case "expand":
			if m.re || m.cidr || m.compare != "" && m.timePart == "" {
				continue
			}
		}
		if kinds > 0 {
			return fmt.Errorf("%s cannot be combined with the other modifiers", change)
		}
	}
	return nil
}

func compileItem(item *sigma.Item, options Options) (expr, error) {
	m, err := readModifiers(item.Modifiers)
	if err != nil {
		return nil, err
	}
	keyword := item.Field == ""
	if keyword {
		if m.exists || m.cidr || m.fieldref || m.compare != "" || m.timePart != "" {
			return nil, errors.New("modifier needs a field")
		}
		if !m.re && !slices.Contains(m.changes, "startswith") && !slices.Contains(m.changes, "endswith") {
			m.changes = append(slices.Clone(m.changes), "contains") // a keyword is a substring
		}
	}
	var predicates []predicate
	for _, value := range item.Values {
		p, err := compileValue(value, m, keyword, options)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", item.Field, err)
		}
		predicates = append(predicates, p)
	}
	if len(predicates) == 0 {
		return nil, errors.New("no value")
	}
	return func(e *Event) bool {
		var leaves []*node
		if keyword {
			leaves = e.strings()
		} else {
			leaves = e.lookup(item.Field, options.JSONField)
		}
		held := 0
		for _, p := range predicates {
			if p(e, leaves) {
				held++
			}
		}
		// neq negates the whole item, so a missing field makes it true.
		if m.all {
			return (held == len(predicates)) != m.neq
		}
		return (held > 0) != m.neq
	}, nil
}

func compileValue(value sigma.Value, m modifiers, keyword bool, options Options) (predicate, error) {
	if value.Kind == sigma.NullValue {
		// neq and all apply to the whole item and are allowed with null; nothing else is.
		if keyword || m.exists || m.compare != "" || m.timePart != "" || m.re || m.cidr || m.fieldref || len(m.changes) > 0 {
			return nil, errors.New("null cannot be combined with a modifier or a keyword")
		}
		return absent, nil
	}
	switch {
	case m.exists:
		if value.Kind != sigma.BoolValue {
			return nil, errors.New("exists needs true or false")
		}
		if strings.EqualFold(value.Text, "true") {
			return func(e *Event, leaves []*node) bool { return !absent(e, leaves) }, nil
		}
		return absent, nil
	case m.compare != "" || m.timePart != "":
		return anyVariant(value.Text, m, options, func(text string) (predicate, error) { return compileNumber(text, m) })
	case m.fieldref:
		return compileFieldRef(value.Text, m.changes, options)
	case m.re:
		return anyVariant(value.Text, m, options, func(text string) (predicate, error) { return compileRegex(text, m.flags) })
	case m.cidr:
		return anyVariant(value.Text, m, options, compileCIDR)
	case value.Kind == sigma.NumberValue && len(m.changes) == 0:
		want, ok := parseDecimal(value.Text)
		if !ok {
			return nil, fmt.Errorf("%q is not a number", value.Text)
		}
		return anyLeaf(func(n *node) bool {
			d, ok := n.number()
			return ok && d.compare(want) == 0
		}), nil
	}
	return compileString(value.Text, m.changes, options)
}

// absent holds if the field is missing or null: it has no leaf.
func absent(_ *Event, leaves []*node) bool { return len(leaves) == 0 }

// compileString applies the string modifiers from left to right. Several values from one value (dash variants, offsets,
// values of a placeholder) are alternatives, under `all` too.
func compileString(text string, changes []string, options Options) (predicate, error) {
	variants := [][]part{parseParts(text)}
	fold := true
	for _, change := range changes {
		var next [][]part
		for _, parts := range variants {
			changed, err := changeString(parts, change, options)
			if err != nil {
				return nil, err
			}
			next = append(next, changed...)
		}
		variants = next
		switch change {
		case "cased", "base64", "base64offset", "wide", "utf16le", "utf16be", "utf16":
			fold = false
		}
	}
	var patterns []pattern
	for _, parts := range variants {
		patterns = append(patterns, newPattern(parts, fold))
	}
	return anyLeaf(func(n *node) bool {
		return slices.ContainsFunc(patterns, func(p pattern) bool { return p.match(n) })
	}), nil
}

func changeString(parts []part, change string, options Options) ([][]part, error) {
	anyRun := []part{{kind: anyRunPart}}
	one := func(parts ...part) [][]part { return [][]part{parts} }
	switch change {
	case "contains":
		return one(slices.Concat(anyRun, parts, anyRun)...), nil
	case "startswith":
		return one(slices.Concat(parts, anyRun)...), nil
	case "endswith":
		return one(slices.Concat(anyRun, parts)...), nil
	case "cased":
		return one(parts...), nil
	case "windash":
		return one(windash(parts)...), nil
	case "expand":
		return fillParts(parts, options.Placeholders)
	}
	// Encodings need the dash variants expanded first.
	variants, err := expandDashes(parts)
	if err != nil {
		return nil, err
	}
	var out [][]part
	for _, parts := range variants {
		switch change {
		case "base64":
			encoded, err := encode64(parts)
			if err != nil {
				return nil, err
			}
			out = append(out, encoded)
		case "base64offset":
			encoded, err := encode64Offsets(parts)
			if err != nil {
				return nil, err
			}
			out = append(out, encoded...)
		default:
			out = append(out, encode16(parts, change))
		}
	}
	return out, nil
}

// compileRegex compiles an unanchored search. RE2 and Sigma use the same names for the three flags.
func compileRegex(text, flags string) (predicate, error) {
	if flags != "" {
		text = "(?" + flags + ")" + text
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	return anyLeaf(func(n *node) bool { return re.MatchString(n.leafText()) }), nil
}

// compileFieldRef compares the texts of each pair of leaves. The other field's text has no wildcards.
func compileFieldRef(other string, changes []string, options Options) (predicate, error) {
	fold := !slices.Contains(changes, "cased")
	prefix := slices.Contains(changes, "startswith") || slices.Contains(changes, "contains")
	suffix := slices.Contains(changes, "endswith") || slices.Contains(changes, "contains")
	return func(e *Event, leaves []*node) bool {
		for _, right := range e.lookup(other, options.JSONField) {
			r := string(right.leafRunes(fold))
			for _, left := range leaves {
				l := string(left.leafRunes(fold))
				switch {
				case prefix && suffix:
					if strings.Contains(l, r) {
						return true
					}
				case prefix:
					if strings.HasPrefix(l, r) {
						return true
					}
				case suffix:
					if strings.HasSuffix(l, r) {
						return true
					}
				case l == r:
					return true
				}
			}
		}
		return false
	}, nil
}
