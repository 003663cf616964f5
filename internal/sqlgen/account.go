package sqlgen

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
)

// accountColumns are what tables call the partition column that has the account's id, in lower case: in the Athena User Guide,
// in Security Lake and in VPC flow logs.
var accountColumns = []string{"account", "accountid", "account_id", "accid", "aws-account-id", "aws_account_id", "account-id"}

// AccountColumn is the partition column of a table that has the account's id, "" if there is none.
func AccountColumn(p *schema.Profile) string {
	for _, c := range p.PartitionedBy {
		if slices.Contains(accountColumns, strings.ToLower(c.Name)) {
			return c.Name
		}
	}
	return ""
}

// accounts ask for the partitions of some accounts; nothing where all are wanted.
func (e *emitter) accounts(opt Options) []Expr {
	column := AccountColumn(e.profile)
	if len(opt.Accounts) == 0 || column == "" {
		return nil
	}
	number := slices.ContainsFunc(e.profile.PartitionedBy, func(c schema.Column) bool {
		return c.Name == column && c.Type.Kind == schema.Integer
	})
	var values []Expr
	for _, account := range opt.Accounts {
		if number {
			values = append(values, Number(strings.TrimLeft(account, "0")))
		} else {
			values = append(values, Text(account))
		}
	}
	if len(values) == 1 {
		return []Expr{compare("=", Name{column}, values[0])}
	}
	return []Expr{In{Name{column}, values}}
}
