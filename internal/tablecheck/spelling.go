package tablecheck

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// The creator of a table chose the format of its partitions: day=7 or day=07, 2023-07-10 or 2023/07/10, text or
// number. A condition in another format matches no partition, and the query then returns no rows without an error. So
// the existing partitions decide the format, not the layout.

// Spelled is a layout with the partition columns of the live table.
type Spelled struct {
	// Layout is the unchanged layout if the table's partitions have its format.
	Layout *schema.Layout
	// Differences are the differences from the layout, of the kinds PartitionFormat, PartitionUnread and
	// PartitionUnlisted.
	Differences []Difference
	// Injected are the partition columns for which each query must list the values.
	Injected []string
}

// Spell asks an engine for the partitions of a table and returns their format. It returns the engine's error. If the
// partitions cannot be listed, it assumes the layout's format.
func Spell(ctx context.Context, e engine.Engine, p *schema.Layout, name string, live *engine.Table) (Spelled, error) {
	var columns []string
	for _, part := range p.Partitions {
		if follows(part) && slices.ContainsFunc(live.PartitionedBy, func(c string) bool { return strings.EqualFold(c, part.Column) }) {
			columns = append(columns, part.Column)
		}
	}
	asked := columns
	if account := sqlgen.AccountColumn(p); account != "" && len(live.PartitionedBy) > 0 && e.Info().Billed {
		asked = append(slices.Clone(columns), account)
	}
	if len(asked) == 0 {
		return Spelled{Layout: p}, nil
	}
	known, err := e.Partitions(ctx, name, asked)
	if err != nil {
		if kind := engine.KindOf(err); ctx.Err() != nil || kind == engine.Expired || kind == engine.Transient {
			return Spelled{Layout: p}, err
		}
		s := spelled(p, live, columns, nil)
		s.Differences = append(s.Differences, Difference{PartitionUnlisted, asked[0], "a list of partitions", err.Error()})
		return s, nil
	}
	s := spelled(p, live, columns, known)
	for _, c := range known {
		if c.Injected {
			s.Injected = append(s.Injected, c.Name)
		}
	}
	return s, nil
}

// follows reports whether a partition column follows the time. A column with only hours does not limit anything.
func follows(p schema.Partition) bool {
	return p.Format != "" && strings.Trim(p.Format, "H") != "" || p.Type == schema.Date || p.Type == schema.Timestamp
}

func spelled(p *schema.Layout, live *engine.Table, columns []string, known []engine.PartitionColumn) Spelled {
	own := *p
	own.Partitions, own.PartitionedBy = slices.Clone(p.Partitions), slices.Clone(p.PartitionedBy)
	s := Spelled{Layout: &own}
	unread := map[string]bool{}
	for i := range own.Partitions {
		part := &own.Partitions[i]
		if !slices.Contains(columns, part.Column) {
			continue
		}
		at := slices.IndexFunc(live.Columns, func(c engine.Column) bool { return strings.EqualFold(c.Name, part.Column) })
		if at < 0 {
			continue
		}
		typ := typeOf(live.Columns[at].Type)
		for j := range own.PartitionedBy {
			if own.PartitionedBy[j].Name == part.Column && typ.Kind != schema.Unknown {
				own.PartitionedBy[j].Type = typ
			}
		}
		before := spellingOf(*part)
		var of engine.PartitionColumn
		if j := slices.IndexFunc(known, func(c engine.PartitionColumn) bool { return c.Name == part.Column }); j >= 0 {
			of = known[j]
		}
		bad := respell(part, typ.Kind, of)
		if after := spellingOf(*part); after != before && part.Column != "" {
			s.Differences = append(s.Differences, Difference{PartitionFormat, part.Column, before, after})
		}
		if len(bad) > 0 {
			shown := strings.Join(bad[:min(len(bad), shownValues)], ", ")
			if n := len(bad) - shownValues; n > 0 {
				shown += fmt.Sprintf(" and %d more", n)
			}
			s.Differences = append(s.Differences, Difference{PartitionUnread, part.Column, before, shown})
		}
		unread[part.Column] = part.Type == schema.Unknown
	}
	own.Partitions = slices.DeleteFunc(own.Partitions, func(part schema.Partition) bool { return unread[part.Column] })
	return s
}

// shownValues is the number of partition values in a message.
const shownValues = 3

