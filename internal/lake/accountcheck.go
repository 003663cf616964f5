package lake

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/tablecheck"
)

// AccountsError means that a hunt must name accounts for a table but does not, or that it names accounts but the table
// is not partitioned by account.
type AccountsError struct {
	// Table is the table's name as the user wrote it. Column is the injected partition column; "" if the table has no
	// account partitions.
	Table, Column string
}

func (e *AccountsError) Error() string {
	if e.Column == "" {
		return "table " + e.Table + " is not partitioned by account"
	}
	return "table " + e.Table + ": its partitions by " + e.Column + " are injected, so each query must name the values to read"
}

func checkAccounts(name string, live *engine.Table, s tablecheck.Spelled, accounts []string) error {
	column := sqlgen.AccountColumn(s.Layout)
	there := slices.ContainsFunc(live.Columns, func(c engine.Column) bool { return strings.EqualFold(c.Name, column) })
	if len(accounts) > 0 && !there {
		return &AccountsError{Table: name}
	}
	for _, injected := range s.Injected {
		if len(accounts) == 0 || injected != column {
			return &AccountsError{Table: name, Column: injected}
		}
	}
	return nil
}
