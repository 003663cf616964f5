package tablerow

import (
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
)

// minFit is the number of known columns from which on a header identifies a table.
const minFit = 4

// Fit returns the layout that the columns of a file fit best, nil if they fit none. A header fits if it has the layout's
// column of the time, another one by which reports group events, at least four known columns, and at most one unknown
// column for two known ones: queries select some columns of a table, and add few.
func Fit(schemas []*schema.Schema, header []string) *schema.Layout {
	var best *schema.Layout
	most, fewest := 0, 0
	for _, s := range schemas {
		for _, layout := range s.Layouts() {
			known := fit(layout, header)
			if known < minFit || (len(header)-known)*2 > known {
				continue
			}
			if size := len(layout.Columns); best == nil || known > most || known == most && size < fewest {
				best, most, fewest = layout, known, size
			}
		}
	}
	return best
}

// fit returns how many columns of a header a layout has, 0 if those are missing that every table needs.
func fit(layout *schema.Layout, header []string) int {
	if layout.Time == nil || len(layout.Columns) < minFit {
		return 0
	}
	known, timed := 0, false
	names := map[string]bool{}
	for _, c := range layout.Columns {
		names[strings.ToLower(c.Name)] = true
	}
	for _, c := range layout.PartitionedBy {
		names[strings.ToLower(c.Name)] = true
	}
	has := map[string]bool{}
	for _, name := range header {
		name = strings.ToLower(name)
		if has[name] {
			continue
		}
		has[name] = true
		timed = timed || strings.EqualFold(name, layout.Time.Location.Column)
		if names[name] {
			known++
		}
	}
	if !timed || !identifies(layout, has) {
		return 0
	}
	return known
}

// identifies reports whether a header has a column of what happened or of an id, besides the time.
func identifies(layout *schema.Layout, has map[string]bool) bool {
	s := layout.Schema
	for _, paths := range append([]schema.Paths{s.Action, s.Address, s.Principal}, s.ID...) {
		for _, path := range paths {
			for _, at := range layout.PathLocations(path) {
				if !strings.EqualFold(at.Column, layout.Time.Location.Column) && has[strings.ToLower(at.Column)] {
					return true
				}
			}
		}
	}
	return false
}
