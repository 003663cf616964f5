package htmlreport

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/egret-hunt/egret/internal/finding"
)

const (
	// maxListed is how many values of each list a line of the list of findings shows, maxDetails how many an opened
	// finding shows, maxIDs how many ids of events, maxContext how many events near it.
	maxListed  = 6
	maxDetails = finding.ListLimit
	maxIDs     = 200
	maxContext = 50
)

// row is what the list of findings, its filters and the timeline need of one finding. The script gets it for every kept
// finding at once, so it has to be short.
type row struct {
	Time  *int64 `json:"t,omitempty"` // in milliseconds since 1970; nil without a time
	First *int64 `json:"f,omitempty"`
	// Rule is the index in ruleCounts.
	Rule int `json:"r"`
	// Also are the indexes of the rules that are folded under it.
	Also      []int    `json:"l,omitempty"`
	Principal string   `json:"p,omitempty"`
	Account   string   `json:"a,omitempty"`
	Region    string   `json:"g,omitempty"`
	Action    string   `json:"c,omitempty"`
	Outcome   string   `json:"o,omitempty"`
	Ended     ended    `json:"e,omitempty"`
	Addresses []string `json:"i,omitempty"`
	Targets   []string `json:"x,omitempty"`
	Facts     []string `json:"n,omitempty"`
	// Events is the number of events of the finding.
	Events int `json:"v"`
}

// ended says how the calls of a finding ended, as far as the filter by outcome tells them apart.
type ended int

// The values of ended, as the script knows them.
const (
	endedUnknown ended = iota
	endedWell
	endedRefused
)

// detail is what an opened finding shows besides its row, as the script reads it from a block.
type detail struct {
	IDs      []string    `json:"ids"`
	MoreIDs  int         `json:"moreIDs,omitempty"`
	Schema   string      `json:"schema,omitempty"`
	Host     string      `json:"host,omitempty"`
	Service  string      `json:"service,omitempty"`
	Group    [][2]string `json:"group,omitempty"`
	Count    int         `json:"count,omitempty"`
	Examined int         `json:"examined,omitempty"`
	Errors   []counted   `json:"errors,omitempty"`
	Actors   [][3]string `json:"actors,omitempty"`
	Agents   []string    `json:"agents,omitempty"`
	// FirstSeen are values that the principal had not used before.
	FirstSeen []string `json:"firstSeen,omitempty"`
	// Also has the number of folded findings of each rule of the row's list.
	Also     []int    `json:"also,omitempty"`
	Regions  []string `json:"regions,omitempty"`
	Accounts []string `json:"accounts,omitempty"`
	// Addresses, Targets and Facts are nil if the row has them all.
	Addresses []string `json:"addresses,omitempty"`
	Targets   []string `json:"targets,omitempty"`
	Facts     []string `json:"facts,omitempty"`
	// More counts what was left out of any list.
	More    int      `json:"more,omitempty"`
	Context []nearby `json:"context,omitempty"`
	// MoreContext counts events near the finding that are not shown.
	MoreContext int    `json:"moreContext,omitempty"`
	Raw         string `json:"raw"`
	Cut         bool   `json:"cut,omitempty"`
}

type counted struct {
	Text  string `json:"text"`
	Count int    `json:"count"`
}

type nearby struct {
	Time    *int64 `json:"t,omitempty"`
	ID      string `json:"id"`
	Action  string `json:"action"`
	Error   string `json:"error,omitempty"`
	Address string `json:"address,omitempty"`
}

// appendRecord appends what is kept of a finding: the row and the detail, each as JSON on one line. size is the length of
// the row.
func appendRecord(dst []byte, r *row, d *detail) (record []byte, size int, err error) {
	line, err := json.Marshal(r)
	if err != nil {
		return dst, 0, err
	}
	dst = append(append(dst, line...), '\n')
	details, err := json.Marshal(d)
	return append(dst, details...), len(line), err
}

// splitRecord returns the row and the JSON of the detail.
func splitRecord(record []byte) (row, []byte, error) {
	line, details, found := bytes.Cut(record, []byte("\n"))
	var r row
	if !found {
		return r, nil, errors.New("a kept finding is damaged")
	}
	err := json.Unmarshal(line, &r)
	return r, details, err
}

