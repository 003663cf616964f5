package pipeline

import (
	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/sigma"
)

// Explain applies the chain to a copy of a document, a *sigma.Rule or *sigma.Correlation, and returns what each step did. It
// returns the steps up to one that fails, and nil for other documents. find returns the documents that a correlation refers to, to copies of which
// the chain is applied too.
func (c *Chain) Explain(document any, find Lookup) ([]Trace, diag.List) {
	lookup := func(reference string) any {
		switch found := find(reference).(type) {
		case *sigma.Rule:
			copied := found.Clone()
			if result, _ := c.Rule(copied); result != nil {
				return copied
			}
		case *sigma.Correlation:
			return found
		}
		return nil
	}
	var result *Result
	var list diag.List
	switch document := document.(type) {
	case *sigma.Rule:
		result, list = c.Trace(document.Clone(), nil, nil)
	case *sigma.Correlation:
		result, list = c.Trace(nil, document.Clone(), lookup)
	default:
		return nil, nil
	}
	return result.Trace, list
}
