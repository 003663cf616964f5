package ddl

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/lazyre"
)

var (
	validBucket       = lazyre.New(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	validAccount      = lazyre.New(`^[0-9]{12}$`)
	validRegion       = lazyre.New(`^[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2}$`)
	validOrganization = lazyre.New(`^o-[a-z0-9]{10,32}$`)
	validVPC          = lazyre.New(`^vpc-[0-9a-f]{8,17}$`)
	validTable        = lazyre.New(`^[A-Za-z0-9_-]{1,255}(\.[A-Za-z0-9_-]{1,255})?$`)
	validWebACL       = lazyre.New(`^[A-Za-z0-9_-]{1,128}$`)
)

// regions lists AWS's commercial regions, sorted: AWS Regions and Availability Zones, "AWS Regions", read 2026-11
// (https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html).
var regions = []string{
	"af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
	"ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6",
	"ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2",
	"eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1",
	"us-east-1", "us-east-2", "us-west-1", "us-west-2",
}

// otherRegions lists the regions of AWS's other partitions.
var otherRegions = []string{"cn-north-1", "cn-northwest-1", "us-gov-east-1", "us-gov-west-1", "eusc-de-east-1"}

// global is the folder of web ACLs that belong to CloudFront instead of a region.
const global = "cloudfront"

// check rejects values that do not have the right form.
func (w *writer) check() error {
	o := &w.options
	switch {
	case o.Bucket == "":
		return refusef("--bucket my-logs, or --inspect s3://my-logs/ to read the layout", "the bucket of the logs is missing")
	case strings.HasPrefix(o.Bucket, "s3://") || strings.Contains(o.Bucket, "/"):
		return refusef("--bucket takes only the name; give the path after it with --prefix", "%q is not the name of a bucket", o.Bucket)
	case !validBucketName(o.Bucket):
		return refusef("a name has 3 to 63 lower-case letters, digits, hyphens and dots", "%q is not the name of a bucket", o.Bucket)
	}
	o.Prefix = strings.Trim(o.Prefix, "/")
	if err := checkPrefix(o.Prefix); err != nil {
		return err
	}
	if err := checkCharacters(o.Base); err != nil {
		return err
	}
	if o.Organization != "" && !validOrganization.MatchString(o.Organization) {
		return refusef("an id has o- and 10 to 32 lower-case letters and digits", "%q is not the id of an organisation", o.Organization)
	}
	o.Accounts, o.Regions, o.VPCs = unique(o.Accounts), unique(o.Regions), unique(o.VPCs)
	for _, account := range o.Accounts {
		if !validAccount.MatchString(account) {
			return refusef("an id has 12 digits", "%q is not the id of an account", account)
		}
	}
	for _, region := range o.Regions {
		if err := w.checkRegion(region); err != nil {
			return err
		}
	}
	for _, vpc := range o.VPCs {
		if !validVPC.MatchString(vpc) {
			return refusef("an id has vpc- and 8 or 17 hexadecimal digits", "%q is not the id of a VPC", vpc)
		}
	}
	if o.WebACL != "" && !validWebACL.MatchString(o.WebACL) {
		return refusef("a name has 1 to 128 letters, digits, hyphens and underscores", "%q is not the name of a web ACL", o.WebACL)
	}
	if o.Table == "" {
		o.Table = w.layout.Table
	}
	if !validTable.MatchString(o.Table) {
		return refusef("expected table or database.table with letters, digits, underscores and hyphens", "%q is not the name of a table", o.Table)
	}
	return w.checkUse()
}

// checkUse rejects options that do not apply to the table: to ignore one would define a table of other logs.
func (w *writer) checkUse() error {
	o, name := &w.options, w.layout.FullName()
	has := func(role string) bool { return strings.Contains(w.table.path, "{"+role+"}") }
	switch {
	case o.Organization != "" && !has("org"):
		return refusef("leave out --organization", "the folders of %s do not contain the organisation", name)
	case len(o.Accounts) > 0 && !has("account"):
		return refusef("give the whole path to the logs with --prefix: the object's key up to the day, or up to the"+
			" object's name", "the owner of the bucket chooses the folders of %s, so --accounts has no effect", name)
	case len(o.Regions) > 0 && !has("region") && w.layout.Schema.Name != "route53":
		return refusef("leave out --regions", "the folders of %s do not contain the region", name)
	case len(o.VPCs) > 0 && !has("vpc"):
		return refusef("leave out --vpcs", "the folders of %s do not contain the VPC", name)
	case o.WebACL != "" && !has("acl"):
		return refusef("leave out --web-acl", "the folders of %s do not contain a web ACL", name)
	case !o.From.IsZero() && w.table.partitioning != projected:
		return refusef("leave out --from, or choose a table with --projection", "%s has no projected days", name)
	case len(o.Format) > 0 && w.table.storage != &flowText:
		return refusef("leave out --format", "the files of %s have columns by name or in a fixed order", name)
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
		return refusef("--prefix takes the path before AWSLogs", "the prefix %q contains AWSLogs, which egret adds itself", prefix)
	}
	return checkCharacters(prefix)
}

// checkCharacters accepts what S3 allows in keys, except what Athena would read as a variable.
func checkCharacters(prefix string) error {
	switch {
	case !utf8.ValidString(prefix) || strings.ContainsFunc(prefix, func(r rune) bool { return !unicode.IsPrint(r) }):
		return refusef("", "the prefix %q contains characters that cannot be printed", prefix)
	case strings.ContainsAny(prefix, "{}"):
		return refusef("Athena reads ${…} in a location as a partition", "the prefix %q contains a brace", prefix)
	case len(prefix) > 900:
		return refusef("S3 keys have at most 1,024 bytes", "the prefix has %d bytes, expected at most 900", len(prefix))
	}
	return nil
}

// checkRegion rejects text that does not have the form of a region. For an unknown region it only warns, since AWS
// opens regions faster than the list is updated.
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
		help := "expected the code of a region, for example eu-west-1"
		if near != "" {
			help = "the nearest is " + near
		}
		return refusef(help, "%q is not a region", region)
	}
	if near != "" {
		w.warnf("unknown region %s; the nearest is %s", region, near)
	} else {
		w.warnf("unknown region %s", region)
	}
	return nil
}

// unique removes duplicates and keeps the order.
func unique(list []string) []string {
	var kept []string
	for _, text := range list {
		if !slices.Contains(kept, text) {
			kept = append(kept, text)
		}
	}
	return kept
}
