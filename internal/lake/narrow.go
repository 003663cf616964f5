package lake

import (
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/plan"
)

// One statement runs many rules. If the engine refuses it, or fails on a value that an expression cannot handle, a
// single rule may be the cause: the statement is split until that rule is alone, so that only its events are missing.
// If the table is the cause, every part fails, so splitting ends after a number of failures.
const (
	// maxFruitless is how many statements of a table may fail in this way before any has succeeded. It exceeds what it
	// takes to find one rule among thousands.
	maxFruitless = 16
	// maxNarrowed is how many statements of a table may fail in this way in total.
	maxNarrowed = 256
)

// narrow splits a task that the engine refuses into two. It reports false if the task has a single rule or
// correlation, or if splitting is unlikely to help.
func (r *runner) narrow(t *task) ([]*task, bool) {
	if kind := t.statement.Kind; kind != plan.Rows && kind != plan.Counts && kind != plan.Both {
		return nil, false
	}
	table := t.statement.table
	r.mutex.Lock()
	table.refused++
	over := table.refused > maxNarrowed || !table.worked && table.refused > maxFruitless
	r.mutex.Unlock()
	if over {
		return nil, false
	}
	return r.split(t)
}

// worked records that a statement of the table ran to completion.
func (r *runner) worked(t *table) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	t.worked = true
}

// onlyRule returns the name of the only rule or correlation of a statement, "" if it has several or none.
func (l *Lake) onlyRule(s *statement) string {
	switch {
	case s.Kind == plan.Rows && len(s.Rules) == 1:
		return l.ruleName(ir.Reference{Index: s.Rules[0]})
	case s.Kind == plan.Counts && len(s.Correlations) == 1:
		return l.ruleName(ir.Reference{Index: s.Correlations[0], Correlation: true})
	}
	return ""
}
