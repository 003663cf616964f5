package ir

import (
	"time"

	"github.com/egret-hunt/egret/source"
)

// BindingOp is the operator of a Binding.
type BindingOp uint8

// The operators of bindings.
const (
	BindBase     BindingOp = iota // one event of a base
	BindAnd                       // a set of each operand, without common events
	BindOr                        // a set of one operand
	BindFollowed                  // as BindAnd, and no event of an operand begins after one of a later operand ends
	BindWithin                    // a set of the only operand, in which the last begin is at most Within after the first end
	BindRepeats                   // Times sets of the only operand, without common events
)

// A Binding says which sets of events satisfy a correlation of type Bindings. An event that stands for several sightings counts as
// as many events. STIX patterns of several observations have this meaning (STIX 2.1, section 9.5).
type Binding struct {
	Op BindingOp
	// Base is an index in the correlation's Bases, for BindBase.
	Base int
	// Of are the operands.
	Of []*Binding
	// Within is for BindWithin, and Times, at least 1, for BindRepeats.
	Within time.Duration
	Times  int
	Span   source.Span
}

// Bases calls visit for each base of the binding, from left to right.
func (b *Binding) Bases(visit func(base int)) {
	if b.Op == BindBase {
		visit(b.Base)
	}
	for _, of := range b.Of {
		of.Bases(visit)
	}
}
