package schema

import (
	"slices"
	"strings"
)

// WithColumns returns the layout for a table whose columns are known. A layout without columns, such as the generic
// one, gets all of them and compares names ignoring case, as engines do. Any other layout keeps the columns that the
// table has, with its own types except for the time zones of timestamps, which come from the table. The time, id and
// partitions are dropped if their column is missing.
func (p *Layout) WithColumns(columns []Column) *Layout {
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
	if slices.ContainsFunc(p.ID, func(place Location) bool { return find(place.Column) == nil }) {
		changed.ID = nil
	}
	if p.Time != nil {
		changed.Time = nil
		if found := find(p.Time.Location.Column); found != nil {
			column := *p.Time
			if len(column.Location.Steps) == 0 {
				column.Location.Type = column.Location.Type.inZoneOf(found.Type)
			}
			changed.Time = &column
		}
	}
	return &changed
}

// With returns the layout with another column, which the tables of some users have. The events of its rows have it under the key "row"
// if the columns mean something else than the log's names.
func (p *Layout) With(c Column) *Layout {
	changed := *p
	changed.Columns = append(slices.Clone(p.Columns), c)
	changed.all = slices.Concat(changed.Columns, changed.PartitionedBy)
	return &changed
}

// inZoneOf returns t with the time zone property of another type if both are timestamps and the property is known.
func (t Type) inZoneOf(other Type) Type {
	if _, known := other.Zone(); known && t.Kind == Timestamp && other.Kind == Timestamp {
		return other
	}
	return t
}

// WithJSON returns the layout for a table in which some columns are JSON text of the log's values, whatever their type in
// the layout. The columns of the time, the id and the partitions keep their types; kept lists the names of these.
func (p *Layout) WithJSON(columns []string) (adapted *Layout, kept []string) {
	fixed := func(name string) bool {
		return p.Time != nil && strings.EqualFold(p.Time.Location.Column, name) ||
			slices.ContainsFunc(p.ID, func(place Location) bool { return strings.EqualFold(place.Column, name) }) ||
			slices.ContainsFunc(p.PartitionedBy, func(c Column) bool { return strings.EqualFold(c.Name, name) }) ||
			slices.ContainsFunc(p.Partitions, func(c Partition) bool { return strings.EqualFold(c.Column, name) })
	}
	changed := *p
	changed.Columns = slices.Clone(p.Columns)
	for _, name := range columns {
		i := slices.IndexFunc(changed.Columns, func(c Column) bool { return strings.EqualFold(c.Name, name) })
		if i < 0 || fixed(name) {
			kept = append(kept, name)
			continue
		}
		changed.Columns[i].Type = Type{Kind: JSON, Word: "json"}
	}
	changed.all = slices.Concat(changed.Columns, changed.PartitionedBy)
	return &changed, kept
}
