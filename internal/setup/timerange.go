package setup

import (
	"errors"
	"fmt"
	"time"

	"github.com/egret-hunt/egret/internal/timetext"
)

// TimeRange reads --from, --to and --last; a zero time is no bound.
func TimeRange(fromText, toText, last string, now time.Time) (from, to time.Time, err error) {
	for _, flag := range []struct {
		name, text string
		into       *time.Time
	}{{"from", fromText, &from}, {"to", toText, &to}} {
		if flag.text == "" {
			continue
		}
		t, err := timetext.Time(flag.text, now)
		if err != nil {
			return from, to, UsageError(timetext.TimeHelp, fmt.Errorf("--%s: %w", flag.name, err))
		}
		*flag.into = t
	}
	if last != "" {
		if fromText != "" || toText != "" {
			return from, to, UsageError("use --last alone, or --from and --to", errors.New("--last does not go with --from or --to"))
		}
		d, err := timetext.Duration(last)
		if err != nil {
			return from, to, UsageError(timetext.DurationHelp, fmt.Errorf("--last: %w", err))
		}
		from = now.Add(-d).UTC()
	}
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		next := to.AddDate(0, 0, 1).Format("2006-01-02")
		return from, to, UsageError("events before --to are taken, a date is its midnight; for that whole day write --to "+next,
			errors.New("--to is not after --from"))
	}
	return from, to, nil
}
