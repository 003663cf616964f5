package testkit

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// placeholder matches %name%. RE2 has no lookbehind, so the caller checks for a backslash before the first percent
// sign.
var placeholder = regexp.MustCompile(`%([^%]+)%`)

// splitPlaceholders splits a literal at its placeholders; `\%` is a percent sign.
func splitPlaceholders(text string) []part {
	var parts []part
	literal := func(s string) {
		if s = strings.ReplaceAll(s, `\%`, "%"); s != "" {
			parts = append(parts, part{text: s})
		}
	}
	start, from := 0, 0
	for from < len(text) {
		m := placeholder.FindStringSubmatchIndex(text[from:])
		if m == nil {
			break
		}
		begin, end := from+m[0], from+m[1]
		if begin > 0 && text[begin-1] == '\\' {
			from = begin + 1
			continue
		}
		literal(text[start:begin])
		parts = append(parts, part{kind: holePart, text: text[begin+1 : end-1]})
		start, from = end, end
	}
	literal(text[start:])
	return parts
}

// fillParts replaces every placeholder by each of its values, which are Sigma strings.
func fillParts(parts []part, values map[string][]string) ([][]part, error) {
	variants := [][]part{nil}
	for _, p := range parts {
		pieces := []part{p}
		if p.kind == literalPart {
			pieces = splitPlaceholders(p.text)
		}
		for _, piece := range pieces {
			fillings := [][]part{{piece}}
			if piece.kind == holePart {
				fillings = nil
				for _, value := range values[piece.text] {
					fillings = append(fillings, parseParts(value))
				}
				if len(fillings) == 0 {
					return nil, fmt.Errorf("%w %q", ErrUnresolvedPlaceholder, piece.text)
				}
			}
			var next [][]part
			for _, v := range variants {
				for _, filling := range fillings {
					next = append(next, slices.Concat(v, filling))
				}
			}
			variants = next
		}
	}
	for i := range variants {
		variants[i] = mergeLiterals(variants[i])
	}
	return variants, nil
}

// anyVariant compiles a raw string (of re or cidr); with `expand`, once for each value of its placeholders.
func anyVariant(text string, m modifiers, options Options, compile func(string) (predicate, error)) (predicate, error) {
	texts := []string{text}
	if slices.Contains(m.changes, "expand") {
		texts = []string{""}
		for _, p := range splitPlaceholders(text) {
			fillings := []string{p.text}
			if p.kind == holePart {
				if fillings = options.Placeholders[p.text]; len(fillings) == 0 {
					return nil, fmt.Errorf("%w %q", ErrUnresolvedPlaceholder, p.text)
				}
			}
			var next []string
			for _, head := range texts {
				for _, filling := range fillings {
					next = append(next, head+filling)
				}
			}
			texts = next
		}
	}
	var predicates []predicate
	for _, text := range texts {
		p, err := compile(text)
		if err != nil {
			return nil, err
		}
		predicates = append(predicates, p)
	}
	return func(e *Event, leaves []*node) bool {
		return slices.ContainsFunc(predicates, func(p predicate) bool { return p(e, leaves) })
	}, nil
}