// newRow returns the row of a finding. rule and also are the indexes of its rule and of those folded under it.
func newRow(f *finding.Finding, words *Words, rule int, also []int) *row {
	r := &row{
		Rule: rule, Also: also, Principal: safe(f.Principal), Account: safe(f.Account), Region: safe(f.Region), Action: safe(f.Action),
		Outcome: safe(words.Outcome), Events: len(f.EventIDs),
	}
	if f.Time != finding.NoTime {
		at := millis(f.Time)
		r.Time = &at
		if first := millis(f.First); f.First != finding.NoTime && first != at {
			r.First = &first
		}
	}
	r.Addresses, _ = safeAll(addressesOf(f), maxListed)
	r.Targets, _ = safeAll(words.Targets, maxListed)
	if len(words.Targets) == 0 {
		for _, pair := range f.Details[:min(maxListed, len(f.Details))] {
			r.Targets = append(r.Targets, safe(pair.Name+" "+pair.Value))
		}
	}
	r.Facts, _ = safeAll(words.Facts, maxListed)
	r.Ended = endOf(f)
	return r
}

// endOf says whether any call of a finding succeeded.
func endOf(f *finding.Finding) ended {
	counts := &f.Facts.Outcomes.Counts
	switch {
	case counts[finding.Succeeded] > 0:
		return endedWell
	case counts[finding.Refused]+counts[finding.Failed] > 0:
		return endedRefused
	}
	return endedUnknown
}

// addressesOf returns the addresses of a finding's events, in the order in which they came.
func addressesOf(f *finding.Finding) []string {
	if len(f.Facts.Addresses) == 0 && f.Address != "" {
		return []string{f.Address}
	}
	return f.Facts.Addresses
}

func newDetail(f *finding.Finding, words *Words) *detail {
	d := &detail{
		Schema: safe(f.Schema), Host: safe(f.Host), Service: safe(f.Service), Count: f.Count, Examined: f.Facts.Examined,
	}
	d.IDs, d.MoreIDs = safeAll(f.EventIDs, maxIDs)
	list := func(texts []string, shown int) []string {
		if len(texts) <= shown {
			return nil
		}
		out, more := safeAll(texts, maxDetails)
		d.More += more
		return out
	}
	d.Agents, d.Regions, d.Accounts = list(f.Facts.Agents, 0), list(f.Facts.Regions, 0), list(f.Facts.Accounts, 0)
	d.Addresses, d.Targets, d.Facts = list(addressesOf(f), maxListed), list(words.Targets, maxListed), list(words.Facts, maxListed)
	for _, pair := range f.Group[:min(maxDetails, len(f.Group))] {
		d.Group = append(d.Group, [2]string{safe(pair.Name), safe(pair.Value)})
	}
	for _, e := range f.Facts.Outcomes.Errors[:min(maxDetails, len(f.Facts.Outcomes.Errors))] {
		d.Errors = append(d.Errors, counted{safe(e.Code), e.Count})
	}
	for _, a := range f.Facts.Actors[:min(maxDetails, len(f.Facts.Actors))] {
		d.Actors = append(d.Actors, [3]string{safe(a.Principal), safe(a.Session), safe(a.Type)})
	}
	for i := range f.Facts.FirstSeen[:min(maxDetails, len(f.Facts.FirstSeen))] {
		s := &f.Facts.FirstSeen[i]
		d.FirstSeen = append(d.FirstSeen, safe(s.Kind+" "+s.Value))
	}
	for i := range f.Also[:min(maxDetails, len(f.Also))] {
		d.Also = append(d.Also, f.Also[i].Count)
	}
	d.More += max(0, len(f.Facts.FirstSeen)-maxDetails) + max(0, len(f.Also)-maxDetails)
	d.More += max(0, len(f.Group)-maxDetails) + max(0, len(f.Facts.Outcomes.Errors)-maxDetails) + max(0, len(f.Facts.Actors)-maxDetails)
	for i := range f.Context[:min(maxContext, len(f.Context))] {
		c := &f.Context[i]
		n := nearby{ID: safe(c.ID), Action: safe(c.Action), Error: safe(c.Error), Address: safe(c.Address)}
		if c.Time != finding.NoTime {
			at := millis(c.Time)
			n.Time = &at
		}
		d.Context = append(d.Context, n)
	}
	d.MoreContext = max(0, len(f.Context)-maxContext)
	raw, cut := layOut(f.Event)
	d.Raw, d.Cut = string(raw), cut
	return d
}
