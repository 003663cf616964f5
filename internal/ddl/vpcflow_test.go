package ddl_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/egret-hunt/egret/internal/ddl"
	"github.com/egret-hunt/egret/internal/schema"
)

// TestFlowFormatsOrderTheColumns checks that the columns of a table over text have the order of the fields. The types
// are those of the guide's table; the record types of versions 6 and later are in "Flow log records".
func TestFlowFormatsOrderTheColumns(t *testing.T) {
	o := sample("vpcflow/athena")
	o.Format = ddl.FlowFormat("${end} ${start} ${region} ${log-status} ${account-id} ${tcp-flags} ${reject-reason} ${dstport}")
	s := write(t, "vpcflow/athena", o)
	want := []column{{"end", "bigint"}, {"start", "bigint"}, {"region_in_log", "string"}, {"log_status", "string"},
		{"account_id", "string"}, {"tcp_flags", "int"}, {"reject_reason", "string"}, {"dstport", "int"}}
	if diff := cmp.Diff(want, s.columns, cmp.AllowUnexported(column{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	all := strings.ReplaceAll(strings.Join(s.comments, " "), "-- ", "")
	if !strings.Contains(all, "region_in_log") || !strings.Contains(all, "srcaddr") || strings.Contains(all, "lacks these columns of the table layout: account_id") {
		t.Errorf("want the renamed and the missing columns in the comment, got %s", all)
	}

	o.Format = ddl.FlowFormat("version region srcaddr")
	o.Accounts, o.Regions = []string{"111122223333"}, []string{"eu-west-1"}
	s = write(t, "vpcflow/athena-manual", o)
	if got := s.columns[1]; got != (column{"region", "string"}) {
		t.Errorf("without a partition of that name: got column %v", got)
	}
	if got := s.partitions; len(got) != 1 || got[0] != (column{"date", "date"}) {
		t.Errorf("partitions %v", got)
	}
}

func TestFlowFormatIsReadInEachForm(t *testing.T) {
	want := []string{"version", "account-id", "end"}
	for _, text := range []string{"version account-id end", "${version} ${account-id} ${end}", "version,account-id, end", "  ${version}${account-id} end "} {
		if diff := cmp.Diff(want, ddl.FlowFormat(text)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// TestUnknownFlowFieldsAreWarnings: AWS adds fields, so a name that is not similar to a known one becomes a string
// column.
func TestUnknownFlowFieldsAreWarnings(t *testing.T) {
	o := sample("vpcflow/athena")
	o.Format = []string{"version", "zebra-stripes"}
	p, err := schema.FindLayout(schema.All(), "vpcflow/athena")
	if err != nil {
		t.Fatal(err)
	}
	s, err := ddl.Write(p, o)
	if err != nil || len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], "zebra-stripes") {
		t.Errorf("%v, %v", s, err)
	}
}
