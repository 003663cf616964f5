package ddl

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
)

// manyAccounts is how many accounts a projection lists. Athena's advice for enumerated values is a few dozen, and a
// table's properties may have about a megabyte.
const manyAccounts = 50

// arrange settles name, columns, location and partitions.
func (w *writer) arrange() error {
	parts := strings.Split(w.options.Table, ".")
	for i := range parts {
		parts[i] = identifier(parts[i])
	}
	w.name = strings.Join(parts, ".")
	if err := w.arrangeColumns(); err != nil {
		return err
	}
	w.properties = append(w.properties, w.table.properties...)
	if err := w.arrangePath(); err != nil {
		return err
	}
	switch w.table.partitioning {
	case projected:
		return w.project()
	case byHand:
		w.hintByHand()
	case discovered:
		w.remarkf("Rows appear once the partitions are looked up in the folders' names, and again when new folders have come:")
		w.example = "MSCK REPAIR TABLE " + w.name
	case unpartitioned:
		w.remarkf("The table has no partitions: every query reads all of it.")
	}
	return nil
}

// arrangePath fills the folders in as far as they are the same for the whole table; the partitions go into the template.
func (w *writer) arrangePath() error {
	base := "s3://" + w.options.Bucket + "/"
	if w.options.Prefix != "" {
		base += w.options.Prefix + "/"
	}
	if w.table.partitioning == discovered {
		// The folders' names tell all; accounts and regions cannot narrow the table down.
		if len(w.options.Accounts)+len(w.options.Regions) > 0 {
			return refusef("leave --accounts and --regions out: the table finds them in the folders' names",
				"%s takes all accounts and regions below the prefix", w.profile.FullName())
		}
		w.location = base + "AWSLogs/"
		return nil
	}
	path := w.table.path
	if w.options.Base != "" {
		base = "s3://" + w.options.Bucket + "/" + w.options.Base
		if at := strings.Index(path, "{region}"); at >= 0 {
			path = path[at:]
		}
		if partitionOf(w.profile, "account") != nil {
			return refusef("name one of the regions with --regions, or choose --partitioned",
				"%s has a partition for the account, and the logs in %s lie in no folder of one", w.profile.FullName(), base)
		}
	}
	template, fixed := base, base
	variable := false
	for folder := range strings.SplitSeq(path, "/") {
		role := strings.Trim(folder, "{}")
		value := role
		if role != folder {
			var err error
			if value, err = w.folder(role); err != nil {
				return err
			}
			if value == "" && role == "org" {
				continue
			}
		}
		if value == "" { // the table has all that lies below
			break
		}
		template += value + "/"
		variable = variable || strings.Contains(value, "${")
		if !variable {
			fixed += value + "/"
		}
	}
	w.location = fixed
	if variable {
		w.template = template
	}
	return nil
}

// folder returns the path segment for a role: a fixed value, ${column} if the role is a partition column, or "" if the
// table's location ends before it.
func (w *writer) folder(role string) (string, error) {
	o := &w.options
	if role == "day" {
		return w.dayFolder(), nil
	}
	if c := partitionOf(w.profile, role); c != nil {
		return "${" + c.Name + "}", nil
	}
	switch role {
	case "org":
		return o.Organization, nil
	case "account":
		return w.only(o.Accounts, "account", "--accounts 111122223333", true)
	case "region":
		// Without partitions the table may as well have all regions.
		return w.only(o.Regions, "region", "--regions eu-west-1", w.table.partitioning != unpartitioned)
	case "vpc":
		return w.only(o.VPCs, "VPC", "--vpcs vpc-0123456789abcdef0", w.table.partitioning != unpartitioned)
	case "acl":
		if o.WebACL == "" && w.table.partitioning != unpartitioned {
			return "", refusef("--web-acl my-acl: the name of the folder below the region", "the name of the web ACL is missing")
		}
		return o.WebACL, nil
	}
	return "", nil
}

// only is the one value that a table without a partition for it takes.
func (w *writer) only(values []string, what, example string, needed bool) (string, error) {
	switch {
	case len(values) == 1:
		return values[0], nil
	case len(values) == 0 && needed:
		return "", refusef("as in "+example, "the %s is missing: %s is a table of one", what, w.profile.FullName())
	case len(values) == 0:
		return "", nil
	}
	help := "name one and write a table for each"
	for i := range tables {
		other := &tables[i]
		if strings.HasPrefix(other.profile, w.profile.Schema.Name+"/") && other.storage == w.table.storage {
			for _, p := range w.profile.Schema.Profiles() {
				if p.FullName() == other.profile && partitionOf(p, what) != nil {
					help += ", or take " + other.profile + ", which has a partition for it"
					return "", refusef(help, "%s is a table of one %s, and %d are named", w.profile.FullName(), what, len(values))
				}
			}
		}
	}
	return "", refusef(help, "%s is a table of one %s, and %d are named", w.profile.FullName(), what, len(values))
}

