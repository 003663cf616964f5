package sigma

import (
	"time"

	"github.com/egret-hunt/egret/source"
)

// Correlation is a correlation rule; Sigma correlation rules specification 2.1.
type Correlation struct {
	Meta
	// Type is one of CorrelationTypes; correlations of other types are not loaded. A temporal or temporal_ordered
	// correlation with a text as its condition gets the extended type, as in pySigma 1.5.
	Type     string
	TypeSpan source.Span
	// Rules are the names or ids of rules and correlations, in the order of the file, at least one. In the ordered
	// temporal types a rule may occur several times, once per step; in the other types each rule occurs once. If an
	// extended temporal correlation has no `rules`, Rules holds the rules of its condition in order of appearance.
	Rules []Text
	// GroupBy are field names or aliases, in the order of the file; empty means one global group.
	GroupBy []Text
	// Timespan is the length of the window and always positive.
	Timespan time.Duration
	// TimespanText is the timespan as written, such as 60m; "" in a tree that a program built.
	TimespanText string
	TimespanSpan source.Span
	// Condition is nil if it is absent, which the temporal types allow.
	Condition *CorrelationCondition
	// Extended is the boolean condition over rules of an extended temporal type, otherwise nil. Its identifiers are
	// rule names or ids.
	Extended *Condition
	Aliases  []Alias
	// Generate is true if the base rules report findings too.
	Generate bool
	// Extra holds the keys of the correlation map that the specification does not define, in the order of the file.
	Extra []Unknown
	// FromRule is the base rule of a correlation that was made from a rule with an old aggregation ("| count() > 5"),
	// otherwise nil. It is in the same Collection with Base set, and Rules holds its name. The correlation has the
	// id, title, level and tags of the original rule.
	FromRule *Rule
}

// CorrelationTypes are the supported types: the seven of Sigma 2.1 and three that pySigma 1.5 adds.
var CorrelationTypes = []string{
	"event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg", "value_percentile",
	"temporal_extended", "temporal_ordered_extended", "value_median",
}

// CorrelationCondition is the `condition` map of a correlation.
type CorrelationCondition struct {
	// Bounds are the comparisons, in the order of the file; all must hold.
	Bounds []Bound
	// Fields are the fields whose values are counted (`field`, a name or a list); empty for event_count and the
	// temporal types.
	Fields []Text
	// Percentile is the rank, 0 to 100, of value_percentile. HasPercentile reports whether it was given.
	Percentile    float64
	HasPercentile bool
	Span          source.Span
}

// Bound is one comparison of a correlation condition. Op is gt, gte, lt, lte, eq or neq. Value is a decimal number as
// written.
type Bound struct {
	Op    string
	Value string
	Span  source.Span
}

// Alias maps a name that group-by uses to a field of each rule: Fields[i] belongs to the rule named Rules[i].
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
	// Any is true if `rules` is the word any: the filter applies to all rules of its log source.
	Any bool
	// Rules are the ids or names of the rules to which the filter applies.
	Rules     []Text
	Detection Detection
}
