package convert

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// skippedFault says in a diagnostic why a rule was skipped.
func skippedFault(skipped ruleset.Skipped, opt sqlgen.Options) diag.Diagnostic {
	span := titleOf(skipped.Meta)
	switch skipped.Reason {
	case ruleset.UnknownLogSource:
		return unservedFault(span, skipped.Detail, opt)
	case ruleset.UnresolvedPlaceholder:
		return diag.Diagnostic{
			Code: "unresolved-placeholder", Span: span, Message: "a placeholder has no values: " + skipped.Detail,
			Help: "egret.yaml gives it some under `placeholders`",
		}
	case ruleset.BaseSkipped:
		return diag.Diagnostic{Code: "base-skipped", Span: span, Message: "the correlation counts a rule that cannot run: " + skipped.Detail}
	case ruleset.Invalid:
		// Its errors are told instead, unless none of them has a place in it.
	case ruleset.BaseOnly, ruleset.BelowLevel, ruleset.Disabled, ruleset.DuplicateID, ruleset.Excluded, ruleset.NotIncluded,
		ruleset.StatusDeprecated, ruleset.StatusUnsupported:
		// They are counted, not refused.
	}
	return diag.Diagnostic{Code: string(skipped.Reason), Span: span, Message: strings.TrimSuffix("the rule does not run: "+skipped.Detail, ": ")}
}

func unservedFault(span source.Span, logSource string, opt sqlgen.Options) diag.Diagnostic {
	return diag.Diagnostic{Code: "unknown-log-source", Span: span, Message: fmt.Sprintf("%s has no events of this log source (%s)",
		opt.Profile.FullName(), cmp.Or(logSource, "the rule names none"))}
}

func tooLong(at source.Span, d *sqlgen.Dialect, size int) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "query-too-long", Span: at,
		Message: "the query has " + thousands(size) + " bytes, " + d.Title + " takes " + thousands(d.MaxBytes),
		Help:    "split the rule's lists of values over several rules",
	}
}

// titleOf is where a statement about a rule as a whole points.
func titleOf(meta *sigma.Meta) source.Span {
	if !meta.TitleSpan.IsZero() {
		return meta.TitleSpan
	}
	return meta.Span
}

// thousands writes a number with commas.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	rest := strconv.Itoa(n % 1000)
	return thousands(n/1000) + "," + strings.Repeat("0", 3-len(rest)) + rest
}