// dayFolder are the folders of the time: those of the partitions that hold it, longest first as in the path.
func (w *writer) dayFolder() string {
	var folders []string
	for _, c := range w.profile.PartitionedBy {
		if timeFormat(w.profile, c.Name) != "" {
			folders = append(folders, "${"+c.Name+"}")
		}
	}
	return strings.Join(folders, "/")
}

// hintByHand shows how a partition is added.
func (w *writer) hintByHand() {
	sample := map[string]string{"account": "111122223333", "region": "eu-west-1"}
	if len(w.options.Accounts) > 0 {
		sample["account"] = w.options.Accounts[0]
	}
	if len(w.options.Regions) > 0 {
		sample["region"] = w.options.Regions[0]
	}
	var values []string
	location := w.template
	for _, c := range w.profile.PartitionedBy {
		value, folder := sample[roles[c.Name]], sample[roles[c.Name]]
		if format := timeFormat(w.profile, c.Name); format != "" {
			value = strings.ToUpper(format)
			folder = strings.ReplaceAll(value, "-", "/") // a date, whose folders are a day's
		}
		values = append(values, identifier(c.Name)+"="+literal(value))
		location = strings.ReplaceAll(location, "${"+c.Name+"}", folder)
	}
	w.remarkf("Rows appear once partitions are added, one for each folder of a day:")
	w.example = fmt.Sprintf("ALTER TABLE %s ADD IF NOT EXISTS PARTITION (%s) LOCATION %s", w.name, strings.Join(values, ", "),
		literal(location))
}

// project writes the properties that tell Athena the partitions.
func (w *writer) project() error {
	w.properties = append(w.properties, property{"projection.enabled", "true"})
	for _, c := range w.profile.PartitionedBy {
		set := func(key, value string) {
			w.properties = append(w.properties, property{"projection." + c.Name + "." + key, value})
		}
		if format := timeFormat(w.profile, c.Name); format != "" {
			w.projectTime(format, set)
			continue
		}
		if err := w.projectValues(&c, set); err != nil {
			return err
		}
	}
	w.properties = append(w.properties, property{"storage.location.template", w.template})
	return nil
}

// projectTime projects days as dates and hours as numbers.
func (w *writer) projectTime(format string, set func(key, value string)) {
	if format == "HH" {
		set("type", "integer")
		set("range", "0,23")
		set("digits", "2")
		return
	}
	from := "NOW-3YEARS"
	if w.options.From.IsZero() {
		w.remarkf("Days older than three years are not seen, unless --from sets another first day.")
	} else {
		from = w.options.From.UTC().Format(strings.NewReplacer("yyyy", "2006", "MM", "01", "dd", "02").Replace(format))
	}
	set("type", "date")
	set("format", format)
	set("range", from+",NOW")
	set("interval", "1")
	set("interval.unit", "DAYS")
}

// projectValues lists the values of a partition, or leaves them to each query where the list would be too long or is not
// known.
func (w *writer) projectValues(c *schema.Column, set func(key, value string)) error {
	o := &w.options
	enum := func(values []string) {
		set("type", "enum")
		set("values", strings.Join(values, ","))
	}
	inject := func(what, why string) {
		set("type", "injected")
		w.remarkf("%s Each query must name them, as in WHERE %s = '%s'.", why, identifier(c.Name), what)
	}
	switch roles[c.Name] {
	case "account":
		switch {
		case len(o.Accounts) == 0 && o.Organization == "":
			return refusef("--accounts 111122223333,…, or --organization o-… for the trail of an organisation; --inspect s3://… reads"+
				" them from the bucket", "the accounts are missing")
		case len(o.Accounts) == 0:
			inject("111122223333", "The accounts are not listed, since none were named and an organisation gets new ones. egret hunt and"+
				" egret convert name them with --account.")
		case len(o.Accounts) > manyAccounts:
			inject(o.Accounts[0], fmt.Sprintf("The %d accounts are not listed: Athena advises to enumerate a few dozen values at"+
				" most, and would look for the folders of each.", len(o.Accounts)))
		default:
			enum(o.Accounts)
		}
	case "region":
		if len(o.Regions) > 0 {
			enum(o.Regions)
			break
		}
		list := regions
		if strings.Contains(w.table.path, "{acl}") {
			return refusef("--regions eu-west-1, or --regions cloudfront for a web ACL of CloudFront",
				"the region of the web ACL is missing")
		}
		enum(list)
		w.remarkf("All %d commercial regions are listed, and one that opened later is not seen. --regions names those that are used, which"+
			" makes queries faster.", len(list))
	case "vpc":
		if len(o.VPCs) > 0 {
			enum(o.VPCs)
			break
		}
		inject("vpc-0123456789abcdef0", "The VPCs are not listed, since --vpcs names none.")
	default:
		return refusef("", "nothing is known of the values of partition %s", c.Name)
	}
	return nil
}
