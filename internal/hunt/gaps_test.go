package hunt

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// cover builds a coverage: "account region" to the hours that have logs, written "0-23,30".
func cover(t *testing.T, streams map[string]string) coverage {
	t.Helper()
	c := coverage{}
	for name, spans := range streams {
		account, region, _ := strings.Cut(name, " ")
		for span := range strings.SplitSeq(spans, ",") {
			var from, to int64
			if n, _ := fmt.Sscanf(span, "%d-%d", &from, &to); n == 1 {
				to = from
			} else if n == 0 {
				t.Fatalf("bad span %q", span)
			}
			for hour := from; hour <= to; hour++ {
				c.add(stream{account, region}, hour)
			}
		}
	}
	return c
}

func gapLines(c coverage, basis string) []string {
	lines := []string{}
	for _, gap := range c.gaps(basis) {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s/%s %d-%d", gap.Kind, gap.Account, gap.Region,
			gap.From.Nanos/nanosPerHour, gap.To.Nanos/nanosPerHour)))
	}
	slices.Sort(lines)
	return lines
}

func TestGaps(t *testing.T) {
	for name, row := range map[string]struct {
		streams map[string]string
		want    []string
	}{
		"none": {map[string]string{"a r1": "0-9", "a r2": "0-9"}, nil},
		"a hole in the only stream": {
			map[string]string{"a r1": "0-3,6-9"}, []string{"hours a/r1 4-6"},
		},
		"a region is silent while its neighbour is not": {
			map[string]string{"a r1": "0-9", "a r2": "0-3,6-9"}, []string{"hours a/r2 4-6"},
		},
		"all regions of an account at once": {
			map[string]string{"a r1": "0-3,6-9", "a r2": "0-3,6-9", "b r1": "0-9", "b r2": "0-9"}, []string{"hours a/ 4-6"},
		},
		"all accounts at once": {
			map[string]string{"a r1": "0-3,6-9", "a r2": "0-3,6-9", "b r1": "0-3,6-9", "b r2": "0-3,6-9"}, []string{"hours / 4-6"},
		},
		"an account of one region": {
			map[string]string{"a r1": "0-3,6-9", "b r1": "0-9"}, []string{"hours a/r1 4-6"},
		},
		"a region stops": {
			map[string]string{"a r1": "0-9", "a r2": "0-5"}, []string{"stops a/r2 6-10"},
		},
		"an account stops": {
			map[string]string{"a r1": "0-9", "a r2": "0-9", "b r1": "0-5", "b r2": "0-5"}, []string{"stops b/ 6-10"},
		},
		"a region starts late": {
			map[string]string{"a r1": "0-9", "a r2": "4-9"}, []string{"starts a/r2 0-4"},
		},
		"an account without a region": {
			map[string]string{"a r1": "0-9", "a r2": "0-9", "b r1": "0-9"}, []string{"region b/r2 0-10"},
		},
		"a wider hole than the account's": {
			map[string]string{"a r1": "0-3,6-9", "a r2": "0-1,6-9"}, []string{"hours a/ 4-6", "hours a/r2 2-6"},
		},
		"nothing": {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := gapLines(cover(t, row.streams), "files")
			if !slices.Equal(got, row.want) && len(got)+len(row.want) > 0 {
				t.Errorf("got  %q\nwant %q", got, row.want)
			}
		})
	}
}

// A busy region that falls silent for two hours says more than a quiet one that is silent most of the day.
func TestTellingGapsComeFirst(t *testing.T) {
	c := cover(t, map[string]string{"a busy": "0-9,12-47", "a quiet": "3,20", "a other": "0-47"})
	if got := c.gaps("files")[0]; got.Region != "busy" {
		t.Errorf("first is %+v", got)
	}
}

// Records are sparse by nature: only a stream that is hardly ever silent is asked about.
func TestGapsOfRecords(t *testing.T) {
	c := cover(t, map[string]string{"a r1": "0-9,12-20", "a r2": "3,9,15"})
	if got, want := gapLines(c, "records"), []string{"hours a/ 10-12"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHourOf(t *testing.T) {
	for nanos, want := range map[int64]int64{0: 0, nanosPerHour - 1: 0, nanosPerHour: 1, -1: -1, -nanosPerHour: -1} {
		if got := hourOf(nanos); got != want {
			t.Errorf("hour of %d is %d, want %d", nanos, got, want)
		}
	}
}

func TestRecordsWithoutAccountOrRegionAreNoStream(t *testing.T) {
	c := cover(t, map[string]string{"a us-east-1": "0-9", " ": "5", "a ": "50"})
	if lines := gapLines(c, "files"); len(lines) != 0 {
		t.Errorf("%q", lines)
	}
}
