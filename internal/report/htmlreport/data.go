package htmlreport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
)

// table numbers texts, so that the data has each once. Number 0 is "".
type table struct {
	texts []string
	index map[string]int
}

func newTable() *table { return &table{[]string{""}, map[string]int{"": 0}} }

func (t *table) number(text string) int {
	n, ok := t.index[text]
	if !ok {
		n = len(t.texts)
		t.index[text] = n
		t.texts = append(t.texts, text)
	}
	return n
}

// list returns 0 for no text, a number for one text, and else a list of numbers.
func (t *table) list(texts []string) any {
	switch len(texts) {
	case 0:
		return 0
	case 1:
		return t.number(texts[0])
	}
	numbers := make([]int, len(texts))
	for i, text := range texts {
		numbers[i] = t.number(text)
	}
	return numbers
}

// data is what the script reads when the page opens.
type data struct {
	// Noun is what the rows are: finding or event.
	Noun    string          `json:"noun"`
	Strings []string        `json:"strings"`
	Rules   []dataRule      `json:"rules"`
	Rows    json.RawMessage `json:"rows"`
	// Blocks has the number of the first row of each block of details.
	Blocks []int `json:"blocks"`
	// Zones has the offsets of the time zone in minutes, each with the time in milliseconds from which on it holds.
	Zones [][2]int64 `json:"zones"`
	Gaps  []dataGap  `json:"gaps"`
	// Origins say where addresses are, by address.
	Origins map[string]string `json:"origins"`
	LeftOut int               `json:"leftOut"`
	Tactics [][2]string       `json:"tactics"`
}

type dataRule struct {
	Title      string   `json:"title"`
	ID         string   `json:"id"`
	Level      int      `json:"level"`
	Techniques []string `json:"techniques"`
	Tactics    []string `json:"tactics"`
}

type dataGap struct {
	From int64  `json:"from"`
	To   int64  `json:"to"`
	Text string `json:"text"`
}

// writeData writes the kept findings: their details in blocks, then what the script reads at once.
func (h *Writer) writeData(ledger *finding.Ledger) error {
	all, err := h.keep.inOrder()
	if err != nil {
		return err
	}
	without := h.tooMuch(all)
	d := data{Noun: h.noun(), Blocks: []int{}, Rules: []dataRule{}, Gaps: h.gaps(ledger), LeftOut: h.keep.omitted(), Origins: h.origins}
	strings := newTable()
	var rows bytes.Buffer
	var b block
	var before, first, last int64
	timed := false
	for i, k := range all {
		e, err := h.keep.store.Get(k.ref)
		if err != nil {
			return err
		}
		r, details, err := splitRecord(e.Raw)
		if err != nil {
			return err
		}
		if b.text.Len() == 0 {
			d.Blocks = append(d.Blocks, i)
		}
		if without[k.order] {
			details = []byte("{}")
		}
		b.text.Write(details)
		b.text.WriteByte('\n')
		if b.text.Len() >= blockBytes || i == len(all)-1 {
			if err := b.flush(h.w, len(d.Blocks)-1); err != nil {
				return err
			}
		}
		if rows.Len() > 0 {
			rows.WriteByte(',')
		}
		line, err := json.Marshal(r.values(strings, before))
		if err != nil {
			return err
		}
		rows.Write(line)
		if r.Time != nil {
			before = *r.Time
			if !timed {
				first, timed = *r.Time, true
			}
			last = *r.Time
			if r.First != nil {
				first = min(first, *r.First)
			}
		}
	}
	d.Rows = slices.Concat([]byte("["), rows.Bytes(), []byte("]"))
	d.Strings = strings.texts
	for i := range h.rules.list {
		r := &h.rules.list[i]
		rule := dataRule{Title: r.Title, ID: r.ID, Level: int(r.Level), Techniques: []string{}, Tactics: r.columns}
		for _, technique := range r.Techniques {
			rule.Techniques = append(rule.Techniques, techniqueID(technique))
		}
		d.Rules = append(d.Rules, rule)
	}
	for _, t := range tactics {
		d.Tactics = append(d.Tactics, [2]string{t.slug, t.label})
	}
	d.Zones = h.zones(first, last)
	text, err := json.Marshal(d) // escapes <, > and &, so that no text ends the element
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(h.w, "<script type=\"application/json\" id=\"data\">%s</script>\n", text)
	return err
}

// values returns a row as the script reads it. before is the time of the row before, in milliseconds.
func (r *row) values(t *table, before int64) []any {
	values := []any{
		nil, r.Rule, t.number(r.Principal), t.number(r.Account), t.number(r.Region), t.number(r.Action), t.number(r.Outcome),
		int(r.Ended), t.list(r.Addresses), t.list(r.Targets), t.list(r.Facts), r.Events,
	}
	if r.Time != nil {
		values[0] = *r.Time - before
	}
	span := int64(0)
	if r.Time != nil && r.First != nil {
		span = *r.Time - *r.First
	}
	switch {
	case len(r.Also) > 0:
		values = append(values, span, r.Also)
	case span != 0:
		values = append(values, span)
	}
	return values
}

// tooMuch returns the findings, by their order, that go without details because all details together are too long: the
// least severe ones.
func (h *Writer) tooMuch(all []kept) map[int]bool {
	without := map[int]bool{}
	room := maxDetailBytes
	for level := levels - 1; level >= 0; level-- {
		for _, k := range all {
			if k.level != level {
				continue
			}
			if room -= k.details; room < 0 {
				without[k.order] = true
			}
		}
	}
	return without
}

// maxZones is how many changes of the offset of a time zone the script gets.
const maxZones = 200

// zones returns the offsets of the time zone between two times in milliseconds.
func (h *Writer) zones(first, last int64) [][2]int64 {
	var list [][2]int64
	for at := time.UnixMilli(first).In(h.options.Location); len(list) < maxZones; {
		_, offset := at.Zone()
		list = append(list, [2]int64{at.UnixMilli(), int64(offset / 60)})
		_, end := at.ZoneBounds()
		if end.IsZero() || end.UnixMilli() > last {
			break
		}
		at = end
	}
	return list
}

// maxGaps is how many gaps the timeline shows.
const maxGaps = 50

// gaps returns the periods for which logs are missing.
func (h *Writer) gaps(l *finding.Ledger) []dataGap {
	list := []dataGap{}
	for i := range l.Gaps[:min(maxGaps, len(l.Gaps))] {
		g := &l.Gaps[i]
		if g.From.Time == finding.NoTime || g.To.Time == finding.NoTime || g.Kind == "region" {
			continue
		}
		where := safe(g.Account)
		if g.Region != "" {
			where += " " + safe(g.Region)
		}
		if where == "" {
			where = "all accounts"
		}
		list = append(list, dataGap{millis(g.From.Time), millis(g.To.Time), "no " + safe(g.Basis) + ": " + where})
	}
	return list
}
