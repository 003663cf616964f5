package sigma

import (
	"time"

	"github.com/egret-hunt/egret/source"
)

// Correlation is a correlation rule; Sigma correlation rules specification 2.1.
type Correlation struct {
	Meta
	// Type is one of CorrelationTypes; a correlation of another type is not loaded. A temporal or temporal_ordered
	// correlation whose condition is a text has the extended type here, as pySigma 1.5 reads it.
	Type     string
	TypeSpan source.Span
	// Rules are the names or ids of rules and correlations, in the order of the file, at least one. In the ordered
	// temporal types a rule may stand in it several times, as so many steps; elsewhere each stands once. Where an extended
	// temporal correlation leaves `rules` out they are those of its condition, in the order of appearance.
	Rules []Text
	// GroupBy are field names or aliases, in the order of the file; empty means one global group.
	GroupBy []Text
	// Timespan is the length of the window, always positive.
	Timespan     time.Duration
	TimespanSpan source.Span
	// Condition is nil where the type allows it to be absent (the temporal types).
	Condition *CorrelationCondition
	// Extended is the boolean condition over rules of the extended temporal types, else nil. Its identifiers are rule
	// names or ids.
	Extended *Condition
	Aliases  []Alias
	// Generate says that the base rules report on their own too.
	Generate bool
	// Extra holds the keys of the correlation map that the specification does not define, in the order of the file.
	Extra []Unknown
	// FromRule is the detection half of the rule whose old aggregation ("| count() > 5") this correlation was made of,
	// else nil. It stands in the same Collection with Base set, and Rules holds its name. The correlation has the
	// id, title, level and tags that the author gave the rule.
	FromRule *Rule
}

// CorrelationTypes are the types egret knows: the seven of Sigma 2.1 and three that pySigma 1.5 adds.
var CorrelationTypes = []string{
	"event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg", "value_percentile",
	"temporal_extended", "temporal_ordered_extended", "value_median",
}

// CorrelationCondition is the `condition` map of a correlation.
type CorrelationCondition struct {
	// Bounds are the comparisons, in the order of the file; all must hold.
	Bounds []Bound
	// Fields are the fields whose values count (`field`, a name or a list); empty for event_count and temporal types.
	Fields []Text
	// Percentile is the rank from 0 to 100 of value_percentile; HasPercentile tells whether it was given.
	Percentile    float64
	HasPercentile bool
	Span          source.Span
}

// Bound is one comparison of a correlation condition. Op is gt, gte, lt, lte, eq or neq; Value a decimal number as
// written.
type Bound struct {
	Op    string
	Value string
	Span  source.Span
}

// Alias maps a name used in group-by to the field of each rule: Fields[i] belongs to the rule named Rules[i].
type Alias struct {
	Name   string
	Rules  []Text
	Fields []Text
	Span   source.Span
}

// Filter is a filter rule; Sigma filters specification 2.1.
type Filter struct {
	Meta
	LogSource LogSource
	// Any is true where `rules` is the word any: the filter applies to every rule of its log source.
	Any bool
	// Rules are ids or names of the rules that the filter applies to.
	Rules     []Text
	Detection Detection
}
