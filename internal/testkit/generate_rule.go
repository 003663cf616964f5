package testkit

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// rulePaths are the fields of random rules: those of random events, paths into them, and one that never exists.
var rulePaths = []string{
	"a", "a", "a", "b", "b", "b", "n", "o", "o.k", "o.k", "list", "list", "list.k", "a.k", "b.p", "ip", "at", "doc", "doc.k", "doc.p.q", "urldoc.k",
	"a.b", "a.b.c", "o.p.q", "o.b.c", "o.", "o..k", "o.k.", "doc.k.", ".a", "missing",
}

// RandomPlaceholders has values for random rules with `expand`.
var RandomPlaceholders = map[string][]string{"admins": {"root", "adm*"}, "one": {"abc"}, "odd": {`a\*c`, `C:\\Temp\\*`, "100%", ""}}

// RandomOptions returns the options for random rules and events.
func RandomOptions() Options {
	return Options{Placeholders: RandomPlaceholders, JSONField: CaseJSONField}
}

// RandomRule writes a valid detection rule for the log source `product: test`.
func RandomRule(rng *rand.Rand) string {
	var b strings.Builder
	b.WriteString("title: Random rule\nlogsource:\n    product: test\n")
	writeRandomDetection(&b, rng)
	return b.String()
}

func writeRandomDetection(b *strings.Builder, rng *rand.Rand) {
	b.WriteString("detection:\n")
	names := []string{"sel_a", "sel_b", "filter", "_hidden"}[:1+rng.IntN(4)]
	for _, name := range names {
		fmt.Fprintf(b, "    %s:\n", name)
		switch rng.IntN(8) {
		case 0:
			writeRandomKeywords(b, rng)
		case 1: // a list of maps
			for range 1 + rng.IntN(2) {
				writeRandomMap(b, rng, "        - ", "          ")
			}
		default:
			writeRandomMap(b, rng, "        ", "        ")
		}
	}
	if chance(rng, 10) {
		b.WriteString("    condition:\n")
		for range 2 {
			fmt.Fprintf(b, "        - %s\n", randomCondition(rng, names, 2))
		}
		return
	}
	fmt.Fprintf(b, "    condition: %s\n", randomCondition(rng, names, 3))
}

func randomCondition(rng *rand.Rand, names []string, depth int) string {
	n := rng.IntN(10)
	switch {
	case depth == 0 || n < 3:
		return pick(rng, names)
	case n < 5:
		visible := 0
		for _, name := range names {
			if !strings.HasPrefix(name, "_") {
				visible++
			}
		}
		selectors := []string{"1 of them", "all of them", "any of them", "1 of sel*", "all of sel_*", "1 of *"}
		if visible > 1 {
			selectors = append(selectors, "2 of them")
		}
		if visible < len(names) {
			selectors = append(selectors, "1 of _*", "all of _hidden*")
		}
		return pick(rng, selectors)
	case n < 7:
		return "not " + operand(rng, names, depth-1)
	}
	return operand(rng, names, depth-1) + pick(rng, []string{" and ", " or "}) + operand(rng, names, depth-1)
}

func operand(rng *rand.Rand, names []string, depth int) string {
	c := randomCondition(rng, names, depth)
	if strings.Contains(c, " ") && !chance(rng, 4) {
		return "(" + c + ")"
	}
	return c
}

func writeRandomKeywords(b *strings.Builder, rng *rand.Rand) {
	indent := "        "
	if key := pick(rng, []string{"", "", "", "|all", "|contains", "|cased", "|re", "|windash", "|wide|base64offset"}); key != "" {
		fmt.Fprintf(b, "%s'%s':\n", indent, key)
		indent += "    "
		for range 1 + rng.IntN(2) {
			value := yamlString(randomPattern(rng))
			switch {
			case key == "|re":
				value = yamlString(randomRegex(rng))
			case strings.Contains(key, "base64"):
				value = yamlString(literalValue(randomText(rng)))
			}
			fmt.Fprintf(b, "%s- %s\n", indent, value)
		}
		return
	}
	for range 1 + rng.IntN(3) {
		value := yamlString(randomPattern(rng))
		if chance(rng, 6) {
			value = pick(rng, ruleNumbers)
		}
		fmt.Fprintf(b, "%s- %s\n", indent, value)
	}
}

