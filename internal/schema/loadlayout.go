package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// layoutLoader adds layouts to one schema. A layout can be based only on layouts before it.
type layoutLoader struct {
	schema *Schema
	tables *tables
	fault  func(string, ...any)
}

func (l *layoutLoader) load(list []yamlLayout) {
	for i := range list {
		l.add(&list[i])
	}
}

func (l *layoutLoader) add(y *yamlLayout) {
	what := "layout " + y.Name
	fault := func(format string, args ...any) { l.fault("%s: %s", what, fmt.Sprintf(format, args...)) }
	if !validName.MatchString(y.Name) {
		l.fault("layouts: the name %q is not a lower-case word", y.Name)
		return
	}
	if slices.ContainsFunc(l.tables.layouts, func(p *Layout) bool { return p.Name == y.Name }) {
		fault("a layout of that name exists already")
		return
	}
	if y.Like != "" {
		base := l.tables.written[y.Like]
		if base == nil {
			fault("like: no earlier layout is named %q", y.Like)
			return
		}
		y.like(base)
	}
	l.tables.written[y.Name] = y
	p := &Layout{
		Schema: l.schema, Name: y.Name, Title: y.Title, Source: y.Source, Table: y.Table, Notes: y.Notes,
		OnlyFields: y.OnlyFields != nil && *y.OnlyFields, anyCase: y.AnyCase != nil && *y.AnyCase,
		fields: make(map[string]fieldLocation, len(y.Fields)),
	}
	if y.Title == "" {
		fault("title: missing")
	}
	if y.Table == "" {
		fault("table: missing")
	}
	p.loadColumns(y.Columns, fault)
	p.loadNewer(y.Newer, fault)
	p.loadPartitions(y.Partitions, fault)
	p.all = slices.Concat(p.Columns, p.PartitionedBy)
	p.loadFields(y.Fields, fault)
	p.loadObjects(y.Objects, fault)
	p.loadTime(y.Time, fault)
	p.loadID(y.ID, fault)
	p.loadCopy()
	l.tables.layouts = append(l.tables.layouts, p)
}

func (p *Layout) loadColumns(list yamlColumns, fault func(string, ...any)) {
	if len(list) == 0 {
		fault("columns: missing")
	}
	for _, c := range list {
		typ, err := ParseType(c.typ)
		if err != nil {
			fault("column %s: %v", c.name, err)
		}
		p.addColumn(&p.Columns, Column{c.name, typ}, fault)
	}
}

// addColumn reports a name that the table has already; like engines, it compares names ignoring case.
func (p *Layout) addColumn(list *[]Column, c Column, fault func(string, ...any)) {
	if c.Name == "" {
		fault("a column has no name")
	}
	if p.column(c.Name) != nil {
		fault("column %s: two columns have this name", c.Name)
	}
	*list = append(*list, c)
}

func (p *Layout) loadNewer(names []string, fault func(string, ...any)) {
	for _, name := range names {
		if c := p.column(name); c == nil {
			fault("newer_columns: no column is named %s", name)
		} else {
			p.Newer = append(p.Newer, c.Name)
		}
	}
}

// column returns the column or partition column with a name, ignoring case, or nil.
func (p *Layout) column(name string) *Column {
	for _, list := range [][]Column{p.Columns, p.PartitionedBy} {
		for i := range list {
			if strings.EqualFold(list[i].Name, name) {
				return &list[i]
			}
		}
	}
	return nil
}

func (p *Layout) loadFields(list yamlFields, fault func(string, ...any)) {
	for _, y := range list {
		path := strings.TrimSuffix(y.path, below)
		if path == "" || strings.HasPrefix(path, ".") || strings.HasSuffix(path, ".") {
			fault("fields: %q is not a path", y.path)
			continue
		}
		var h fieldLocation
		for _, t := range y.targets {
			if t.Rest {
				if t.At != "" || strings.HasSuffix(y.path, below) {
					fault("fields %s: rest is only allowed alone, for a single field", y.path)
				}
				h.targets = append(h.targets, target{rest: true})
				continue
			}
			w := walk{path: value.Path{Text: t.At}, anyCase: p.anyCase}
			place, ok := w.members(p.all, 0, nil)
			if !ok {
				fault("fields %s: no column is at %q", y.path, t.At)
				continue
			}
			loaded := target{path: t.At, json: t.JSON, lowerKeys: t.LowerKeys, absent: t.Absent, lists: t.Lists}
			if t.Lists && (t.JSON || t.Time != "" || place.Type.Kind != Text || len(place.Steps) == 0 || place.Steps[len(place.Steps)-1].Kind != Key) {
				fault("fields %s: lists is only allowed for a key of a map of strings, found %s", y.path, t.At)
				loaded.lists = false
			}
			if t.JSON && place.Type.Kind != Text {
				fault("fields %s: %s is of type %s, which cannot hold JSON text", y.path, t.At, place.Type.Kind)
			}
			if t.Time != "" {
				format, ok := timeFormats[t.Time]
				if !ok || format == TimeText || format == CommonLog || !slices.Contains(timeKinds[format], place.Type.Kind) {
					fault("fields %s: a column of type %s cannot hold the time format %q", y.path, place.Type.Kind, t.Time)
				}
				loaded.time = &format
			}
			loaded.when = p.condition(t, y.path, fault)
			if loaded.when != nil && (place.Type.Kind != Text || strings.HasSuffix(y.path, below)) {
				fault("fields %s: when and unless are only allowed for a single field of type string", y.path)
			}
			for _, log := range slices.Sorted(maps.Keys(t.Values)) {
				loaded.values = append(loaded.values, ValueChange{log, t.Values[log]})
			}
			h.targets = append(h.targets, loaded)
		}
		p.fields[y.path] = h
	}
}

