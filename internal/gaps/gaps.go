// Package gaps finds where logs are missing: periods in which an account or region that wrote steadily has no logs.
//
// Its input are the hours for which accounts and regions have logs, and changes of logging; its output are gaps for the
// ledger of a hunt. It reads no logs itself.
package gaps

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/value"
)

// Stream identifies the logs of one account in one region. Empty fields mean all accounts or regions.
type Stream struct{ Account, Region string }

// hours is a set of hours since 1970.
type hours map[int64]struct{}

// Coverage records the hours for which each stream has logs.
type Coverage map[Stream]hours

// Add adds an hour since 1970 to a stream.
func (c Coverage) Add(s Stream, hour int64) {
	set := c[s]
	if set == nil {
		set = hours{}
		c[s] = set
	}
	set[hour] = struct{}{}
}

const nanosPerHour = 3600 * 1e9

// HourOf returns the hour of a time, rounded down even before 1970.
func HourOf(nanos int64) int64 {
	hour := nanos / nanosPerHour
	if nanos%nanosPerHour < 0 {
		hour--
	}
	return hour
}

// MaxGaps is the maximum number of gaps in a ledger.
const MaxGaps = 1000

// CloudTrail writes a file only if something happened, so that most regions of an account are silent most of the time. A
// gap says something only about a stream that wrote steadily before: in most hours, and for some hours.
const (
	steadyDensity = 0.5
	steadyHours   = 4
	// byChance is the largest probability of a gap that is reported, if each hour is silent as often as the hours of the
	// stream are on average.
	byChance = 0.05
	// habit is how many holes of about one length are a habit of the stream, such as its nights.
	habit = 4
)

// ranked is a gap with its significance: the missing hours, weighted by how rarely its stream is silent.
type ranked struct {
	finding.Gap
	score float64
}

// Gaps finds the periods without logs for which neighbours have logs: within a stream, at its ends while others
// continue, and whole regions that other accounts have. A hole that all regions of an account share is one gap of the
// account, and one that all accounts share is one gap of all. It returns the gaps in which a steady stream falls silent,
// or that begin after logging was touched, the most significant first, and the number of the others.
func (c Coverage) Gaps(basis string, touched []Touch) ([]finding.Gap, finding.Quiet) {
	all := Stream{}
	levels := map[Stream]hours{all: {}}
	members := map[Stream]map[Stream]bool{}
	note := func(level, member Stream, set hours) {
		if levels[level] == nil {
			levels[level] = hours{}
		}
		for hour := range set {
			levels[level][hour] = struct{}{}
		}
		if members[level] == nil {
			members[level] = map[Stream]bool{}
		}
		members[level][member] = true
	}
	// Iteration order does not matter: this builds sets.
	for s, set := range c {
		if s.Account == "" || s.Region == "" || len(set) == 0 {
			continue // such a stream would represent an account or all of them
		}
		account := Stream{Account: s.Account}
		note(account, s, set)
		note(all, account, set)
	}
	// A level with a single member equals the member, which is named more precisely.
	g := gapFinder{basis: basis, whole: levels[all], touched: touched, quiet: map[Stream]int{}}
	if len(members[all]) > 1 {
		g.holes(all, levels[all], nil)
	}
	// Iteration order does not matter: the gaps are sorted afterwards.
	for account := range members[all] {
		var above hours
		if len(members[all]) > 1 {
			above = levels[all]
		}
		if len(members[account]) > 1 {
			g.holes(account, levels[account], above)
			g.ends(account, levels[account], levels[all])
			above = levels[account]
		}
		// Iteration order does not matter: the gaps are sorted afterwards.
		for s := range members[account] {
			g.holes(s, c[s], above)
			if above != nil {
				g.ends(s, c[s], above)
			}
		}
	}
	c.missingRegions(&g, len(members[all]))
	found := g.found
	slices.SortFunc(found, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.From.Nanos, b.From.Nanos),
			strings.Compare(a.Account, b.Account), strings.Compare(a.Region, b.Region), strings.Compare(a.Kind, b.Kind))
	})
	gaps := make([]finding.Gap, 0, min(MaxGaps, len(found)))
	for _, gap := range found[:min(MaxGaps, len(found))] {
		gaps = append(gaps, gap.Gap)
	}
	return gaps, g.unreported()
}

type gapFinder struct {
	basis   string
	whole   hours
	touched []Touch
	found   []ranked
	// quiet counts the gaps that are not reported, by stream.
	quiet map[Stream]int
}

// unreported describes the gaps of quiet streams.
func (g *gapFinder) unreported() finding.Quiet {
	quiet := finding.Quiet{Streams: len(g.quiet), Examples: []string{}}
	names := make([]string, 0, len(g.quiet))
	// Iteration order does not matter: the names are sorted, and the numbers added.
	for s, n := range g.quiet {
		quiet.Gaps += n
		names = append(names, cmp.Or(strings.TrimSpace(s.Account+" "+s.Region), "all accounts"))
	}
	slices.Sort(names)
	quiet.Examples = append(quiet.Examples, names[:min(finding.MaxExamples, len(names))]...)
	return quiet
}

