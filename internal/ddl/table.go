package ddl

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
)

// partitioning is how a table finds its partitions.
type partitioning uint8

const (
	unpartitioned partitioning = iota
	projected                  // defined by the table's properties
	byHand                     // ALTER TABLE ADD PARTITION
	discovered                 // MSCK REPAIR TABLE, for folders named column=value
)

// table adds what a layout does not know of its table.
type table struct {
	// layout is the layout's full name.
	layout  string
	storage *storage
	// path has the folders below bucket and prefix. {org}, {account}, {region}, {vpc}, {acl} and {day} are
	// placeholders; {org} is removed without an organisation.
	path         string
	partitioning partitioning
	properties   []property
}

// The folders are those of the services' own guides; each profile's Source is the page of the table that AWS documents.
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

// tables lists the external tables, those of one schema in the order in which Choose tries them.
var tables = []table{
	{layout: "alb/athena", storage: &albText, path: loadBalancerPath, partitioning: projected},
	{layout: "alb/athena-unpartitioned", storage: &albText, path: loadBalancerPath},
	{layout: "cloudtrail/athena", storage: &cloudTrailJSON, path: cloudTrailPath, partitioning: projected},
	{layout: "cloudtrail/athena-org-projection", storage: &cloudTrailJSON, path: cloudTrailPath, partitioning: projected},
	{layout: "cloudtrail/athena-partitioned", storage: &cloudTrailJSON, path: cloudTrailPath, partitioning: byHand},
	{layout: "cloudtrail/athena-org", storage: &cloudTrailJSON, path: cloudTrailPath, partitioning: byHand},
	{layout: "guardduty/athena", storage: &openJSON, path: guardDutyPath, properties: []property{{"has_encrypted_data", "true"}}},
	{layout: "route53/athena", storage: &openJSON, path: resolverPath, partitioning: projected},
	{layout: "route53/athena-unpartitioned", storage: &openJSON, path: resolverPath},
	{layout: "s3access/athena", storage: &accessText, path: accessPath, partitioning: projected},
	{layout: "s3access/athena-unpartitioned", storage: &accessText, path: accessPath},
	{layout: "vpcflow/athena", storage: &flowText, path: flowPath, partitioning: projected, properties: skipHeader},
	{layout: "vpcflow/athena-parquet", storage: &parquet, path: flowPath, partitioning: projected},
	{layout: "vpcflow/athena-manual", storage: &flowText, path: flowPath, partitioning: byHand, properties: skipHeader},
	{layout: "vpcflow/athena-parquet-hive", storage: &parquet, path: flowHivePath, partitioning: discovered},
	{layout: "waf/athena", storage: &openJSON, path: wafPath, partitioning: projected},
	{layout: "waf/athena-unpartitioned", storage: &openJSON, path: wafPath},
}

// skipHeader is for files with a header line.
var skipHeader = []property{{"skip.header.line.count", "1"}}

// Layouts returns the full names of the layouts that Write supports, sorted.
func Layouts() []string {
	names := make([]string, 0, len(tables))
	for _, t := range tables {
		names = append(names, t.layout)
	}
	slices.Sort(names)
	return names
}

// tableOf returns the row of a layout. If there is none, the error says who creates that table.
func tableOf(p *schema.Layout) (*table, error) {
	for i := range tables {
		if tables[i].layout == p.FullName() {
			return &tables[i], nil
		}
	}
	help := "layouts with external tables: " + strings.Join(Layouts(), ", ")
	var same []string
	for _, t := range tables {
		if name, _, _ := strings.Cut(t.layout, "/"); name == p.Schema.Name {
			same = append(same, t.layout)
		}
	}
	instead := ""
	if len(same) > 0 {
		instead = "; for a table over the raw logs use " + strings.Join(same, ", ")
	}
	switch name := p.FullName(); {
	case strings.HasPrefix(p.Name, "security-lake"):
		return nil, refusef("create a subscriber with query access and share its database with Athena, then give the table to"+
			" egret convert --table"+instead,
			"%s has no external table: Security Lake creates its tables itself, in the Glue catalogue", name)
	case name == "cloudtrail/lake":
		return nil, refusef("turn on Lake query federation for the event data store; its table then appears in the Glue database"+
			" aws:cloudtrail"+instead,
			"%s has no external table: CloudTrail Lake has its own event store", name)
	case p.Name == "files":
		return nil, refusef(cmp.Or(strings.TrimPrefix(instead, "; "), "egret hunt reads the files directly"),
			"%s has no external table: it is for engines that read the files directly", name)
	case name == "generic":
		return nil, refusef(help, "the generic layout has no columns for a table")
	}
	return nil, refusef(help, "the storage layout of %s is not known, so there is no external table for it", p.FullName())
}

// Takes returns the options without those that the layout's table does not use. It is for options that an inspection
// found: options from the user must be used or rejected.
func Takes(p *schema.Layout, o Options) Options {
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

// Kind selects tables of a schema by their partitions.
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

// Choose returns the layout, among given layouts of one schema, whose table fits the options: the first of the kind
// that has a partition for everything of which the options have several values, or no value although the path needs
// one. If none fits, it returns the first of the kind, and Write then reports what is wrong. If there is no table of
// the kind, the error is a *RefusedError.
func Choose(layouts []*schema.Layout, kind Kind, o Options) (*schema.Layout, error) {
	if len(layouts) == 0 {
		return nil, refusef("", "no layouts to choose from")
	}
	var first, fitting *schema.Layout
	known := false
	for i := range tables {
		for _, p := range layouts {
			if p.FullName() != tables[i].layout {
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
	name := layouts[0].Schema.Name
	switch {
	case fitting != nil:
		return fitting, nil
	case first != nil:
		return first, nil
	case known:
		return nil, refusef("leave out --projection and --partitioned to get the existing table",
			"%s has no such table", name)
	}
	_, err := tableOf(layouts[0])
	return nil, err
}

// fits reports whether the table can cover what the options name.
func fits(p *schema.Layout, t *table, o *Options) bool {
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
	// Copied logs have no account folder, which a partition for the account would need.
	return o.Base == "" || partitionOf(p, "account") == nil
}

// roles maps the names of partition columns in AWS's tables to their meaning.
var roles = map[string]string{
	"account": "account", "accountid": "account", "accid": "account", "aws-account-id": "account",
	"region": "region", "aws-region": "region",
	"aws-service": "service", "vpc": "vpc", "webacl": "acl",
}

// partitionOf returns the partition column with a role, or nil.
func partitionOf(p *schema.Layout, role string) *schema.Column {
	for i := range p.PartitionedBy {
		if roles[p.PartitionedBy[i].Name] == role {
			return &p.PartitionedBy[i]
		}
	}
	return nil
}

// timeFormat returns the format of a time partition, "" for any other column. A Date holds a day.
func timeFormat(p *schema.Layout, column string) string {
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
