package report

import (
	"cmp"
	"io"
	"net/netip"
	"strconv"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/internal/stixmatch"
	"github.com/egret-hunt/egret/internal/stixout"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/stix"
)

// stixBundle writes the events of findings as observed data, each once, and a sighting of the rule or indicator for each finding. A finding of
// several events has its first one; the count and the times of the sighting are those of all. docs/stix.md describes the objects.
type stixBundle struct {
	w       io.Writer
	version stix.Version
	options Options

	bundle   *stixout.Writer
	mappings []*stixmap.Mapping
	parser   value.Parser
	builders map[*stixmap.Mapping]map[string]*stixmap.Builder
}

func newSTIX(version stix.Version) func(io.Writer, Options) Writer {
	return func(w io.Writer, o Options) Writer {
		mappings := o.Mappings
		if mappings == nil {
			mappings = stixmap.All()
		}
		return &stixBundle{w: w, version: version, options: o, mappings: mappings, builders: map[*stixmap.Mapping]map[string]*stixmap.Builder{}}
	}
}

// begin starts the bundle before its first object.
func (b *stixBundle) begin() error {
	if b.bundle != nil {
		return nil
	}
	var err error
	b.bundle, err = stixout.NewWriter(b.w, stixout.Options{Version: b.version})
	return err
}

func (b *stixBundle) Finding(f *finding.Finding) error {
	if err := b.begin(); err != nil {
		return err
	}
	o := b.observation(f)
	if len(f.EventIDs) > 0 {
		o.ID = f.Schema + " " + f.EventIDs[0]
	}
	id, err := b.bundle.Observe(stixout.From(o))
	if err != nil {
		return err
	}
	return b.bundle.Sight(stixout.Sighting{
		Of: b.indicator(f), Observed: []string{id}, First: instant(f.First), Last: instant(f.Last), Count: max(f.Count, len(f.EventIDs)),
	})
}

func (b *stixBundle) Close(*finding.Summary, *finding.Ledger) error {
	if err := b.begin(); err != nil {
		return err
	}
	return b.bundle.Close()
}

// instant returns a time, zero for none.
func instant(t value.Time) time.Time {
	if t == finding.NoTime {
		return time.Time{}
	}
	return time.Unix(0, t.Nanos).UTC()
}

// indicator returns what a finding was found by.
func (b *stixBundle) indicator(f *finding.Finding) stixout.Indicator {
	if b.options.Indicator != nil {
		if i, ok := b.options.Indicator(f.Rule.ID); ok {
			return i
		}
	}
	// The text of a rule is not part of findings; its title and id tell which it is.
	return stixout.Indicator{
		Language: "sigma", Name: f.Rule.Title, Pattern: "title: " + strconv.Quote(f.Rule.Title) + "\nid: " + strconv.Quote(f.Rule.ID) + "\n",
	}
}

// observation returns the first event of a finding as STIX objects. Events of log sources without a mapping have what the finding says of
// them.
func (b *stixBundle) observation(f *finding.Finding) *stixmatch.Observation {
	doc, err := b.parser.Parse(f.Event)
	if s := b.schema(f.Schema); err == nil && s != nil {
		if m := stixmap.For(b.mappings, s, doc); m != nil {
			if b.builders[m] == nil {
				b.builders[m] = map[string]*stixmap.Builder{}
			}
			builder := b.builders[m][s.Name]
			if builder == nil {
				builder = stixmap.NewBuilder(m, s)
				b.builders[m][s.Name] = builder
			}
			o, timed := builder.Build(doc)
			if !timed {
				o.First, o.Last = instant(f.First), instant(f.First)
			}
			if len(o.Objects) > 0 {
				return o
			}
		}
	}
	return subject(f)
}

// schema returns a log source by its name, nil if there is none.
func (b *stixBundle) schema(name string) *schema.Schema {
	for _, s := range b.options.Schemas {
		if s.Name == name {
			return s
		}
	}
	return schema.ByName(name)
}

// subject returns what a finding says of its first event as objects.
func subject(f *finding.Finding) *stixmatch.Observation {
	o := &stixmatch.Observation{First: instant(f.First), Last: instant(f.First), Number: 1, Objects: map[string]stixmatch.Object{}}
	add := func(object stixmatch.Object) string {
		key := strconv.Itoa(len(o.Objects))
		o.Objects[key] = object
		return key
	}
	event := stixmatch.Object{"type": "x-egret-event", "log": cmp.Or(f.Schema, "unknown")}
	for _, p := range []finding.Pair{
		{Name: "event_action", Value: f.Action}, {Name: "service", Value: f.Service}, {Name: "account", Value: f.Account},
		{Name: "region", Value: f.Region}, {Name: "host", Value: f.Host}, {Name: "error", Value: f.Error},
	} {
		if p.Value != "" {
			event[p.Name] = p.Value
		}
	}
	if kind := addressType(f.Address); kind != "" {
		event["address_ref"] = add(stixmatch.Object{"type": kind, "value": f.Address})
	}
	if f.Principal != "" {
		event["user_ref"] = add(stixmatch.Object{"type": "user-account", "user_id": f.Principal})
	}
	add(event)
	return o
}

// addressType returns the type of an address, "" for text that is none.
func addressType(text string) string {
	a, err := netip.ParseAddr(text)
	switch {
	case err != nil || a.Zone() != "":
		return ""
	case a.Is4():
		return "ipv4-addr"
	}
	return "ipv6-addr"
}
