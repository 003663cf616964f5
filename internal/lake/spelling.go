package lake

import (
	"context"
	"fmt"
	"hash"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/tablecheck"
)

// Spelling describes how the values of a table's partitions are spelled. A hunt stores it, because partitions may be
// added before it is resumed, and a resumed hunt must run the same statements.
type Spelling struct {
	// Partitions and PartitionedBy replace those of the table layout.
	Partitions    []schema.Partition `json:"partitions,omitempty"`
	PartitionedBy []schema.Column    `json:"partitioned_by,omitempty"`
	// Differences and Injected have the same meaning as in tablecheck.Spelled.
	Differences []tablecheck.Difference `json:"differences,omitempty"`
	Injected    []string                `json:"injected,omitempty"`
}

// Spellings returns the spellings of the tables, in their order.
func (l *Lake) Spellings() []Spelling {
	list := make([]Spelling, len(l.tables))
	for i, t := range l.tables {
		list[i] = Spelling{Partitions: t.Layout.Partitions, PartitionedBy: t.Layout.PartitionedBy, Differences: t.spelling, Injected: t.injected}
	}
	return list
}

// of returns a layout with this spelling.
func (s *Spelling) of(p *schema.Layout) tablecheck.Spelled {
	own := *p
	own.Partitions, own.PartitionedBy = slices.Clone(s.Partitions), slices.Clone(s.PartitionedBy)
	return tablecheck.Spelled{Layout: &own, Differences: s.Differences, Injected: s.Injected}
}

// spell returns the spelling of a table, by its index in Tables: that of the hunt's first run, otherwise one found by
// querying the engine.
func (o *Options) spell(ctx context.Context, place int, live *engine.Table) (tablecheck.Spelled, error) {
	t := o.Tables[place]
	if len(o.Spellings) == len(o.Tables) {
		return o.Spellings[place].of(t.Layout), nil
	}
	return tablecheck.Spell(ctx, o.Engine, t.Layout, t.Name, live)
}

// addPartitions adds to a fingerprint what a spelling depends on, except the list of partitions.
func (t *table) addPartitions(sum hash.Hash) {
	for _, p := range t.declared {
		fmt.Fprintf(sum, "%q %d %q %d\x00", p.Column, p.Type, p.Format, p.LateDays)
	}
	for _, c := range t.live.Columns {
		if slices.ContainsFunc(t.live.PartitionedBy, func(name string) bool { return strings.EqualFold(name, c.Name) }) {
			fmt.Fprintf(sum, "%q %q\x00", c.Name, c.Type)
		}
	}
}
