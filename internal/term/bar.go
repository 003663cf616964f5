package term

import (
	"fmt"
	"strings"
	"time"
)

// State is the progress of an operation.
type State struct {
	// Text is the first part of the line.
	Text string
	// Done and Total have the same unit; Total is 0 while it is unknown.
	Done, Total int64
}

// bar formats progress as a line. The share never decreases, even if the total grows, as the number of queries does
// when a statement is split.
type bar struct {
	bytes bool // the unit is bytes; show the rate
	start time.Time
	share float64 // the largest share so far
}

const (
	barWidth = 20
	// etaFrom is the minimum duration before the line shows the time left.
	etaFrom = 2 * time.Second
)

// line returns the state in fewer columns than the terminal's width, since a full line would wrap. A width of 0 means
// unknown. If the parts do not fit, the least important ones are left out.
func (b *bar) line(s State, now time.Time, width int) string {
	if width <= 0 {
		width = 80
	}
	elapsed := now.Sub(b.start)
	parts := []string{s.Text}
	if s.Total > 0 {
		b.share = max(b.share, min(1, float64(s.Done)/float64(s.Total)))
		parts = append(parts, fmt.Sprintf("%3d%%", int(b.share*100)))
		if elapsed >= etaFrom && b.share > 0 && b.share < 1 {
			left := time.Duration(float64(elapsed) * (1 - b.share) / b.share)
			parts = append(parts, Clock(left)+" left")
		}
		done := int(b.share * barWidth)
		parts = append(parts, "["+strings.Repeat("=", done)+strings.Repeat(" ", barWidth-done)+"]")
	}
	if seconds := elapsed.Seconds(); b.bytes && seconds >= 0.5 && s.Done > 0 {
		parts = append(parts, Bytes(int64(float64(s.Done)/seconds))+"/s")
	}
	if s.Total <= 0 {
		parts = append(parts, Clock(elapsed))
	}
	line := ""
	for i, part := range parts {
		if i > 0 {
			part = "  " + part
		}
		if Width(line+part) <= width-1 {
			line += part
		} else if i == 0 {
			return Head(part, width-1)
		}
	}
	return line
}