func (p *Layout) loadObjects(paths []string, fault func(string, ...any)) {
	p.objects = make(map[string]bool, len(paths))
	for _, path := range paths {
		if _, ok := p.fields[path]; ok {
			fault("objects: %s is also in fields", path)
		}
		p.objects[path] = true
	}
}

// condition returns the condition of a target, nil if it has none.
func (p *Layout) condition(t yamlTarget, path string, fault func(string, ...any)) *RowCondition {
	if len(t.When)+len(t.Unless) == 0 {
		return nil
	}
	if len(t.When)+len(t.Unless) > 1 {
		fault("fields %s: when and unless name more than one column", path)
		return nil
	}
	c := &RowCondition{Not: len(t.Unless) > 0}
	for _, columns := range []map[string][]string{t.When, t.Unless} {
		for _, column := range slices.Sorted(maps.Keys(columns)) {
			values := columns[column]
			place, ok := p.walk(value.Path{Text: column})
			if !ok || place.Type.Kind != Text || len(values) == 0 {
				fault("fields %s: when and unless need a column of type string with a list of values, found %s", path, column)
			}
			c.At, c.Values = place, values
		}
	}
	return c
}

var timeFormats = map[string]TimeFormat{
	"text": TimeText, "timestamp": TimeType, "epoch_s": EpochSecond, "epoch_ms": EpochMilli,
	"common_log": CommonLog}

func (p *Layout) loadTime(y *yamlTime, fault func(string, ...any)) {
	if y == nil {
		fault("time: missing")
		return
	}
	place, ok := p.walk(value.Path{Text: y.Column})
	if !ok {
		fault("time: no column is at %q", y.Column)
		return
	}
	format, ok := timeFormats[y.Format]
	if !ok {
		fault("time: the format %q is not one of text, timestamp, epoch_s, epoch_ms, common_log", y.Format)
		return
	}
	if kind := place.Type.Kind; !slices.Contains(timeKinds[format], kind) {
		fault("time: %s is of type %s, which cannot hold the format %s", y.Column, kind, y.Format)
	}
	if y.UTC && format != TimeText {
		fault("time: utc is only allowed with the format text")
	}
	p.Time = &TimeColumn{Location: place, Format: format, UTC: y.UTC}
	if format != TimeText || !place.Inside {
		return
	}
	for _, path := range p.Schema.Time {
		for _, other := range p.PathLocations(path) {
			if other.Inside && other.Column == place.Column && other.JSON.Text != place.JSON.Text {
				p.Time.Else = append(p.Time.Else, other)
			}
		}
	}
}

// timeKinds lists, for each format, the kinds of types that can hold a time in it.
var timeKinds = [...][]Kind{
	TimeText: {Text, JSON}, TimeType: {Timestamp}, EpochSecond: {Integer, JSON}, EpochMilli: {Integer, JSON},
	CommonLog: {Text}}

func (p *Layout) loadPartitions(list []yamlPartition, fault func(string, ...any)) {
	for _, y := range list {
		partition := Partition{Column: y.Column, Format: y.Format}
		if y.Type == "" {
			c := p.column(y.Column)
			if c == nil {
				fault("partition %s: has no type and is not a column", y.Column)
				continue
			}
			partition.Column, partition.Type = c.Name, c.Type.Kind
		} else {
			typ, err := ParseType(y.Type)
			if err != nil {
				fault("partition %s: %v", y.Column, err)
				continue
			}
			partition.Type = typ.Kind
			p.addColumn(&p.PartitionedBy, Column{y.Column, typ}, fault)
		}
		switch partition.Type {
		case Date, Timestamp:
			if y.Format != "" {
				fault("partition %s: type %s takes no format", y.Column, partition.Type)
			}
		case Text, Integer:
			if y.Format == "" {
				continue // the partition does not follow the time
			}
			if _, err := ParseDateFormat(y.Format); err != nil {
				fault("partition %s: the format %q: %v", y.Column, y.Format, err)
			}
		case Unknown, Double, Boolean, JSON, Struct, Array, Map:
			fault("partition %s: type %s cannot be a partition", y.Column, partition.Type)
		}
		if partition.Type != Timestamp {
			partition.LateDays = 1
		}
		if y.LateDays != nil {
			partition.LateDays = *y.LateDays
		}
		if partition.LateDays < 0 {
			fault("partition %s: late_days is negative", y.Column)
		}
		p.Partitions = append(p.Partitions, partition)
	}
}

// loadID takes the paths as written, or else the columns of the schema's id.
func (p *Layout) loadID(paths *[]string, fault func(string, ...any)) {
	if paths != nil {
		for _, text := range *paths {
			place, ok := p.walk(value.Path{Text: text})
			if !ok {
				fault("id: no column is at %q", text)
			}
			p.ID = append(p.ID, place)
		}
		return
	}
	if len(p.Columns) == 0 {
		return
	}
	for i, part := range p.Schema.ID {
		var places []Location
		for _, path := range part {
			places = append(places, p.PathLocations(path)...)
		}
		if len(places) == 0 {
			fault("id: no column holds part %d of the schema's id; list the paths of columns, or [] for no id", i+1)
			continue
		}
		p.ID = append(p.ID, places[0])
	}
}

// loadCopy finds the columns of Schema.Copy.
func (p *Layout) loadCopy() {
	if len(p.Columns) == 0 || len(p.ID) == 0 {
		return
	}
	for _, part := range p.Schema.Copy {
		var places []Location
		for _, path := range part {
			places = append(places, p.PathLocations(path)...)
		}
		if len(places) > 0 {
			p.Copy = append(p.Copy, places)
		}
	}
}
