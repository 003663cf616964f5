package lower

import (
	"fmt"
	"sync"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/source"
)

// resource is something that few characters of a rule can ask very much of.
type resource uint8

const (
	// encodedValues are what windash and the encodings make of values.
	encodedValues resource = iota
	// filledValues are what placeholders make of values.
	filledValues
	// repeatedNodes are the predicates of search identifiers that conditions name more than once.
	repeatedNodes
	// regexSteps are the instructions of compiled regular expressions.
	regexSteps
	resources
)

// limits say how much of each resource one rule may use, and all rules of one file together. Public rules use up to 75
// encoded values, no repeated nodes to speak of, and 3,000 steps in one expression.
var limits = [resources]struct {
	rule, file int
	fault      func(span source.Span, message string) diag.Diagnostic
	what       string
}{
	encodedValues: {20_000, 100_000, tooManyValues, "values that windash and encodings make"},
	filledValues:  {100_000, 1_000_000, tooManyValues, "values that placeholders stand for"},
	repeatedNodes: {100_000, 1_000_000, conditionTooWide, "predicates that conditions repeat"},
	regexSteps:    {100_000, 1_000_000, regexTooLarge, "steps of regular expressions"},
}

func tooManyValues(span source.Span, message string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "too-many-values", Span: span, Message: message, Help: "write fewer values, or cut the rule into several files",
	}
}

func conditionTooWide(span source.Span, message string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "condition-too-wide", Span: span, Message: message, Help: "name each search identifier once",
	}
}

func regexTooLarge(span source.Span, message string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "regex-too-large", Span: span, Message: message, Help: "write smaller repetitions, such as x+ for x{1,1000}",
	}
}

// Budget bounds what the rules of one file ask for together. The zero value is ready, and safe for concurrent use.
type Budget struct {
	mu   sync.Mutex
	used [resources]int
}

// spend takes from the rule's and the file's budget; false, with a diagnostic, if one of them is used up. After that every
// further use of the resource is refused without another diagnostic, so that little is done for a rule that is lost.
func (l *lowerer) spend(r resource, amount int, span source.Span) bool {
	if l.used[r] > limits[r].rule {
		return false
	}
	amount = min(amount, limits[r].file)
	l.used[r] += amount
	limit, whose := limits[r].rule, "the rule has"
	exceeded := l.used[r] > limit
	if b := l.opt.Budget; b != nil {
		b.mu.Lock()
		b.used[r] += amount
		total := b.used[r]
		b.mu.Unlock()
		if !exceeded && total > limits[r].file {
			exceeded, limit, whose = true, limits[r].file, "the rules of this file have"
		}
	}
	if exceeded {
		l.used[r] = limits[r].rule + 1
		l.list.Add(limits[r].fault(span, fmt.Sprintf("%s more than %d %s", whose, limit, limits[r].what)))
	}
	return !exceeded
}

// textUnit is how many bytes of text count as one more value or node, since long ones cost more.
const textUnit = 64

// values is what a number of values made of a text count.
func values(n int, text string) int { return n * (1 + len(text)/textUnit) }

// size is the number of nodes of an expression, shared ones counted at each place, or a number above most.
func size(e ir.Expr, most int) int {
	n := 1
	if s, ok := e.(*ir.StringExpr); ok {
		for _, part := range s.Pattern {
			n += len(part.Text) / textUnit
		}
	}
	for _, operand := range ir.Operands(e) {
		if n > most {
			break
		}
		n += size(operand, most-n)
	}
	return n
}