// writeRandomMap writes items with different keys.
func writeRandomMap(b *strings.Builder, rng *rand.Rand, first, indent string) {
	seen := map[string]bool{}
	for range 1 + rng.IntN(3)*rng.IntN(2) {
		key, values := randomItem(rng)
		if seen[key] {
			continue
		}
		prefix := indent
		if len(seen) == 0 {
			prefix = first
		}
		seen[key] = true
		if len(values) == 1 && !chance(rng, 4) {
			fmt.Fprintf(b, "%s%s: %s\n", prefix, key, values[0])
			continue
		}
		fmt.Fprintf(b, "%s%s:\n", prefix, key)
		for _, value := range values {
			fmt.Fprintf(b, "%s    - %s\n", indent, value)
		}
	}
}

// randomItem returns a field with modifiers, and its values in YAML.
func randomItem(rng *rand.Rand) (key string, values []string) {
	path := pick(rng, rulePaths)
	var mods []string
	list := func(value func() string) {
		for range 1 + rng.IntN(4)*rng.IntN(2) {
			values = append(values, value())
		}
		if len(values) > 1 && chance(rng, 3) {
			mods = append(mods, "all")
		}
		if chance(rng, 6) {
			mods = append(mods, "neq")
		}
	}
	text := func() string { return yamlString(randomPattern(rng)) }
	switch n := rng.IntN(30); {
	case n < 6: // plain values of every type
		list(func() string { return randomPlainValue(rng) })
	case n < 13:
		mods = append(mods, pick(rng, []string{"contains", "startswith", "endswith"}))
		if chance(rng, 5) {
			mods = append(mods, "cased")
		}
		list(func() string {
			if chance(rng, 2) {
				return yamlString(literalValue(pick(rng, atoms)))
			}
			return text()
		})
	case n < 14:
		mods = append(mods, "cased")
		list(text)
	case n < 16:
		mods = append(mods, "re")
		for _, flag := range []string{"i", "m", "s"} {
			if chance(rng, 3) {
				mods = append(mods, flag)
			}
		}
		list(func() string { return yamlString(randomRegex(rng)) })
	case n < 18:
		path = pick(rng, []string{"ip", "ip", "ip", "a", "list"})
		mods = append(mods, "cidr")
		list(func() string {
			return pick(rng, []string{"192.0.2.0/26", "192.0.2.64/26", "198.51.100.7/32", "'2001:db8::/32'", "'::ffff:192.0.2.0/120'", "0.0.0.0/0", "'::/0'"})
		})
	case n < 20:
		mods = append(mods, "fieldref")
		mods = append(mods, pick(rng, [][]string{{}, {"startswith"}, {"endswith"}, {"contains"}, {"cased"}, {"contains", "cased"}})...)
		list(func() string { return pick(rng, rulePaths) })
	case n < 22:
		path = pick(rng, []string{"n", "n", "a", "list", "o.k"})
		mods = append(mods, pick(rng, []string{"gt", "gte", "lt", "lte"}))
		list(func() string { return pick(rng, ruleNumbers) })
	case n < 24:
		path = pick(rng, []string{"at", "at", "a", "b"})
		part := pick(rng, []string{"minute", "hour", "day", "week", "month", "year"})
		mods = append(mods, part)
		list(func() string {
			return fmt.Sprint(pick(rng, map[string][]int{
				"minute": {59, 30, 5}, "hour": {23, 12}, "day": {30, 31, 1}, "week": {1, 53}, "month": {12, 1}, "year": {2024, 2021, 2025},
			}[part]))
		})
	case n < 26:
		mods = append(mods, "exists")
		values = []string{pick(rng, []string{"true", "false"})}
		if chance(rng, 4) {
			mods = append(mods, "neq")
		}
	case n < 27:
		mods = append(mods, "windash")
		mods = append(mods, pick(rng, [][]string{{}, {"contains"}, {"startswith"}, {"cased"}})...)
		list(func() string {
			return yamlString(pick(rng, []string{"-a", "/x", "cmd -x /a", "-a -b", "--a", " -x*", "a-b", "–a", "-", "*/x"}))
		})
	case n < 29:
		mods = append(mods, pick(rng, [][]string{
			{"base64"}, {"base64offset", "contains"}, {"wide"}, {"utf16be"}, {"wide", "base64"}, {"utf16", "base64"}, {"utf16le", "base64offset", "contains"},
			{"utf16be", "base64", "startswith"}, {"windash", "base64"},
		})...)
		list(func() string {
			if slices.Contains(mods, "wide") || slices.Contains(mods, "utf16be") {
				return yamlString(pick(rng, []string{"abc", "a", "ABC"})) // bytes of other letters are not text unless encoded further
			}
			return yamlString(literalValue(pick(rng, []string{"abc", "a", "ABC", "é", "a*c", "-a", "b", "IEX"})))
		})
	default:
		mods = append(mods, pick(rng, [][]string{{}, {"contains"}, {"startswith"}, {"cased"}})...)
		mods = append(mods, "expand")
		list(func() string {
			return yamlString(pick(rng, []string{"%admins%", "%one%", "x%odd%", "%odd%", "a%one%%admins%", "100%", `\%one%`}))
		})
	}
	return strings.Join(append([]string{path}, mods...), "|"), values
}

