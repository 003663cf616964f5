package sqlgen

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
)

// regexFlavor says what the regular expressions of a dialect know.
type regexFlavor uint8

// The flavors: RE2 as DuckDB has it, and Joni with Java's syntax as Trino has it.
const (
	re2 regexFlavor = iota
	joni
)

// translateRegex writes a regular expression of a rule for a flavor, which finds it in exactly the same texts. The error
// says why that cannot be had.
//
// The expression is parsed and printed anew, in the few words that both engines and Go read the same. What they take
// from Unicode's tables is written out, since each has tables of its own age: classes, folded case, the ends of words.
// Groups capture nothing and quantifiers are greedy, since only the yes or no of a search counts.
//
// RE2 takes time linear in the text. Joni tries one way after the other, as Java does: an expression such as (a+)+$ may
// take it time exponential in the text.
func translateRegex(e *ir.RegexExpr, flavor regexFlavor) (string, error) {
	re, err := syntax.Parse(e.Text, e.Syntax())
	if err != nil {
		return "", fmt.Errorf("it is no regular expression: %w", err)
	}
	if flavor == re2 && re2Size(re) > maxRE2Size {
		return "", fmt.Errorf("it is too large with its repetitions written out")
	}
	p := regexPrinter{
		flavor:  flavor,
		dotAll:  has(re, syntax.OpAnyChar) && !has(re, syntax.OpAnyCharNotNL),
		lookEnd: mayBeEmpty(re),
	}
	printed := p.print(re)
	if p.err != nil {
		return "", p.err
	}
	text := printed.text
	if flavor == re2 {
		if before := re2Guard(text); before != "" {
			text = before + printed.within(regexConcat)
		}
	}
	if p.dotAll {
		text = "(?s)" + text
	}
	return text, nil
}

// has tells whether an operator stands anywhere in an expression.
func has(re *syntax.Regexp, op syntax.Op) bool {
	return re.Op == op || slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return has(sub, op) })
}

// regexBinding is how strongly a printed expression holds its parts together.
type regexBinding uint8

const (
	regexAlternate regexBinding = iota
	regexConcat
	regexRepeat // a quantifier cannot follow: a*+ is something else
	regexAtom
)

// regexText is a printed expression.
type regexText struct {
	text    string
	binding regexBinding
}

// within is the text where only what binds at least so strongly may stand.
func (t regexText) within(outer regexBinding) string {
	if t.binding < outer {
		return "(?:" + t.text + ")"
	}
	return t.text
}

// Expressions that match nothing at all, and the empty text.
const (
	re2Never   = `[^\x{0}-\x{10FFFF}]`
	joniNever  = `(?!)`
	regexEmpty = `(?:)`
)

// regexPrinter prints the expressions of one rule.
type regexPrinter struct {
	flavor regexFlavor
	// dotAll: the whole expression has the flag s, and a point stands for any character.
	dotAll bool
	// lookEnd: the expression may match the empty text. Joni seeks what ends in \z from the longest match before the end
	// on, in bytes; if that is within a last character it gives up, and overlooks the empty match behind it.
	lookEnd bool
	// err says why the expression cannot be printed exactly.
	err error
}

// maxCopies bounds the text of rounds that are written out, in bytes.
const maxCopies = 100_000

func (p *regexPrinter) print(re *syntax.Regexp) regexText {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return regexText{regexEmpty, regexAtom}
	case syntax.OpLiteral:
		return p.literal(re.Rune, re.Flags&syntax.FoldCase != 0)
	case syntax.OpCharClass:
		return regexText{p.class(re.Rune), regexAtom}
	case syntax.OpAnyCharNotNL:
		return regexText{".", regexAtom}
	case syntax.OpAnyChar:
		return regexText{p.any(), regexAtom}
	case syntax.OpBeginText:
		return regexText{"^", regexAtom} // without the flag m the same in both
	case syntax.OpEndText:
		return regexText{p.end(), regexAtom}
	case syntax.OpBeginLine:
		return regexText{p.pick("(?m:^)", `(?<![^\n])`), regexAtom} // Joni's ^ does not stand behind a last line break
	case syntax.OpEndLine:
		return regexText{p.pick("(?m:$)", `(?![^\n])`), regexAtom}
	case syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return p.boundary(re.Op == syntax.OpWordBoundary, unknownEdge, unknownEdge)
	case syntax.OpCapture:
		return p.print(re.Sub[0])
	case syntax.OpStar:
		return p.repeat(re.Sub[0], 0, -1)
	case syntax.OpPlus:
		return p.repeat(re.Sub[0], 1, -1)
	case syntax.OpQuest:
		return p.repeat(re.Sub[0], 0, 1)
	case syntax.OpRepeat:
		return p.repeat(re.Sub[0], re.Min, re.Max)
	case syntax.OpConcat:
		return p.concat(re.Sub)
	case syntax.OpAlternate:
		return p.alternate(re.Sub)
	default: // OpNoMatch
		return regexText{p.pick(re2Never, joniNever), regexAtom}
	}
}