// spellingOf describes a format: "dd", "d or dd", "yyyyMMdd as a number", "date".
func spellingOf(p schema.Partition) string {
	switch p.Type {
	case schema.Date:
		return "date"
	case schema.Timestamp:
		return "timestamp"
	case schema.Integer:
		return p.Format + " as a number"
	case schema.Unknown, schema.Text, schema.Double, schema.Boolean, schema.JSON, schema.Struct, schema.Array, schema.Map:
	}
	return strings.Join(append([]string{p.Format}, p.Also...), " or ")
}

// respell gives a partition column the type and format of the table. It returns the values in no known format. If
// these are all values, or the type cannot hold dates, the type becomes Unknown.
func respell(p *schema.Partition, kind schema.Kind, of engine.PartitionColumn) (bad []string) {
	switch kind {
	case schema.Date, schema.Timestamp:
		p.Type, p.Format = kind, ""
		if slices.Contains(of.Values, engine.NoValue) {
			return []string{engine.NoValue}
		}
		return nil
	case schema.Text, schema.Integer:
	case schema.Unknown: // nothing is known about an unreadable type
		return nil
	case schema.Double, schema.Boolean, schema.JSON, schema.Struct, schema.Array, schema.Map:
		p.Type = schema.Unknown
		return []string{"values of another type"}
	}
	formats := candidates(p.Format, kind)
	if of.Format != "" {
		format, err := schema.ParseDateFormat(of.Format)
		if err != nil || kind == schema.Integer && !plainNumber(format) {
			p.Type = schema.Unknown
			return []string{"the format " + of.Format}
		}
		p.Type, p.Format, p.Also = kind, of.Format, nil
		return nil
	}
	var used []schema.DateFormat
	for _, value := range of.Values {
		reads := func(f schema.DateFormat) bool { return f.Reads(value) && (len(used) == 0 || sameParts(f, used[0])) }
		if slices.ContainsFunc(used, reads) {
			continue
		}
		if i := slices.IndexFunc(formats, reads); i >= 0 {
			used = append(used, formats[i])
		} else {
			bad = append(bad, value)
		}
	}
	switch {
	case len(used) > 0:
		p.Type, p.Format, p.Also = kind, used[0].String(), nil
		for _, f := range used[1:] {
			p.Also = append(p.Also, f.String())
		}
	case len(of.Values) == 0 && kind == p.Type: // no partitions yet, or their values are unknown
	case len(of.Values) == 0 && len(formats) > 0:
		p.Type, p.Format = kind, formats[0].String()
	default:
		p.Type = schema.Unknown
	}
	return bad
}

func sameParts(a, b schema.DateFormat) bool { return a.Parts() == b.Parts() }

// plainNumber reports whether a format consists of digits only.
func plainNumber(f schema.DateFormat) bool { return strings.Trim(f.String(), "yMdH") == "" }

// candidates returns the formats that values of a column may have, the most likely first: that of the layout, those
// of the same part of a date, and whole dates that begin with the year. Others, such as 10-07-2023, are ambiguous.
func candidates(layout string, kind schema.Kind) []schema.DateFormat {
	texts := []string{layout}
	for _, part := range [][]string{{"MM", "M"}, {"dd", "d"}, {"HH", "H"}} {
		if slices.Contains(part, layout) {
			texts = append(texts, part...)
		}
	}
	for _, sep := range []string{"-", "/", "", "_", "."} {
		day := "yyyy" + sep + "MM" + sep + "dd"
		texts = append(texts, day)
		for _, hour := range []string{sep, " ", "'T'", "_", "-"} {
			texts = append(texts, day+hour+"HH", day+hour+"HH:00", day+hour+"HH:00:00")
		}
		texts = append(texts, day+" 00:00:00", day+" 00:00:00.0")
		if sep != "" {
			texts = append(texts, "yyyy"+sep+"M"+sep+"d", "yyyy"+sep+"M"+sep+"d"+sep+"H", "yyyy"+sep+"M")
		}
		texts = append(texts, "yyyy"+sep+"MM")
	}
	var list []schema.DateFormat
	for _, text := range texts {
		// Digits are in quotes.
		text = strings.NewReplacer(":00:00", "':00:00'", ":00", "':00'", " 00:00:00.0", "' 00:00:00.0'", " 00:00:00", "' 00:00:00'").Replace(text)
		f, err := schema.ParseDateFormat(text)
		if err == nil && (kind != schema.Integer || plainNumber(f)) {
			list = append(list, f)
		}
	}
	return list
}
