package report

import (
	"io"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/value"
)

// eventTimeline prints the calls of actors in the order of their first event. Calls of the same kind by the same actor that
// follow each other within repeatGap form one line, even with other calls between them. The actor is printed where it
// changes.
type eventTimeline struct {
	w       io.Writer
	options Options
	// open has the groups that may still grow, and those that wait for them, in order of time.
	open []*eventGroup
	keys map[eventKey]*eventGroup
	// actor, regions and agents are those printed last.
	actor           eventActor
	regions, agents string
	any             bool
	out             strings.Builder
}

// eventActor is who called from where.
type eventActor struct{ principal, session, address, host, account string }

type eventKey struct {
	eventActor

	schema, service, action string
}

// eventGroup has one or more events with the same key.
type eventGroup struct {
	key        eventKey
	time, last value.Time
	events     int
	details    []string
	facts      merged
}

func newEventTimeline(w io.Writer, options Options) Writer {
	return &eventTimeline{w: w, options: options, keys: map[eventKey]*eventGroup{}}
}

func keyOf(f *finding.Finding) eventKey {
	return eventKey{
		eventActor: eventActor{f.Principal, f.Session, whence(f), f.Host, f.Account}, schema: f.Schema, service: f.Service, action: f.Action,
	}
}

func (g *eventGroup) add(f *finding.Finding) {
	g.events++
	g.last = f.Time
	g.facts.add(f)
	for _, pair := range f.Details {
		remember(&g.details, pair.Name+" "+pair.Value)
	}
}

func (t *eventTimeline) Finding(f *finding.Finding) error {
	key := keyOf(f)
	g := t.keys[key]
	if g == nil || apart(g.last, f.Time) {
		g = &eventGroup{key: key, time: f.Time}
		t.open = append(t.open, g) // findings come in the order of their times
		t.keys[key] = g
	}
	g.add(f)
	for len(t.open) > 0 && apart(t.open[0].last, f.Time) {
		t.print(t.open[0])
		t.open = t.open[1:]
	}
	return t.flush()
}

func (t *eventTimeline) flush() error {
	_, err := io.WriteString(t.w, t.out.String())
	t.out.Reset()
	return err
}

func (t *eventTimeline) Close(*finding.Summary, *finding.Ledger) error {
	for _, g := range t.open {
		t.print(g)
	}
	t.open = nil
	return t.flush()
}

func (t *eventTimeline) print(g *eventGroup) {
	if t.keys[g.key] == g {
		delete(t.keys, g.key)
	}
	o := &t.options
	if !t.any || t.actor != g.key.eventActor {
		if t.any {
			t.out.WriteByte('\n')
		}
		t.any, t.actor, t.regions, t.agents = true, g.key.eventActor, "", ""
		t.out.WriteString(term.Wrap("", further, t.actor.text(o), o.Width) + "\n")
	}
	parts := []string{g.call(o)}
	for _, part := range []string{g.outcome(o), g.targets(), o.paint("33", some(g.facts.factTexts(), lineFacts))} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	// Regions and agents are mostly those of the line before.
	for _, part := range []struct {
		before string
		text   string
		last   *string
	}{{"in ", some(g.facts.regions, 3), &t.regions}, {"via ", agentText(g.facts.agents), &t.agents}} {
		if part.text != "" && part.text != *part.last {
			*part.last = part.text
			parts = append(parts, o.paint(term.Dim, part.before+part.text))
		}
	}
	t.out.WriteString(term.Wrap("  "+o.moment(g.time)+"  ", "    "+further, strings.Join(parts, "  "), o.Width) + "\n")
}

// agentText lists agents in a few columns each.
func agentText(agents []string) string {
	var short []string
	for _, agent := range agents {
		remember(&short, shorten(agent, lineAgent))
	}
	return some(short, 2)
}

// text describes an actor in one line.
func (a *eventActor) text(o *Options) string {
	var parts []string
	if a.principal != "" {
		parts = append(parts, o.paint(term.Bold, safe(a.principal)))
	} else {
		parts = append(parts, o.paint(term.Bold, "(no principal)"))
	}
	for _, part := range []struct{ before, text string }{{"key ", a.session}, {"from ", a.address}, {"on ", a.host}, {"in ", a.account}} {
		if part.text != "" {
			parts = append(parts, part.before+safe(part.text))
		}
	}
	return strings.Join(parts, "  ")
}
