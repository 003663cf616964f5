package tally

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// Limits of metrics.
const (
	// MaxFields is the maximum number of fields to count by.
	MaxFields = 8
	// maxCells is the maximum number of counts of one worker: of values, or of values and periods.
	maxCells = 1_000_000
	// maxCombinations is the maximum number of combinations of values that one event counts for.
	maxCombinations = 1000
)

// A Counter counts the events of one worker by the values of fields, and by periods of time if Over is set. An event with several
// values in a field counts for each. It is not safe for concurrent use.
type Counter struct {
	fields int
	over   int64 // nanoseconds, 0 for no periods
	rows   *rows[map[int64]int64]
	// periods counts events, not combinations.
	periods  map[int64]int64
	events   int64
	timeless int64
	// clipped counts the events with more combinations than maxCombinations.
	clipped int64
	key     []byte
	ends    []int
	made    int
}

// NewCounter returns a Counter for a number of fields.
func NewCounter(fields int, over time.Duration) *Counter {
	return &Counter{fields: fields, over: int64(over), rows: newRows[map[int64]int64](maxCells), periods: map[int64]int64{}, ends: make([]int, fields)}
}

// noPeriod is the period of events without a time.
const noPeriod = -1 << 63

// Event counts an event.
func (c *Counter) Event(_ *schema.Schema, when value.Time, fields match.Fields) {
	c.events++
	period := int64(noPeriod)
	switch {
	case when == finding.NoTime:
		c.timeless++
	case c.over > 0:
		period = floor(when.Nanos, c.over)
	}
	if c.over > 0 {
		c.periods[period]++
	}
	c.key, c.made = c.key[:0], 0
	c.combine(period, fields, 0)
	if c.made > maxCombinations {
		c.clipped++
	}
}

// Group counts a number of events with one value of each field, nil for a missing one, in one period; period is 0 without periods.
// It does not count them as events of the log, see Total: an event may be in several groups.
func (c *Counter) Group(values []*string, period int64, timed bool, n int64) {
	c.key = c.key[:0]
	for _, v := range values {
		before := len(c.key)
		c.key = append(c.key, 0, 0)
		if v == nil {
			continue
		}
		c.key = append(c.key, bounded([]byte(*v))...)
		binary.BigEndian.PutUint16(c.key[before:], uint16(len(c.key)-before-2+1))
	}
	if !timed {
		period = noPeriod
	}
	c.count(period, n)
}

// Total counts events of the log in a period, for groups.
func (c *Counter) Total(period int64, timed bool, n int64) {
	c.events += n
	if !timed {
		c.timeless += n
		period = noPeriod
	}
	if c.over > 0 {
		c.periods[period] += n
	}
}

// floor returns the beginning of the period that has a time.
func floor(nanos, over int64) int64 {
	rest := nanos % over
	if rest < 0 {
		rest += over
	}
	return nanos - rest
}

// combine adds the values of the fields from one on to the key, and counts each key.
func (c *Counter) combine(period int64, fields match.Fields, field int) {
	if field == c.fields {
		if c.made++; c.made <= maxCombinations {
			c.count(period, 1)
		}
		return
	}
	before := len(c.key)
	leaves := fields.Leaves(field)
	if len(leaves) == 0 {
		c.key = append(c.key, 0, 0) // no value
		c.combine(period, fields, field+1)
		c.key = c.key[:before]
		return
	}
	for i, leaf := range leaves {
		if i > maxCombinations {
			c.made += len(leaves) - i
			break
		}
		c.key = append(c.key[:before], 0, 0)
		c.key = leaf.Doc.AppendText(c.key, leaf.Node)
		if value := c.key[before+2:]; len(value) > maxName {
			c.key = append(c.key[:before+2], bounded(value)...)
		}
		binary.BigEndian.PutUint16(c.key[before:], uint16(len(c.key)-before-2+1))
		c.combine(period, fields, field+1)
	}
	c.key = c.key[:before]
}

// count counts the key n times.
func (c *Counter) count(period, n int64) {
	row := c.rows.get(c.key)
	if row == nil {
		c.rows.rest += n
		return
	}
	row.events += n
	if c.over == 0 {
		return
	}
	if row.value == nil {
		row.value = map[int64]int64{}
	}
	had := row.value[period]
	row.value[period] = had + n
	if had == 0 {
		c.rows.grow(row, 1)
	}
}

