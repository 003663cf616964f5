package hunt

import (
	"slices"
	"strings"
	"sync"

	"github.com/egret-hunt/egret/internal/facts"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt/firstseen"
	"github.com/egret-hunt/egret/internal/ioc"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/origin"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/ruleset"
)

// maxExamined is how many events of a burst are read again for the facts of its finding, one half from its beginning and
// one half from its end. Reading an event again costs about as much as its first pass did. Of these, events of which a lake
// returned only a part are left out.
const maxExamined = 2 * plan.Ends

// examiner gathers the facts of events, on one goroutine.
type examiner struct {
	hunt       *hunt
	facts      facts.Gatherer
	extractors []*facts.Extractor // by schema; nil until needed
	origins    *origin.Finder
	indicators *ioc.Finder
	seen       *firstseen.History // nil without Options.FirstSeen
	firsts     firstseen.Firsts
	set        *ruleset.Set
	// fields are those that the author of a rule wants to show, by rule and schema. rule is that of the
	// finding at hand, -1 for none.
	fields map[ruleSchema][]facts.Field
	rule   int32
}

// ruleSchema are the indexes of a rule and a schema.
type ruleSchema struct {
	rule   int32
	schema int
}

func newExaminer(h *hunt) examiner {
	return examiner{
		hunt: h, extractors: make([]*facts.Extractor, len(h.schemas)), origins: h.options.Origins, set: h.options.Set,
		indicators: ioc.NewFinder(h.options.Indicators), seen: h.firstSeen,
		fields: map[ruleSchema][]facts.Field{}, rule: -1,
	}
}

// maxShownFields is how many fields that a rule wants to show count.
const maxShownFields = 50

// shown returns the fields to show of an event.
func (e *examiner) shown(s stored) []facts.Field {
	if e.rule < 0 {
		return nil
	}
	key := ruleSchema{e.rule, s.tag.schema}
	fields, known := e.fields[key]
	if !known {
		reference := ir.Reference{Index: int(e.rule)}
		if n := len(e.set.Rules); reference.Index >= n {
			reference = ir.Reference{Index: reference.Index - n, Correlation: true}
		}
		names := e.set.Shown(reference)
		for _, text := range names[:min(maxShownFields, len(names))] {
			name, as, ok := strings.Cut(text, " as ")
			if name = strings.TrimSpace(name); !ok {
				as = name
			}
			fields = append(fields, facts.Field{Name: strings.TrimSpace(as), Paths: s.schema.Paths(name)})
		}
		e.fields[key] = fields
	}
	return fields
}

// add adds an event to the facts at hand.
func (e *examiner) add(s stored, subject *finding.Subject) {
	x := e.extractors[s.tag.schema]
	if x == nil {
		x = facts.NewExtractor(s.schema)
		e.extractors[s.tag.schema] = x
	}
	e.facts.Add(x, &facts.Event{
		Doc: s.doc, Subject: subject, Agent: s.picking.string(pickAgent), ActorType: s.picking.string(pickActorType),
		Lacks: e.hunt.lacks.at(s.tag.lacks), Shown: e.shown(s),
	})
	e.indicators.Each(s.schema, s.doc, func(text string) { e.facts.Note(finding.Fact{Name: "indicator", Value: text}) })
	if e.seen != nil {
		when, ok := s.schema.ParseTime([]byte(s.picking.string(pickSubjectTime)))
		if !ok {
			return
		}
		for _, f := range e.firsts.Add(e.seen.Marks(s.schema, when, subject, s.picking.string(pickAgent)), subject.Address) {
			e.facts.Note(f)
		}
	}
}

// settle returns the facts of all events since the last call.
func (e *examiner) settle() finding.Facts {
	f := e.facts.Facts()
	e.origins.Describe(&f)
	e.firsts.Settle(&f)
	return f
}

// lackList has what the rows of a hunt lack. It is safe for concurrent use.
type lackList struct {
	mutex sync.Mutex
	list  []*facts.Lacks // from index 1 on
}

// at returns the entry with an index, nil for index 0.
func (l *lackList) at(index int) *facts.Lacks {
	if index == 0 {
		return nil
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.list[index-1]
}

// of returns the index of what the rows of a batch lack, 0 for nothing.
func (l *lackList) of(b *lake.Batch) int {
	g := facts.LacksOf(b.Schema, b.Has)
	if g == nil {
		return 0
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	at := slices.IndexFunc(l.list, g.Equal)
	switch {
	case at >= 0:
		return at + 1
	case len(l.list) == maxLacks-1: // beyond all bounds: nothing is decided
		at = len(l.list) - 1
		l.list[at] = facts.LacksOf(b.Schema, func(string) bool { return false })
		return at + 1
	}
	l.list = append(l.list, g)
	return len(l.list)
}
