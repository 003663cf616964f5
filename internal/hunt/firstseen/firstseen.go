// Package firstseen marks what is new for a principal: the first use of an address, network, agent, region or action by
// one that has been known for a week.
//
// Its input are all events of a hunt, then those of findings; its output are marks for the facts of findings.
package firstseen

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/history"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/origin"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

const (
	// settled is how long a principal must be known before something is new for it.
	settled = int64(7 * 24 * time.Hour)
	// fresh is how long something stays new.
	fresh = int64(24 * time.Hour)
	// maxFirsts is how many marks one finding has.
	maxFirsts = 200
)

// The fields that a Worker reads of each event.
const (
	seenPrincipal = iota
	seenAddress
	seenAgent
	seenRegion
	seenAction
	seenService
)

// The kinds of things that may be new for a principal, as findings name them.
const (
	kindAddress uint8 = iota
	kindAgent
	kindRegion
	kindAction
	kindNetwork
)

var kindNames = [...]string{kindAddress: "address", kindAgent: "agent", kindRegion: "region", kindAction: "action", kindNetwork: "network"}

// History knows when each principal used each address, network, agent, region and action first, in all evaluated events.
type History struct {
	history *history.History
	origins *origin.Finder
}

// Fields returns the fields that workers read of events of a schema, each with its alternatives.
func Fields(s *schema.Schema) []schema.Paths {
	return []schema.Paths{seenPrincipal: s.Principal, seenAddress: s.Address, seenAgent: s.Agent, seenRegion: s.Region, seenAction: s.Action, seenService: s.Service}
}

// New returns an empty history. origins, which may be nil, tells the networks of addresses.
func New(origins *origin.Finder) *History { return &History{history: history.New(0), origins: origins} }

// NewWorker returns what collects the events of one goroutine.
func (f *History) NewWorker() *Worker { return &Worker{History: f, table: f.history.NewTable()} }

// Worker collects the history of one worker's events.
type Worker struct {
	*History
	table *history.Table
	buf   []byte
	texts [6][128]byte
}

// Event adds an event. The values of fields are those of Fields; they are valid during the call. when is finding.NoTime
// without a readable time.
func (w *Worker) Event(s *schema.Schema, when value.Time, fields match.Fields) {
	if when == finding.NoTime {
		return
	}
	principal := fields.Text(seenPrincipal, w.texts[0][:0])
	if len(principal) == 0 {
		return
	}
	var who uint64
	who, w.buf = w.principal(w.buf, s, principal)
	w.table.Note(who, when.Nanos)
	if address := fields.Text(seenAddress, w.texts[1][:0]); len(address) > 0 {
		if w.table.Note(w.thing(who, kindAddress, address), when.Nanos) {
			if network := w.network(string(address)); network != "" {
				w.table.Note(w.thing(who, kindNetwork, []byte(network)), when.Nanos)
			}
		}
	}
	if agent := fields.Text(seenAgent, w.texts[2][:0]); len(agent) > 0 {
		w.table.Note(w.thing(who, kindAgent, agent), when.Nanos)
	}
	if region := fields.Text(seenRegion, w.texts[3][:0]); len(region) > 0 {
		w.table.Note(w.thing(who, kindRegion, region), when.Nanos)
	}
	if action := fields.Text(seenAction, w.texts[4][:0]); len(action) > 0 {
		w.buf = append(append(append(w.buf[:0], fields.Text(seenService, w.texts[5][:0])...), 0), action...)
		w.table.Note(w.thing(who, kindAction, w.buf), when.Nanos)
	}
}

// principal returns the hash of a principal of a log source, and the buffer for the next call.
func (f *History) principal(buf []byte, s *schema.Schema, name []byte) (uint64, []byte) {
	buf = append(append(append(buf[:0], s.Name...), 0), name...)
	return f.history.Hash(buf), buf
}

func (f *History) thing(who uint64, kind uint8, text []byte) uint64 {
	return history.Join(who, f.history.Hash(text), kind)
}