// randomPlainValue returns a value without modifiers: string, number, boolean or null.
func randomPlainValue(rng *rand.Rand) string {
	switch n := rng.IntN(12); {
	case n < 8:
		return yamlString(randomPattern(rng))
	case n < 10:
		return pick(rng, ruleNumbers)
	case n < 11:
		return pick(rng, []string{"true", "false"})
	}
	return "null"
}

// randomPattern returns a Sigma string: a string of the vocabulary unchanged (its stars are wildcards then), escaped,
// or with parts replaced by wildcards.
func randomPattern(rng *rand.Rand) string {
	text := randomText(rng)
	switch rng.IntN(6) {
	case 0:
		return text
	case 1:
		runes := []rune(text)
		if len(runes) == 0 {
			return pick(rng, []string{"*", "?", "", `\`, `\\`, `\*`, `\\*`, "**"})
		}
		i := rng.IntN(len(runes))
		return literalValue(string(runes[:i])) + pick(rng, []string{"*", "?"}) + literalValue(string(runes[i+1:]))
	case 2:
		runes := []rune(text)
		return literalValue(string(runes[:rng.IntN(len(runes)+1)])) + pick(rng, []string{"", "*", `\`})
	}
	return literalValue(text)
}

// literalValue escapes text so that a Sigma string means it literally.
func literalValue(text string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`).Replace(text)
}

func randomRegex(rng *rand.Rand) string {
	return pick(rng, []string{
		"a", "^a", "c$", "^abc$", "a.c", "[a-c]+", "^$", "", "(?i)k", "k", "ß", "s", `\d+`, "^.{3}$", "a|b", `\\`, `^\{"k":`, "é", "σ", "İ", "^-?[0-9.]+$", "^1",
		`a\*c`, "(?m)^c", "b.", ".*abc.*", "^(abc|run)", "true", `\x00`, `\bx\b`, "[^a]", "(a)(b)?c", "x*", `\.`, "%",
	})
}

// yamlString writes a double-quoted YAML scalar with exactly this text.
func yamlString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r == 0x2028 || r == 0x2029 || r == 0xfeff || r >= 0x80 && r < 0xa0:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
