package ruletest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/threat"
	"github.com/egret-hunt/egret/source"
)

// piece is a JSON value with its place in the file.
type piece struct {
	text []byte
	at   int
}

// span returns the place of the first character of a piece.
func (r *reader) spanOf(p piece) source.Span {
	return source.Span{File: r.file, Start: p.at, End: p.at + 1}
}

func (r *reader) faultAtf(p piece, help, format string, args ...any) {
	r.list.Add(diag.Diagnostic{Code: codeValue, Message: fmt.Sprintf(format, args...), Help: help, Span: r.spanOf(p)})
}

// next decodes the next value of a decoder over a piece.
func (p piece) next(d *json.Decoder) (piece, error) {
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return piece{}, err
	}
	return piece{text: raw, at: p.at + int(d.InputOffset()) - len(raw)}, nil
}

// member is a member of an object. key is its place.
type member struct {
	name string
	piece
}

// members returns the members of an object in their order; false for another value.
func (p piece) members() ([]member, bool) {
	d := json.NewDecoder(bytes.NewReader(p.text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	var list []member
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, false
		}
		value, err := p.next(d)
		if err != nil {
			return nil, false
		}
		list = append(list, member{name, value})
	}
	return list, true
}

// elements returns the elements of a list; false for another value.
func (p piece) elements() ([]piece, bool) {
	d := json.NewDecoder(bytes.NewReader(p.text))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return nil, false
	}
	var list []piece
	for d.More() {
		value, err := p.next(d)
		if err != nil {
			return nil, false
		}
		list = append(list, value)
	}
	return list, true
}

// plainEvents returns the objects of a JSON text: one, several one after the other, or a list.
func plainEvents(text string) ([][]byte, bool) {
	var list [][]byte
	d := json.NewDecoder(strings.NewReader(text))
	for {
		p, err := piece{}.next(d)
		if errors.Is(err, io.EOF) {
			return list, true
		}
		if err != nil {
			return nil, false
		}
		elements, isList := p.elements()
		if !isList {
			elements = []piece{p}
		}
		for _, e := range elements {
			if !bytes.HasPrefix(e.text, []byte("{")) {
				return nil, false
			}
			list = append(list, e.text)
		}
	}
}

// sampleKeys are the keys of samples of rules.
var sampleKeys = []string{"base", "match", "no_match"}

// samples reads <rule>.events.json: lists match and no_match of cases, base with the same of the rules of a correlation by name. A
// case is an event, or a list of events of which {"repeat", "seconds", "event"} stands for copies. Samples of threat documents have
// match and no_match for each vendor, with {t}, {u}, {n} and "{ms}" in events.
func (f *finder) samples(r *reader) {
	var whole json.RawMessage
	if err := json.Unmarshal([]byte(r.file.Text), &whole); err != nil {
		at := 0
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			at = min(int(syntax.Offset), len(r.file.Text))
		}
		r.list.Add(diag.Diagnostic{Code: codeSyntax, Message: err.Error(), Span: source.Span{File: r.file, Start: max(0, at-1), End: at}})
		return
	}
	root := piece{text: []byte(r.file.Text)}
	members, ok := root.members()
	if !ok {
		r.faultAtf(root, "", "expected an object with match and no_match")
		return
	}
	own := f.byPath[f.path]
	for _, s := range own {
		if made(s) {
			f.threatSamples(r, members, s)
			return
		}
	}
	f.sampleLists(r, members, sampleKeys, func(c *Case) {
		if s := reporting(own); s != nil {
			c.about(s)
		} else {
			c.Rule, c.Broken = r.file.Name, "the rule file has no rule that was loaded"
		}
	}, nil)
	for _, m := range members {
		if m.name != "base" {
			continue
		}
		rules, ok := m.members()
		if !ok {
			r.faultAtf(m.piece, "", "expected samples of the rules of a correlation, by their names")
			return
		}
		for _, rule := range rules {
			f.baseSamples(r, rule, own)
		}
	}
}

// made reports whether a threat document made the rule, which is then in the document's file. Rules of other files may belong to the
// threat too.
func made(s *subject) bool {
	return s.info.Threat != nil && (slices.Contains(s.info.Threat.Made, s.info.ID) || slices.ContainsFunc(s.info.Threat.Vendors, func(v threat.Vendor) bool {
		return slices.Contains(v.Made, s.info.ID)
	}))
}

// baseSamples reads the samples of one rule of a correlation.
func (f *finder) baseSamples(r *reader, rule member, own []*subject) {
	i := slices.IndexFunc(own, func(s *subject) bool { return s.info.IsNamed(rule.name) })
	lists, ok := rule.members()
	if i < 0 || !ok {
		var names []string
		for _, s := range own {
			names = append(names, s.info.Name)
		}
		help := ""
		if near := diag.Near(rule.name, names); near != "" {
			help = "the nearest is " + near
		}
		r.faultAtf(rule.piece, help, "expected match and no_match of a rule of the file; %q is none", rule.name)
		return
	}
	f.sampleLists(r, lists, []string{"match", "no_match"}, func(c *Case) {
		c.Name = rule.name + ", " + c.Name
		c.about(own[i])
	}, nil)
}

