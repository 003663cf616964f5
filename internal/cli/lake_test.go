package cli

import (
	"strings"
	"testing"
)

// TestFirstFlagOfALakeIsNamed: of several flags that do not go with --lake every run names the same one.
func TestFirstFlagOfALakeIsNamed(t *testing.T) {
	for range 100 {
		_, err := (&app{}).findLake(&lakeChoice{lake: "prod", database: "x.db", schema: "cloudtrail", region: "eu-west-1"})
		if err == nil || !strings.Contains(err.Error(), "--database goes with --engine") {
			t.Fatalf("error %v, want one about --database", err)
		}
	}
}
