package finding_test

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
)

// A list of untrusted values is cut, and the number of the others is given.
func TestLongListsAreCutAndCounted(t *testing.T) {
	f := rootLogin(t)
	for i := range finding.ListLimit + 7 {
		f.Facts.Addresses = append(f.Facts.Addresses, strconv.Itoa(i))
		f.Facts.Notable = append(f.Facts.Notable, finding.Fact{Name: strconv.Itoa(i)})
	}
	var got struct {
		Addresses []string
		Facts     []struct{ Name string }
		More      map[string]int
	}
	if err := json.Unmarshal(f.AppendJSON(nil), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Addresses) != finding.ListLimit || len(got.Facts) != finding.ListLimit {
		t.Errorf("got %d addresses and %d facts, want %d of each", len(got.Addresses), len(got.Facts), finding.ListLimit)
	}
	if len(got.More) != 2 || got.More["addresses"] != 7 || got.More["facts"] != 7 {
		t.Errorf("got more %v, want 7 addresses and 7 facts", got.More)
	}
}

// The table of addresses counts a finding in each of its addresses, not only in that of its first event.
func TestSummaryCountsEveryAddress(t *testing.T) {
	f := rootLogin(t)
	f.Facts.Addresses = []string{"192.0.2.7", "198.51.100.9"}
	var s finding.Summarizer
	s.Add(&f)
	rows := s.Summary(1).Addresses
	if len(rows) != 2 || rows[0].Name != "192.0.2.7" || rows[1].Name != "198.51.100.9" || rows[1].Findings != 1 {
		t.Errorf("got %+v, want one finding for each of two addresses", rows)
	}
}
