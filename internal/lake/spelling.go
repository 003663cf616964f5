package lake

import (
	"context"
	"fmt"
	"hash"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
)

// Spelling is how the partitions of a table are spelled, as a hunt keeps it: partitions are added while it waits to be resumed,
// and it must ask the same again.
type Spelling struct {
	// Partitions and PartitionedBy stand for those of the profile.
	Partitions    []schema.Partition `json:"partitions,omitempty"`
	PartitionedBy []schema.Column    `json:"partitioned_by,omitempty"`
	// Differences and Injected are as in Spelled.
	Differences []Difference `json:"differences,omitempty"`
	Injected    []string     `json:"injected,omitempty"`
}

// Spellings are those of the tables, in their order.
func (l *Lake) Spellings() []Spelling {
	list := make([]Spelling, len(l.tables))
	for i, t := range l.tables {
		list[i] = Spelling{Partitions: t.Profile.Partitions, PartitionedBy: t.Profile.PartitionedBy, Differences: t.spelling, Injected: t.injected}
	}
	return list
}

// of is a profile with this spelling.
func (s *Spelling) of(p *schema.Profile) Spelled {
	own := *p
	own.Partitions, own.PartitionedBy = slices.Clone(s.Partitions), slices.Clone(s.PartitionedBy)
	return Spelled{Profile: &own, Differences: s.Differences, Injected: s.Injected}
}

// spell is the spelling of a table, by its place among the tables: that of the hunt's first run, else the engine's answer.
func (o *Options) spell(ctx context.Context, place int, live *engine.Table) (Spelled, error) {
	t := o.Tables[place]
	if len(o.Spellings) == len(o.Tables) {
		return o.Spellings[place].of(t.Profile), nil
	}
	return Spell(ctx, o.Engine, t.Profile, t.Name, live)
}

// addPartitions adds to a fingerprint what a spelling was found from, but for the list of partitions.
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
