package term

import (
	"regexp"
	"strconv"
	"testing"
	"time"
)

// TestBarNeverFallsNorWraps uses a growing total, as when statements are split, at several widths.
func TestBarNeverFallsNorWraps(t *testing.T) {
	percent := regexp.MustCompile(`(\d+)%`)
	start := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	for _, width := range []int{0, 1, 2, 20, 60, 80, 200} {
		b, last := bar{bytes: true, start: start}, -1
		for i, s := range []State{
			{"looking for files", 0, 0}, {"1 of 2 queries, 3.1 MB read, 100 rows", 1, 2}, {"1 of 9 queries, 3.1 MB read, 100 rows", 1, 9},
			{"9 of 10 queries, 12.0 MB read, 12345 rows", 9, 10}, {"11 of 10 queries, 12.0 MB read, 12345 rows", 11, 10},
		} {
			line := b.line(s, start.Add(time.Duration(i)*time.Minute), width)
			if width > 0 && Width(line) > width-1 {
				t.Errorf("width %d: %d columns: %q", width, Width(line), line)
			}
			if m := percent.FindStringSubmatch(line); m != nil {
				n, err := strconv.Atoi(m[1])
				if err != nil || n < last || n > 100 {
					t.Errorf("width %d: %d%% after %d%%", width, n, last)
				}
				last = n
			}
		}
		if width >= 60 && last != 100 {
			t.Errorf("width %d: got no percentage, want one", width)
		}
	}
}
