package sqlgen

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// accountColumns are what tables call the partition column that has the account's id, in lower case: in the Athena User Guide,
// in Security Lake and in VPC flow logs.
var accountColumns = []string{"account", "accountid", "account_id", "accid", "aws-account-id", "aws_account_id", "account-id"}

// AccountColumn returns the partition column with the account's id, "" if there is none.
func AccountColumn(p *schema.Layout) string {
	for _, c := range p.PartitionedBy {
		if slices.Contains(accountColumns, strings.ToLower(c.Name)) {
			return c.Name
		}
	}
	return ""
}

// accounts returns the condition for the partitions of some accounts, nil for all accounts.
func (e *emitter) accounts(opt Options) []sqltree.Expr {
	column := AccountColumn(e.layout)
	if len(opt.Accounts) == 0 || column == "" {
		return nil
	}
	number := slices.ContainsFunc(e.layout.PartitionedBy, func(c schema.Column) bool {
		return c.Name == column && c.Type.Kind == schema.Integer
	})
	var values []sqltree.Expr
	for _, account := range opt.Accounts {
		if number {
			values = append(values, sqltree.Number(strings.TrimLeft(account, "0")))
		} else {
			values = append(values, sqltree.Text(account))
		}
	}
	if len(values) == 1 {
		return []sqltree.Expr{sqltree.Compare("=", sqltree.Name{column}, values[0])}
	}
	return []sqltree.Expr{sqltree.In{Of: sqltree.Name{column}, List: values}}
}