// Metrics are counts by fields. Its JSON is a contract: keys are always present, and new ones may be added.
type Metrics struct {
	// Fields are as the user named them.
	Fields []string `json:"fields"`
	// OverSeconds is the length of the periods, 0 for none.
	OverSeconds float64 `json:"over_seconds"`
	// Events counts events, not combinations of values; Timeless those without a time.
	Events   int64 `json:"events"`
	Timeless int64 `json:"without_time"`
	// Rows are ordered by count, the largest first, then by values. It is empty without fields.
	Rows []MetricRow `json:"rows"`
	// Others is the number of counts that were left out, since there were too many different values.
	Others int64 `json:"others"`
	// Clipped counts the events that had too many values to count them all.
	Clipped int64 `json:"clipped"`
	// Periods counts events in each period from the first to the last with events.
	Periods []Period `json:"periods"`
}

// A MetricRow is one combination of values. A value is nil where events do not have the field.
type MetricRow struct {
	Values  []*string `json:"values"`
	Count   int64     `json:"count"`
	Periods []Period  `json:"periods"`
}

// A Period is the number of events in one period that begins at From. From is NoTime for events without a time.
type Period struct {
	From  finding.Moment `json:"from"`
	Count int64          `json:"count"`
}

// MergeCounters returns the counts of several workers, with the fields as the user named them. It uses up the Counters.
func MergeCounters(workers []*Counter, names []string, over time.Duration) *Metrics {
	if len(workers) == 0 {
		workers = []*Counter{NewCounter(len(names), over)}
	}
	all := workers[0]
	for _, w := range workers[1:] {
		all.events += w.events
		all.timeless += w.timeless
		all.clipped += w.clipped
		// Iteration order does not matter: these are sums.
		for period, n := range w.periods {
			all.periods[period] += n
		}
		if w.rows.closed {
			all.rows.closeAt(w.rows.least)
		}
		all.rows.rest += w.rows.rest
		for _, in := range w.rows.order {
			all.add(in)
		}
	}
	m := &Metrics{
		Fields: names, OverSeconds: over.Seconds(), Events: all.events, Timeless: all.timeless, Others: all.rows.rest, Clipped: all.clipped,
		Rows: []MetricRow{}, Periods: periodsOf(all.periods),
	}
	if len(names) == 0 {
		return m
	}
	for _, row := range all.rows.order {
		m.Rows = append(m.Rows, MetricRow{Values: valuesOf(row.name, len(names)), Count: row.events, Periods: periodsOf(row.value)})
	}
	m.sort()
	return m
}

// add adds a row of another counter.
func (c *Counter) add(in *row[map[int64]int64]) {
	to := c.rows.get([]byte(in.name))
	if to == nil {
		c.rows.rest += in.events
		return
	}
	to.events += in.events
	before := len(to.value)
	if to.value == nil && in.value != nil {
		to.value = map[int64]int64{}
	}
	// Iteration order does not matter: these are sums.
	for period, n := range in.value {
		to.value[period] += n
	}
	c.rows.grow(to, len(to.value)-before)
}

func (m *Metrics) sort() {
	slices.SortFunc(m.Rows, func(a, b MetricRow) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), slices.CompareFunc(a.Values, b.Values, func(a, b *string) int {
			switch {
			case a == nil || b == nil:
				return cmp.Compare(len(textOf(a)), len(textOf(b)))
			default:
				return strings.Compare(*a, *b)
			}
		}))
	})
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// valuesOf takes a key apart.
func valuesOf(key string, fields int) []*string {
	values := make([]*string, fields)
	for i := range values {
		length := int(binary.BigEndian.Uint16([]byte(key)))
		key = key[2:]
		if length == 0 {
			continue
		}
		text := key[:length-1]
		values[i] = &text
		key = key[length-1:]
	}
	return values
}

func periodsOf(counts map[int64]int64) []Period {
	list := make([]Period, 0, len(counts))
	for from, n := range counts {
		list = append(list, Period{finding.Moment{Time: value.Time{Nanos: from}}, n})
	}
	slices.SortFunc(list, func(a, b Period) int { return cmp.Compare(a.From.Nanos, b.From.Nanos) })
	return list
}
