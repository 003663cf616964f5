package attack

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Names are the names of one version of ATT&CK for Enterprise, as ReadSTIX reads them. They are also the form of the file that keeps them.
type Names struct {
	// Version is that of ATT&CK, such as 19.1.
	Version    string      `json:"version"`
	Techniques []NamedPart `json:"techniques"`
	Tactics    []NamedPart `json:"tactics"`
	Others     []string    `json:"others"`
}

// A NamedPart is a technique or tactic. Name is the name of a technique and the short name of a tactic. A technique has the short
// names of its tactics. If ReplacedBy is not "", the version does not have the technique, but that one in its place.
type NamedPart struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Tactics    []string `json:"tactics,omitempty"`
	ReplacedBy string   `json:"replaced_by,omitempty"`
}

// stixObject has what ReadSTIX reads of an object.
type stixObject struct {
	Type       string   `json:"type"`
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	ShortName  string   `json:"x_mitre_shortname"`
	Version    string   `json:"x_mitre_version"`
	Revoked    bool     `json:"revoked"`
	Deprecated bool     `json:"x_mitre_deprecated"`
	Relation   string   `json:"relationship_type"`
	Source     string   `json:"source_ref"`
	Target     string   `json:"target_ref"`
	Domains    []string `json:"x_mitre_domains"`
	Phases     []struct {
		Chain string `json:"kill_chain_name"`
		Name  string `json:"phase_name"`
	} `json:"kill_chain_phases"`
	References []struct {
		Source string `json:"source_name"`
		ID     string `json:"external_id"`
	} `json:"external_references"`
}

// id returns the id of ATT&CK, "" if the object has none.
func (o *stixObject) id() string {
	for _, r := range o.References {
		if r.Source == chain {
			return r.ID
		}
	}
	return ""
}

const (
	chain  = "mitre-attack"
	domain = "enterprise-attack"
)

var (
	techniqueID = regexp.MustCompile(`^T[0-9]{4}(\.[0-9]{3})?$`)
	tacticID    = regexp.MustCompile(`^TA[0-9]{4}$`)
	otherID     = regexp.MustCompile(`^(G|S|M|C|DS|DET|AN|DC)[0-9]{4}$`)
	versionForm = regexp.MustCompile(`^[0-9]{1,3}(\.[0-9]{1,3})?$`)
	shortForm   = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
)

// ReadSTIX reads the bundle of STIX objects in which MITRE publishes ATT&CK for Enterprise. version is that of ATT&CK, "" to take the one
// of the collection in the bundle. It keeps one object at a time in memory. It returns an error for a text that is no such bundle.
func ReadSTIX(r io.Reader, version string) (*Names, error) {
	d := json.NewDecoder(r)
	if err := toObjects(d); err != nil {
		return nil, err
	}
	b := bundle{names: &Names{Version: version}, ids: map[string]string{}, next: map[string]string{}}
	for n := 1; d.More(); n++ {
		var o stixObject
		if err := d.Decode(&o); err != nil {
			return nil, fmt.Errorf("object %d: %w", n, err)
		}
		b.add(&o)
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("the bundle is cut off: %w", err)
	}
	return b.finish()
}

// toObjects reads up to the list of objects in a bundle.
func toObjects(d *json.Decoder) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("expected a STIX bundle, a JSON object")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		if key == "objects" {
			if t, err := d.Token(); err != nil || t != json.Delim('[') {
				return errors.New("expected a list under objects")
			}
			return nil
		}
		if err := d.Decode(new(json.RawMessage)); err != nil {
			return err
		}
	}
	return errors.New("expected a STIX bundle, found no key objects")
}

// bundle collects names.
type bundle struct {
	names *Names
	// ids maps ids of STIX to those of ATT&CK, next those of what was revoked to those in their place.
	ids, next map[string]string
	// gone are techniques that the version does not have any more.
	gone []NamedPart
	// refs are the ids of STIX of gone, in the same order.
	refs []string
}

func (b *bundle) add(o *stixObject) {
	id, absent := o.id(), o.Revoked || o.Deprecated
	switch o.Type {
	case "x-mitre-collection":
		if b.names.Version == "" && versionForm.MatchString(o.Version) {
			b.names.Version = o.Version
		}
	case "relationship":
		if o.Relation == "revoked-by" {
			b.next[o.Source] = o.Target
		}
	case "attack-pattern":
		if !techniqueID.MatchString(id) || len(o.Domains) > 0 && !slices.Contains(o.Domains, domain) {
			return
		}
		b.ids[o.ID] = id
		part := NamedPart{ID: id, Name: o.Name}
		if absent {
			b.gone, b.refs = append(b.gone, part), append(b.refs, o.ID)
			return
		}
		for _, phase := range o.Phases {
			if phase.Chain == chain && shortForm.MatchString(phase.Name) {
				part.Tactics = append(part.Tactics, phase.Name)
			}
		}
		b.names.Techniques = append(b.names.Techniques, part)
	case "x-mitre-tactic":
		if tacticID.MatchString(id) && shortForm.MatchString(o.ShortName) && !absent {
			b.names.Tactics = append(b.names.Tactics, NamedPart{ID: id, Name: o.ShortName})
		}
	default:
		if otherID.MatchString(id) && !absent {
			b.names.Others = append(b.names.Others, strings.ToLower(id))
		}
	}
}

