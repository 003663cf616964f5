package hunt

import (
	"cmp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/value"
)

// stream is the logs of one account in one region. Its zero fields mean all of them.
type stream struct{ account, region string }

// hours are hours since 1970, a set.
type hours map[int64]struct{}

// coverage says for which hours each stream has logs.
type coverage map[stream]hours

func (c coverage) add(s stream, hour int64) {
	set := c[s]
	if set == nil {
		set = hours{}
		c[s] = set
	}
	set[hour] = struct{}{}
}

const nanosPerHour = 3600 * 1e9

// hourOf is the hour of a time, rounded down also before 1970.
func hourOf(nanos int64) int64 {
	hour := nanos / nanosPerHour
	if nanos%nanosPerHour < 0 {
		hour--
	}
	return hour
}

// maxGaps is how many gaps a ledger holds.
const maxGaps = 1000

// Records tell less than files: CloudTrail writes a file only where something happened too, but many a stream of records
// is an export of one query. So only a stream that is hardly ever silent has gaps worth a question.
const (
	recordDensity = 0.5
	recordHours   = 4
)

// ranked is a gap with how telling it is: the hours it lacks, weighed with how seldom its stream is silent.
type ranked struct {
	finding.Gap
	score float64
}

// gaps finds the stretches without logs where neighbours have them: within a stream, at its ends while others go on, and
// whole regions that other accounts have. A hole that all regions of an account share is one gap of the account, and one
// that all accounts share is one gap of all. The most telling come first.
func (c coverage) gaps(basis string) []finding.Gap {
	var found []ranked
	all := stream{}
	levels := map[stream]hours{all: {}}
	members := map[stream]map[stream]bool{}
	note := func(level, member stream, set hours) {
		if levels[level] == nil {
			levels[level] = hours{}
		}
		for hour := range set {
			levels[level][hour] = struct{}{}
		}
		if members[level] == nil {
			members[level] = map[stream]bool{}
		}
		members[level][member] = true
	}
	// Any order: sets are made.
	for s, set := range c {
		if s.account == "" || s.region == "" || len(set) == 0 {
			continue // such a stream would stand for an account or for all of them
		}
		account := stream{account: s.account}
		note(account, s, set)
		note(all, account, set)
	}
	// A level with a single member says the same as the member, which is named more exactly.
	g := gapFinder{basis: basis, whole: levels[all]}
	if len(members[all]) > 1 {
		g.holes(all, levels[all], nil)
	}
	// Any order: what is found is sorted.
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
		// Any order: what is found is sorted.
		for s := range members[account] {
			g.holes(s, c[s], above)
			if above != nil {
				g.ends(s, c[s], above)
			}
		}
	}
	c.missingRegions(&g, len(members[all]))
	found = g.found
	slices.SortFunc(found, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.From.Nanos, b.From.Nanos),
			strings.Compare(a.Account, b.Account), strings.Compare(a.Region, b.Region), strings.Compare(a.Kind, b.Kind))
	})
	gaps := make([]finding.Gap, 0, min(maxGaps, len(found)))
	for _, gap := range found[:min(maxGaps, len(found))] {
		gaps = append(gaps, gap.Gap)
	}
	return gaps
}

type gapFinder struct {
	basis string
	whole hours
	found []ranked
}

// holes adds the stretches between two hours of a stream. above are the hours of the level above it: a stretch that is
// silent there too belongs there.
func (g *gapFinder) holes(s stream, set, above hours) {
	sorted := sortedHours(set)
	for i := 1; i < len(sorted); i++ {
		from, to := sorted[i-1]+1, sorted[i]
		if from == to || above != nil && !above.anyIn(from, to) {
			continue
		}
		g.add("hours", s, from, to, sorted)
	}
}

// ends adds the stretches before and after a stream's logs in which the level above it has some.
func (g *gapFinder) ends(s stream, set, above hours) {
	sorted, around := sortedHours(set), sortedHours(above)
	if first, start := sorted[0], around[0]; start < first {
		g.add("starts", s, start, first, sorted)
	}
	if last, end := sorted[len(sorted)-1]+1, around[len(around)-1]+1; last < end {
		g.add("stops", s, last, end, sorted)
	}
}

func (g *gapFinder) add(kind string, s stream, from, to int64, sorted []int64) {
	present := float64(len(sorted))
	density := present / float64(sorted[len(sorted)-1]-sorted[0]+1)
	if g.basis == "records" && (density < recordDensity || len(sorted) < recordHours) {
		return
	}
	// A stream with few hours is dense by chance, and one that starts late is less of a question than one that stops.
	score := float64(to-from) * density * present / (present + 3)
	if kind == "starts" {
		score /= 4
	}
	g.found = append(g.found, ranked{newGap(kind, g.basis, s, from, to), score})
}

func newGap(kind, basis string, s stream, from, to int64) finding.Gap {
	moment := func(hour int64) finding.Moment {
		return finding.Moment{Time: value.Time{Nanos: hour * nanosPerHour}}
	}
	return finding.Gap{
		Kind: kind, Basis: basis, Account: s.account, Region: s.region, From: moment(from), To: moment(to), Hours: int(to - from),
	}
}

// missingRegions adds the regions that all other accounts have logs of.
func (c coverage) missingRegions(g *gapFinder, accounts int) {
	if accounts < 2 || g.basis == "records" || len(g.whole) == 0 {
		return
	}
	regions, names := map[string]int{}, map[string]bool{}
	for s := range c {
		regions[s.region]++
		names[s.account] = true
	}
	sorted := sortedHours(g.whole)
	// Any order: what is found is sorted.
	for region, having := range regions {
		if region == "" || having < accounts-1 {
			continue
		}
		// Any order: what is found is sorted.
		for account := range names {
			s := stream{account, region}
			if _, ok := c[s]; !ok {
				gap := newGap("region", g.basis, s, sorted[0], sorted[len(sorted)-1]+1)
				g.found = append(g.found, ranked{gap, float64(having) / 2})
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
