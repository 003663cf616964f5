package hunt

import (
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// picker finds values of an event of a finding in one pass over the members of its root. It does not change.
type picker struct {
	keys  *value.KeyTable
	picks []pick
}

// pick is one value to find: alternatives, the first that leads to a value counts.
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
			if !paths[i].Any { // a star at the root is walked
				entries = p.keys.Add(paths[i].Text)
			}
			pick.entries = append(pick.entries, entries)
		}
		p.picks = append(p.picks, pick)
	}
	return p
}

// picking is a picker at work, for one goroutine.
type picking struct {
	picker *picker
	walker value.Walker
	roots  []value.Node
	leaves []value.Leaf
	doc    *value.Doc
}

func (p *picker) start() *picking {
	return &picking{picker: p, roots: make([]value.Node, p.keys.Len())}
}

// begin makes an event the one at hand.
func (p *picking) begin(doc *value.Doc) {
	p.doc = doc
	p.walker.Reset()
	p.picker.keys.Scan(doc, p.roots)
}

// text is the text of a pick: bytes of the event where it can be, else in buf. ok is false where the event has none.
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

// string is the text of a pick, "" where the event has none.
func (p *picking) string(which int) string {
	var buf [128]byte
	text, _ := p.text(which, buf[:0])
	return string(text)
}

// What is picked from the events of findings.
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
	pickDetails // the schema's hints
)

// maxDetails is how many hints of its schema a finding carries.
const maxDetails = 6

func subjectPicker(s *schema.Schema) *picker {
	list := []schema.Paths{
		s.Time, s.Account, s.Region, s.Principal, s.Session, s.Address, s.Host, s.Action, s.Service, s.Error,
	}
	for _, hint := range s.Summary {
		list = append(list, hint.Paths)
	}
	return newPicker(list...)
}

// subject says who did what in the event at hand, for a subjectPicker.
func (p *picking) subject(s *schema.Schema) finding.Subject {
	out := finding.Subject{
		Account: p.string(pickSubjectAccount), Region: p.string(pickSubjectRegion), Principal: p.string(pickPrincipal),
		Session: p.string(pickSession), Address: p.string(pickAddress), Host: p.string(pickHost),
		Action: p.string(pickAction), Service: p.string(pickService), Error: p.string(pickError),
	}
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
