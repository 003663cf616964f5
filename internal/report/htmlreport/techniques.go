package htmlreport

import (
	"slices"

	"github.com/egret-hunt/egret/internal/attack"
)

// technique is the name of a technique and the columns of the matrix that it is in.
type technique struct {
	name    string
	columns []string
}

// techniqueOf returns a technique of ATT&CK 19 or 17, with the columns of both versions, sorted. It is zero for an unknown id.
func techniqueOf(id string) technique {
	known := attack.FindTechnique(id)
	if known == nil {
		return technique{}
	}
	t := technique{name: known.Name(attack.Current)}
	for _, version := range []attack.Version{attack.V17, attack.V19} {
		for _, tactic := range known.Tactics(version) {
			if slug := column(tactic); slug != "" && !slices.Contains(t.columns, slug) {
				t.columns = append(t.columns, slug)
			}
		}
	}
	slices.Sort(t.columns)
	return t
}
