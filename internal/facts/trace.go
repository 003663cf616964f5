package facts

import (
	"slices"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// A Record is what an event says about identities and things: it ties one identity to another, or makes or removes
// something. Exactly one of Link and Thing is set.
type Record struct {
	Link  *schema.Link
	Thing *schema.Thing
	// Schema is the event's log source.
	Schema *schema.Schema
	// Removes means that the thing is removed; without a Part all of its parts are. Replaces means that the same event makes
	// other parts in their place.
	Removes, Replaces bool
	Time              value.Time
	Outcome           finding.Outcome
	// Principal, Session, Address and Agent are who acted, Account and Region are where.
	Principal, Session, Address, Agent, Account, Region string
	// Identity is the identity that a link leads to, Key its new key or session. From is who acts through the link if that
	// is not the principal, such as a machine. "" if the event does not say.
	Identity, Key, From string
	// Name and Part are those of a thing.
	Name, Part string
}

// A Tracer finds the records of events of one schema. It is not safe for concurrent use.
type Tracer struct {
	schema  *schema.Schema
	trace   *schema.Trace
	x       *Extractor // nil until the first event that may have records
	actions map[string]bool
	last    []byte
	applies bool
}

// NewTracer returns a tracer for events of a schema.
func NewTracer(s *schema.Schema) *Tracer {
	return &Tracer{schema: s, trace: s.Trace(), actions: map[string]bool{}}
}

// Applies reports whether events of an action may have records. It is cheap, since every event of a log is asked about.
func (t *Tracer) Applies(action []byte) bool {
	if string(action) == string(t.last) {
		return t.applies
	}
	applies, known := t.actions[string(action)]
	if !known {
		applies = t.find(action)
		if len(t.actions) < maxActions {
			t.actions[string(action)] = applies
		}
	}
	t.last, t.applies = append(t.last[:0], action...), applies
	return applies
}

func (t *Tracer) find(action []byte) bool {
	for i := range t.trace.Links {
		if schema.MatchesAny(t.trace.Links[i].On.Actions, action) {
			return true
		}
	}
	for i := range t.trace.Things {
		thing := &t.trace.Things[i]
		if schema.MatchesAny(thing.Made.On.Actions, action) {
			return true
		}
		for j := range thing.Removed {
			if schema.MatchesAny(thing.Removed[j].On.Actions, action) {
				return true
			}
		}
	}
	return false
}

// Records calls yield for each record of an event whose action applies, until it returns an error. The record is valid
// during the call.
func (t *Tracer) Records(e *Event, when value.Time, yield func(r *Record) error) error {
	if t.x == nil {
		t.x = NewExtractor(t.schema)
		t.learn()
	}
	x := t.x
	x.begin(e)
	outcome, _ := x.outcomeOf(x.applicable())
	s := e.Subject
	base := Record{
		Schema: t.schema, Time: when, Outcome: outcome, Principal: bounded(s.Principal), Session: bounded(s.Session),
		Address: bounded(s.Address), Agent: bounded(e.Agent), Account: bounded(s.Account), Region: bounded(s.Region),
	}
	for i := range t.trace.Links {
		link := &t.trace.Links[i]
		if !t.chosen(&link.On) {
			continue
		}
		r := base
		r.Link, r.Key, r.From = link, x.first(link.Key), x.first(link.From)
		identities := t.texts(link.Identity)
		if len(identities) == 0 {
			identities = []string{""}
		}
		for _, r.Identity = range identities {
			if err := yield(&r); err != nil {
				return err
			}
		}
	}
	if outcome == finding.Refused || outcome == finding.Failed {
		return nil // nothing was made or removed
	}
	for i := range t.trace.Things {
		thing := &t.trace.Things[i]
		r := base
		r.Thing, r.Removes = thing, true
		for j := range thing.Removed {
			if t.chosen(&thing.Removed[j].On) {
				if err := t.things(r, &thing.Removed[j], yield); err != nil {
					return err
				}
			}
		}
		r.Removes = false
		if t.chosen(&thing.Made.On) {
			if err := t.things(r, &thing.Made, yield); err != nil {
				return err
			}
		}
	}
	return nil
}

// things yields the records of an event that makes or removes things.
func (t *Tracer) things(r Record, e *schema.ThingEvent, yield func(r *Record) error) error {
	parts := t.texts(e.Part)
	if len(parts) == maxLeaves {
		parts = append(parts, "further ones") // an event says no more than that here, but not silently
	}
	for _, r.Name = range t.texts(e.Name) {
		if e.Replaces {
			all := r
			all.Removes, all.Replaces, all.Part = true, true, ""
			if err := yield(&all); err != nil {
				return err
			}
		}
		if e.Part == nil {
			if err := yield(&r); err != nil {
				return err
			}
			continue
		}
		for _, r.Part = range parts {
			if schema.MatchesAny(e.Except, []byte(r.Part)) {
				continue
			}
			if err := yield(&r); err != nil {
				return err
			}
		}
		r.Part = ""
	}
	return nil
}

// texts returns the different texts of the first path that has any.
func (t *Tracer) texts(paths schema.Paths) []string {
	var list []string
	for i := range paths {
		for _, leaf := range t.x.all(paths[i:i+1], value.Leaf{Doc: t.x.event.Doc}) {
			if leaf.Doc.Kind(leaf.Node) == value.Object || len(list) == maxLeaves {
				continue
			}
			text := boundedCopy(t.x.text(leaf))
			if text != "" && !slices.Contains(list, text) {
				list = append(list, text)
			}
		}
		if len(list) > 0 {
			break
		}
	}
	return list
}

// chosen reports whether a selection chooses the event at hand.
func (t *Tracer) chosen(on *schema.Selection) bool {
	s := t.x.event.Subject
	return (on.Services == nil || schema.MatchesAny(on.Services, []byte(s.Service))) &&
		schema.MatchesAny(on.Actions, []byte(s.Action)) && !t.x.event.Lacks.undecided(on) && t.x.holds(on)
}

// learn prepares the paths of all links and things.
func (t *Tracer) learn() {
	x := t.x
	for i := range t.trace.Links {
		l := &t.trace.Links[i]
		x.learnSelection(&l.On)
		x.learn(l.Identity)
		x.learn(l.Key)
		x.learn(l.From)
	}
	event := func(e *schema.ThingEvent) {
		x.learnSelection(&e.On)
		x.learn(e.Name)
		x.learn(e.Part)
	}
	for i := range t.trace.Things {
		event(&t.trace.Things[i].Made)
		for j := range t.trace.Things[i].Removed {
			event(&t.trace.Things[i].Removed[j])
		}
	}
	x.roots = make([]value.Node, x.keys.Len())
}
