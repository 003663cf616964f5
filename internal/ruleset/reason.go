package ruleset

// A Reason explains why a rule does not run.
type Reason string

// The reasons, sorted.
const (
	BaseOnly              Reason = "base-only"              // only correlations use it, and none of them runs
	BaseSkipped           Reason = "base-skipped"           // a rule of the correlation is not loaded or cannot run
	BelowLevel            Reason = "below-level"            // --min-level
	Disabled              Reason = "disabled"               // egret.yaml
	DuplicateID           Reason = "duplicate-id"           // an earlier rule has the same id
	Excluded              Reason = "excluded"               // --exclude
	Invalid               Reason = "invalid"                // an error in the rule, see the diagnostics
	NotIncluded           Reason = "not-included"           // --include names other rules
	OtherLogSource        Reason = "other-log-source"       // a rule of the starter pack for another log source than the target's
	StatusDeprecated      Reason = "status-deprecated"      // off by default
	StatusUnsupported     Reason = "status-unsupported"     // off by default
	UnknownLogSource      Reason = "unknown-log-source"     // no schema serves the rule's log source
	UnresolvedPlaceholder Reason = "unresolved-placeholder" // %name% has no values
)

// UnknownSourceHelp says what to do about UnknownLogSource.
const UnknownSourceHelp = "a log source of your own needs a schema: --schema-folder DIR, or schemas: in egret.yaml; egret new schema drafts one"

// A Cause classifies Reasons, for callers that distinguish rules excluded by the user from rules that cannot run.
type Cause uint8

// The causes.
const (
	// ByFault means that the rule, or a rule that it counts, cannot run. It is also the cause of unknown reasons.
	ByFault Cause = iota
	// ByUser means that flags or egret.yaml exclude the rule.
	ByUser
	// ByStatus means that the rule's status is off by default.
	ByStatus
	// ByDuplicate means that another rule with the same id comes first.
	ByDuplicate
	// ByLogSource means that the rule is part of a pack for several log sources and does not concern this one.
	ByLogSource
	// ByCorrelation means that only correlations use the rule, and none of them runs.
	ByCorrelation
)

// Cause returns the cause of the reason.
func (r Reason) Cause() Cause {
	switch r {
	case BelowLevel, Disabled, Excluded, NotIncluded:
		return ByUser
	case StatusDeprecated, StatusUnsupported:
		return ByStatus
	case DuplicateID:
		return ByDuplicate
	case OtherLogSource:
		return ByLogSource
	case BaseOnly:
		return ByCorrelation
	case BaseSkipped, Invalid, UnknownLogSource, UnresolvedPlaceholder:
	}
	return ByFault
}
