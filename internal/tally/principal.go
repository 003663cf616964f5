package tally

import (
	"cmp"

	"github.com/egret-hunt/egret/internal/facts"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// Limits of a summary.
const (
	// maxEntries is the maximum number of values of all principals of one worker, about 100 bytes each.
	maxEntries = 500_000
	// The following are the maximum numbers of values of one principal.
	maxActions, maxServices, maxAddresses, maxAgents, maxRegions = 2000, 300, 500, 20, 100
	maxKeys, maxErrors, maxLinks, maxAccounts, maxTypes          = 500, 100, 200, 100, 20
)

// The fields of a summary, in the order of SummaryFields.
const (
	fieldPrincipal = iota
	fieldType
	fieldAccount
	fieldKey
	fieldAddress
	fieldAgent
	fieldRegion
	fieldService
	fieldAction
	fieldError
)

// SummaryFields returns the fields that a Summarizer reads.
func SummaryFields(s *schema.Schema) []schema.Paths {
	return []schema.Paths{s.Principal, s.ActorType, s.Account, s.Session, s.Address, s.Agent, s.Region, s.Service, s.Action, s.Error}
}

// principal is what one principal did.
type principal struct {
	first, last value.Time
	outcomes    [4]int64
	// addresses have the agents that were used from them. calls are actions with their services. sessions and made are what
	// links led to, as kind, identity and key.
	types, accounts, keys, addresses, regions, services, calls, errors, sessions, made bag
}

// widen extends the time of a principal; the times may be NoTime. Equal times with other precisions are ordered too.
func (p *principal) widen(first, last value.Time) {
	if first == finding.NoTime {
		return
	}
	order := func(a, b value.Time) int {
		return cmp.Or(cmp.Compare(a.Nanos, b.Nanos), cmp.Compare(a.Digits, b.Digits))
	}
	if p.first == finding.NoTime || order(first, p.first) < 0 {
		p.first = first
	}
	if p.last == finding.NoTime || order(last, p.last) > 0 {
		p.last = last
	}
}

// A Summarizer counts the events of one worker by principal. It is not safe for concurrent use.
type Summarizer struct {
	rows *rows[*principal]
	// nobody counts the events without a principal.
	nobody  int64
	schemas map[*schema.Schema]*summarized
	last    *summarized
	texts   interned
	subject finding.Subject
	event   facts.Event
	call    []byte
}

// summarized is what a Summarizer needs for events of one schema.
type summarized struct {
	schema    *schema.Schema
	extractor *facts.Extractor
	links     links
	// details are those of groups of events, parser reads what they hold.
	details []Detail
	parser  value.Parser
}

// NewSummarizer returns a Summarizer without events.
func NewSummarizer() *Summarizer {
	s := &Summarizer{rows: newRows[*principal](maxEntries), schemas: map[*schema.Schema]*summarized{}, texts: interned{}}
	s.event.Subject = &s.subject
	return s
}

// interned keeps one string for each distinct text, at most maxInterned, so that an extractor does not get a new string an event.
type interned map[string]string

const maxInterned = 10_000

func (t interned) of(text []byte) string {
	if have, ok := t[string(text)]; ok {
		return have
	}
	fresh := string(text)
	if len(t) < maxInterned {
		t[fresh] = fresh
	}
	return fresh
}

func (s *Summarizer) forSchema(of *schema.Schema) *summarized {
	if s.last != nil && s.last.schema == of {
		return s.last
	}
	s.last = s.schemas[of]
	if s.last == nil {
		s.last = &summarized{schema: of, extractor: facts.NewExtractor(of), links: links{list: of.Trace().Links, byCall: map[string][]int{}}}
		s.schemas[of] = s.last
	}
	return s.last
}

// Event counts an event; its fields are those of SummaryFields.
func (s *Summarizer) Event(of *schema.Schema, when value.Time, fields match.Fields) {
	var bufs [fieldError + 1][128]byte
	var texts [fieldError + 1][]byte
	for i := range texts {
		texts[i] = fields.Text(i, bufs[i][:0])
	}
	s.count(of, &texts, 1, when, when, fields.Doc())
}

// Group counts a number of events that agree in all of SummaryFields and Details, nil for a missing value. first and last are their
// earliest and latest time. missing are the first paths of details that the events' table does not have.
func (s *Summarizer) Group(of *schema.Schema, values []*string, missing []string, n int64, first, last value.Time) {
	var texts [fieldError + 1][]byte
	for i := range texts {
		if values[i] != nil {
			texts[i] = []byte(*values[i])
		}
	}
	known := s.forSchema(of)
	if known.details == nil {
		known.details = Details(of)
	}
	s.event.Lacks = lacking(of, known.details, missing)
	s.count(of, &texts, n, first, last, known.content(values[min(len(values), len(texts)):]))
}

// count counts events that agree in their texts. doc is one of them, or has what tells sessions, identities and outcomes.
func (s *Summarizer) count(of *schema.Schema, texts *[fieldError + 1][]byte, n int64, first, last value.Time, doc *value.Doc) {
	if len(texts[fieldPrincipal]) == 0 {
		s.nobody += n
		return
	}
	row := s.rows.get(bounded(texts[fieldPrincipal]))
	if row == nil {
		s.rows.rest += n
		return
	}
	if row.value == nil {
		row.value = &principal{first: finding.NoTime, last: finding.NoTime}
	}
	p := row.value
	row.events += n
	p.widen(first, last)
	grown := 0
	add := func(to *bag, text []byte, limit int) *item {
		if len(text) == 0 {
			return nil
		}
		in, more := to.add(text, n, limit)
		grown += more
		return in
	}
	add(&p.types, texts[fieldType], maxTypes)
	add(&p.accounts, texts[fieldAccount], maxAccounts)
	add(&p.keys, texts[fieldKey], maxKeys)
	add(&p.regions, texts[fieldRegion], maxRegions)
	add(&p.services, texts[fieldService], maxServices)
	s.call = appendCall(s.call[:0], texts[fieldService], texts[fieldAction])
	add(&p.calls, s.call, maxActions)
	if address := add(&p.addresses, texts[fieldAddress], maxAddresses); address != nil && len(texts[fieldAgent]) > 0 {
		if address.sub == nil {
			address.sub = &bag{}
		}
		add(address.sub, texts[fieldAgent], maxAgents)
	}
	known := s.forSchema(of)
	s.subject.Service, s.subject.Action = s.texts.of(texts[fieldService]), s.texts.of(texts[fieldAction])
	s.subject.Error, s.event.Doc = s.texts.of(texts[fieldError]), doc
	outcome, code := known.extractor.Outcome(&s.event)
	p.outcomes[outcome] += n
	if code != "" {
		add(&p.errors, []byte(code), maxErrors)
	}
	if doc != nil && (outcome == finding.Succeeded || outcome == finding.Unknown) {
		grown += s.follow(known, p, texts[fieldService], texts[fieldAction], n, doc)
	}
	if grown != 0 {
		s.rows.grow(row, grown)
	}
}

// appendCall appends the name of a call: with its service as IAM policies write it where that is a host name.
func appendCall(dst, service, action []byte) []byte {
	if label := hostLabel(service); label != nil && len(action) > 0 {
		dst = append(append(dst, label...), ':')
	}
	return append(dst, action...)
}

// hostLabel returns the first label of a host name with at least two dots, else nil.
func hostLabel(name []byte) []byte {
	dots, first := 0, 0
	for i, c := range name {
		if c == '.' {
			if dots == 0 {
				first = i
			}
			dots++
		}
	}
	if dots < 2 {
		return nil
	}
	return name[:first]
}

// follow counts the sessions that n calls opened and the identities that they made. It returns how many values came with it.
func (s *Summarizer) follow(known *summarized, p *principal, service, action []byte, n int64, doc *value.Doc) int {
	grown := 0
	for _, i := range known.links.of(service, action) {
		link := &known.links.list[i]
		if !known.links.holds(&link.On, doc) {
			continue
		}
		to := &p.made
		switch link.Kind {
		case "session", "sign-in":
			to = &p.sessions
		case "trust", "machine":
			continue
		}
		text := append([]byte(nil), link.Kind...)
		for _, paths := range []schema.Paths{link.Identity, link.Key} {
			text = append(text, 0)
			if len(paths) > 0 {
				text, _ = paths.AppendText(text, &known.links.walker, doc)
			}
		}
		_, more := to.add(text, n, maxLinks)
		grown += more
	}
	return grown
}