// finish settles what was revoked, and sorts.
func (b *bundle) finish() (*Names, error) {
	n := b.names
	if len(n.Techniques) == 0 || len(n.Tactics) == 0 {
		return nil, errors.New("the bundle has no techniques and tactics of ATT&CK for Enterprise")
	}
	for i, part := range b.gone {
		ref := b.refs[i]
		for range 10 { // what was revoked twice
			next, ok := b.next[ref]
			if !ok {
				break
			}
			ref = next
		}
		if id := b.ids[ref]; id != "" && id != part.ID { // without a replacement it is not part of the version
			part.ReplacedBy = id
			n.Techniques = append(n.Techniques, part)
		}
	}
	byID := func(a, b NamedPart) int { return strings.Compare(a.ID, b.ID) }
	slices.SortStableFunc(n.Techniques, byID)
	n.Techniques = slices.CompactFunc(n.Techniques, func(a, b NamedPart) bool { return a.ID == b.ID })
	slices.SortFunc(n.Tactics, byID)
	slices.Sort(n.Others)
	n.Others = slices.Compact(n.Others)
	return n, n.Check()
}

// Check returns an error unless the names can be used.
func (n *Names) Check() error {
	if !versionForm.MatchString(n.Version) {
		return fmt.Errorf("%q is no version of ATT&CK, such as 19 or 19.1", n.Version)
	}
	major, _ := strconv.Atoi(strings.Split(n.Version, ".")[0])
	if major < int(Current) {
		return fmt.Errorf("version %s of ATT&CK is older than %d, which is embedded", n.Version, Current)
	}
	for _, p := range n.Techniques {
		if !techniqueID.MatchString(p.ID) || p.Name == "" || p.ReplacedBy != "" && !techniqueID.MatchString(p.ReplacedBy) {
			return fmt.Errorf("%q is no technique", p.ID)
		}
	}
	for _, p := range n.Tactics {
		if !tacticID.MatchString(p.ID) || !shortForm.MatchString(p.Name) {
			return fmt.Errorf("%q is no tactic", p.ID)
		}
	}
	return nil
}

// Count returns the number of techniques, with sub-techniques, and of tactics that the version has.
func (n *Names) Count() (techniques, tactics int) {
	for _, p := range n.Techniques {
		if p.ReplacedBy == "" {
			techniques++
		}
	}
	return techniques, len(n.Tactics)
}

// Use makes names take the place of those of the current version, for the rest of the program; nil takes that back. The command line calls it
// once, before rules are read. Names that only the embedded version has stay known as names of the past.
func Use(n *Names) {
	if n == nil {
		refreshed.Store(nil)
		return
	}
	base := embedded()
	t := &tables{version: n.Version, techniques: map[string]*Technique{}, others: maps.Clone(base.others)}
	// Iteration order does not matter: each technique has its own key.
	for id, old := range base.techniques {
		copied := *old
		copied.former = old.Name(Current)
		copied.names[0], copied.tactics[0] = "", nil
		t.techniques[id] = &copied
	}
	for _, p := range n.Techniques {
		known := t.techniques[p.ID]
		if known == nil {
			known = &Technique{ID: p.ID, former: p.Name}
			t.techniques[p.ID] = known
		}
		if known.ReplacedBy = p.ReplacedBy; p.ReplacedBy == "" {
			known.names[0], known.tactics[0] = p.Name, p.Tactics
		}
	}
	byID := map[string]*Tactic{}
	for _, old := range base.tactics {
		byID[old.ID] = &Tactic{old.ID, [2]string{"", old.names[1]}}
	}
	for _, p := range n.Tactics {
		if byID[p.ID] == nil {
			byID[p.ID] = &Tactic{ID: p.ID}
		}
		byID[p.ID].names[0] = p.Name
	}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		t.tactics = append(t.tactics, *byID[id])
	}
	for _, id := range n.Others {
		t.others[id] = true
	}
	refreshed.Store(t)
}

// String returns the version as users know it: 17, 19, or that of the names in use.
func (v Version) String() string {
	if t := refreshed.Load(); t != nil && v == Current {
		return t.version
	}
	return strconv.Itoa(int(v))
}

// Number returns the version without what stands behind its point.
func (v Version) Number() int {
	n, err := strconv.Atoi(strings.Split(v.String(), ".")[0])
	if err != nil {
		panic("egret bug: a version of ATT&CK that is no number")
	}
	return n
}
