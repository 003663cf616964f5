package ddl

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
)

// partitioning says how a table finds its partitions.
type partitioning uint8

const (
	unpartitioned partitioning = iota
	projected                  // by the table's properties
	byHand                     // ALTER TABLE ADD PARTITION
	discovered                 // MSCK REPAIR TABLE, where folders are named column=value
)

// table is what a profile does not say of its table.
type table struct {
	// profile is the profile's full name.
	profile string
	storage *storage
	// path are the folders below bucket and prefix. {org}, {account}, {region}, {vpc}, {acl} and {day} stand for what
	// differs; {org} goes where there is no organisation.
	path         string
	partitioning partitioning
	properties   []property
}

// The folders are those of the services' own guides; each profile's Source leads to the table that AWS documents.
const (
	cloudTrailPath   = "AWSLogs/{org}/{account}/CloudTrail/{region}/{day}"
	flowPath         = "AWSLogs/{account}/vpcflowlogs/{region}/{day}"
	flowHivePath     = "AWSLogs/aws-account-id={account}/aws-service=vpcflowlogs/aws-region={region}/{day}"
	resolverPath     = "AWSLogs/{account}/vpcdnsquerylogs/{vpc}/{day}"
	guardDutyPath    = "AWSLogs/{account}/GuardDuty/{region}/{day}"
	wafPath          = "AWSLogs/{account}/WAFLogs/{region}/{acl}/{day}"
	loadBalancerPath = "AWSLogs/{account}/elasticloadbalancing/{region}/{day}"
	accessPath       = "{day}"
)

// tables are the external tables, those of one schema in the order in which Choose tries them.
var tables = []table{
	{profile: "alb/athena", storage: &albText, path: loadBalancerPath, partitioning: projected},
	{profile: "alb/athena-unpartitioned", storage: &albText, path: loadBalancerPath},
	{profile: "cloudtrail/athena", storage: &cloudTrailJSON, path: cloudTrailPath, partitioning: projected},
	{profile: "cloudtrail/athena-org-projection", storage: &cloudTrailJSON, path: cloudTrailPath, partitioning: projected},
	{profile: "cloudtrail/athena-partitioned", storage: &cloudTrailJSON, path: cloudTrailPath, partitioning: byHand},
	{profile: "cloudtrail/athena-org", storage: &cloudTrailJSON, path: cloudTrailPath, partitioning: byHand},
	{profile: "guardduty/athena", storage: &openJSON, path: guardDutyPath, properties: []property{{"has_encrypted_data", "true"}}},
	{profile: "route53/athena", storage: &openJSON, path: resolverPath, partitioning: projected},
	{profile: "route53/athena-unpartitioned", storage: &openJSON, path: resolverPath},
	{profile: "s3access/athena", storage: &accessText, path: accessPath, partitioning: projected},
	{profile: "s3access/athena-unpartitioned", storage: &accessText, path: accessPath},
	{profile: "vpcflow/athena", storage: &flowText, path: flowPath, partitioning: projected, properties: skipHeader},
	{profile: "vpcflow/athena-parquet", storage: &parquet, path: flowPath, partitioning: projected},
	{profile: "vpcflow/athena-manual", storage: &flowText, path: flowPath, partitioning: byHand, properties: skipHeader},
	{profile: "vpcflow/athena-parquet-hive", storage: &parquet, path: flowHivePath, partitioning: discovered},
	{profile: "waf/athena", storage: &openJSON, path: wafPath, partitioning: projected},
	{profile: "waf/athena-unpartitioned", storage: &openJSON, path: wafPath},
}

// skipHeader is for files whose first line names the fields.
var skipHeader = []property{{"skip.header.line.count", "1"}}

// Profiles are the full names of the profiles that Write takes, sorted.
func Profiles() []string {
	names := make([]string, 0, len(tables))
	for _, t := range tables {
		names = append(names, t.profile)
	}
	slices.Sort(names)
	return names
}