// threatSamples reads the samples of a threat document.
func (f *finder) threatSamples(r *reader, members []member, s *subject) {
	var vendors []string
	for _, v := range s.info.Threat.Vendors {
		vendors = append(vendors, v.ID)
	}
	for _, m := range members {
		i := slices.Index(vendors, m.name)
		lists, ok := m.members()
		if i < 0 || !ok {
			help := "the vendors are " + strings.Join(vendors, ", ")
			if near := diag.Near(m.name, vendors); near != "" {
				help = "the nearest is " + near
			}
			r.faultAtf(m.piece, help, "expected match and no_match of a vendor of the threat; %q is none", m.name)
			continue
		}
		made := s.info.Threat.Vendors[i].Made
		f.sampleLists(r, lists, []string{"match", "no_match"}, func(c *Case) {
			c.Name = m.name + ", " + c.Name
			c.Rule = s.info.Threat.Title + " (" + m.name + ")"
			for _, other := range f.byPath[f.path] {
				if slices.Contains(made, other.info.ID) && other.info.Reports && other.broken == "" {
					c.Rules = append(c.Rules, other.ref)
				}
			}
			if len(c.Rules) == 0 {
				c.Broken = "the threat has no rule that runs for " + m.name
			}
		}, stamped)
	}
}

// stamp changes the text of event number at of test number n.
type stamp func(text []byte, n, at int, when time.Time) []byte

// stamped fills in the placeholders of samples of threats.
func stamped(text []byte, n, at int, when time.Time) []byte {
	return []byte(strings.NewReplacer(
		"{i}", strconv.Itoa(at), "{n}", strconv.Itoa(n), "{t}", when.Format(time.RFC3339), "{u}", when.Format("2006-01-02T15:04:05"),
		`"{ms}"`, strconv.FormatInt(when.UnixMilli(), 10),
	).Replace(string(text)))
}

// stampStart is the time of the first event of a test with {t}.
var stampStart = time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC)

// sampleLists reads match and no_match among members; about sets the rule of a test.
func (f *finder) sampleLists(r *reader, members []member, keys []string, about func(c *Case), fill stamp) {
	n := 0
	for _, m := range members {
		if !slices.Contains(keys, m.name) {
			help := "the keys are " + strings.Join(keys, ", ")
			if near := diag.Near(m.name, keys); near != "" {
				help = "the nearest key is " + near
			}
			r.faultAtf(m.piece, help, "key %q is not defined", m.name)
			continue
		}
		if m.name == "base" {
			continue
		}
		list, ok := m.elements()
		if !ok {
			r.faultAtf(m.piece, "", "expected a list of samples")
			continue
		}
		for i, sample := range list {
			c := &Case{Path: r.file.Name, Name: strings.ReplaceAll(m.name, "_", " ") + " " + strconv.Itoa(i+1), Span: r.spanOf(sample)}
			if m.name == "match" {
				c.Want.Count = Any
			}
			if f.sample(c, r, sample, n, fill) {
				about(c)
				f.add(c)
			}
			n++
		}
	}
}

// sample reads the events of one sample.
func (f *finder) sample(c *Case, r *reader, sample piece, n int, fill stamp) bool {
	entries, isList := sample.elements()
	if !isList {
		entries = []piece{sample}
	}
	for at, entry := range entries {
		var many struct {
			Repeat  int             `json:"repeat"`
			Seconds int             `json:"seconds"`
			Event   json.RawMessage `json:"event"`
		}
		members, ok := entry.members()
		if !ok {
			r.faultAtf(entry, "", "expected an event")
			return false
		}
		isCopies := slices.ContainsFunc(members, func(m member) bool { return m.name == "repeat" })
		if isCopies {
			if err := json.Unmarshal(entry.text, &many); err != nil || many.Repeat < 1 || many.Seconds < 0 || len(many.Event) == 0 {
				r.faultAtf(entry, "", `expected "repeat" and "seconds" as whole numbers, and "event"`)
				return false
			}
		} else {
			many.Repeat, many.Event = 1, entry.text
		}
		every := time.Duration(many.Seconds) * time.Second
		for i := range many.Repeat {
			text := []byte(many.Event)
			switch {
			case fill != nil:
				text = fill(text, n, at+i, stampStart.Add(time.Duration(at)*time.Second+time.Duration(i)*every))
			case isCopies:
				text = repeated(f.detector, text, i, every)
			}
			if !r.take(text, func(message string) { r.faultAtf(sample, "", "%s", message) }) {
				return false
			}
			c.Events = append(c.Events, text)
		}
	}
	return true
}
