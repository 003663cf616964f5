package plan

import (
	"fmt"

	"github.com/egret-hunt/egret/internal/ir"
)

const (
	// manyPredicates is from how many predicates on the text of a rule is measured before it runs.
	manyPredicates = 500
	// maxCostly is how many networks, and texts within JSON, a rule compares with: each is an expression of its own in SQL,
	// while equal texts of a column are one list.
	maxCostly = 2000
)

// tooLarge returns the reason why an engine could not take the statement of a rule alone, "" if it can: a long list of
// indicators has more text than engines accept, or takes too long for each row.
func (b *builder) tooLarge(r *planned) string {
	predicates, costly := 0, 0
	ir.Walk(r.query.Where, func(e ir.Expr) bool {
		if _, ok := e.(*ir.CIDRExpr); ok {
			costly++
		}
		if len(ir.Operands(e)) == 0 {
			predicates++
		}
		return true
	})
	if predicates < manyPredicates {
		return ""
	}
	ir.Walk(r.relaxed, func(e ir.Expr) bool {
		if s, ok := e.(*ir.StringExpr); ok && s.Field.Stored {
			costly++
		}
		return true
	})
	if costly > maxCostly {
		return fmt.Sprintf("it compares with %d networks and texts within JSON; SQL takes at most %d here", costly, maxCostly)
	}
	max := b.opt.Dialect.MaxBytes
	if max == 0 {
		return ""
	}
	s := b.rows(&Plan{Layout: b.layout, b: b}, []*planned{r}, b.choose([]*planned{r}))
	if n := len(s.SQL(Chunk{})) + timeBytes; n > max {
		return fmt.Sprintf("its SQL has %d bytes; %s takes at most %d", n, b.opt.Dialect.Name, max)
	}
	return ""
}