// holes adds the periods between two hours of a stream. above are the hours of the level above it: a period that is
// silent there too belongs to that level.
func (g *gapFinder) holes(s Stream, set, above hours) {
	sorted := sortedHours(set)
	for i := 1; i < len(sorted); i++ {
		from, to := sorted[i-1]+1, sorted[i]
		if from == to || above != nil && !above.anyIn(from, to) {
			continue
		}
		g.add("hours", s, from, to, sorted)
	}
}

// ends adds the periods before and after a stream's logs for which the level above it has logs.
func (g *gapFinder) ends(s Stream, set, above hours) {
	sorted, nearby := sortedHours(set), sortedHours(above)
	if first, start := sorted[0], nearby[0]; start < first {
		g.add("starts", s, start, first, sorted)
	}
	if last, end := sorted[len(sorted)-1]+1, nearby[len(nearby)-1]+1; last < end {
		g.add("stops", s, last, end, sorted)
	}
}

func (g *gapFinder) add(kind string, s Stream, from, to int64, sorted []int64) {
	gap := newGap(kind, g.basis, s, from, to)
	i := len(g.touched) - 1 // they are in order, and the last one before the gap counts
	for i >= 0 && !g.touched[i].precedes(s, from) {
		i--
	}
	if kind != "starts" && i >= 0 {
		gap.After, gap.AfterTime = g.touched[i].What, finding.Moment{Time: g.touched[i].Time}
	} else if kind == "starts" || !steady(kind, from, to, sorted) {
		g.quiet[s]++
		return
	}
	present := float64(len(sorted))
	density := present / float64(sorted[len(sorted)-1]-sorted[0]+1)
	// A stream with few hours is dense by chance. What follows a change of logging comes first.
	score := float64(to-from) * density * present / (present + 3)
	if gap.After != "" {
		score += untilTouched
	}
	g.found = append(g.found, ranked{gap, score})
}

// untilTouched is more than the score of any gap without a change of logging.
const untilTouched = 1e9

// steady reports whether the stream with these hours wrote so steadily that its silence means something.
func steady(kind string, from, to int64, sorted []int64) bool {
	span := float64(sorted[len(sorted)-1] - sorted[0] + 1)
	density := float64(len(sorted)) / span
	if density < steadyDensity || len(sorted) < steadyHours || math.Pow(1-density, float64(to-from)) > byChance {
		return false
	}
	similar := 0
	if kind != "hours" {
		similar++
	}
	for i := 1; i < len(sorted); i++ {
		if hole := sorted[i] - sorted[i-1] - 1; hole > 0 && 2*hole >= to-from {
			similar++
		}
	}
	return similar < habit
}

func newGap(kind, basis string, s Stream, from, to int64) finding.Gap {
	moment := func(hour int64) finding.Moment {
		return finding.Moment{Time: value.Time{Nanos: hour * nanosPerHour}}
	}
	return finding.Gap{
		Kind: kind, Basis: basis, Account: s.Account, Region: s.Region, From: moment(from), To: moment(to), Hours: int(to - from),
	}
}

// missingRegions counts the regions for which all other accounts have logs, as quiet: nothing says that they ever wrote.
func (c Coverage) missingRegions(g *gapFinder, accounts int) {
	if accounts < 2 || g.basis == "records" || len(g.whole) == 0 {
		return
	}
	regions, names := map[string]int{}, map[string]bool{}
	for s := range c {
		regions[s.Region]++
		names[s.Account] = true
	}
	// Iteration order does not matter: counts are made.
	for region, having := range regions {
		if region == "" || having < accounts-1 {
			continue
		}
		// Iteration order does not matter: counts are made.
		for account := range names {
			s := Stream{account, region}
			if _, ok := c[s]; !ok {
				g.quiet[s]++
			}
		}
	}
}

func (h hours) anyIn(from, to int64) bool {
	if to-from > int64(len(h)) {
		for hour := range h {
			if hour >= from && hour < to {
				return true
			}
		}
		return false
	}
	for hour := from; hour < to; hour++ {
		if _, ok := h[hour]; ok {
			return true
		}
	}
	return false
}

func sortedHours(set hours) []int64 {
	sorted := make([]int64, 0, len(set))
	for hour := range set {
		sorted = append(sorted, hour)
	}
	slices.Sort(sorted)
	return sorted
}

// A Touch is an event after which logs may be missing.
type Touch struct {
	Account string
	Time    value.Time
	// What is the title of the rule that found it.
	What string
}

// touchHours is how many hours after the change a gap may begin: files are delivered late.
const touchHours = 2

// precedes reports whether a gap of a stream that begins at an hour follows the change.
func (t *Touch) precedes(s Stream, from int64) bool {
	hour := HourOf(t.Time.Nanos)
	return (s.Account == "" || s.Account == t.Account) && hour <= from && from <= hour+touchHours
}
