package ddl_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/egret-hunt/egret/internal/ddl"
	"github.com/egret-hunt/egret/internal/testkit"
)

// tree is a Lister of files in memory. It counts its calls.
type tree struct {
	files  fstest.MapFS
	listed int
}

func (m *tree) List(_ context.Context, folder string) (folders, files []string, err error) {
	m.listed++
	name := path.Clean("./" + folder)
	entries, err := m.files.ReadDir(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil // like a bucket
	}
	for _, e := range entries {
		if e.IsDir() {
			folders = append(folders, e.Name())
		} else {
			files = append(files, e.Name())
		}
	}
	return folders, files, err
}

func (m *tree) Head(_ context.Context, file string, n int) ([]byte, error) {
	text, err := m.files.ReadFile(file)
	return text[:min(n, len(text))], err
}

func packed(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// grow returns a tree with the named files; a colon may separate a name from the file's content.
func grow(names ...string) *tree {
	m := &tree{files: fstest.MapFS{}}
	for _, name := range names {
		name, text, _ := strings.Cut(name, ":")
		m.files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func day(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }

const trail = "AWSLogs/111122223333/CloudTrail/"

// TestLayoutsAreRead uses the folders of the services' guides, which each table's Source links to.
func TestLayoutsAreRead(t *testing.T) {
	one := []string{"111122223333"}
	for name, tt := range map[string]struct {
		tree            *tree
		start, schema   string
		known           ddl.Options
		want            ddl.Inspection
		schemaW, choice string
	}{
		"a trail": {
			tree: grow(trail+"eu-west-1/2026/02/03/a.json.gz", trail+"eu-west-1/2025/12/31/a.json.gz", trail+"us-east-1/2025/12/30/a.json.gz",
				"AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2020/01/01/a.json.gz", "AWSLogs/111122223333/Config/x"),
			want: ddl.Inspection{Schema: "cloudtrail", Options: ddl.Options{Accounts: one, Regions: []string{"eu-west-1", "us-east-1"}, From: day(2025, 12, 30)}},
		},
		"a trail below prefixes": {
			tree: grow("logs/trail/" + trail + "eu-west-1/2026/02/03/a.json.gz"),
			want: ddl.Inspection{Schema: "cloudtrail", Options: ddl.Options{Prefix: "logs/trail", Accounts: one, Regions: []string{"eu-west-1"}, From: day(2026, 2, 3)}},
		},
		"a start below the region": {
			tree:  grow("logs/"+trail+"eu-west-1/2026/02/03/a", "logs/"+trail+"us-east-1/2026/02/03/a", "logs/AWSLogs/222233334444/CloudTrail/eu-west-1/2026/02/01/a"),
			start: "logs/" + trail + "eu-west-1/",
			want:  ddl.Inspection{Schema: "cloudtrail", Options: ddl.Options{Prefix: "logs", Accounts: one, Regions: []string{"eu-west-1"}, From: day(2026, 2, 3)}},
		},
		"a start in a month, which need not be the first": {
			tree: grow(trail+"eu-west-1/2026/02/03/a", trail+"eu-west-1/2024/02/03/a"), start: trail + "eu-west-1/2026/02/",
			want: ddl.Inspection{Schema: "cloudtrail", Options: ddl.Options{Accounts: one, Regions: []string{"eu-west-1"}}},
		},
		"an organisation's trail": {
			tree: grow("AWSLogs/o-exampleorg1/111122223333/CloudTrail/eu-west-1/2026/02/03/a", "AWSLogs/o-exampleorg1/222233334444/CloudTrail/eu-west-1/2026/01/03/a"),
			want: ddl.Inspection{Schema: "cloudtrail", Options: ddl.Options{Organization: "o-exampleorg1", Accounts: []string{"111122223333", "222233334444"},
				Regions: []string{"eu-west-1"}, From: day(2026, 1, 3)}},
		},
		"flow logs next to an organisation": {
			tree: grow("AWSLogs/o-exampleorg1/111122223333/CloudTrail/eu-west-1/2026/02/03/a",
				"AWSLogs/111122223333/vpcflowlogs/eu-west-1/2026/02/03/a.log.gz:"+packed("account-id srcaddr end start\n1 192.0.2.1 2 3\n")),
			schema: "vpcflow",
			want: ddl.Inspection{Schema: "vpcflow", Options: ddl.Options{Accounts: one, Regions: []string{"eu-west-1"}, From: day(2026, 2, 3),
				Format: []string{"account-id", "srcaddr", "end", "start"}}},
		},
		"flow logs in Parquet by hour": {
			tree: grow("AWSLogs/111122223333/vpcflowlogs/eu-west-1/2026/02/03/04/a.log.parquet"),
			want: ddl.Inspection{Schema: "vpcflow", Layout: "vpcflow/athena-parquet", Options: ddl.Options{Accounts: one, Regions: []string{"eu-west-1"}, From: day(2026, 2, 3)}},
		},
		"flow logs for Hive": {
			tree: grow("x/AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=eu-west-1/year=2026/month=02/day=03/hour=04/a.log.parquet"),
			want: ddl.Inspection{Schema: "vpcflow", Layout: "vpcflow/athena-parquet-hive", Options: ddl.Options{Prefix: "x"}},
		},
		"resolver": {
			tree: grow("AWSLogs/111122223333/vpcdnsquerylogs/vpc-0123456789abcdef0/2026/02/03/a.log.gz"),
			want: ddl.Inspection{Schema: "route53", Options: ddl.Options{Accounts: one, VPCs: []string{"vpc-0123456789abcdef0"}, From: day(2026, 2, 3)}},
		},
		"findings": {
			tree: grow("AWSLogs/111122223333/GuardDuty/eu-west-1/2026/02/03/a.jsonl.gz"),
			want: ddl.Inspection{Schema: "guardduty", Options: ddl.Options{Accounts: one, Regions: []string{"eu-west-1"}, From: day(2026, 2, 3)}},
		},
		"web ACL of two regions and of CloudFront": {
			tree: grow("AWSLogs/111122223333/WAFLogs/eu-west-1/edge/2026/02/03/04/05/a.log.gz", "AWSLogs/111122223333/WAFLogs/cloudfront/edge/2026/02/02/04/05/a.log.gz"),
			want: ddl.Inspection{Schema: "waf", Options: ddl.Options{Accounts: one, Regions: []string{"cloudfront", "eu-west-1"}, WebACL: "edge", From: day(2026, 2, 2)}},
		},
		"one of two web ACLs": {
			tree:  grow("AWSLogs/111122223333/WAFLogs/eu-west-1/a/2026/02/03/04/05/a.log.gz", "AWSLogs/111122223333/WAFLogs/us-east-1/b/2026/02/02/04/05/a.log.gz"),
			known: ddl.Options{WebACL: "a"},
			want:  ddl.Inspection{Schema: "waf", Options: ddl.Options{Accounts: one, Regions: []string{"eu-west-1"}, WebACL: "a", From: day(2026, 2, 3)}},
		},
		"load balancer": {
			tree: grow("web/AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/02/03/111122223333_elasticloadbalancing_eu-west-1_app.web.1234_20260203T0000Z_192.0.2.1_x.log.gz"),
			want: ddl.Inspection{Schema: "alb", Options: ddl.Options{Prefix: "web", Accounts: one, Regions: []string{"eu-west-1"}, From: day(2026, 2, 3)}},
		},
		"access logs by day": {
			tree: grow("access/111122223333/eu-west-1/my-data/2026/02/03/2026-02-03-04-05-06-0123456789ABCDEF"),
			want: ddl.Inspection{Schema: "s3access", Layout: "s3access/athena", Options: ddl.Options{Prefix: "access/111122223333/eu-west-1/my-data"}},
		},
		"access logs in one folder": {
			tree: grow("access/2026-02-03-04-05-06-0123456789ABCDEF"),
			want: ddl.Inspection{Schema: "s3access", Layout: "s3access/athena-unpartitioned", Options: ddl.Options{Prefix: "access"}},
		},
		"a copy without AWSLogs": {
			tree: grow("case/eu-west-1/2026/02/03/111122223333_CloudTrail_eu-west-1_20260203T0000Z_x.json.gz", "case/us-east-1/2026/02/02/111122223333_CloudTrail_us-east-1_20260202T0000Z_x.json.gz"),
			want: ddl.Inspection{Schema: "cloudtrail", Options: ddl.Options{Base: "case/", Accounts: one, Regions: []string{"eu-west-1", "us-east-1"}, From: day(2026, 2, 2)}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ddl.Inspect(t.Context(), tt.tree, tt.start, tt.schema, tt.known)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Notes) == 0 {
				t.Error("got no notes")
			}
			got.Notes = nil
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			// The layout that was found must produce a table.
			o := got.Options
			o.Bucket = "my-logs"
			name := got.Layout
			if name == "" {
				p, err := ddl.Choose(layout(t, got.Schema).Schema.Layouts(), ddl.AnyKind, o)
				if err != nil {
					t.Fatal(err)
				}
				name = p.FullName()
			}
			if s := write(t, name, ddl.Takes(layout(t, name), o)); !strings.HasPrefix(s.location, "s3://my-logs/"+o.Prefix) {
				t.Errorf("location %s", s.location)
			}
		})
	}
}

// TestAmbiguousLayoutsAreRefused checks that each message says how to choose.
func TestAmbiguousLayoutsAreRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		tree         *tree
		schema       string
		reason, help string
	}{
		"two logs": {tree: grow(trail+"eu-west-1/2026/02/03/a", "AWSLogs/111122223333/GuardDuty/eu-west-1/2026/02/03/a"),
			reason: "cloudtrail, guardduty", help: "egret table ddl cloudtrail"},
		"two prefixes": {tree: grow("a/"+trail+"eu-west-1/2026/02/03/a", "b/"+trail+"eu-west-1/2026/02/03/a"),
			reason: "a/AWSLogs/, b/AWSLogs/", help: "inspect one"},
		"organisation and account": {tree: grow("AWSLogs/o-exampleorg1/111122223333/CloudTrail/eu-west-1/2026/02/03/a", trail+"eu-west-1/2026/02/03/a"),
			reason: "o-exampleorg1, 111122223333", help: "--organization o-exampleorg1"},
		"two web ACLs": {tree: grow("AWSLogs/111122223333/WAFLogs/eu-west-1/a/2026/02/03/04/05/x", "AWSLogs/111122223333/WAFLogs/eu-west-1/b/2026/02/03/04/05/x"),
			reason: "2 web ACLs", help: "--web-acl a"},
		"flow logs without header": {tree: grow("AWSLogs/111122223333/vpcflowlogs/eu-west-1/2026/02/03/a.log:2 111122223333 eni-1\n"),
			reason: "does not begin with a header line", help: "--format"},
		"Parquet by day": {tree: grow("AWSLogs/111122223333/vpcflowlogs/eu-west-1/2026/02/03/a.parquet"), reason: "without hours", help: "hourly"},
		"text for Hive": {tree: grow("AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=eu-west-1/year=2026/month=02/day=03/hour=04/a.log.gz"),
			reason: "is text", help: "only with Parquet"},
		"network load balancer": {tree: grow("AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/02/03/111122223333_elasticloadbalancing_eu-west-1_net.x.log.gz"),
			reason: "another type of load balancer"},
		"connection log": {tree: grow("AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/02/03/conn_log.111122223333_elasticloadbalancing_eu-west-1_app.x.log.gz"),
			reason: "connection log"},
	} {
		_, err := ddl.Inspect(t.Context(), tt.tree, "", tt.schema, ddl.Options{})
		var r *ddl.RefusedError
		if !errors.As(err, &r) || !strings.Contains(r.Reason, tt.reason) || !strings.Contains(r.Help, tt.help) {
			t.Errorf("%s: %#v", name, err)
		}
	}
	for name, tr := range map[string]*tree{
		"empty": grow(), "no logs": grow("a/b/c.txt"), "no account": grow("AWSLogs/x/y"), "no days": grow(trail + "eu-west-1/x"),
		"other services": grow("AWSLogs/111122223333/Config/eu-west-1/2026/1/2/x"), "no files": grow("AWSLogs/111122223333/vpcflowlogs/eu-west-1/2026/02/03/04/05/06/07/08/x"),
	} {
		if _, err := ddl.Inspect(t.Context(), tr, "", "", ddl.Options{}); !errors.Is(err, ddl.ErrNothing) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestInspectionsAreShort checks that only a few of many accounts are inspected.
func TestInspectionsAreShort(t *testing.T) {
	var names []string
	for i := range 300 {
		names = append(names, strings.Join([]string{"AWSLogs/o-exampleorg1", accountName(i), "CloudTrail/eu-west-1/2026/02/03/a"}, "/"))
	}
	m := grow(names...)
	got, err := ddl.Inspect(t.Context(), m, "", "", ddl.Options{})
	// Accounts and days that were not inspected must not be left out of the table.
	if err != nil || len(got.Options.Accounts) != 300 || got.Options.Regions != nil || !got.Options.From.IsZero() {
		t.Fatalf("%+v, %v", got, err)
	}
	if m.listed > 100 {
		t.Errorf("got %d listed folders", m.listed)
	}
}

// TestSearchForLogsEnds checks that a bucket of many folders without logs is not listed as a whole.
func TestSearchForLogsEnds(t *testing.T) {
	var names []string
	for i := range 1000 {
		names = append(names, accountName(i)+"/backup/a")
	}
	m := grow(names...)
	if got, err := ddl.Inspect(t.Context(), m, "", "", ddl.Options{}); err == nil {
		t.Errorf("got %+v, want an error", got)
	}
	if m.listed > 350 {
		t.Errorf("got %d listed folders", m.listed)
	}
}

func accountName(i int) string {
	const digits = "0123456789"
	return "111122223" + string([]byte{digits[i/100%10], digits[i/10%10], digits[i%10]})
}

// TestHostileFoldersAreNoOptions: other people choose the names in a bucket, so they must not reach the statement.
func TestHostileFoldersAreNoOptions(t *testing.T) {
	m := grow("AWSLogs/111122223333/WAFLogs/eu-west-1/a'; DROP TABLE b; --/2026/02/03/04/05/x")
	got, err := ddl.Inspect(t.Context(), m, "", "", ddl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got.Options.Bucket = "my-logs"
	if _, err := ddl.Write(layout(t, "waf/athena"), got.Options); err == nil {
		t.Error("got the name of a web ACL in the statement")
	}
}

// FuzzInspect builds trees from lists of paths. Whatever Inspect finds, Write must produce exactly one statement from
// it.
func FuzzInspect(f *testing.F) {
	f.Add("AWSLogs/o-exampleorg1/111122223333/CloudTrail/eu-west-1/2026/02/03/a.json.gz", "")
	f.Add("x/AWSLogs/111122223333/WAFLogs/eu-west-1/edge/2026/02/03/a\nx/AWSLogs/222233334444/WAFLogs/cloudfront/edge/2026/02/03/a", "x/AWSLogs/")
	f.Add("AWSLogs/111122223333/vpcflowlogs/eu-west-1/2026/02/03/a.log:version srcaddr end\n", "")
	f.Add("AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=eu-west-1/year=2026/month=02/day=03/hour=04/a.parquet", "")
	f.Add("AWSLogs/111122223333/vpcdnsquerylogs/vpc-0123456789abcdef0/2026/02/03/a", "")
	f.Add("a'b/2026/02/03/2026-02-03-04-05-06-0123456789ABCDEF", "a'b/")
	f.Add("case/eu-west-1/2026/02/03/111122223333_CloudTrail_eu-west-1_20260203T0000Z_x.json.gz", "")
	f.Fuzz(func(t *testing.T, paths, start string) {
		var names []string
		for line := range strings.Lines(paths) {
			name, _, _ := strings.Cut(line, ":")
			if fs.ValidPath(name) && strings.Count(name, "/") < 12 {
				names = append(names, line)
			}
		}
		if start != "" && !strings.HasSuffix(start, "/") {
			start += "/"
		}
		got, err := ddl.Inspect(t.Context(), grow(names...), start, "", ddl.Options{})
		if err != nil {
			return
		}
		o := got.Options
		o.Bucket = "my-logs"
		name := got.Layout
		if name == "" {
			p, err := ddl.Choose(layout(t, got.Schema).Schema.Layouts(), ddl.AnyKind, o)
			if err != nil {
				t.Fatal(err)
			}
			name = p.FullName()
		}
		if s, err := ddl.Write(layout(t, name), ddl.Takes(layout(t, name), o)); err == nil {
			mustRead(t, s.Text)
		}
	})
}

// TestInspectsARealTrail reads the layout of a lab's bucket that was copied without the folders above the region.
func TestInspectsARealTrail(t *testing.T) {
	dir, start := ddl.OpenDir(testkit.Shared(t, "data/sans504"))
	got, err := ddl.Inspect(t.Context(), dir, start, "", ddl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Schema != "cloudtrail" || len(got.Options.Accounts) != 1 || len(got.Options.Regions) != 13 || !got.Options.From.Equal(day(2021, 7, 28)) {
		t.Errorf("got %+v", got)
	}
}

// TestOpenDirStartsAtAWSLogs: a path below AWSLogs contains the account and the service.
func TestOpenDirStartsAtAWSLogs(t *testing.T) {
	for given, want := range map[string][2]string{
		"copy": {"copy", ""}, "copy/AWSLogs": {"copy", "AWSLogs/"}, "/x/AWSLogs/111122223333/": {"/x", "AWSLogs/111122223333/"},
		"AWSLogs/o-exampleorg1": {".", "AWSLogs/o-exampleorg1/"}, "/AWSLogs": {"/", "AWSLogs/"},
	} {
		if dir, start := ddl.OpenDir(given); string(dir) != want[0] || start != want[1] {
			t.Errorf("%s: %s, %s, want %v", given, dir, start, want)
		}
	}
}
