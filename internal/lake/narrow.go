package lake

import (
	"github.com/egret-hunt/egret/internal/plan"
)

// A statement serves many rules. Where the engine refuses it, or fails on a value that one of its expressions cannot take,
// one rule may be the cause: the statement is split until that rule stands alone, so that only its events are missing.
// Where the cause lies in the table, every part fails. So splitting ends after a number of failures.
const (
	// maxFruitless is how many statements of a table may fail so while none has worked: more than it takes to find one
	// rule among thousands.
	maxFruitless = 16
	// maxNarrowed is how many may fail in all.
	maxNarrowed = 256
)

// narrow makes two tasks of one that the engine refuses; false where it serves one rule or correlation, or where further
// parts would hardly fare better.
func (r *runner) narrow(t *task) ([]*task, bool) {
	if kind := t.statement.Kind; kind != plan.Rows && kind != plan.Hits && kind != plan.Both {
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

// worked notes that a statement of a table ran to its end.
func (r *runner) worked(t *table) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	t.worked = true
}

// about names the rule or correlation that a statement serves, "" where it serves several or none.
func (l *Lake) about(s *statement) string {
	switch {
	case s.Kind == plan.Rows && len(s.Rules) == 1:
		return l.ruleName(s.Rules[0], false)
	case s.Kind == plan.Hits && len(s.Correlations) == 1:
		return l.ruleName(s.Correlations[0], true)
	}
	return ""
}
