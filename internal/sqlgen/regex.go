package sqlgen

import (
	"github.com/egret-hunt/egret/internal/ir"
)

// regexFlavor says what the regular expressions of a dialect know.
type regexFlavor uint8

// The flavors: RE2 as DuckDB has it, and Joni with Java's syntax as Trino has it.
const (
	re2 regexFlavor = iota
	joni
)

// translateRegex writes a regular expression of a rule for a flavor.
func translateRegex(e *ir.RegexExpr, flavor regexFlavor) (string, error) {
	return e.Text, nil
}
