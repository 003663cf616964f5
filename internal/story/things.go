package story

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/facts"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
)

const (
	// maxMade limits the things of an intrusion.
	maxMade = 500
	// Things count that were made within this time before the first and after the last finding: the same key may have been
	// used by its owner at other times.
	madeBefore, madeAfter = int64(time.Hour), int64(24 * time.Hour)
)

// owners finds the intrusion that an event belongs to.
type owners struct {
	list []*cluster
	// keys are all keys and sessions, made those that an intrusion made or opened.
	keys, made, places, users map[string]*cluster
	// names are the keys, users and roles of all intrusions, gone those of them that were removed by whomever.
	names, gone map[string]bool
}

// The kinds of things that are identities.
const (
	thingKey  = "access key"
	thingUser = "user"
	thingRole = "role"
)

func newOwners(list []*cluster) *owners {
	o := &owners{
		list: list, keys: map[string]*cluster{}, made: map[string]*cluster{}, places: map[string]*cluster{}, users: map[string]*cluster{},
		names: map[string]bool{}, gone: map[string]bool{},
	}
	put := func(m map[string]*cluster, key string, c *cluster) {
		if m[key] == nil {
			m[key] = c
		}
	}
	for _, c := range list {
		c.gone = o.gone
		for _, identity := range c.identities() {
			principal, key, _ := strings.Cut(identity, "\x00")
			for _, kind := range []string{thingUser, thingRole} {
				o.names[pair(kind, schema.ShortName(principal))] = true
			}
			o.names[pair(thingKey, key)] = true
		}
		own := c.own()
		for _, key := range slices.Sorted(maps.Keys(own)) {
			put(o.keys, key, c)
		}
		for _, p := range c.group.pairs.sorted() {
			if principal, _, _ := strings.Cut(p, "\x00"); !schema.MatchesAny(c.group.trace.Shared, []byte(principal)) {
				put(o.places, p, c)
			}
		}
		for _, r := range c.links {
			if toolOfRecord(r) != "" || r.Session != "" && !own[r.Session] {
				continue
			}
			if r.Key != "" {
				put(o.made, r.Key, c)
			}
			if HopKind(r.Link.Kind) == MadeUser {
				put(o.users, userNode(account(r.Identity, r.Account), r.Identity), c)
			}
		}
	}
	return o
}

// of returns the intrusion whose identity made a record, nil if none did.
func (o *owners) of(r *facts.Record) *cluster {
	c := o.keys[r.Session]
	if c == nil {
		c = o.places[pair(r.Principal, r.Address)]
	}
	if c == nil {
		c = o.users[userNode(accountOf(r.Principal), r.Principal)]
	}
	if c == nil || toolOfRecord(r) != "" && o.made[r.Session] != c {
		return nil
	}
	if first, last := c.group.when.ends(); r.Time != finding.NoTime && first != finding.NoTime &&
		(minus(first.Nanos, r.Time.Nanos) > madeBefore || minus(r.Time.Nanos, last.Nanos) > madeAfter) {
		return nil
	}
	return c
}

// things finds what intrusions made, and what of it was removed by whomever.
func (o *owners) things(r *Records) error {
	if r.Things == nil {
		return nil
	}
	var same facts.Record // the thing at hand
	var open []*Thing
	for record, err := range r.Things() {
		if err != nil {
			return err
		}
		if record.Thing != same.Thing || record.Account != same.Account || record.Region != same.Region ||
			schema.ShortName(record.Name) != schema.ShortName(same.Name) {
			same, open = *record, open[:0]
		}
		if name := pair(record.Thing.Kind, schema.ShortName(record.Name)); o.names[name] {
			o.gone[name] = record.Removes
		}
		if record.Removes {
			kept := open[:0]
			for _, t := range open {
				if record.Part != "" && record.Part != t.Part {
					kept = append(kept, t)
					continue
				}
				t.Removed, t.RemovedBy = record.Time, record.Principal
			}
			open = kept
			continue
		}
		c := o.of(record)
		if c == nil {
			continue
		}
		if len(c.things) >= maxMade {
			c.moreThings++
			continue
		}
		by := record.Session
		if by == "" {
			by = record.Principal
		}
		t := &Thing{
			Kind: record.Thing.Kind, Name: record.Name, Part: record.Part, Account: record.Account, Region: record.Region,
			Time: record.Time, By: by, Removed: finding.NoTime, rule: record.Thing,
		}
		t.Text = filled(record.Thing.Text, map[string]string{"name": shortName(t.Name), "part": shortName(t.Part)})
		t.Command = command(record.Thing.Command, t.values())
		c.things = append(c.things, t)
		open = append(open, t)
	}
	return nil
}

// values are the values of templates. The name in a command is what the call used, since the AWS CLI takes the same.
func (t *Thing) values() map[string]string {
	return map[string]string{"name": t.Name, "part": t.Part, "account": t.Account, "region": t.Region}
}

// shortName returns the last part of an ARN, the account for its root.
func shortName(text string) string {
	if short := schema.ShortName(text); short != "root" {
		return short
	}
	return account(text, text)
}
