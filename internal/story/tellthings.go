package story

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
)

// made lists what was made, what still stands first in order of time.
func (c *cluster) made(in *Intrusion) {
	slices.SortStableFunc(c.things, func(a, b *Thing) int { return compareNanos(a.Time, b.Time) })
	for _, t := range c.things {
		if len(in.Made) >= maxStoryThings {
			in.MoreMade++
			continue
		}
		in.Made = append(in.Made, *t)
	}
	in.MoreMade += c.moreThings
}

// given lists what was shared, and when a share was taken back.
func (c *cluster) given(in *Intrusion) {
	gifts := slices.Clone(c.group.gifts)
	slices.SortStableFunc(gifts, func(a, b Gift) int { return compareNanos(a.Time, b.Time) })
	for _, gift := range gifts {
		if len(in.Given) >= maxGifts {
			in.MoreGiven++
			continue
		}
		everyone := gift.Recipient() == "everyone"
		for _, t := range c.things {
			if t.Part == "" && !everyone || t.Stands() || t.Removed.Nanos < gift.Time.Nanos || !names(gift.What, t.Name) {
				continue
			}
			if everyone || strings.Contains(gift.To, account(t.Part, t.Part)) {
				gift.Undone = t.Removed
			}
		}
		in.Given = append(in.Given, gift)
	}
	in.MoreGiven += c.group.more.gifts
}

// names reports whether a text of targets names a thing.
func names(targets, name string) bool {
	for _, target := range strings.Split(targets, ", ") {
		if i := strings.LastIndexByte(target, ' '); schema.ShortName(target[i+1:]) == schema.ShortName(name) {
			return true
		}
	}
	return false
}

// logging lists the changes of logging, and the gaps that followed them.
func (c *cluster) logging(in *Intrusion, ledger *finding.Ledger) {
	changes := slices.Clone(c.group.changes)
	slices.SortStableFunc(changes, func(a, b Change) int { return compareNanos(a.Time, b.Time) })
	for _, change := range changes {
		if len(in.Logging) >= maxChanges {
			in.MoreLogging++
			continue
		}
		if ledger != nil && change.Outcome != finding.Refused && change.Outcome != finding.Failed {
			for _, gap := range ledger.Gaps {
				if follows(gap, change) {
					change.GapHours = max(change.GapHours, gap.Hours)
				}
			}
		}
		in.Logging = append(in.Logging, change)
	}
	in.MoreLogging += c.group.more.changes
}

// follows reports whether a gap of the log begins within hours of a change.
func follows(gap finding.Gap, c Change) bool {
	d := minus(gap.From.Nanos, c.Time.Nanos)
	return c.Time != finding.NoTime && gap.Kind != "region" && d > -int64(3600e9) && d < 6*int64(3600e9)
}
