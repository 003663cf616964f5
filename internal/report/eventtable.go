package report

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/term"
)

// eventTable prints one row for each kind of call of an actor, in the order of their first event.
type eventTable struct {
	w       io.Writer
	options Options
	groups  map[eventKey]*eventGroup
	left    int // events beyond maxEventRows
}

func newEventTable(w io.Writer, options Options) Writer {
	return &eventTable{w: w, options: options, groups: map[eventKey]*eventGroup{}}
}

func (t *eventTable) Finding(f *finding.Finding) error {
	key := keyOf(f)
	g := t.groups[key]
	if g == nil {
		if len(t.groups) >= maxEventRows {
			t.left++
			return nil
		}
		g = &eventGroup{key: key, time: f.Time}
		t.groups[key] = g
	}
	g.add(f)
	return nil
}

// maxEventRows is how many rows the table has; the events of further rows are counted.
const maxEventRows = 20_000

func (t *eventTable) Close(*finding.Summary, *finding.Ledger) error {
	sorted := make([]*eventGroup, 0, len(t.groups))
	for _, g := range t.groups {
		sorted = append(sorted, g)
	}
	slices.SortFunc(sorted, func(a, b *eventGroup) int {
		return cmp.Or(cmp.Compare(a.time.Nanos, b.time.Nanos), a.key.compare(&b.key))
	})
	if len(sorted) == 0 {
		return nil
	}
	o := &t.options
	g := grid{
		head: []string{
			"EVENTS", "FIRST", "LAST", "CALL", "OUTCOME", "TARGET", "PRINCIPAL", "KEY", "ADDRESS", "ACCOUNT", "AGENT", "REGION", "FACTS",
		},
		right: 0, shrink: []int{10, 12, 6, 5, 4}, drop: []int{10, 9, 11, 2, 12, 7},
	}
	for _, row := range sorted {
		g.rows = append(g.rows, []string{
			term.Count(row.events), o.moment(row.time), o.moment(row.last), safe(callName(row.key.service, row.key.action)),
			row.facts.outcome(), row.targets(), safe(row.key.principal), safe(row.key.session), safe(row.key.address),
			safe(row.key.account), some(row.facts.agents, 1), some(row.facts.regions, 2), some(row.facts.factTexts(), 3),
		})
	}
	text := g.String(o)
	if t.left > 0 {
		text += o.paint(term.Dim, term.Plural(t.left, "event")+" of further principals, addresses and calls (csv and jsonl have all)") + "\n"
	}
	_, err := io.WriteString(t.w, text)
	return err
}

func (k *eventKey) compare(o *eventKey) int {
	return cmp.Or(
		strings.Compare(k.principal, o.principal), strings.Compare(k.session, o.session), strings.Compare(k.address, o.address),
		strings.Compare(k.host, o.host), strings.Compare(k.account, o.account), strings.Compare(k.schema, o.schema),
		strings.Compare(k.service, o.service), strings.Compare(k.action, o.action),
	)
}

// eventColumns are the columns of csv; new ones are added at the end.
var eventColumns = []string{
	"time", "event_id", "schema", "account", "region", "principal", "key", "type", "address", "host", "agent", "service", "action",
	"outcome", "error", "targets", "facts", "country", "city", "network", "known",
}

// eventCSV writes RFC 4180 with a header and guarded cells.
type eventCSV struct {
	w       *csv.Writer
	options Options
	begun   bool
}

func newEventCSV(w io.Writer, options Options) Writer {
	return &eventCSV{w: csv.NewWriter(w), options: options}
}

func (c *eventCSV) header() {
	if !c.begun {
		c.begun = true
		_ = c.w.Write(eventColumns) // Flush returns the error again
	}
}

func (c *eventCSV) Finding(f *finding.Finding) error {
	c.header()
	outcome, code := outcomeOf(f)
	var m merged
	m.add(f)
	origin := f.Facts.OriginOf(f.Address)
	row := []string{
		c.options.exact(f.Time), firstOf(f.EventIDs), f.Schema, f.Account, f.Region, f.Principal, f.Session, typeOf(f), f.Address, f.Host,
		firstOf(f.Facts.Agents), f.Service, f.Action, outcome.String(), code, allOf(m.targetTexts()), allOf(m.factTexts()), country(&origin), origin.City, origin.Network(), origin.Known,
	}
	for i, cell := range row {
		row[i] = Guard(cell)
	}
	return c.w.Write(row)
}

