package sqltest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// SyntheticRow returns a synthetic event as a row of any table: a cell for each of Columns. fields has the values of the
// log by path; each value goes to the first place that the layout has for its path, or is left out. The time of the
// event goes to the layout's time column and to the partitions; other partition columns get a fixed string.
//
// SyntheticRow uses the places of a layout, so it does not test them; Row and OCSFRow do.
func SyntheticRow(p *schema.Layout, at time.Time, fields map[string]string) []any {
	cells := map[string]any{}
	for path, text := range fields {
		places := p.PathLocations(value.Path{Text: path})
		if len(places) == 0 {
			continue
		}
		place := places[0]
		for _, v := range place.Values {
			if v.Log == text {
				text = v.Table
			}
		}
		if place.Time != nil {
			put(cells, place, timeCell(*place.Time, at))
			continue
		}
		put(cells, place, text)
	}
	if p.Time != nil {
		put(cells, p.Time.Location, timeCell(p.Time.Format, at))
	}
	var row []any
	for _, c := range p.Columns {
		row = append(row, placedCell(c.Type, cells[c.Name]))
	}
	for _, c := range p.PartitionedBy {
		i := slices.IndexFunc(p.Partitions, func(part schema.Partition) bool { return part.Column == c.Name })
		if i >= 0 && (p.Partitions[i].Format != "" || p.Partitions[i].Type == schema.Date) {
			row = append(row, partition(p.Partitions[i], at.UTC()))
			continue
		}
		row = append(row, "part-"+c.Name)
	}
	return row
}

// timeCell returns a time in the format of a column.
func timeCell(format schema.TimeFormat, at time.Time) any {
	switch format {
	case schema.TimeType:
		return at.UTC()
	case schema.EpochSecond:
		return at.Unix()
	case schema.EpochMilli:
		return at.UnixMilli()
	case schema.CommonLog:
		return at.UTC().Format("02/Jan/2006:15:04:05 -0700")
	case schema.TimeText:
	}
	return at.UTC().Format("2006-01-02T15:04:05Z")
}

// put sets the cell at a place. Structs, maps and JSON objects are map[string]any, arrays have one element.
func put(cells map[string]any, place schema.Location, v any) {
	way := []string{place.Column}
	for _, step := range place.Steps {
		if step.Kind == schema.Each {
			way = append(way, "[]")
		} else {
			way = append(way, step.Name)
		}
	}
	if place.JSON.Text != "" {
		way = append(way, strings.Split(place.JSON.Text, ".")...)
	}
	at := cells
	for _, name := range way[:len(way)-1] {
		inner, ok := at[name].(map[string]any)
		if !ok {
			inner = map[string]any{}
			at[name] = inner
		}
		at = inner
	}
	at[way[len(way)-1]] = v
}

// placedCell converts a value from put to a type.
func placedCell(t schema.Type, v any) any {
	if v == nil {
		return nil
	}
	object, _ := v.(map[string]any)
	switch t.Kind {
	case schema.Struct:
		members := map[string]any{}
		for _, m := range t.Members {
			members[m.Name] = placedCell(m.Type, object[m.Name])
		}
		return members
	case schema.Map:
		var entries Pairs
		for key, inner := range object {
			entries = append(entries, Pair{key, placedCell(element(t), inner)})
		}
		slices.SortFunc(entries, func(a, b Pair) int { return strings.Compare(a.Key, b.Key) })
		return entries
	case schema.Array:
		inner := v
		if object != nil && object["[]"] != nil {
			inner = object["[]"]
		}
		return []any{placedCell(element(t), inner)}
	case schema.Integer:
		if text, ok := v.(string); ok {
			n, _ := strconv.ParseInt(text, 10, 64)
			return n
		}
	case schema.Double:
		if text, ok := v.(string); ok {
			n, _ := strconv.ParseFloat(text, 64)
			return n
		}
	case schema.Boolean:
		if text, ok := v.(string); ok {
			return text == "true"
		}
	case schema.JSON, schema.Text:
		if object != nil {
			text, _ := json.Marshal(object)
			return string(text)
		}
		if n, ok := v.(int64); ok {
			return strconv.FormatInt(n, 10)
		}
	case schema.Unknown, schema.Timestamp, schema.Date:
	}
	return v
}
