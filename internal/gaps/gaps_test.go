package gaps

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/value"
)

// cover returns a coverage for a map from "account region" to the hours that have logs, written "0-23,30".
func cover(t *testing.T, streams map[string]string) Coverage {
	t.Helper()
	c := Coverage{}
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
				c.Add(Stream{account, region}, hour)
			}
		}
	}
	return c
}

func gapLines(c Coverage, basis string, touched ...Touch) []string {
	lines := []string{}
	gaps, _ := c.Gaps(basis, touched)
	for _, gap := range gaps {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s/%s %d-%d", gap.Kind, gap.Account, gap.Region,
			gap.From.Nanos/nanosPerHour, gap.To.Nanos/nanosPerHour)))
	}
	slices.Sort(lines)
	return lines
}

func TestGapsAreFoundAtTheRightLevel(t *testing.T) {
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
		"a region that starts late did not fall silent": {
			map[string]string{"a r1": "0-9", "a r2": "4-9"}, nil,
		},
		"an account without a region did not fall silent": {
			map[string]string{"a r1": "0-9", "a r2": "0-9", "b r1": "0-9"}, nil,
		},
		"a region of three hours": {map[string]string{"a r1": "0-99", "a r2": "30-32"}, nil},
		"a region that is silent at night": {
			map[string]string{"a r1": "0-143", "a r2": "7-22,31-46,55-70,79-94,103-118,127-142"}, nil,
		},
		"a region that is silent at night and then for two days": {
			map[string]string{"a r1": "0-199", "a r2": "7-22,31-46,55-70,79-94,103-118,169-199"}, []string{"hours a/r2 119-169"},
		},
		"an hour that may be missing by chance": {
			map[string]string{"a r1": "0-29", "a r2": "0-3,5,7-9,11-15,17-20,22-25,27-29"}, nil,
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

// TestQuietRegionsAreCounted checks that a busy region that is silent for two hours has a gap, and that the silence of a
// quiet one is only counted.
func TestQuietRegionsAreCounted(t *testing.T) {
	c := cover(t, map[string]string{"a busy": "0-9,12-47", "a quiet": "3,20", "a other": "0-47"})
	gaps, quiet := c.Gaps("files", nil)
	if len(gaps) != 1 || gaps[0].Region != "busy" {
		t.Errorf("got %+v, want the gap of busy", gaps)
	}
	if quiet.Streams != 1 || quiet.Gaps != 3 || !slices.Equal(quiet.Examples, []string{"a quiet"}) {
		t.Errorf("got quiet %+v, want three periods of a quiet", quiet)
	}
}

// TestSparseRecordsHaveNoGaps checks that only a stream that is rarely silent has gaps: records are naturally sparse.
func TestSparseRecordsHaveNoGaps(t *testing.T) {
	c := cover(t, map[string]string{"a r1": "0-9,12-20", "a r2": "3,9,15"})
	if got, want := gapLines(c, "records"), []string{"hours a/ 10-12"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHourOfRoundsDown(t *testing.T) {
	for nanos, want := range map[int64]int64{0: 0, nanosPerHour - 1: 0, nanosPerHour: 1, -1: -1, -nanosPerHour: -1} {
		if got := HourOf(nanos); got != want {
			t.Errorf("HourOf(%d): got %d, want %d", nanos, got, want)
		}
	}
}

func TestRecordsWithoutAccountOrRegionAreIgnored(t *testing.T) {
	c := cover(t, map[string]string{"a us-east-1": "0-9", " ": "5", "a ": "50"})
	if lines := gapLines(c, "files"); len(lines) != 0 {
		t.Errorf("got gaps %q, want none", lines)
	}
}

// TestSilenceAfterLoggingWasTouched checks that silence counts in a quiet region too if it follows a change of logging in
// its account, and that it comes first.
func TestSilenceAfterLoggingWasTouched(t *testing.T) {
	streams := map[string]string{"a busy": "0-9,12-47", "a quiet": "3,20", "b quiet": "3,20", "b busy": "0-47"}
	at := Touch{Account: "a", Time: value.Time{Nanos: 20*nanosPerHour + 1}, What: "Trail deleted"}
	gaps, _ := cover(t, streams).Gaps("files", []Touch{at})
	if len(gaps) != 2 || gaps[0].Account != "a" || gaps[0].Region != "quiet" || gaps[0].Kind != "stops" || gaps[0].After != at.What {
		t.Errorf("got %+v, want the silence of a quiet after the change before that of a busy", gaps)
	}
	at.Time.Nanos = 3 * nanosPerHour
	if got, want := gapLines(cover(t, streams), "files", at), []string{"hours a/ 10-12", "hours a/quiet 4-20"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	at.Time.Nanos = 40 * nanosPerHour
	if got, want := gapLines(cover(t, streams), "files", at), []string{"hours a/ 10-12"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
