package facts

import (
	"strconv"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// maxShown is how many values of one field that a rule wants to show one event adds.
const maxShown = 10

// A Field is a field of events under the name that a finding shows.
type Field struct {
	Name string
	// Paths are alternatives: those of the first path that leads to values count.
	Paths schema.Paths
}

// shown adds the fields that the author of the rule wants to show.
func (x *Extractor) shown(add func(finding.Fact)) {
	for i := range x.event.Shown {
		field := &x.event.Shown[i]
		for j := range field.Paths {
			leaves := x.all(field.Paths[j:j+1], value.Leaf{Doc: x.event.Doc})
			for k, leaf := range leaves {
				if k == maxShown {
					add(finding.Fact{Name: field.Name, Value: "and " + strconv.Itoa(len(leaves)-k) + " more", Outcome: x.outcome})
					break
				}
				if text := boundedCopy(x.text(leaf)); text != "" {
					add(finding.Fact{Name: field.Name, Value: text, Outcome: x.outcome})
				}
			}
			if len(leaves) > 0 {
				break
			}
		}
	}
}
