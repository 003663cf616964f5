// Package correlate finds the bursts of correlations: of event_count, value_count, the temporal types and the types over
// numbers, as the design's table of correlations defines them.
//
// A hunt's goroutines hand every event that a base rule matched to a Worker each, in any order. Finish then sorts what
// they noted by correlation, group and time, slides the window of each correlation over its groups, and gives the bursts.
// The result depends on the events alone: not on their order, on the number of workers, or on what was spilled.
//
// # Windows and bursts
//
// The window of an event at time t holds the group's events with t-timespan ≤ time ≤ t, both ends included, and so all
// events of time t. A correlation's condition is tested in the window of each event of the group. A burst is a maximal
// run of consecutive events of the group at which it holds; a gap of more than the timespan between two of them also ends
// it, a gap of exactly the timespan does not. First is the time of the earliest event in the window of the run's first
// event, Last that of the run's last event. The evidence is the union of the windows, which is one unbroken stretch of
// the group's events, whatever rules these matched. Two bursts of a group may share evidence: what ends a burst does not
// clear the window.
//
// # Bounds
//
// For counts, sums and temporal types gt, gte and neq are tested at each event and make the burst; where neither gt nor
// gte is given, the lower bound is 1 (for a sum: a number in the window). lt, lte and eq are upper bounds: a burst is a
// finding only if its peak, the greatest value at any of its events, satisfies them. So "eq: 5" means bursts that reach
// five and no more, not the moment at which a larger burst passes five. Averages, percentiles and medians do not grow
// with the window, so there all bounds are tested at each event; a window without any number never holds.
//
// # Groups and values
//
// Group-by fields and distinct values compare by their text, exactly. A field with several leaves puts an event into the
// group of each; with several fields, of each combination. An event without a leaf in some group-by field takes no part
// through that rule. It is one event of its group, however many base rules brought it there and however often it was
// delivered: events of one key and time are copies. Numbers are exact decimals
// of any size: sums do not round, and averages and percentiles are compared as fractions.
//
// # Chains
//
// A correlation over correlations sees their bursts as events at their Last. Such an event answers a field that its group
// names with the group's value, any other with the leaves of all its evidence. Its evidence counts as evidence above.
//
// # Memory
//
// A base match is a record of 88 bytes; group texts are kept once, distinct values as hashes of 128 bits. Beyond the limit
// records and texts go to temporary files and are merged from there. What must be in memory is the state of one group's
// window: a counter per distinct value. A window of a million events at one second costs what a million apart do.
package correlate
