package match

import (
	"regexp/syntax"
	"slices"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/ir"
)

// Limits of the analysis of a regular expression: the number of listed matches of a part, the number of required texts, and the
// number of listed characters of a class.
const (
	maxRegexExact = 32
	maxRegexTexts = 1024
	maxRegexClass = 4
)

// regexLiterals returns lower-case texts of which every lower-cased match of a regular expression contains at least one, or nil if
// there is no useful set. If the expression ignores case, this is true only for ASCII texts: regular expressions fold more
// characters than unicode.ToLower, for example ſ matches s.
func regexLiterals(e *ir.RegexExpr) []string {
	parsed, err := syntax.Parse(e.Text, e.Syntax())
	if err != nil {
		return nil
	}
	info := learn(parsed.Simplify())
	return info.best()
}

// regexInfo describes the matches of a part of a regular expression.
type regexInfo struct {
	exact    []string // all its matches, lower-cased; nil if they are too many
	required []string // every match contains one of these; nil if nothing is known
}

// best returns the better set of required texts, either all exact matches or the required texts.
func (i regexInfo) best() []string {
	if quality(i.exact) >= quality(i.required) {
		return usable(i.exact)
	}
	return usable(i.required)
}

func usable(texts []string) []string {
	if quality(texts) == 0 {
		return nil
	}
	return texts
}

// quality ranks a set of texts by the length of its shortest text and then by its size. It is 0 for a useless set.
func quality(texts []string) int {
	if len(texts) == 0 || len(texts) > maxRegexTexts {
		return 0
	}
	shortest := len(slices.MinFunc(texts, func(a, b string) int { return len(a) - len(b) }))
	return min(shortest, maxLiteral) * 1000 / (len(texts) + 100)
}

func learn(re *syntax.Regexp) regexInfo {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return regexInfo{exact: []string{""}}
	case syntax.OpLiteral:
		text := string(re.Rune)
		if re.Flags&syntax.FoldCase != 0 && !isASCII(text) {
			return regexInfo{}
		}
		return regexInfo{exact: []string{lowerString(text)}}
	case syntax.OpCharClass:
		return regexInfo{exact: classTexts(re.Rune)}
	case syntax.OpCapture:
		return learn(re.Sub[0])
	case syntax.OpQuest:
		if exact := learn(re.Sub[0]).exact; exact != nil {
			return regexInfo{exact: union([]string{""}, exact)}
		}
		return regexInfo{}
	case syntax.OpPlus:
		return regexInfo{required: learn(re.Sub[0]).best()}
	case syntax.OpAlternate:
		return learnAlternate(re.Sub)
	case syntax.OpConcat:
		return learnConcat(re.Sub)
	default:
		return regexInfo{}
	}
}

func learnAlternate(subs []*syntax.Regexp) regexInfo {
	all := regexInfo{exact: []string{}, required: []string{}}
	for _, sub := range subs {
		info := learn(sub)
		if all.exact != nil && info.exact != nil {
			all.exact = union(all.exact, info.exact)
		}
		if info.exact == nil || len(all.exact) > maxRegexExact {
			all.exact = nil
		}
		if best := info.best(); all.required != nil && best != nil {
			all.required = union(all.required, best)
		} else {
			all.required = nil
		}
	}
	return all
}

func learnConcat(subs []*syntax.Regexp) regexInfo {
	run, whole := []string{""}, true // the matches of the parts since the last one that is not known exactly
	var required []string
	demand := func(texts []string) {
		if quality(texts) > quality(required) {
			required = texts
		}
	}
	for _, sub := range subs {
		info := learn(sub)
		if info.exact == nil {
			demand(run)
			demand(info.required)
			run, whole = []string{""}, false
			continue
		}
		joined := product(run, info.exact)
		if joined == nil {
			demand(run)
			run, whole = info.exact, false
			continue
		}
		run = joined
	}
	demand(run)
	if whole {
		return regexInfo{exact: run, required: required}
	}
	return regexInfo{required: required}
}

// classTexts returns the characters of a class in lower case, or nil if there are too many.
func classTexts(ranges []rune) []string {
	var texts []string
	for i := 0; i+1 < len(ranges); i += 2 {
		if ranges[i+1]-ranges[i] >= 2*maxRegexClass {
			return nil
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			texts = union(texts, []string{lowerString(string(r))})
		}
		if len(texts) > maxRegexClass {
			return nil
		}
	}
	return texts
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, text := range b {
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	if len(out) > maxRegexTexts {
		return nil
	}
	return out
}

func product(a, b []string) []string {
	if len(a)*len(b) > maxRegexExact {
		return nil
	}
	var out []string
	for _, x := range a {
		for _, y := range b {
			if text := x + y; !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// regexTest is a regular expression with a filter before it.
func (m *Matcher) regexTest(n *node) bool {
	if n.filter == nil {
		return m.anyRegex(n)
	}
	state := m.folded(n.slot)
	start, possible := 0, false
	for _, end := range state.ends {
		text := state.texts[start:end]
		start = end
		if n.filter.found(text) {
			possible = true
			break
		}
	}
	return possible && m.anyRegex(n)
}

func (m *Matcher) anyRegex(n *node) bool {
	for _, leaf := range m.leaves(n.slot) {
		text := m.text(leaf)
		if len(text) >= largeText {
			m.spend(len(text))
		}
		if m.matchRegex(n, text) {
			return true
		}
	}
	return false
}
