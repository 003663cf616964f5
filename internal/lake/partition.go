package lake

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// Whoever made a table chose how its partitions are spelled: day=7 or day=07, 2023-07-10 or 2023/07/10, text or number. A
// condition in another spelling fits no partition, and a query that reads nothing fails at nothing. So the partitions that there
// are decide, and not the profile.

// Spelled is a profile with the partition columns as a live table has them.
type Spelled struct {
	// Profile is the profile as it was where the table is spelled as it says.
	Profile *schema.Profile
	// Differences are those from the profile, of the kinds PartitionFormat, PartitionUnread and PartitionUnlisted.
	Differences []Difference
	// Injected are the partition columns of which each query must name the values.
	Injected []string
}

// AccountsError says that accounts are to be named for a table, or cannot be.
type AccountsError struct {
	// Table is its name as the user gave it, Column the injected partition column, "" where the table has none for accounts.
	Table, Column string
}

func (e *AccountsError) Error() string {
	if e.Column == "" {
		return "table " + e.Table + " is not partitioned by account"
	}
	return "table " + e.Table + ": its partitions by " + e.Column + " are injected, so that each query must name the values that it wants"
}

func checkAccounts(name string, live *engine.Table, s Spelled, accounts []string) error {
	column := sqlgen.AccountColumn(s.Profile)
	there := slices.ContainsFunc(live.Columns, func(c engine.Column) bool { return strings.EqualFold(c.Name, column) })
	if len(accounts) > 0 && !there {
		return &AccountsError{Table: name}
	}
	for _, injected := range s.Injected {
		if len(accounts) == 0 || injected != column {
			return &AccountsError{Table: name, Column: injected}
		}
	}
	return nil
}

// Spell asks an engine how the partitions of a table are spelled. The error is the engine's; a table whose partitions cannot be
// listed is taken to be as its profile says.
func Spell(ctx context.Context, e engine.Engine, p *schema.Profile, name string, live *engine.Table) (Spelled, error) {
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
		return Spelled{Profile: p}, nil
	}
	known, err := e.Partitions(ctx, name, asked)
	if err != nil {
		if kind := engine.KindOf(err); ctx.Err() != nil || kind == engine.Expired || kind == engine.Transient {
			return Spelled{Profile: p}, err
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

// follows tells whether a partition column follows the time. Hours alone bound nothing.
func follows(p schema.Partition) bool {
	return p.Format != "" && strings.Trim(p.Format, "H") != "" || p.Type == schema.Date || p.Type == schema.Timestamp
}

func spelled(p *schema.Profile, live *engine.Table, columns []string, known []engine.PartitionColumn) Spelled {
	own := *p
	own.Partitions, own.PartitionedBy = slices.Clone(p.Partitions), slices.Clone(p.PartitionedBy)
	s := Spelled{Profile: &own}
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
		typ := liveType(live.Columns[at].Type)
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

// shownValues is how many values of partitions a message names.
const shownValues = 3

// spellingOf is a spelling for people: "dd", "d or dd", "yyyyMMdd as a number", "date".
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

// respell gives a partition column the type and the spelling that the table has. What it returns are values in none that is
// understood; where that are all, or the type holds no dates, the type becomes Unknown.
func respell(p *schema.Partition, kind schema.Kind, of engine.PartitionColumn) (bad []string) {
	switch kind {
	case schema.Date, schema.Timestamp:
		p.Type, p.Format = kind, ""
		return nil
	case schema.Text, schema.Integer:
	case schema.Unknown: // a type that nobody can read says nothing
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
	case len(of.Values) == 0 && kind == p.Type: // there are no partitions yet, or nobody can tell
	case len(of.Values) == 0 && len(formats) > 0:
		p.Type, p.Format = kind, formats[0].String()
	default:
		p.Type = schema.Unknown
	}
	return bad
}

func sameParts(a, b schema.DateFormat) bool { return a.Parts() == b.Parts() }

// plainNumber tells whether a format has nothing but digits.
func plainNumber(f schema.DateFormat) bool { return strings.Trim(f.String(), "yMdH") == "" }

// candidates are the formats that values of a column may have, the likeliest first: that of the profile, those of the same part
// of a date, and whole dates with the year first. Others, as 10-07-2023, could be read in two ways.
func candidates(profile string, kind schema.Kind) []schema.DateFormat {
	texts := []string{profile}
	for _, part := range [][]string{{"MM", "M"}, {"dd", "d"}, {"HH", "H"}} {
		if slices.Contains(part, profile) {
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
		// Digits stand in quotes.
		text = strings.NewReplacer(":00:00", "':00:00'", ":00", "':00'", " 00:00:00.0", "' 00:00:00.0'", " 00:00:00", "' 00:00:00'").Replace(text)
		f, err := schema.ParseDateFormat(text)
		if err == nil && (kind != schema.Integer || plainNumber(f)) {
			list = append(list, f)
		}
	}
	return list
}
