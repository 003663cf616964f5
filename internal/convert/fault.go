package convert

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/source"
)

// skippedFault returns a diagnostic with the reason why a rule was skipped.
func skippedFault(skipped ruleset.Skipped, opt sqlgen.Options) diag.Diagnostic {
	span := titleOf(&skipped.Info)
	switch skipped.Reason {
	case ruleset.UnknownLogSource:
		return unservedFault(span, skipped.Detail, opt)
	case ruleset.UnresolvedPlaceholder:
		return diag.Diagnostic{
			Code: "unresolved-placeholder", Span: span, Message: "a placeholder has no values: " + skipped.Detail,
			Help: "add values under `placeholders:` in egret.yaml",
		}
	case ruleset.BaseSkipped:
		return diag.Diagnostic{Code: "base-skipped", Span: span, Message: "the correlation counts a rule that cannot run: " + skipped.Detail}
	case ruleset.Invalid:
		// refusedRule reports its errors instead if it finds any.
	case ruleset.BaseOnly, ruleset.BelowLevel, ruleset.Disabled, ruleset.DuplicateID, ruleset.Excluded, ruleset.NotIncluded, ruleset.OtherLogSource,
		ruleset.StatusDeprecated, ruleset.StatusUnsupported:
		// All counts these rules without a result.
	}
	return diag.Diagnostic{Code: string(skipped.Reason), Span: span, Message: strings.TrimSuffix("the rule does not run: "+skipped.Detail, ": ")}
}

func unservedFault(span source.Span, logSource string, opt sqlgen.Options) diag.Diagnostic {
	return diag.Diagnostic{Code: "unknown-log-source", Span: span, Message: fmt.Sprintf("%s has no events of this log source (%s)",
		opt.Layout.FullName(), cmp.Or(logSource, "the rule names none")), Help: ruleset.UnknownSourceHelp}
}

func tooLong(at source.Span, d *sqlgen.Dialect, size int) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "query-too-long", Span: at,
		Message: "the query has " + thousands(size) + " bytes, but " + d.Title + " accepts at most " + thousands(d.MaxBytes),
		Help:    "split the rule's lists of values into several rules",
	}
}

// titleOf returns the span for a diagnostic about a whole rule: its title, or else the rule.
func titleOf(info *ruleset.Info) source.Span {
	if !info.Origin.Title.IsZero() {
		return info.Origin.Title
	}
	return info.Origin.Span
}

// thousands formats a number with commas.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	rest := strconv.Itoa(n % 1000)
	return thousands(n/1000) + "," + strings.Repeat("0", 3-len(rest)) + rest
}
