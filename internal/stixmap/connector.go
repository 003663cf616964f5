package stixmap

import (
	_ "embed" // for the list of attributes
	"slices"
	"strings"
	"sync"

	"github.com/egret-hunt/egret/stix"
)

//go:embed data/connector.tsv
var connectorText string

// An Attribute is an object path that stix-shifter's connector aws_athena 8.1.3 maps.
type Attribute struct {
	// Dialect is vpcflow, guardduty or ocsf: the name of the mapping that has the path.
	Dialect string
	// Path is the object path as patterns write it.
	Path string
	// Columns are the columns that the connector compares, as it writes them.
	Columns string
}

// Connector returns the attributes of the connector, in its order. The slice must not be changed.
func Connector() []Attribute { return connector() }

var connector = sync.OnceValue(func() []Attribute {
	var list []Attribute
	for line := range strings.Lines(connectorText) {
		if fields := strings.Split(strings.TrimSpace(line), "\t"); len(fields) == 3 {
			list = append(list, Attribute{fields[0], fields[1], fields[2]})
		}
	}
	return list
})

// NoColumn returns the columns that the connector compares for a path, if no published table of the log sources has any of them; ""
// for other paths.
func NoColumn(p *stix.Path) string {
	text := PathText(p)
	i := slices.IndexFunc(Connector(), func(a Attribute) bool { return a.Path == text })
	if i < 0 {
		return ""
	}
	return Connector()[i].Columns
}

// Answer returns the fields of the log from which a mapping answers a path, without repetition; nil if it has no such path.
func (m *Mapping) Answer(p *stix.Path) []string {
	if m.Full != nil {
		m = m.Full
	}
	if len(p.Steps) == 1 && p.Steps[0].Key == "type" {
		return nil // the type of the object itself
	}
	list, _ := m.places(p)
	var fields []string
	for i := range list {
		found := list[i].fields()
		if list[i].value.Const != nil {
			found = []string{"a constant"}
		}
		for _, name := range found {
			if !slices.Contains(fields, name) {
				fields = append(fields, name)
			}
		}
	}
	return fields
}
