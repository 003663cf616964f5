package ir

import "regexp/syntax"

// RegexSteps estimates the number of instructions that a regular expression compiles to, without compiling it. Repeated
// fragments are counted once for each copy.
func RegexSteps(re *syntax.Regexp) int {
	n := 1
	for _, sub := range re.Sub {
		n += RegexSteps(sub)
	}
	switch re.Op {
	case syntax.OpLiteral:
		n += len(re.Rune)
	case syntax.OpRepeat:
		n *= max(re.Min, re.Max, 1)
	}
	return n
}
