package hunt

import (
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// picker finds values in the event of a finding in one pass over the members of its root. It is immutable.
type picker struct {
	keys  *value.KeyTable
	picks []pick
}

// pick is one value to find: the first alternative path that leads to a value counts.
type pick struct {
	paths   []value.Path
	entries [][]value.Entry
}

func newPicker(list ...schema.Paths) *picker {
	p := &picker{keys: value.NewKeyTable()}
	for _, paths := range list {
		pick := pick{paths: paths}
		for i := range paths {
			var entries []value.Entry
			if !paths[i].Any && !paths[i].Walked() { // these need a walk
				entries = p.keys.Add(paths[i].Text)
			}
			pick.entries = append(pick.entries, entries)
		}
		p.picks = append(p.picks, pick)
	}
	return p
}

// picking is the state of a picker for one goroutine.
type picking struct {
	picker *picker
	walker value.Walker
	roots  []value.Node
	leaves []value.Leaf
	doc    *value.Doc
	// last has the last string of each pick: neighbouring events often have the same, which is then not allocated again.
	last []string
}

func (p *picker) start() *picking {
	return &picking{picker: p, roots: make([]value.Node, p.keys.Len()), last: make([]string, len(p.picks))}
}

// begin sets the current event.
func (p *picking) begin(doc *value.Doc) {
	p.doc = doc
	p.walker.Reset()
	p.picker.keys.Scan(doc, p.roots)
}

// text returns the text of a pick: bytes of the event if possible, otherwise in buf. ok is false if the event has no
// value.
func (p *picking) text(which int, buf []byte) (text []byte, ok bool) {
	pick := &p.picker.picks[which]
	for i := range pick.paths {
		path := &pick.paths[i]
		if pick.entries[i] == nil {
			p.leaves = p.walker.Leaves(p.leaves[:0], p.doc, 0, path)
			if len(p.leaves) > 0 {
				return p.leaves[0].Doc.Text(p.leaves[0].Node, buf), true
			}
		}
		for _, entry := range pick.entries[i] {
			root := p.roots[entry.Key]
			if root == 0 {
				continue
			}
			if entry.Length == len(path.Text) && p.doc.Simple(root) {
				return p.doc.Raw(root), true
			}
			p.leaves = p.walker.LeavesFrom(p.leaves[:0], p.doc, root, path, entry.Length)
			if len(p.leaves) > 0 {
				return p.leaves[0].Doc.Text(p.leaves[0].Node, buf), true
			}
		}
	}
	return nil, false
}

// string returns the text of a pick, "" if the event has no value.
func (p *picking) string(which int) string {
	var buf [128]byte
	text, _ := p.text(which, buf[:0])
	if string(text) != p.last[which] {
		p.last[which] = string(text)
	}
	return p.last[which]
}

// The values picked from the events of findings.
const (
	pickSubjectTime = iota
	pickSubjectAccount
	pickSubjectRegion
	pickPrincipal
	pickSession
	pickAddress
	pickHost
	pickAction
	pickService
	pickError
	pickAgent
	pickActorType
	pickDetails // the schema's summary fields
)

// maxDetails is the maximum number of summary fields in a finding.
const maxDetails = 6

func subjectPicker(s *schema.Schema) *picker {
	list := []schema.Paths{
		s.Time, s.Account, s.Region, s.Principal, s.Session, s.Address, s.Host, s.Action, s.Service, s.Error,
		s.Agent, s.ActorType,
	}
	for _, hint := range s.Summary {
		list = append(list, hint.Paths)
	}
	return newPicker(list...)
}

// subject returns who did what in the current event, for a subjectPicker.
func (p *picking) subject(s *schema.Schema) finding.Subject {
	out := p.actor()
	for i, hint := range s.Summary {
		if len(out.Details) == maxDetails {
			break
		}
		if text := p.string(pickDetails + i); text != "" {
			out.Details = append(out.Details, finding.Pair{Name: hint.Label, Value: text})
		}
	}
	return out
}

// actor is subject without the details.
func (p *picking) actor() finding.Subject {
	return finding.Subject{
		Account: p.string(pickSubjectAccount), Region: p.string(pickSubjectRegion), Principal: p.string(pickPrincipal),
		Session: p.string(pickSession), Address: p.string(pickAddress), Host: p.string(pickHost),
		Action: p.string(pickAction), Service: p.string(pickService), Error: p.string(pickError),
	}
}
