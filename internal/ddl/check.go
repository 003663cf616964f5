package ddl

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/egret-hunt/egret/diag"
)

var (
	validBucket       = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	validAccount      = regexp.MustCompile(`^[0-9]{12}$`)
	validRegion       = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2}$`)
	validOrganization = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
	validVPC          = regexp.MustCompile(`^vpc-[0-9a-f]{8,17}$`)
	validTable        = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}(\.[A-Za-z0-9_-]{1,255})?$`)
	validWebACL       = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
)

// regions are AWS's commercial ones, sorted: AWS Regions and Availability Zones, "AWS Regions", read 2026-11
// (https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html).
var regions = []string{
	"af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
	"ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6",
	"ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2",
	"eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1",
	"us-east-1", "us-east-2", "us-west-1", "us-west-2",
}

// otherRegions are those of AWS's other partitions.
var otherRegions = []string{"cn-north-1", "cn-northwest-1", "us-gov-east-1", "us-gov-west-1", "eusc-de-east-1"}

// global is the folder of web ACLs that belong to CloudFront and to no region.
const global = "cloudfront"

// check refuses names that do not have the form of what they name.
func (w *writer) check() error {
	o := &w.options
	switch {
	case o.Bucket == "":
		return refusef("--bucket my-logs, or --inspect s3://my-logs/ to read the layout", "the bucket of the logs is missing")
	case strings.HasPrefix(o.Bucket, "s3://") || strings.Contains(o.Bucket, "/"):
		return refusef("--bucket takes the name alone; what follows it goes to --prefix", "the bucket %q is no name", o.Bucket)
	case !validBucketName(o.Bucket):
		return refusef("it takes 3 to 63 lower-case letters, digits, hyphens and dots", "%q is no name of a bucket", o.Bucket)
	}
	o.Prefix = strings.Trim(o.Prefix, "/")
	if err := checkPrefix(o.Prefix); err != nil {
		return err
	}
	if err := checkCharacters(o.Base); err != nil {
		return err
	}
	if o.Organization != "" && !validOrganization.MatchString(o.Organization) {
		return refusef("it begins with o- and has 10 to 32 lower-case letters and digits", "%q is no id of an organisation", o.Organization)
	}
	o.Accounts, o.Regions, o.VPCs = unique(o.Accounts), unique(o.Regions), unique(o.VPCs)
	for _, account := range o.Accounts {
		if !validAccount.MatchString(account) {
			return refusef("it has 12 digits", "%q is no id of an account", account)
		}
	}
	for _, region := range o.Regions {
		if err := w.checkRegion(region); err != nil {
			return err
		}
	}
	for _, vpc := range o.VPCs {
		if !validVPC.MatchString(vpc) {
			return refusef("it is vpc- and 8 or 17 hexadecimal digits", "%q is no id of a VPC", vpc)
		}
	}
	if o.WebACL != "" && !validWebACL.MatchString(o.WebACL) {
		return refusef("it takes 1 to 128 letters, digits, hyphens and underscores", "%q is no name of a web ACL", o.WebACL)
	}
	if o.Table == "" {
		o.Table = w.profile.Table
	}
	if !validTable.MatchString(o.Table) {
		return refusef("a table, or database.table, of letters, digits, underscores and hyphens", "%q is no name of a table", o.Table)
	}
	return w.checkUse()
}

// checkUse refuses what the table has no use for: an option that is silently dropped is a table of other logs.
func (w *writer) checkUse() error {
	o, name := &w.options, w.profile.FullName()
	has := func(role string) bool { return strings.Contains(w.table.path, "{"+role+"}") }
	switch {
	case o.Organization != "" && !has("org"):
		return refusef("leave --organization out", "the folders of %s do not name the organisation", name)
	case len(o.Accounts) > 0 && !has("account"):
		return refusef("put the whole way to the logs into --prefix: what is left of the object's key before the day, or before the"+
			" object", "the folders of %s are what the bucket's owner chose, so that --accounts says nothing", name)
	case len(o.Regions) > 0 && !has("region") && w.profile.Schema.Name != "route53":
		return refusef("leave --regions out", "the folders of %s do not name the region", name)
	case len(o.VPCs) > 0 && !has("vpc"):
		return refusef("leave --vpcs out", "the folders of %s do not name the VPC", name)
	case o.WebACL != "" && !has("acl"):
		return refusef("leave --web-acl out", "the folders of %s do not name a web ACL", name)
	case !o.From.IsZero() && w.table.partitioning != projected:
		return refusef("leave --from out, or choose a table with --projection", "%s has no projected days", name)
	case len(o.Format) > 0 && w.table.storage != &flowText:
		return refusef("leave --format out", "the columns of %s stand in the files by name, or in a fixed order", name)
	}
	return nil
}

func validBucketName(name string) bool {
	if _, err := netip.ParseAddr(name); err == nil {
		return false
	}
	return validBucket.MatchString(name) && !strings.Contains(name, "..")
}

func checkPrefix(prefix string) error {
	if strings.Contains("/"+prefix+"/", "/AWSLogs/") {
		return refusef("--prefix takes what stands before AWSLogs", "the prefix %q holds AWSLogs, which is added to it", prefix)
	}
	return checkCharacters(prefix)
}

// checkCharacters allows what S3 allows in keys, but for what Athena would take for a variable.
func checkCharacters(prefix string) error {
	switch {
	case !utf8.ValidString(prefix) || strings.ContainsFunc(prefix, func(r rune) bool { return !unicode.IsPrint(r) }):
		return refusef("", "the prefix %q holds characters that cannot be printed", prefix)
	case strings.ContainsAny(prefix, "{}"):
		return refusef("Athena takes ${…} in a location for a partition", "the prefix %q holds a brace", prefix)
	case len(prefix) > 900:
		return refusef("keys of S3 have at most 1,024 bytes", "the prefix has %d bytes", len(prefix))
	}
	return nil
}

// checkRegion refuses what has not the form of a region, and warns of one that looks like a slip: AWS opens regions faster
// than this list grows.
func (w *writer) checkRegion(region string) error {
	if region == global && strings.Contains(w.table.path, "{acl}") {
		return nil
	}
	known := slices.Concat(regions, otherRegions)
	if slices.Contains(known, region) {
		return nil
	}
	near := diag.Near(region, known)
	if !validRegion.MatchString(region) {
		help := "a region's code is such as eu-west-1"
		if near != "" {
			help = "the nearest is " + near
		}
		return refusef(help, "%q is no region", region)
	}
	if near != "" {
		w.warnf("the region %s is not known here; the nearest is %s", region, near)
	} else {
		w.warnf("the region %s is not known here", region)
	}
	return nil
}

// unique leaves out what is there twice, and keeps the order.
func unique(list []string) []string {
	var kept []string
	for _, text := range list {
		if !slices.Contains(kept, text) {
			kept = append(kept, text)
		}
	}
	return kept
}
