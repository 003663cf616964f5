package hunt

import "github.com/egret-hunt/egret/internal/evidence"

// tag is what a hunt records about an event in the evidence, besides its text and id.
type tag struct {
	// schema is the index of the event's schema in hunt.schemas.
	schema int
	// partial reports that the text is only a part of the event: enough for correlations, but not to be shown.
	partial bool
	// lacks is the index in hunt.lacks of what the row of the event lacks, 0 for a whole event.
	lacks int
}

const (
	tagLacksBits = 12
	// maxLacks is how many different entries hunt.lacks may have.
	maxLacks = 1 << tagLacksBits
)

// number returns the tag in the form that package evidence stores.
func (t tag) number() uint32 {
	n := (uint32(t.schema)<<tagLacksBits | uint32(t.lacks)) << 1
	if t.partial {
		n |= 1
	}
	return n
}

func tagOf(e evidence.Event) tag {
	n := e.Tag >> 1
	return tag{schema: int(n >> tagLacksBits), partial: e.Tag&1 != 0, lacks: int(n & (maxLacks - 1))}
}
