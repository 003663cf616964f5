package lower

import (
	"fmt"
	"sync"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/source"
)

// A resource is a measure of work of which a short rule can require very much.
type resource uint8

const (
	// encodedValues are the variants of values that windash and the encodings produce.
	encodedValues resource = iota
	// filledValues are the variants of values that placeholders produce.
	filledValues
	// repeatedNodes are the predicates of search identifiers to which conditions refer more than once.
	repeatedNodes
	// regexSteps are the instructions of compiled regular expressions.
	regexSteps
	resources
)

// limits bound the use of each resource by one rule, and by all rules of one file together. Public rules use up to 75
// encoded values, very few repeated nodes, and up to 3,000 steps in one expression.
var limits = [resources]struct {
	rule, file int
	fault      func(span source.Span, message string) diag.Diagnostic
	what       string
}{
	encodedValues: {20_000, 100_000, tooManyValues, "values after windash and encodings"},
	filledValues:  {100_000, 1_000_000, tooManyValues, "values after filling placeholders"},
	repeatedNodes: {100_000, 1_000_000, conditionTooWide, "predicates that conditions repeat"},
	regexSteps:    {100_000, 1_000_000, regexTooLarge, "steps in regular expressions"},
}

func tooManyValues(span source.Span, message string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "too-many-values", Span: span, Message: message, Help: "use fewer values, or split the rule into several files",
	}
}

func conditionTooWide(span source.Span, message string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "condition-too-wide", Span: span, Message: message, Help: "refer to each search identifier only once",
	}
}

func regexTooLarge(span source.Span, message string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "regex-too-large", Span: span, Message: message, Help: "use smaller repetitions, such as x+ instead of x{1,1000}",
	}
}

// A Budget limits the resources that the rules of one file may use together. The zero value is ready to use. A Budget is
// safe for concurrent use.
type Budget struct {
	mu   sync.Mutex
	used [resources]int
}

// spend adds to the use of a resource by the rule and the file. If that exceeds a limit it adds a diagnostic and returns
// false. Later calls for the resource return false without another diagnostic, to save work on a rule that has failed.
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

// textUnit is the number of bytes of text that count as one more value or node, since long texts cost more.
const textUnit = 64

// values returns the cost of n values made from text.
func values(n int, text string) int { return n * (1 + len(text)/textUnit) }

// size returns the number of nodes of an expression, counting shared nodes at each occurrence. It stops early and returns a
// number above most if there are more.
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
