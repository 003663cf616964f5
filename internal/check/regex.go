package check

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/sigma"
)

// regexOf returns the tree of a regular expression. Groups and escapes that RE2 lacks are replaced by ones that it has, so that faults
// behind them are found too. The error is nil if the expression is well-formed in some usual engine.
func regexOf(text string) (tree *syntax.Regexp, err error) {
	tree, err = syntax.Parse(text, syntax.Perl)
	if err == nil {
		return tree, nil
	}
	plain := plainRegex(text)
	tree, second := syntax.Parse(plain, syntax.Perl)
	var fault *syntax.Error
	switch {
	case second == nil:
		return tree, nil
	case errors.As(second, &fault) && fault.Code == syntax.ErrInvalidRepeatSize && reversed(fault.Expr):
		return nil, errReversed
	case errors.As(second, &fault) && (fault.Code == syntax.ErrInvalidRepeatSize || fault.Code == syntax.ErrLarge || fault.Code == syntax.ErrNestingDepth):
		return nil, nil // a limit of RE2
	}
	return nil, err
}

var errReversed = errors.New("the minimum of a repetition is greater than its maximum")

// reversed reports whether a repetition such as {2,1} has its numbers in the wrong order.
func reversed(repetition string) bool {
	least, most, found := strings.Cut(strings.Trim(repetition, "{}?"), ",")
	low, err1 := strconv.Atoi(least)
	high, err2 := strconv.Atoi(most)
	return found && err1 == nil && err2 == nil && low > high
}

// groupWords are the openings of groups that RE2 lacks, the longest first.
var groupWords = []string{"(?<=", "(?<!", "(?=", "(?!", "(?>", "(?|", "(?#"}

// plainRegex replaces what other engines have and RE2 lacks: look-around, atomic groups, references to groups, possessive repetition
// and some escapes.
func plainRegex(text string) string {
	var out strings.Builder
	inClass := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && i+1 < len(text):
			next := text[i+1]
			i++
			switch {
			case !inClass && next >= '1' && next <= '9', !inClass && strings.IndexByte("ZGKRXhHN", next) >= 0:
				out.WriteString("(?:)")
			case inClass && strings.IndexByte("hHRXeb", next) >= 0:
				out.WriteString("x")
			case !inClass && next == 'k' && i+1 < len(text) && strings.IndexByte("<{'", text[i+1]) >= 0:
				if end := strings.IndexAny(text[i+2:], ">}'"); end >= 0 {
					i += 2 + end
				}
				out.WriteString("(?:)")
			case next == 'e' || next == 'u' || next >= 'a' && next <= 'z' && strings.IndexByte("abcdfnrstvwxzpQE", next) < 0:
				out.WriteString("x")
			case next == ' ' || next == '"' || next == '\'' || next == '<' || next == '>' || next == '/' || next == '-':
				out.WriteString("x")
			default:
				out.WriteString(`\` + string(next))
			}
		case inClass:
			inClass = c != ']'
			out.WriteByte(c)
		case c == '[':
			inClass = true
			out.WriteByte(c)
			for _, first := range []string{"^]", "]"} {
				if strings.HasPrefix(text[i+1:], first) {
					out.WriteString(first[:len(first)-1] + `\]`)
					i += len(first)
					break
				}
			}
		case c == '+' && i > 0 && strings.IndexByte("+*?}", text[i-1]) >= 0 && (i < 2 || text[i-2] != '\\'):
			// possessive
		default:
			replaced := false
			for _, word := range groupWords {
				if strings.HasPrefix(text[i:], word) {
					out.WriteString("(?:")
					i += len(word) - 1
					replaced = true
					break
				}
			}
			if !replaced {
				out.WriteByte(c)
			}
		}
	}
	return out.String()
}

// regexMessages say what is wrong with an expression.
var regexMessages = map[syntax.ErrorCode]string{
	syntax.ErrMissingBracket: "a bracket is not closed", syntax.ErrMissingParen: "a parenthesis is not closed",
	syntax.ErrUnexpectedParen: "a parenthesis is closed that is not open", syntax.ErrMissingRepeatArgument: "there is nothing to repeat",
	syntax.ErrInvalidRepeatOp: "a repetition is repeated", syntax.ErrTrailingBackslash: "nothing follows the backslash at the end",
	syntax.ErrInvalidCharRange: "the range of characters is not in order", syntax.ErrInvalidEscape: "the escape is not defined",
}

func brokenRegex(r *reporter, item *Item) {
	if !item.has("re") || item.has("expand") {
		return
	}
	for i := range item.Values {
		v := &item.Values[i]
		if v.Kind != sigma.StringValue {
			continue
		}
		_, err := regexOf(v.Text)
		if err == nil {
			continue
		}
		message := err.Error()
		var fault *syntax.Error
		if errors.As(err, &fault) {
			if message = regexMessages[fault.Code]; message == "" {
				message = fault.Code.String()
			}
			if fault.Expr != v.Text && fault.Expr != "" {
				message += fmt.Sprintf(" at %q", fault.Expr)
			}
		}
		r.report(v.Span, "the regular expression cannot be read: "+message)
	}
}
