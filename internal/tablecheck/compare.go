package tablecheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/schema"
)

// Difference is one thing in which a table is not what its layout says.
type Difference struct {
	// Kind is one of the kinds below.
	Kind string `json:"kind"`
	// Column is a column, or a member of a struct with dots between: useridentity.arn.
	Column string `json:"column"`
	// Expected and Found are types in the words of layout and engine; "" where there is nothing.
	Expected string `json:"expected"`
	Found    string `json:"found"`
}

// The kinds of differences. Columns that are there besides do no harm.
const (
	Missing          = "missing"
	OtherType        = "type"
	PartitionMissing = "partition-missing"
	PartitionExtra   = "partition-extra"
	// PartitionFormat is a partition column that is spelled otherwise than the layout says; hunts follow the table.
	PartitionFormat = "partition-format"
	// PartitionUnread are partitions in a spelling that is not understood, which time cannot choose.
	PartitionUnread = "partition-unread"
	// PartitionUnlisted says that the engine does not list the partitions: they are taken to be as the layout says.
	PartitionUnlisted = "partition-unlisted"
	Extra             = "extra"
	// ReadAsJSON is a column with values of another type than the layout says; rules read its JSON.
	ReadAsJSON = "read-as-json"
)

// Harmful tells whether a hunt may find less, fail or cost more. Where nobody pays or waits for what is read (remote is false)
// partitions are no matter.
func (d *Difference) Harmful(remote bool) bool {
	switch d.Kind {
	case Extra, PartitionFormat, ReadAsJSON:
		return false
	case PartitionMissing, PartitionExtra, PartitionUnlisted:
		return remote
	}
	return true
}

// Compare finds what a table has otherwise than its layout says: first what is missing, then types, partitions, and
// what is there besides. jsonIsText says that the engine takes a column of type JSON for its text.
func Compare(p *schema.Layout, live *engine.Table, jsonIsText bool) []Difference {
	var missing, types, partitions, extra []Difference
	found := map[string]engine.Column{}
	for _, c := range live.Columns {
		found[strings.ToLower(c.Name)] = c
	}
	isPartition := map[string]bool{}
	for _, name := range live.PartitionedBy {
		isPartition[strings.ToLower(name)] = true
	}
	known := map[string]bool{}
	for _, c := range p.Columns {
		known[strings.ToLower(c.Name)] = true
		have, ok := found[strings.ToLower(c.Name)]
		if !ok {
			missing = append(missing, Difference{Missing, c.Name, c.Type.String(), ""})
			continue
		}
		types = append(types, compareType(c.Name, c.Type, typeOf(have.Type), have.Type, jsonIsText)...)
	}
	for _, c := range p.PartitionedBy {
		known[strings.ToLower(c.Name)] = true
		have, ok := found[strings.ToLower(c.Name)]
		switch {
		case !ok:
			partitions = append(partitions, Difference{PartitionMissing, c.Name, c.Type.String(), ""})
		case len(isPartition) > 0 && !isPartition[strings.ToLower(c.Name)]:
			partitions = append(partitions, Difference{PartitionMissing, c.Name, "partition column", "plain column"})
		default:
			types = append(types, compareType(c.Name, c.Type, typeOf(have.Type), have.Type, jsonIsText)...)
		}
	}
	for _, name := range live.PartitionedBy {
		isOwn := slices.ContainsFunc(p.PartitionedBy, func(c schema.Column) bool { return strings.EqualFold(c.Name, name) })
		if !isOwn && len(p.Columns) > 0 {
			partitions = append(partitions, Difference{PartitionExtra, name, "", found[strings.ToLower(name)].Type})
		}
	}
	for _, c := range live.Columns {
		if name := strings.ToLower(c.Name); len(p.Columns) > 0 && !known[name] && !isPartition[name] {
			extra = append(extra, Difference{Extra, c.Name, "", c.Type})
		}
	}
	return slices.Concat(missing, types, partitions, extra)
}

// compareType finds where types differ in kind: at a column, or at members of its structs. word is the type as the engine
// writes it.
func compareType(name string, want, have schema.Type, word string, jsonIsText bool) []Difference {
	if want.Kind == schema.Unknown || have.Kind == schema.Unknown {
		return nil
	}
	whole := []Difference{{OtherType, name, want.String(), word}}
	switch want.Kind {
	case schema.JSON:
		if have.Kind == schema.Text || have.Kind == schema.JSON && jsonIsText {
			return nil
		}
		return whole
	case schema.Double: // any number will do: comparisons are on decimals
		if have.Kind == schema.Double || have.Kind == schema.Integer {
			return nil
		}
		return whole
	case schema.Unknown, schema.Text, schema.Integer, schema.Boolean, schema.Timestamp, schema.Date, schema.Struct, schema.Array, schema.Map:
	}
	if want.Kind != have.Kind {
		return whole
	}
	switch want.Kind { //nolint:exhaustive // the others have no parts
	case schema.Array, schema.Map:
		list := compareType(name, *want.Element, *have.Element, word, jsonIsText)
		if slices.ContainsFunc(list, func(d Difference) bool { return d.Kind != Missing }) {
			return whole
		}
		return list
	case schema.Struct:
		var list []Difference
		for _, m := range want.Members {
			i := slices.IndexFunc(have.Members, func(c schema.Column) bool { return strings.EqualFold(c.Name, m.Name) })
			if i < 0 {
				list = append(list, Difference{Missing, name + "." + m.Name, m.Type.String(), ""})
				continue
			}
			found := have.Members[i].Type
			list = append(list, compareType(name+"."+m.Name, m.Type, found, found.String(), jsonIsText)...)
		}
		return list
	}
	return nil
}

// shownType is how much of a type a message shows, in characters.
const shownType = 60

// ShortType is a type for a message: the types of structs may fill pages.
func ShortType(text string) string {
	if runes := []rune(text); len(runes) > shownType {
		return string(runes[:shownType]) + "…"
	}
	return text
}

// Unfit are the columns and members of structs that rules cannot read as the layout says. Missing columns are not among them:
// plan.Options.Columns tells these.
func Unfit(differences []Difference) []plan.Unfit {
	var list []plan.Unfit
	for _, d := range differences {
		switch column, member, inside := strings.Cut(d.Column, "."); {
		case d.Kind == OtherType:
			list = append(list, plan.Unfit{Path: d.Column, Reason: fmt.Sprintf("column %s is %s, not %s", d.Column, ShortType(d.Found), ShortType(d.Expected))})
		case d.Kind == Missing && inside:
			list = append(list, plan.Unfit{Path: d.Column, Missing: true, Reason: fmt.Sprintf("column %s has no member %s", column, member)})
		}
	}
	return list
}