func (c *eventCSV) Close(*finding.Summary, *finding.Ledger) error {
	c.header()
	c.w.Flush()
	return c.w.Error()
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// typeOf returns the kind of identity that acted.
func typeOf(f *finding.Finding) string {
	if len(f.Facts.Actors) == 0 {
		return ""
	}
	return f.Facts.Actors[0].Type
}

// eventObject is one event in jsonl and json. The keys are a contract: they are always present, and new ones may be added.
type eventObject struct {
	Time      finding.Moment  `json:"time"`
	ID        string          `json:"id"`
	Schema    string          `json:"schema"`
	Account   string          `json:"account"`
	Region    string          `json:"region"`
	Principal string          `json:"principal"`
	Key       string          `json:"key"`
	Type      string          `json:"type"`
	Address   string          `json:"address"`
	Host      string          `json:"host"`
	Agent     string          `json:"agent"`
	Service   string          `json:"service"`
	Action    string          `json:"action"`
	Outcome   string          `json:"outcome"`
	Error     string          `json:"error"`
	Targets   []eventTarget   `json:"targets"`
	Facts     []eventFact     `json:"facts"`
	Origin    finding.Origin  `json:"origin"`
	Event     json.RawMessage `json:"event"`
}

type eventTarget struct {
	Type    string `json:"type"`
	Name    string `json:"name"`
	Account string `json:"account"`
}

type eventFact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func objectOf(f *finding.Finding) *eventObject {
	outcome, code := outcomeOf(f)
	o := &eventObject{
		Time: finding.Moment{Time: f.Time}, ID: firstOf(f.EventIDs), Schema: f.Schema, Account: f.Account, Region: f.Region,
		Principal: f.Principal, Key: f.Session, Type: typeOf(f), Address: f.Address, Host: f.Host, Agent: firstOf(f.Facts.Agents),
		Service: f.Service, Action: f.Action, Outcome: outcome.String(), Error: code,
		Targets: []eventTarget{}, Facts: []eventFact{}, Origin: f.Facts.OriginOf(f.Address), Event: json.RawMessage(f.Event),
	}
	if len(f.Event) == 0 {
		o.Event = json.RawMessage("{}")
	}
	for _, t := range f.Facts.Targets {
		o.Targets = append(o.Targets, eventTarget{t.Type, t.Name, t.Account})
	}
	for _, n := range f.Facts.Notable {
		o.Facts = append(o.Facts, eventFact{n.Name, n.Value})
	}
	return o
}

// eventJSONL writes one JSON object per line.
type eventJSONL struct{ w io.Writer }

func newEventJSONL(w io.Writer, _ Options) Writer { return &eventJSONL{w} }

func (j *eventJSONL) Finding(f *finding.Finding) error {
	text, err := marshal(objectOf(f), "")
	if err != nil {
		return err
	}
	_, err = j.w.Write(append(text, '\n'))
	return err
}

func (j *eventJSONL) Close(*finding.Summary, *finding.Ledger) error { return nil }

// eventJSON writes one object {"events","ledger"}. Events are as in jsonl, one per line.
type eventJSON struct {
	w     io.Writer
	count int
}

func newEventJSON(w io.Writer, _ Options) Writer { return &eventJSON{w: w} }

func (j *eventJSON) Finding(f *finding.Finding) error {
	before := ",\n"
	if j.count == 0 {
		before = "{\"events\":[\n"
	}
	j.count++
	text, err := marshal(objectOf(f), "")
	if err != nil {
		return err
	}
	_, err = io.WriteString(j.w, before+string(text))
	return err
}

func (j *eventJSON) Close(_ *finding.Summary, ledger *finding.Ledger) error {
	before := "\n],\n\"ledger\":"
	if j.count == 0 {
		before = "{\"events\":[" + before
	}
	if _, err := io.WriteString(j.w, before); err != nil {
		return err
	}
	if err := writeLedger(j.w, ledger, ""); err != nil {
		return err
	}
	_, err := io.WriteString(j.w, "\n}\n")
	return err
}
