package tally

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
)

// A Summary tells what each principal did. Its JSON is a contract: keys are always present, and new ones may be added.
type Summary struct {
	Principals []Principal `json:"principals"`
	// Others counts the events of principals that were left out, since there were too many; Nobody the events without a
	// principal.
	Others int64 `json:"others"`
	Nobody int64 `json:"without_principal"`
}

// A Principal is one row of a summary. Lists have the most frequent value first.
type Principal struct {
	Name     string         `json:"principal"`
	Types    []Count        `json:"types"`
	Accounts []Count        `json:"accounts"`
	First    finding.Moment `json:"first"`
	Last     finding.Moment `json:"last"`
	Events   int64          `json:"events"`
	Outcome  Outcome        `json:"outcome"`
	Services []Count        `json:"services"`
	// Calls is the number of different calls; Once are those made a single time, sorted.
	Calls     int       `json:"calls"`
	Once      []string  `json:"calls_once"`
	Addresses []Address `json:"addresses"`
	Regions   []Count   `json:"regions"`
	Keys      []Count   `json:"keys"`
	Errors    []Count   `json:"errors"`
	// Sessions are what calls opened, Made the identities and credentials that they made.
	Sessions []Link `json:"sessions"`
	Made     []Link `json:"made"`
	// More names the lists from which values were left out, with the number of their events.
	More map[string]int64 `json:"more"`
}

// Outcome counts calls by how they ended.
type Outcome struct {
	Succeeded int64 `json:"succeeded"`
	Refused   int64 `json:"refused"`
	Failed    int64 `json:"failed"`
	Unknown   int64 `json:"unknown"`
}

// An Address is an address with the agents that were used from it.
type Address struct {
	Address string  `json:"address"`
	Count   int64   `json:"count"`
	Agents  []Count `json:"agents"`
	// The rest is what is known of the address, see finding.Origin; "" and 0 if nothing is.
	Country      string `json:"country"`
	CountryName  string `json:"country_name"`
	City         string `json:"city"`
	ASN          uint32 `json:"asn"`
	Organization string `json:"organization"`
	Known        string `json:"known"`
}

// Locate sets what is known of all addresses.
func (s *Summary) Locate(of func(address string) finding.Origin) {
	for i := range s.Principals {
		for j := range s.Principals[i].Addresses {
			a := &s.Principals[i].Addresses[j]
			o := of(a.Address)
			a.Country, a.CountryName, a.City, a.ASN, a.Organization, a.Known = o.Country, o.CountryName, o.City, o.ASN, o.Organization, o.Known
		}
	}
}

// A Link is a session that was opened, or an identity or credential that was made. Identity and Key are "" if the log does not show
// them.
type Link struct {
	Kind     string `json:"kind"`
	Identity string `json:"identity"`
	Key      string `json:"key"`
	Count    int64  `json:"count"`
}

// Merge returns the summary of several workers. It uses up the Summarizers.
func Merge(workers []*Summarizer) *Summary {
	if len(workers) == 0 {
		workers = []*Summarizer{NewSummarizer()}
	}
	all := workers[0]
	for _, w := range workers[1:] {
		all.nobody += w.nobody
		if w.rows.closed {
			all.rows.closeAt(w.rows.least)
		}
		all.rows.rest += w.rows.rest
		for _, in := range w.rows.order {
			to := all.rows.get([]byte(in.name))
			if to == nil {
				all.rows.rest += in.events
				continue
			}
			to.events += in.events
			if to.value == nil {
				to.value = &principal{first: finding.NoTime, last: finding.NoTime}
			}
			before := to.value.size()
			to.value.merge(in.value)
			all.rows.grow(to, to.value.size()-before)
		}
	}
	s := &Summary{Principals: []Principal{}, Others: all.rows.rest, Nobody: all.nobody}
	for _, row := range all.rows.order {
		s.Principals = append(s.Principals, row.value.describe(row.name, row.events))
	}
	return s
}

