// Package correlate finds the bursts of correlations: event_count, value_count, the temporal types and the numeric
// types, as docs/correlation.md defines them.
//
// Each of a hunt's goroutines passes the events that base rules matched to its own Worker, in any order. Finish then
// sorts the noted events by correlation, group and time, slides each correlation's window over its groups, and returns
// the bursts. The result depends on the events alone: not on their order, on the number of workers, or on what was
// spilled.
//
// # Windows and bursts
//
// The window of an event at time t contains the group's events with t-timespan ≤ time ≤ t, both ends included, and so
// all events of time t. A correlation's condition is tested in the window of each event of the group. A burst is a
// maximal run of consecutive events of the group at which the condition holds; a gap of more than the timespan between
// two of them also ends it, a gap of exactly the timespan does not. First is the time of the earliest event in the
// window of the run's first event, Last is the time of the run's last event. The evidence is the union of the windows,
// which is one unbroken range of the group's events, whatever rules these matched. Two bursts of a group may share
// evidence: the end of a burst does not clear the window. Without a time limit (ir.NoLimit) the window contains every
// event of the group up to t, and only the condition ends a burst. Events outside a base's range (ir.Base.Range) do
// not count for that base.
//
// # Spans
//
// With ir.Correlation.Spans an event lasts for its Duration. The window of time t then contains the group's events that
// begin at or before t and end at or after t-timespan: some instants of them are within the timespan. The condition is
// tested when an event begins. A base's range selects the events that overlap it. Events are in the order of two steps
// unless the second step's event ends before the first step's event begins, so overlapping events are in either order;
// this holds for each two steps of a run. A gap is the time from the latest end of all earlier events to the next
// begin. The evidence is still the union of the windows, First its earliest begin and Last its latest end. Without
// durations all this is the same as for instants. Findings of correlations are instants in a chain. Types that read values, strict
// order and ordered conditions over rules are refused.
//
// # Bounds
//
// For counts, sums and temporal types gt, gte and neq are tested at each event and define the burst; without gt and
// gte the lower bound is 1 (for a sum: the window must contain a number). lt, lte and eq are upper bounds: a burst
// becomes a finding only if its peak, the greatest value at any of its events, satisfies them. So "eq: 5" means bursts
// that reach exactly five, not the moment at which a larger burst passes five. Averages, percentiles and medians do
// not grow with the window, so all their bounds are tested at each event; a window without numbers never satisfies
// them.
//
// # Groups and values
//
// Group-by fields and distinct values compare by their exact text. An event whose group-by field has several leaves
// belongs to the group of each; with several fields, to each combination. An event without a leaf in a group-by field
// does not count for that rule. An event counts once in a group, however many base rules matched it and however often
// it was delivered: events with the same key and time are copies. Numbers are exact decimals of any size: sums are not
// rounded, and averages and percentiles are compared as fractions.
//
// # Chains
//
// A correlation over correlations sees their bursts as events at their Last. For a field that the burst is grouped by,
// such an event has the group's value; for any other field it has the leaves of all its evidence. Its evidence counts
// as evidence of the outer burst.
//
// # Memory
//
// A base match is a record of 88 bytes. Group texts are stored once, distinct values as hashes of 128 bits. Beyond the
// limit records and texts go to temporary files and are merged from there. Only the state of one group's window must
// be in memory: a counter for each distinct value. A window of a million events within one second costs as much as a
// million events that are far apart. With spans the window also has 16 bytes for each record in it, because its events do
// not end in the order in which they begin.
package correlate
