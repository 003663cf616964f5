package ddl_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/egret-hunt/egret/internal/ddl"
	"github.com/egret-hunt/egret/internal/schema"
)

func layout(t *testing.T, name string) *schema.Layout {
	t.Helper()
	p, err := schema.FindLayout(schema.All(), name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// sample returns options that fit a layout.
func sample(name string) ddl.Options {
	o := ddl.Options{Bucket: "my-logs", Table: "logs.sample"}
	switch source, _, _ := strings.Cut(name, "/"); source {
	case "s3access":
		o.Prefix = "access/my-data"
	case "waf":
		o.Regions, o.Accounts, o.WebACL = []string{"eu-west-1"}, []string{"111122223333"}, "my-acl"
	case "route53":
		o.Accounts, o.VPCs = []string{"111122223333"}, []string{"vpc-0123456789abcdef0"}
	default:
		o.Regions, o.Accounts = []string{"eu-west-1"}, []string{"111122223333"}
	}
	if name == "vpcflow/athena-parquet-hive" {
		o.Regions, o.Accounts = nil, nil
	}
	return o
}

func write(t *testing.T, name string, o ddl.Options) *statement {
	t.Helper()
	s, err := ddl.Write(layout(t, name), o)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return mustRead(t, s.Text)
}

// TestLayoutsHaveATableOrAReason checks that every athena layout has a table and that every other is rejected with
// advice.
func TestLayoutsHaveATableOrAReason(t *testing.T) {
	names := ddl.Layouts()
	for _, p := range schema.AllLayouts() {
		_, err := ddl.Write(p, sample(p.FullName()))
		if isTable := strings.HasPrefix(p.Name, "athena"); isTable != slices.Contains(names, p.FullName()) {
			t.Errorf("%s: got table %t", p.FullName(), !isTable)
		} else if isTable && err != nil {
			t.Errorf("%s: %v", p.FullName(), err)
		} else if !isTable {
			var r *ddl.RefusedError
			if !errors.As(err, &r) || r.Help == "" {
				t.Errorf("%s: got %v, want a RefusedError with help", p.FullName(), err)
			}
		}
		names = slices.DeleteFunc(names, func(n string) bool { return n == p.FullName() })
	}
	if len(names) > 0 {
		t.Errorf("got tables without a layout: %v", names)
	}
}

// TestColumnsAreTheLayouts parses each statement: names and types must be the layout's, in its order.
func TestColumnsAreTheLayouts(t *testing.T) {
	for _, name := range ddl.Layouts() {
		p, s := layout(t, name), write(t, name, sample(name))
		for _, list := range []struct {
			what string
			want []schema.Column
			got  []column
		}{{"columns", p.Columns, s.columns}, {"partitions", p.PartitionedBy, s.partitions}} {
			var want []column
			for _, c := range list.want {
				want = append(want, column{c.Name, plain(c.Type)})
			}
			if diff := cmp.Diff(want, list.got, cmp.AllowUnexported(column{})); diff != "" {
				t.Errorf("%s: %s (-want +printed):\n%s", name, list.what, diff)
			}
			for _, c := range list.got {
				if _, err := schema.ParseType(c.typ); err != nil {
					t.Errorf("%s: column %s: %v", name, c.name, err)
				}
			}
		}
		for _, c := range s.comments {
			if strings.Contains(c, ";") {
				t.Errorf("%s: got a semicolon in the comment: %s", name, c)
			}
		}
		if s.name != "logs.sample" {
			t.Errorf("%s: got table name %q", name, s.name)
		}
		if !strings.HasPrefix(s.comments[0], "-- "+p.Schema.Title) || !strings.Contains(strings.Join(s.comments, "\n"), p.Source) {
			t.Errorf("%s: want the source and the documentation in the comment:\n%s", name, strings.Join(s.comments, "\n"))
		}
	}
}

const text = "org.apache.hadoop.mapred.TextInputFormat"

// TestTablesAreThoseOfTheManuals compares with the pages that the layouts name: the file format, the location, and the
// projection of days.
func TestTablesAreThoseOfTheManuals(t *testing.T) {
	for name, want := range map[string]struct{ serde, input, location, template, day string }{
		"cloudtrail/athena": {"org.apache.hive.hcatalog.data.JsonSerDe", "com.amazon.emr.cloudtrail.CloudTrailInputFormat",
			"AWSLogs/111122223333/CloudTrail/eu-west-1/", "AWSLogs/111122223333/CloudTrail/eu-west-1/${timestamp}/", "timestamp"},
		"cloudtrail/athena-partitioned": {"org.apache.hive.hcatalog.data.JsonSerDe", "com.amazon.emr.cloudtrail.CloudTrailInputFormat",
			"AWSLogs/111122223333/CloudTrail/", "", ""},
		"cloudtrail/athena-org": {"org.apache.hive.hcatalog.data.JsonSerDe", "com.amazon.emr.cloudtrail.CloudTrailInputFormat",
			"AWSLogs/", "", ""},
		"cloudtrail/athena-org-projection": {"org.apache.hive.hcatalog.data.JsonSerDe", "com.amazon.emr.cloudtrail.CloudTrailInputFormat",
			"AWSLogs/", "AWSLogs/${account}/CloudTrail/${region}/${timestamp}/", "timestamp"},
		"vpcflow/athena": {"", "", "AWSLogs/", "AWSLogs/${accid}/vpcflowlogs/${region}/${day}/", "day"},
		"vpcflow/athena-parquet": {"org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
			"org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat", "AWSLogs/111122223333/vpcflowlogs/",
			"AWSLogs/111122223333/vpcflowlogs/${region}/${date}/${hour}/", "date"},
		"vpcflow/athena-parquet-hive": {"org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
			"org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat", "AWSLogs/", "", ""},
		"route53/athena": {"org.openx.data.jsonserde.JsonSerDe", text, "AWSLogs/111122223333/vpcdnsquerylogs/",
			"AWSLogs/111122223333/vpcdnsquerylogs/${vpc}/${date}/", "date"},
		"route53/athena-unpartitioned": {"org.openx.data.jsonserde.JsonSerDe", text,
			"AWSLogs/111122223333/vpcdnsquerylogs/vpc-0123456789abcdef0/", "", ""},
		"guardduty/athena": {"org.openx.data.jsonserde.JsonSerDe", text, "AWSLogs/111122223333/GuardDuty/eu-west-1/", "", ""},
		"waf/athena": {"org.openx.data.jsonserde.JsonSerDe", text, "AWSLogs/111122223333/WAFLogs/",
			"AWSLogs/111122223333/WAFLogs/${region}/my-acl/${day}/", "day"},
		"alb/athena": {"org.apache.hadoop.hive.serde2.RegexSerDe", text, "AWSLogs/111122223333/elasticloadbalancing/eu-west-1/",
			"AWSLogs/111122223333/elasticloadbalancing/eu-west-1/${day}/", "day"},
		"s3access/athena": {"org.apache.hadoop.hive.serde2.RegexSerDe", text, "", "${timestamp}/", "timestamp"},
	} {
		o := sample(name)
		o.Prefix = "some/where"
		if want.day != "" {
			o.From = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
		}
		s := write(t, name, o)
		base := "s3://my-logs/some/where/"
		if s.serde != want.serde || s.input != want.input || s.location != base+want.location {
			t.Errorf("%s: got %s, %s, %s", name, s.serde, s.input, s.location)
		}
		if want.serde == "" && (s.delimiter != " " || s.rest["skip.header.line.count"] != "1") {
			t.Errorf("%s: delimiter %q, properties %v", name, s.delimiter, s.rest)
		}
		if want.day == "" {
			if s.rest["projection.enabled"] != "" {
				t.Errorf("%s: got a projection, want none", name)
			}
			continue
		}
		if s.rest["projection.enabled"] != "true" || s.rest["storage.location.template"] != base+want.template {
			t.Errorf("%s: got %v", name, s.rest)
		}
		prefix := "projection." + want.day + "."
		if s.rest[prefix+"type"] != "date" || s.rest[prefix+"format"] != "yyyy/MM/dd" || s.rest[prefix+"range"] != "2026/01/05,NOW" {
			t.Errorf("%s: got %v", name, s.rest)
		}
		for _, p := range s.partitions {
			if s.rest["projection."+p.name+".type"] == "" || !strings.Contains(s.rest["storage.location.template"], "${"+p.name+"}") {
				t.Errorf("%s: got no projection of partition %s", name, p.name)
			}
		}
	}
}

// TestHoursAreProjectedAsNumbers follows the page about partition projection in the manual of Athena: hours in paths have two
// digits.
func TestHoursAreProjectedAsNumbers(t *testing.T) {
	s := write(t, "vpcflow/athena-parquet", sample("vpcflow/athena-parquet"))
	for key, want := range map[string]string{"type": "integer", "range": "0,23", "digits": "2", "format": ""} {
		if got := s.rest["projection.hour."+key]; got != want {
			t.Errorf("projection.hour.%s: got %q, want %q", key, got, want)
		}
	}
}

// TestManyAccountsAreInjected: Athena recommends short lists of values, so with many accounts each query names the
// account.
func TestManyAccountsAreInjected(t *testing.T) {
	o := sample("cloudtrail/athena-org-projection")
	o.Organization = "o-exampleorg1"
	for n, want := range map[int]string{2: "enum", 50: "enum", 51: "injected", 400: "injected"} {
		o.Accounts = nil
		for i := range n {
			o.Accounts = append(o.Accounts, fmt.Sprintf("1111%08d", i))
		}
		s := write(t, "cloudtrail/athena-org-projection", o)
		if got := s.rest["projection.account.type"]; got != want {
			t.Errorf("%d accounts: got %s, want %s", n, got, want)
		}
		_, listed := s.rest["projection.account.values"]
		said := strings.Contains(strings.Join(s.comments, " "), "accounts are not listed")
		if listed == (want == "injected") || said != (want == "injected") {
			t.Errorf("%d accounts: got listed %t and explained %t", n, listed, said)
		}
	}
	if got := write(t, "cloudtrail/athena-org-projection", o).location; got != "s3://my-logs/AWSLogs/o-exampleorg1/" {
		t.Errorf("location %s", got)
	}
}

// TestChooseFits checks that Choose returns the layout that has what the options name.
func TestChooseFits(t *testing.T) {
	one, two := []string{"111122223333"}, []string{"111122223333", "222233334444"}
	west, both := []string{"eu-west-1"}, []string{"eu-west-1", "us-east-1"}
	for _, tt := range []struct {
		schema, want string
		kind         ddl.Kind
		options      ddl.Options
	}{
		{"cloudtrail", "athena", ddl.AnyKind, ddl.Options{Accounts: one, Regions: west}},
		{"cloudtrail", "athena-org-projection", ddl.AnyKind, ddl.Options{Accounts: one, Regions: both}},
		{"cloudtrail", "athena-org-projection", ddl.Projection, ddl.Options{Accounts: two, Regions: west}},
		{"cloudtrail", "athena-org-projection", ddl.AnyKind, ddl.Options{Organization: "o-exampleorg1"}},
		{"cloudtrail", "athena-partitioned", ddl.Partitioned, ddl.Options{Accounts: one, Regions: both}},
		{"cloudtrail", "athena-org", ddl.Partitioned, ddl.Options{Accounts: two}},
		{"vpcflow", "athena", ddl.AnyKind, ddl.Options{Accounts: two}},
		{"vpcflow", "athena-manual", ddl.Partitioned, ddl.Options{Accounts: one, Regions: west}},
		{"guardduty", "athena", ddl.AnyKind, ddl.Options{Accounts: one}},
	} {
		p, err := ddl.Choose(layout(t, tt.schema).Schema.Layouts(), tt.kind, tt.options)
		if err != nil || p.Name != tt.want {
			t.Errorf("%s %+v: %v, %v, want %s", tt.schema, tt.options, p, err, tt.want)
		}
	}
	if _, err := ddl.Choose(layout(t, "guardduty").Schema.Layouts(), ddl.Projection, ddl.Options{}); err == nil {
		t.Error("Choose returned a projected table of GuardDuty")
	}
	if _, err := ddl.Choose(layout(t, "eks").Schema.Layouts(), ddl.AnyKind, ddl.Options{}); err == nil {
		t.Error("Choose returned a table of EKS")
	}
}

// TestRefusals checks that options that do not fit are rejected with advice.
func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		layout       string
		change       func(*ddl.Options)
		reason, help string
	}{
		{"cloudtrail/athena", func(o *ddl.Options) { o.Bucket = "" }, "the bucket of the logs is missing", "--bucket"},
		{"cloudtrail/athena", func(o *ddl.Options) { o.Bucket = "s3://my-logs/x" }, "is not the name", "--prefix"},
		{"cloudtrail/athena", func(o *ddl.Options) { o.Bucket = "My_Logs" }, "not the name of a bucket", "lower-case"},
		{"cloudtrail/athena", func(o *ddl.Options) { o.Bucket = "192.0.2.1" }, "not the name of a bucket", ""},
		{"cloudtrail/athena", func(o *ddl.Options) { o.Prefix = "x/AWSLogs" }, "contains AWSLogs", "before AWSLogs"},
		{"cloudtrail/athena", func(o *ddl.Options) { o.Prefix = "${account}" }, "brace", "${…}"},
		{"cloudtrail/athena", func(o *ddl.Options) { o.Accounts = []string{"1111-2222-3333"} }, "not the id of an account", "12 digits"},
		{"cloudtrail/athena", func(o *ddl.Options) { o.Accounts = nil }, "the account is missing", "--accounts"},
		{"cloudtrail/athena", func(o *ddl.Options) { o.Regions = []string{"eu-west-1", "us-east-1"} }, "covers one region", "cloudtrail/athena-org-projection"},
		{"cloudtrail/athena", func(o *ddl.Options) { o.Regions = []string{"eu-west1"} }, "not a region", "the nearest is eu-west-1"},
		{"cloudtrail/athena", func(o *ddl.Options) { o.Organization = "o-1" }, "not the id of an organisation", "o-"},
		{"cloudtrail/athena", func(o *ddl.Options) { o.Table = "a.b.c" }, "not the name of a table", "database.table"},
		{"cloudtrail/athena", func(o *ddl.Options) { o.Format = []string{"version"} }, "files of cloudtrail/athena", "--format"},
		{"cloudtrail/athena-org-projection", func(o *ddl.Options) { o.Accounts = nil }, "the accounts are missing", "--organization"},
		{"cloudtrail/athena-org-projection", func(o *ddl.Options) { o.Base = "case/" }, "are not in account folders", "--partitioned"},
		{"cloudtrail/athena", func(o *ddl.Options) { o.Base = "ca\nse/" }, "cannot be printed", ""},
		{"cloudtrail/athena-org", func(o *ddl.Options) { o.From = time.Unix(0, 0) }, "no projected days", "--projection"},
		{"waf/athena", func(o *ddl.Options) { o.WebACL = "" }, "web ACL is missing", "--web-acl"},
		{"waf/athena", func(o *ddl.Options) { o.WebACL = "a/b" }, "not the name of a web ACL", ""},
		{"waf/athena", func(o *ddl.Options) { o.Organization = "o-exampleorg1" }, "do not contain the organisation", "leave"},
		{"s3access/athena", func(o *ddl.Options) { o.Accounts = []string{"111122223333"} }, "the owner of the bucket chooses", "--prefix"},
		{"route53/athena", func(o *ddl.Options) { o.VPCs = []string{"vpc-x"} }, "not the id of a VPC", ""},
		{"vpcflow/athena", func(o *ddl.Options) { o.Format = []string{"version", "srcadr"} }, "not a field of a flow log", "the nearest is srcaddr"},
		{"vpcflow/athena", func(o *ddl.Options) { o.Format = []string{"version", "version"} }, "duplicate field", ""},
		{"vpcflow/athena-parquet-hive", func(o *ddl.Options) { o.Accounts = []string{"111122223333"} }, "covers all accounts", "leave"},
	} {
		o := sample(tt.layout)
		tt.change(&o)
		_, err := ddl.Write(layout(t, tt.layout), o)
		var r *ddl.RefusedError
		if !errors.As(err, &r) || !strings.Contains(r.Reason, tt.reason) || !strings.Contains(r.Help, tt.help) {
			t.Errorf("%s: got %#v, want %q with help %q", tt.layout, err, tt.reason, tt.help)
		}
	}
}

// TestUnknownRegionIsAWarning: an unknown region may be new, so it is not an error.
func TestUnknownRegionIsAWarning(t *testing.T) {
	o := sample("cloudtrail/athena")
	o.Regions = []string{"eu-wset-1"}
	s, err := ddl.Write(layout(t, "cloudtrail/athena"), o)
	if err != nil || len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], "the nearest is eu-west-1") {
		t.Errorf("%v, %v", s, err)
	}
}