// network returns the autonomous system of an address, or else its surroundings: /24 of IPv4, /48 of IPv6. It is "" for
// texts that are no address.
func (f *History) network(address string) string {
	if o := f.origins.Of(address); o.ASN != 0 {
		return o.Network()
	}
	at, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	at = at.Unmap().WithZone("")
	bits := 24
	if at.Is6() {
		bits = 48
	}
	network, err := at.Prefix(bits)
	if err != nil {
		return ""
	}
	return network.String()
}

// Marks returns what is new for the principal of an event of a finding.
func (f *History) Marks(s *schema.Schema, when value.Time, subject *finding.Subject, agent string) []finding.FirstSeen {
	if f == nil || when == finding.NoTime || subject.Principal == "" {
		return nil
	}
	who, _ := f.principal(nil, s, []byte(subject.Principal))
	since, ok := f.history.First(who)
	if !ok {
		return nil
	}
	var marks []finding.FirstSeen
	mark := func(kind uint8, key, shown string) {
		first, ok := f.history.First(f.thing(who, kind, []byte(key)))
		if ok && shown != "" && first-since >= settled && when.Nanos-first < fresh {
			marks = append(marks, finding.FirstSeen{
				Kind: kindNames[kind], Value: shown, Principal: subject.Principal, Time: value.Time{Nanos: first, Digits: when.Digits}, Since: value.Time{Nanos: since, Digits: when.Digits},
			})
		}
	}
	mark(kindAddress, subject.Address, subject.Address)
	network := f.network(subject.Address)
	mark(kindNetwork, network, network)
	mark(kindAgent, agent, agent)
	mark(kindRegion, subject.Region, subject.Region)
	mark(kindAction, subject.Service+"\x00"+subject.Action, subject.Action)
	return marks
}

// Notes returns what to tell if there are no marks for a reason that the findings do not show.
func (f *History) Notes(first, last finding.Moment) []string {
	switch {
	case f == nil:
		return nil
	case f.history.Full():
		return []string{fmt.Sprintf("first uses are not marked: there are more than %d different principals with their addresses, agents, regions and actions", history.DefaultLimit)}
	case first.Time == finding.NoTime || last.Nanos-first.Nanos < settled:
		return []string{"first uses are not marked: they need a week of history, and the log has less"}
	}
	return nil
}

// Firsts collects the marks of one finding.
type Firsts struct {
	list []finding.FirstSeen
	// addresses says for an address whether it or its network is new.
	addresses map[string]string
}

// Add adds the marks of an event, and returns those that are new and say more than a mark of an address.
func (f *Firsts) Add(marks []finding.FirstSeen, address string) (facts []finding.Fact) {
	for i := range marks {
		m := &marks[i]
		if m.Kind == kindNames[kindAddress] || m.Kind == kindNames[kindNetwork] {
			if f.addresses == nil {
				f.addresses = map[string]string{}
			}
			if len(f.addresses) < maxFirsts {
				f.addresses[strings.Clone(address)] = m.Kind
			}
		} else {
			facts = append(facts, finding.Fact{Name: "first use of " + m.Kind, Value: m.Value})
		}
		if len(f.list) < maxFirsts && !f.has(m) {
			f.list = append(f.list, *m)
		}
	}
	return facts
}

func (f *Firsts) has(m *finding.FirstSeen) bool {
	for i := range f.list {
		if o := &f.list[i]; o.Kind == m.Kind && o.Value == m.Value && o.Principal == m.Principal {
			return true
		}
	}
	return false
}

// Settle gives the marks to facts, and forgets them.
func (f *Firsts) Settle(facts *finding.Facts) {
	facts.FirstSeen = f.list
	if len(f.addresses) > 0 {
		var origins []finding.Origin
		for _, address := range facts.Addresses {
			o := facts.OriginOf(address)
			if o.New = f.addresses[address]; !o.IsZero() {
				origins = append(origins, o)
			}
		}
		facts.Origins = origins
	}
	*f = Firsts{}
}
