package schema

import (
	"os"
	"strings"
	"testing"
)

// TestTraceOfCloudTrail loads the embedded trace, and checks that its topics name facts that exist.
func TestTraceOfCloudTrail(t *testing.T) {
	s := ByName("cloudtrail")
	trace := s.Trace()
	if len(trace.Links) == 0 || len(trace.Things) == 0 || len(trace.Contain) == 0 {
		t.Fatal("a part of the trace is missing")
	}
	var names []string
	for i := range s.Facts().Notable {
		names = append(names, s.Facts().Notable[i].Fact, s.Facts().Notable[i].Everyone)
	}
	text, err := os.ReadFile("data/trace/cloudtrail/story.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "topics:")
	list, _, _ = strings.Cut(list, "machines:")
	for _, line := range strings.Split(list, "\n") {
		name, ok := strings.CutPrefix(strings.TrimSpace(line), "- ")
		if !ok {
			continue
		}
		p := NewPattern(name)
		known := false
		for _, fact := range names {
			known = known || fact != "" && p.Matches([]byte(fact))
		}
		if !known {
			t.Errorf("no fact is named %q", name)
		}
	}
}