// tableOf is the row of a profile; where there is none the refusal says who makes that table.
func tableOf(p *schema.Profile) (*table, error) {
	for i := range tables {
		if tables[i].profile == p.FullName() {
			return &tables[i], nil
		}
	}
	help := "external tables are known of: " + strings.Join(Profiles(), ", ")
	var same []string
	for _, t := range tables {
		if name, _, _ := strings.Cut(t.profile, "/"); name == p.Schema.Name {
			same = append(same, t.profile)
		}
	}
	instead := ""
	if len(same) > 0 {
		instead = "; a table over the raw logs: " + strings.Join(same, ", ")
	}
	switch name := p.FullName(); {
	case strings.HasPrefix(p.Name, "security-lake"):
		return nil, refusef("make a subscriber with query access and share its database with Athena, then name the table to"+
			" egret convert --table"+instead,
			"%s has no external table: Security Lake makes its tables itself, in the Glue catalogue", name)
	case name == "cloudtrail/lake":
		return nil, refusef("turn on Lake query federation for the event data store; its table then appears in the Glue database"+
			" aws:cloudtrail"+instead,
			"%s has no external table: CloudTrail Lake keeps events in a store of its own", name)
	case p.Name == "files":
		return nil, refusef(cmp.Or(strings.TrimPrefix(instead, "; "), "egret hunt reads files as they are"),
			"%s has no external table: it is for engines that read the files themselves", name)
	case name == "generic":
		return nil, refusef(help, "the generic profile has no columns to make a table of")
	}
	return nil, refusef(help, "nothing is known of how the logs of %s are stored, so there is no table to write", p.FullName())
}

// Takes drops the options that the profile's table has no use for. It is for what an inspection found, where no person asked
// for them.
func Takes(p *schema.Profile, o Options) Options {
	t, err := tableOf(p)
	if err != nil {
		return o
	}
	if t.partitioning != projected {
		o.From = time.Time{}
	}
	if t.storage != &flowText {
		o.Format = nil
	}
	if t.partitioning == discovered {
		o.Accounts, o.Regions = nil, nil
	}
	return o
}

// Kind narrows the tables of a schema down.
type Kind uint8

// The kinds of tables.
const (
	AnyKind     Kind = iota
	Projection       // with partition projection
	Partitioned      // with partitions that are added, by hand or by MSCK REPAIR TABLE
)

func (k Kind) holds(t *table) bool {
	switch k {
	case Projection:
		return t.partitioning == projected
	case Partitioned:
		return t.partitioning == byHand || t.partitioning == discovered
	case AnyKind:
	}
	return true
}

// Choose is the profile of the given ones, all of one schema, whose table fits the options: the first of its kind that
// has a partition for everything of which the options name several, or nothing where the path needs one. If none fits
// it is the first of the kind, whose refusal by Write then says what is wrong. Without a table of the kind it is a
// *RefusedError.
func Choose(profiles []*schema.Profile, kind Kind, o Options) (*schema.Profile, error) {
	if len(profiles) == 0 {
		return nil, refusef("", "there is no profile to choose from")
	}
	var first, fitting *schema.Profile
	known := false
	for i := range tables {
		for _, p := range profiles {
			if p.FullName() != tables[i].profile {
				continue
			}
			known = true
			if !kind.holds(&tables[i]) {
				continue
			}
			if first == nil {
				first = p
			}
			if fitting == nil && fits(p, &tables[i], &o) {
				fitting = p
			}
		}
	}
	name := profiles[0].Schema.Name
	switch {
	case fitting != nil:
		return fitting, nil
	case first != nil:
		return first, nil
	case known:
		return nil, refusef("leave --projection and --partitioned out to get the table that there is",
			"there is no such table of %s", name)
	}
	_, err := tableOf(profiles[0])
	return nil, err
}

// fits reports whether the table can hold what the options name.
func fits(p *schema.Profile, t *table, o *Options) bool {
	for _, v := range []struct {
		role string
		n    int
	}{{"account", len(o.Accounts)}, {"region", len(o.Regions)}} {
		if !strings.Contains(t.path, "{"+v.role+"}") || partitionOf(p, v.role) != nil {
			continue
		}
		if v.n > 1 || v.n == 0 && t.partitioning != unpartitioned {
			return false
		}
	}
	// Copied logs have no folder of the account, which a partition for it would need.
	return o.Base == "" || partitionOf(p, "account") == nil
}

// roles are what partition columns stand for, by the names that AWS's tables give them.
var roles = map[string]string{
	"account": "account", "accountid": "account", "accid": "account", "aws-account-id": "account",
	"region": "region", "aws-region": "region",
	"aws-service": "service", "vpc": "vpc", "webacl": "acl",
}

// partitionOf is the partition column of a role, nil if there is none.
func partitionOf(p *schema.Profile, role string) *schema.Column {
	for i := range p.PartitionedBy {
		if roles[p.PartitionedBy[i].Name] == role {
			return &p.PartitionedBy[i]
		}
	}
	return nil
}

// timeFormat is how a partition column holds the time, "" if it does not. A date is a day.
func timeFormat(p *schema.Profile, column string) string {
	for _, partition := range p.Partitions {
		if partition.Column == column {
			if partition.Type == schema.Date {
				return "yyyy-MM-dd"
			}
			return partition.Format
		}
	}
	return ""
}