// lists returns the bags of a principal with their limits.
func (p *principal) lists() []struct {
	name            string
	bag             *bag
	limit, subLimit int
} {
	return []struct {
		name            string
		bag             *bag
		limit, subLimit int
	}{
		{"types", &p.types, maxTypes, 0}, {"accounts", &p.accounts, maxAccounts, 0}, {"services", &p.services, maxServices, 0},
		{"calls", &p.calls, maxActions, 0}, {"addresses", &p.addresses, maxAddresses, maxAgents}, {"regions", &p.regions, maxRegions, 0},
		{"keys", &p.keys, maxKeys, 0}, {"errors", &p.errors, maxErrors, 0}, {"sessions", &p.sessions, maxLinks, 0}, {"made", &p.made, maxLinks, 0},
	}
}

func (p *principal) size() int {
	n := 0
	for _, l := range p.lists() {
		n += l.bag.size()
	}
	return n
}

func (p *principal) merge(o *principal) {
	p.widen(o.first, o.last)
	for i, n := range o.outcomes {
		p.outcomes[i] += n
	}
	from := o.lists()
	for i, l := range p.lists() {
		l.bag.merge(from[i].bag, l.limit, l.subLimit)
	}
}

func (p *principal) describe(name string, events int64) Principal {
	d := Principal{
		Name: name, First: finding.Moment{Time: p.first}, Last: finding.Moment{Time: p.last}, Events: events,
		Outcome: Outcome{p.outcomes[finding.Succeeded], p.outcomes[finding.Refused], p.outcomes[finding.Failed], p.outcomes[finding.Unknown]},
		Types:   p.types.counts(), Accounts: p.accounts.counts(), Services: p.services.counts(), Regions: p.regions.counts(),
		Keys: p.keys.counts(), Errors: p.errors.counts(), Sessions: linksOf(&p.sessions), Made: linksOf(&p.made),
		Calls: len(p.calls.list), Once: []string{}, Addresses: []Address{}, More: map[string]int64{},
	}
	for _, call := range p.calls.counts() {
		if call.Count == 1 {
			d.Once = append(d.Once, call.Name)
		}
	}
	for i := range p.addresses.list {
		in := &p.addresses.list[i]
		a := Address{Address: in.name, Count: in.n, Agents: []Count{}}
		if in.sub != nil {
			a.Agents = in.sub.counts()
		}
		d.Addresses = append(d.Addresses, a)
	}
	slices.SortFunc(d.Addresses, func(a, b Address) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Address, b.Address))
	})
	for _, l := range p.lists() {
		if l.bag.rest > 0 {
			d.More[l.name] = l.bag.rest
		}
	}
	return d
}

func linksOf(b *bag) []Link {
	list := []Link{}
	for _, c := range b.counts() {
		parts := strings.SplitN(c.Name, "\x00", 3)
		for len(parts) < 3 {
			parts = append(parts, "") // the text was cut
		}
		list = append(list, Link{parts[0], parts[1], parts[2], c.Count})
	}
	return list
}

// Orders are the ways to sort a summary, the default first.
var Orders = []string{"events", "refused", "failed", "first", "last", "calls", "addresses", "keys", "sessions", "made", "principal"}

// Sort orders the principals: by a number, the largest first; by a time, the earliest first or, for last, the latest; or by
// name. Equal ones are in the order of their names.
func (s *Summary) Sort(order string) error {
	number := map[string]func(p *Principal) int64{
		"events":    func(p *Principal) int64 { return p.Events },
		"refused":   func(p *Principal) int64 { return p.Outcome.Refused },
		"failed":    func(p *Principal) int64 { return p.Outcome.Failed },
		"first":     func(p *Principal) int64 { return -p.First.Nanos },
		"last":      func(p *Principal) int64 { return p.Last.Nanos },
		"calls":     func(p *Principal) int64 { return int64(p.Calls) },
		"addresses": func(p *Principal) int64 { return int64(len(p.Addresses)) },
		"keys":      func(p *Principal) int64 { return int64(len(p.Keys)) },
		"sessions":  func(p *Principal) int64 { return sum(p.Sessions) },
		"made":      func(p *Principal) int64 { return sum(p.Made) },
		"principal": func(*Principal) int64 { return 0 },
	}[order]
	if number == nil {
		return fmt.Errorf("unknown order %q", order)
	}
	slices.SortFunc(s.Principals, func(a, b Principal) int {
		return cmp.Or(cmp.Compare(number(&b), number(&a)), strings.Compare(a.Name, b.Name))
	})
	return nil
}

func sum(list []Link) int64 {
	n := int64(0)
	for i := range list {
		n += list[i].Count
	}
	return n
}
