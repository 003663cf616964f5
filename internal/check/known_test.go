package check_test

import (
	"slices"
	"testing"

	"github.com/egret-hunt/egret/internal/check"
)

func TestKnownLogSources(t *testing.T) {
	if list := check.LogSources(); !slices.Contains(list, [3]string{"windows", "process_creation", ""}) || !slices.Contains(list, [3]string{"aws", "", "cloudtrail"}) {
		t.Error("the taxonomy lacks a well-known log source")
	}
	if fields := check.TaxonomyFields("windows", "process_creation", ""); !slices.Contains(fields, "CommandLine") || !slices.IsSorted(fields) {
		t.Errorf("fields of process creation: %q", fields)
	}
	if fields := check.TaxonomyFields("windows", "", "nothing"); fields != nil {
		t.Errorf("fields of an unknown log source: %q", fields)
	}
	if names := check.Operations("iam.amazonaws.com"); !slices.Contains(names, "CreateAccessKey") || !slices.Contains(check.EventSources(), "iam.amazonaws.com") {
		t.Error("IAM has no CreateAccessKey")
	}
	if check.Operations("iam") != nil {
		t.Error("a name that is no eventSource has operations")
	}
}
