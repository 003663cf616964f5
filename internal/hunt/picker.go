package hunt

import (
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// What a picker finds in every event.
const (
	pickTime = iota
	pickAccount
	pickRegion
	pickID // and further parts of the id behind it
)

// picker finds what a hunt must know of every event in one pass over the members of its root. It does not change.
type picker struct {
	schema *schema.Schema
	keys   *value.KeyTable
	picks  []pick
}

// pick is one thing to find: alternatives, the first that leads to a value counts.
type pick struct {
	paths   []value.Path
	entries [][]value.Entry
}

func newPicker(s *schema.Schema) *picker {
	p := &picker{schema: s, keys: value.NewKeyTable()}
	for _, paths := range append([]schema.Paths{s.Time, s.Account, s.Region}, s.ID...) {
		pick := pick{paths: paths}
		for i := range paths {
			pick.entries = append(pick.entries, p.keys.Add(paths[i].Text))
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
		for _, entry := range pick.entries[i] {
			root := p.roots[entry.Key]
			if root == value.None {
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

// time is the event's time.
func (p *picking) time() (value.Time, bool) {
	var buf [64]byte
	text, ok := p.text(pickTime, buf[:0])
	if !ok {
		return finding.NoTime, false
	}
	t, ok := value.ParseTime(text)
	if !ok {
		return finding.NoTime, false
	}
	return t, true
}

// appendID appends the id that the log gives the event. It reports false, with dst as it was, where a part is missing.
func (p *picking) appendID(dst []byte) ([]byte, bool) {
	before := len(dst)
	for i := pickID; i < len(p.picker.picks); i++ {
		if i > pickID {
			dst = append(dst, p.picker.schema.IDSeparator...)
		}
		var buf [64]byte
		text, ok := p.text(i, buf[:0])
		if !ok || len(text) == 0 {
			return dst[:before], false
		}
		dst = append(dst, text...)
	}
	return dst, true
}

// maxDetails is how many hints of its schema a finding carries.
const maxDetails = 6

// subject reads who did what in an event.
func subject(s *schema.Schema, walker *value.Walker, doc *value.Doc) finding.Subject {
	out := finding.Subject{
		Account: s.Account.Text(walker, doc), Region: s.Region.Text(walker, doc),
		Principal: s.Principal.Text(walker, doc), Session: s.Session.Text(walker, doc),
		Address: s.Address.Text(walker, doc), Host: s.Host.Text(walker, doc),
		Action: s.Action.Text(walker, doc), Service: s.Service.Text(walker, doc), Error: s.Error.Text(walker, doc),
	}
	for _, hint := range s.Summary {
		if len(out.Details) == maxDetails {
			break
		}
		if text := hint.Paths.Text(walker, doc); text != "" {
			out.Details = append(out.Details, finding.Pair{Name: hint.Label, Value: text})
		}
	}
	return out
}
