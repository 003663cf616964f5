package plan

import (
	"slices"
	"time"

	"github.com/egret-hunt/egret/internal/sqlgen"
)

// A Chunk is a time range that one run of a statement covers.
type Chunk struct {
	// From and To limit the times of events to [From, To). A zero time sets no limit.
	From, To time.Time
	// PartitionFrom and PartitionTo limit the partition days to [PartitionFrom, PartitionTo), at midnight UTC. If they are
	// zero, the statement reads all partitions that may contain events between From and To.
	PartitionFrom, PartitionTo time.Time
}

// String returns the partitions of a chunk, or else the times of its events: "2026-02-06", "2026-02-06 to 2026-02-08" with
// both days included, "2026-02-06T13:00:00Z to 2026-02-06T14:00:00Z", "from 2026-02-06", "before 2026-02-08", "all time".
func (s Chunk) String() string {
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

// moment formats a time, without the time of day if that is midnight UTC.
func moment(t time.Time) string {
	if midnight(t) {
		return t.UTC().Format(time.DateOnly)
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func midnight(t time.Time) bool { return t.Equal(sqlgen.DayUnit.Start(t)) }

// Key returns a text that identifies the chunk and is the same in every run. It has only letters, digits, "-", "." and "+".
func (s Chunk) Key() string {
	key := stamp(s.From) + "-" + stamp(s.To)
	if s.PartitionFrom.IsZero() && s.PartitionTo.IsZero() {
		return key
	}
	return key + "+" + stamp(s.PartitionFrom) + "-" + stamp(s.PartitionTo)
}

// stamp formats a time for Key, "" for the zero time.
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

// Chunks splits the time range of a statement into chunks of about the given length, newest first. Each event of the range is
// in exactly one chunk. A range with an open end, or length 0, results in a single chunk.
//
// If the table is partitioned by days, chunks are ranges of partition days with the same range of event times, so that each
// partition is read once, however late its records were delivered. The length is rounded down to whole days, at least one,
// or to whole months or years if these are the partitions. The days after the range, which may contain late records, belong
// to the newest chunk unless it would exceed the length.
//
// For Counts, which counts events near each other, and for tables without time partitions, chunks are ranges of event times.
// Lengths of at least a day are rounded down to whole days, from midnight to midnight. A chunk of Counts also reads the
// following days with late records, and returns more rows within the correlations' timespan of its ends. Its length should
// be several times both.
func (s *Statement) Chunks(length time.Duration) []Chunk {
	whole := Chunk{From: s.from, To: s.to}
	if unit, late := sqlgen.Partitioned(s.plan.b.layout); s.prompt && late > 0 && unit != sqlgen.NoUnit && !s.from.IsZero() && !s.to.IsZero() {
		whole.PartitionFrom, whole.PartitionTo = unit.Start(s.from), unit.Add(s.to.Add(-1), 1)
		return []Chunk{whole}
	}
	if s.from.IsZero() || s.to.IsZero() || length <= 0 || !s.from.Before(s.to) {
		return []Chunk{whole}
	}
	unit, late := sqlgen.Partitioned(s.plan.b.layout) // the layout has only existing partition columns
	var list []Chunk
	if s.Kind != Counts && s.Kind != Both && unit != sqlgen.NoUnit {
		list = partitionChunks(whole, unit, late, length)
	} else {
		list = timeChunks(whole, length)
	}
	slices.Reverse(list)
	return list
}

// Prompt returns a copy of the statement that reads only events which were delivered on the day on which they happened, as
// most are. It does not read the following days with late events.
func (s *Statement) Prompt() *Statement {
	prompt := *s
	prompt.prompt = true
	return &prompt
}

// partitionChunks splits a range by partitions, oldest first.
func partitionChunks(whole Chunk, unit sqlgen.PartitionUnit, late int, length time.Duration) []Chunk {
	n := max(1, int(length/day))
	switch unit {
	case sqlgen.MonthUnit:
		n = max(1, n/31)
	case sqlgen.YearUnit:
		n = max(1, n/366)
	case sqlgen.DayUnit, sqlgen.NoUnit:
	}
	last := whole.To.Add(-1)
	end, filed := unit.Add(last, 1), unit.Add(last.AddDate(0, 0, late), 1) // the end of partitions without and with late records
	var list []Chunk
	cut := func(at, end time.Time) {
		for at.Before(end) {
			next := unit.Add(at, n)
			if next.After(end) {
				next = end
			}
			list = append(list, Chunk{From: whole.From, To: whole.To, PartitionFrom: at, PartitionTo: next})
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

// timeChunks splits a range by the time of events, oldest first.
func timeChunks(whole Chunk, length time.Duration) []Chunk {
	start := whole.From
	if length >= day {
		length = length.Truncate(day)
		start = sqlgen.DayUnit.Start(start)
	}
	var list []Chunk
	for at := start; at.Before(whole.To); at = at.Add(length) {
		chunk := Chunk{From: at, To: at.Add(length)}
		if chunk.From.Before(whole.From) {
			chunk.From = whole.From
		}
		if chunk.To.After(whole.To) {
			chunk.To = whole.To
		}
		list = append(list, chunk)
	}
	return list
}
