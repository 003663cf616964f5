package schema

import (
	"slices"
	"strings"
)

// WithColumns is the profile of a table whose columns are known. A profile without columns, such as the generic one, gets
// them all, with names compared ignoring case, as engines do. Another keeps of its columns those that the table has, in its
// own types but for the time zones of timestamps, which the table tells; what asks for a column that is gone goes with it:
// the time of events, their id, partitions.
func (p *Profile) WithColumns(columns []Column) *Profile {
	changed := *p
	changed.Newer = nil
	if len(p.Columns) == 0 {
		changed.Columns, changed.anyCase = slices.Clone(columns), true
		changed.all = changed.Columns
		return &changed
	}
	find := func(name string) *Column {
		i := slices.IndexFunc(columns, func(c Column) bool { return strings.EqualFold(c.Name, name) })
		if i < 0 {
			return nil
		}
		return &columns[i]
	}
	kept := func(list []Column) []Column {
		var left []Column
		for _, c := range list {
			if found := find(c.Name); found != nil {
				left = append(left, Column{c.Name, c.Type.inZoneOf(found.Type)})
			}
		}
		return left
	}
	changed.Columns, changed.PartitionedBy = kept(p.Columns), kept(p.PartitionedBy)
	changed.all = slices.Concat(changed.Columns, changed.PartitionedBy)
	changed.Partitions = slices.DeleteFunc(slices.Clone(p.Partitions), func(c Partition) bool { return find(c.Column) == nil })
	if slices.ContainsFunc(p.ID, func(place Place) bool { return find(place.Column) == nil }) {
		changed.ID = nil
	}
	if p.Time != nil {
		changed.Time = nil
		if found := find(p.Time.Place.Column); found != nil {
			column := *p.Time
			if len(column.Place.Steps) == 0 {
				column.Place.Type = column.Place.Type.inZoneOf(found.Type)
			}
			changed.Time = &column
		}
	}
	return &changed
}

// inZoneOf is a type that has or has not a time zone as another has, if both are timestamps and that is known.
func (t Type) inZoneOf(other Type) Type {
	if _, known := other.Zone(); known && t.Kind == Timestamp && other.Kind == Timestamp {
		return other
	}
	return t
}