// pick takes the text of the flavor.
func (p *regexPrinter) pick(forRE2, forJoni string) string {
	if p.flavor == joni {
		return forJoni
	}
	return forRE2
}

// any stands for any character.
func (p *regexPrinter) any() string {
	if p.dotAll {
		return "."
	}
	return "(?s:.)"
}

// end stands for the end of the text. Joni's $ stands before a last line break, too.
func (p *regexPrinter) end() string {
	if p.flavor == joni && p.lookEnd {
		return "(?!" + p.any() + ")"
	}
	return p.pick("$", `\z`)
}

func (p *regexPrinter) alternate(subs []*syntax.Regexp) regexText {
	var texts []string
	for _, sub := range subs {
		if sub.Op != syntax.OpEmptyMatch {
			texts = append(texts, p.print(sub).within(regexConcat))
		}
	}
	all := regexText{strings.Join(texts, "|"), regexAlternate}
	switch {
	case len(texts) == len(subs):
		return all
	case len(texts) == 0:
		return regexText{regexEmpty, regexAtom}
	default: // parsing factors out what branches begin with: foo|foobar becomes foo(?:|bar)
		return regexText{all.within(regexAtom) + "?", regexRepeat}
	}
}

func (p *regexPrinter) concat(subs []*syntax.Regexp) regexText {
	var b strings.Builder
	for i, sub := range subs {
		if sub.Op != syntax.OpWordBoundary && sub.Op != syntax.OpNoWordBoundary {
			if text := p.print(sub).within(regexConcat); text != regexEmpty {
				b.WriteString(text)
			}
			continue
		}
		before, after := unknownEdge, unknownEdge
		if i > 0 {
			before = edgeOf(subs[i-1], true)
		}
		if i+1 < len(subs) {
			after = edgeOf(subs[i+1], false)
		}
		b.WriteString(p.boundary(sub.Op == syntax.OpWordBoundary, before, after).within(regexConcat))
	}
	if b.Len() == 0 {
		return regexText{regexEmpty, regexAtom}
	}
	return regexText{b.String(), regexConcat}
}

// repeat prints a part that stands from min to max times; max -1 has no bound.
func (p *regexPrinter) repeat(sub *syntax.Regexp, min, max int) regexText {
	switch {
	case max == 0, min == 0 && onlyEmpty(sub):
		return regexText{regexEmpty, regexAtom}
	case onlyEmpty(sub), min == 1 && max == 1:
		return p.print(sub) // engines disagree on quantifiers behind ^ and the like
	}
	text := p.print(sub).within(regexAtom)
	copies := ""
	if p.flavor == joni && min > 1 && mayBeEmpty(sub) {
		// Joni leaves a loop after the first empty round, were the lower bound reached or not. Where any round may be
		// empty there is no lower bound. Where some may be, at the begin of a line for one, the first rounds are written out.
		if !alwaysEmpty(sub) {
			if min*len(text) > maxCopies {
				p.err = errors.New("it repeats too often what is empty at some places only")
				min = 1
			}
			copies = strings.Repeat(text, min)
			if max >= 0 {
				max -= min
			}
		}
		min = 0
		if max == 0 {
			return regexText{copies, regexConcat}
		}
	}
	switch {
	case min == 0 && max == -1:
		text += "*"
	case min == 1 && max == -1:
		text += "+"
	case min == 0 && max == 1:
		text += "?"
	case max == -1:
		text += fmt.Sprintf("{%d,}", min)
	case min == max:
		text += fmt.Sprintf("{%d}", min)
	default:
		text += fmt.Sprintf("{%d,%d}", min, max)
	}
	if copies != "" {
		return regexText{copies + text, regexConcat}
	}
	return regexText{text, regexRepeat}
}

// onlyEmpty tells of a part that can match nothing but the empty text.
func onlyEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return true
	case syntax.OpCapture, syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat, syntax.OpConcat, syntax.OpAlternate:
		return re.Op == syntax.OpRepeat && re.Max == 0 || !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !onlyEmpty(sub) })
	default:
		return false
	}
}

// mayBeEmpty tells of a part that can match the empty text, at some places at least.
func mayBeEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpStar, syntax.OpQuest:
		return true
	case syntax.OpRepeat:
		return re.Min == 0 || mayBeEmpty(re.Sub[0])
	case syntax.OpCapture, syntax.OpPlus, syntax.OpConcat:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !mayBeEmpty(sub) })
	case syntax.OpAlternate:
		return slices.ContainsFunc(re.Sub, mayBeEmpty)
	default:
		return onlyEmpty(re)
	}
}

// alwaysEmpty tells of a part that can match the empty text at every place.
func alwaysEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpStar, syntax.OpQuest:
		return true
	case syntax.OpRepeat:
		return re.Min == 0 || alwaysEmpty(re.Sub[0])
	case syntax.OpCapture, syntax.OpPlus, syntax.OpConcat:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !alwaysEmpty(sub) })
	case syntax.OpAlternate:
		return slices.ContainsFunc(re.Sub, alwaysEmpty)
	default:
		return false
	}
}
