package plan

import (
	"slices"
	"time"

	"github.com/egret-hunt/egret/internal/sqlgen"
)

// Slice is a part of what a statement is asked for, in time.
type Slice struct {
	// From and To are times of events, half-open. A zero time is an open end.
	From, To time.Time
	// PartitionFrom and PartitionTo are days at midnight UTC, half-open, that bound the partitions which are read. Zero: those
	// in which events from From to To may be filed.
	PartitionFrom, PartitionTo time.Time
}

// String names a slice for people, by its partitions or else by the times of its events: "2026-02-06", "2026-02-06 to
// 2026-02-08" with both days in it, "2026-02-06T13:00:00Z to 2026-02-06T14:00:00Z", "from 2026-02-06", "before 2026-02-08",
// "all time".
func (s Slice) String() string {
	from, to := s.From, s.To
	if !s.PartitionFrom.IsZero() || !s.PartitionTo.IsZero() {
		from, to = s.PartitionFrom, s.PartitionTo
	}
	switch {
	case from.IsZero() && to.IsZero():
		return "all time"
	case from.IsZero():
		return "before " + moment(to)
	case to.IsZero():
		return "from " + moment(from)
	case !midnight(from) || !midnight(to):
		return from.UTC().Format(time.RFC3339Nano) + " to " + to.UTC().Format(time.RFC3339Nano)
	}
	first, last := moment(from), moment(to.AddDate(0, 0, -1))
	if first == last {
		return first
	}
	return first + " to " + last
}

// moment is a time, without the time of day if that is midnight UTC.
func moment(t time.Time) string {
	if midnight(t) {
		return t.UTC().Format(time.DateOnly)
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func midnight(t time.Time) bool { return t.Equal(sqlgen.DayUnit.Start(t)) }

// Key stands for the slice among all others: letters, digits and the signs "-", ".", "+". It stays the same from run to run.
func (s Slice) Key() string {
	key := stamp(s.From) + "-" + stamp(s.To)
	if s.PartitionFrom.IsZero() && s.PartitionTo.IsZero() {
		return key
	}
	return key + "+" + stamp(s.PartitionFrom) + "-" + stamp(s.PartitionTo)
}

// stamp is a time, "" for none.
func stamp(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case midnight(t):
		return t.UTC().Format("20060102")
	}
	return t.UTC().Format("20060102T150405.999999999")
}

const day = 24 * time.Hour

// Slices cuts a statement into parts of about that length, newest first; each event that is asked for is in one. A range
// with an open end, and length 0, give a single slice.
//
// A table that is partitioned by days is cut by the days of its partitions, and the range of event times is the same for
// all slices: so each partition is read once, however late its records were filed. Length counts in whole days then, at least
// one, and where partitions are months or years, in whole ones of these. The days after the range, where its last records may
// be filed, go with the newest slice if a slice may be as long.
//
// Hits must have the events around each event, so that it is cut by the time of events, as are tables without partitions by
// time. Lengths of a day and more count in whole days, from midnight to midnight. A slice of Hits reads the days after it
// too, those in which records are filed late, and lets more through near its ends, as far as the correlations' timespan
// reaches: its length should be several times both.
func (s *Statement) Slices(length time.Duration) []Slice {
	whole := Slice{From: s.from, To: s.to}
	if unit, late := sqlgen.Partitioned(s.plan.b.profile); s.prompt && late > 0 && unit != sqlgen.NoUnit && !s.from.IsZero() && !s.to.IsZero() {
		whole.PartitionFrom, whole.PartitionTo = unit.Start(s.from), unit.Add(s.to.Add(-1), 1)
		return []Slice{whole}
	}
	if s.from.IsZero() || s.to.IsZero() || length <= 0 || !s.from.Before(s.to) {
		return []Slice{whole}
	}
	unit, late := sqlgen.Partitioned(s.plan.b.profile) // of what the table really has
	var list []Slice
	if s.Kind != Hits && s.Kind != Both && unit != sqlgen.NoUnit {
		list = partitionSlices(whole, unit, late, length)
	} else {
		list = timeSlices(whole, length)
	}
	slices.Reverse(list)
	return list
}

// Prompt is the same statement for events that were filed on the day on which they took place, as most are: it does not read the
// days after it, where late ones are.
func (s *Statement) Prompt() *Statement {
	prompt := *s
	prompt.prompt = true
	return &prompt
}

// partitionSlices cuts a range by partitions, oldest first.
func partitionSlices(whole Slice, unit sqlgen.PartitionUnit, late int, length time.Duration) []Slice {
	n := max(1, int(length/day))
	switch unit {
	case sqlgen.MonthUnit:
		n = max(1, n/31)
	case sqlgen.YearUnit:
		n = max(1, n/366)
	case sqlgen.DayUnit, sqlgen.NoUnit:
	}
	last := whole.To.Add(-1)
	end, filed := unit.Add(last, 1), unit.Add(last.AddDate(0, 0, late), 1) // of the events, and of their records
	var list []Slice
	cut := func(at, end time.Time) {
		for at.Before(end) {
			next := unit.Add(at, n)
			if next.After(end) {
				next = end
			}
			list = append(list, Slice{From: whole.From, To: whole.To, PartitionFrom: at, PartitionTo: next})
			at = next
		}
	}
	cut(unit.Start(whole.From), end)
	if filed.After(unit.Add(end, n)) {
		cut(end, filed)
	} else {
		list[len(list)-1].PartitionTo = filed
	}
	return list
}

// timeSlices cuts a range by the time of events, oldest first.
func timeSlices(whole Slice, length time.Duration) []Slice {
	start := whole.From
	if length >= day {
		length = length.Truncate(day)
		start = sqlgen.DayUnit.Start(start)
	}
	var list []Slice
	for at := start; at.Before(whole.To); at = at.Add(length) {
		slice := Slice{From: at, To: at.Add(length)}
		if slice.From.Before(whole.From) {
			slice.From = whole.From
		}
		if slice.To.After(whole.To) {
			slice.To = whole.To
		}
		list = append(list, slice)
	}
	return list
}
