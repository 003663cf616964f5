package ddl

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
)

// manyAccounts is how many accounts a projection may list. Athena recommends at most a few dozen enumerated values, and
// a table's properties are limited to about a megabyte.
const manyAccounts = 50

// arrange determines the name, columns, location and partitions.
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
		w.remarkf("The table is empty until this statement has found the partitions in the folder names. Run it again after new folders appear:")
		w.example = "MSCK REPAIR TABLE " + w.name
	case unpartitioned:
		w.remarkf("The table has no partitions: every query reads all of it.")
	}
	return nil
}

// arrangePath builds the location from the folders that are the same for the whole table; folders of partitions go into
// the template.
func (w *writer) arrangePath() error {
	base := "s3://" + w.options.Bucket + "/"
	if w.options.Prefix != "" {
		base += w.options.Prefix + "/"
	}
	if w.table.partitioning == discovered {
		// The folder names hold all values; accounts and regions cannot restrict the table.
		if len(w.options.Accounts)+len(w.options.Regions) > 0 {
			return refusef("leave out --accounts and --regions: the table finds them in the folder names",
				"%s covers all accounts and regions below the prefix", w.layout.FullName())
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
		if partitionOf(w.layout, "account") != nil {
			return refusef("give one of the regions with --regions, or choose --partitioned",
				"%s has a partition for the account, but the logs in %s are not in account folders", w.layout.FullName(), base)
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
		if value == "" { // the table covers everything below
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
	if c := partitionOf(w.layout, role); c != nil {
		return "${" + c.Name + "}", nil
	}
	switch role {
	case "org":
		return o.Organization, nil
	case "account":
		return w.only(o.Accounts, "account", "--accounts 111122223333", true)
	case "region":
		// a table without partitions can cover all regions
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

// only returns the single value of a role for which the table has no partition.
func (w *writer) only(values []string, what, example string, needed bool) (string, error) {
	switch {
	case len(values) == 1:
		return values[0], nil
	case len(values) == 0 && needed:
		return "", refusef("for example "+example, "the %s is missing: the table %s covers one", what, w.layout.FullName())
	case len(values) == 0:
		return "", nil
	}
	help := "write one table for each"
	for i := range tables {
		other := &tables[i]
		if strings.HasPrefix(other.layout, w.layout.Schema.Name+"/") && other.storage == w.table.storage {
			for _, p := range w.layout.Schema.Layouts() {
				if p.FullName() == other.layout && partitionOf(p, what) != nil {
					help += ", or use " + other.layout + ", which has a partition for them"
					return "", refusef(help, "the table %s covers one %s, but %d were given", w.layout.FullName(), what, len(values))
				}
			}
		}
	}
	return "", refusef(help, "the table %s covers one %s, but %d were given", w.layout.FullName(), what, len(values))
}

// dayFolder returns the folders for the time: the placeholders of the time partitions, from the longest unit to the
// shortest.
func (w *writer) dayFolder() string {
	var folders []string
	for _, c := range w.layout.PartitionedBy {
		if timeFormat(w.layout, c.Name) != "" {
			folders = append(folders, "${"+c.Name+"}")
		}
	}
	return strings.Join(folders, "/")
}

// hintByHand adds an example of how to add a partition.
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
	for _, c := range w.layout.PartitionedBy {
		value, folder := sample[roles[c.Name]], sample[roles[c.Name]]
		if format := timeFormat(w.layout, c.Name); format != "" {
			value = strings.ToUpper(format)
			folder = strings.ReplaceAll(value, "-", "/") // a date has one folder for each of its parts
		}
		values = append(values, identifier(c.Name)+"="+literal(value))
		location = strings.ReplaceAll(location, "${"+c.Name+"}", folder)
	}
	w.remarkf("The table is empty until partitions are added, one for each day folder:")
	w.example = fmt.Sprintf("ALTER TABLE %s ADD IF NOT EXISTS PARTITION (%s) LOCATION %s", w.name, strings.Join(values, ", "),
		literal(location))
}

// project writes the properties that define the partitions for Athena.
func (w *writer) project() error {
	w.properties = append(w.properties, property{"projection.enabled", "true"})
	for _, c := range w.layout.PartitionedBy {
		set := func(key, value string) {
			w.properties = append(w.properties, property{"projection." + c.Name + "." + key, value})
		}
		if format := timeFormat(w.layout, c.Name); format != "" {
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
		w.remarkf("Days older than three years are not visible. Use --from to set another first day.")
	} else {
		from = w.options.From.UTC().Format(strings.NewReplacer("yyyy", "2006", "MM", "01", "dd", "02").Replace(format))
	}
	set("type", "date")
	set("format", format)
	set("range", from+",NOW")
	set("interval", "1")
	set("interval.unit", "DAYS")
}

// projectValues lists the values of a partition. If the list would be too long, or the values are not known, each query
// must name them.
func (w *writer) projectValues(c *schema.Column, set func(key, value string)) error {
	o := &w.options
	enum := func(values []string) {
		set("type", "enum")
		set("values", strings.Join(values, ","))
	}
	inject := func(what, why string) {
		set("type", "injected")
		w.remarkf("%s Each query must name them, for example WHERE %s = '%s'.", why, identifier(c.Name), what)
	}
	switch roles[c.Name] {
	case "account":
		switch {
		case len(o.Accounts) == 0 && o.Organization == "":
			return refusef("--accounts 111122223333,…, or --organization o-… for the trail of an organisation; --inspect s3://… finds"+
				" them in the bucket", "the accounts are missing")
		case len(o.Accounts) == 0:
			inject("111122223333", "The accounts are not listed, since none were given and new accounts may join the organisation. egret hunt and"+
				" egret convert name them with --account.")
		case len(o.Accounts) > manyAccounts:
			inject(o.Accounts[0], fmt.Sprintf("The %d accounts are not listed: Athena recommends to enumerate at most a few dozen"+
				" values, and would list the folders of each.", len(o.Accounts)))
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
			return refusef("--regions eu-west-1, or --regions cloudfront for a CloudFront web ACL",
				"the region of the web ACL is missing")
		}
		enum(list)
		w.remarkf("All %d commercial regions are listed; regions that opened later are missing. Use --regions with the regions in use: it"+
			" makes queries faster.", len(list))
	case "vpc":
		if len(o.VPCs) > 0 {
			enum(o.VPCs)
			break
		}
		inject("vpc-0123456789abcdef0", "The VPCs are not listed, since --vpcs was not given.")
	default:
		return refusef("", "the values of partition %s are not known", c.Name)
	}
	return nil
}
