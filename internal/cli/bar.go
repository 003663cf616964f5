package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// state is how far something is.
type state struct {
	text string
	// position is what is done of total; total is 0 while it is not known.
	position, total int64
}

// bar makes the line that shows a state. The share that is done never falls, also when the total grows meanwhile, as the
// queries of a lake do when a statement is split.
type bar struct {
	bytes bool // positions are bytes, and their rate is shown
	start time.Time
	share float64 // the largest so far
}

const (
	barWidth = 20
	// etaFrom is how long a run takes before the time left is worth saying.
	etaFrom = 2 * time.Second
)

// line is the state in at most the terminal's width less one column, since a full line would wrap; width is 0 where it is
// not known. What does not fit is left out, the least important first.
func (b *bar) line(s state, now time.Time, width int) string {
	if width <= 0 {
		width = 80
	}
	elapsed := now.Sub(b.start)
	parts := []string{s.text}
	if s.total > 0 {
		b.share = max(b.share, min(1, float64(s.position)/float64(s.total)))
		parts = append(parts, fmt.Sprintf("%3d%%", int(b.share*100)))
		if elapsed >= etaFrom && b.share > 0 && b.share < 1 {
			left := time.Duration(float64(elapsed) * (1 - b.share) / b.share)
			parts = append(parts, clock(left)+" left")
		}
		done := int(b.share * barWidth)
		parts = append(parts, "["+strings.Repeat("=", done)+strings.Repeat(" ", barWidth-done)+"]")
	}
	if seconds := elapsed.Seconds(); b.bytes && seconds >= 0.5 && s.position > 0 {
		parts = append(parts, bytesOf(int64(float64(s.position)/seconds))+"/s")
	}
	if s.total <= 0 {
		parts = append(parts, clock(elapsed))
	}
	line := ""
	for i, part := range parts {
		if i > 0 {
			part = "  " + part
		}
		if utf8.RuneCountInString(line+part) <= width-1 {
			line += part
		} else if i == 0 {
			return string([]rune(part)[:width-1])
		}
	}
	return line
}

// clock is a duration as minutes and seconds, or hours, minutes and seconds.
func clock(d time.Duration) string {
	seconds := int(d.Round(time.Second).Seconds())
	if seconds >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}

// grouped is a number with commas between thousands.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
