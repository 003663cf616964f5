package schema

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// yamlLayout is a layout as written. Missing values come from the layout that Like names, if any.
type yamlLayout struct {
	Name       string      `yaml:"name"`
	Title      string      `yaml:"title"`
	Source     string      `yaml:"source"`
	Table      string      `yaml:"table"`
	Like       string      `yaml:"like"`
	Columns    yamlColumns `yaml:"columns"`
	Newer      []string    `yaml:"newer_columns"`
	Fields     yamlFields  `yaml:"fields"`
	OnlyFields *bool       `yaml:"only_fields"`
	// Objects are paths at which the log has objects, of which the table keeps only the leaves.
	Objects    []string        `yaml:"objects"`
	AnyCase    *bool           `yaml:"any_case"`
	Time       *yamlTime       `yaml:"time"`
	ID         *[]string       `yaml:"id"`
	Partitions []yamlPartition `yaml:"partitions"`
	Notes      []string        `yaml:"notes"`
}

type yamlTime struct {
	Column string `yaml:"column"`
	Format string `yaml:"format"`
	UTC    bool   `yaml:"utc"`
}

type yamlPartition struct {
	Column string `yaml:"column"`
	Type   string `yaml:"type"`
	Format string `yaml:"format"`
	// LateDays defaults to 1, or to 0 for a column of a point in time.
	LateDays *int `yaml:"late_days"`
}

// yamlColumns is a map of names to types in the order of the file, which is the order of the table.
type yamlColumns []yamlColumn

type yamlColumn struct{ name, typ string }

func (c *yamlColumns) UnmarshalYAML(n *yaml.Node) error {
	pairs, err := orderedPairs(n, "columns")
	for _, pair := range pairs {
		if pair[1].Kind != yaml.ScalarNode {
			return fmt.Errorf("line %d: the type of column %s must be a string", pair[1].Line, pair[0].Value)
		}
		*c = append(*c, yamlColumn{pair[0].Value, pair[1].Value})
	}
	return err
}

// yamlFields maps paths of the log to their locations in the table.
type yamlFields []yamlField

type yamlField struct {
	path    string
	targets []yamlTarget
}

// yamlTarget is the path of a column, optionally with conversions.
type yamlTarget struct {
	At string `yaml:"at"`
	// JSON means that the string there is the JSON text of an object, which the column's type does not show.
	JSON bool   `yaml:"json"`
	Time string `yaml:"time"`
	// LowerKeys means that the keys inside JSON text are in lower case, whatever the log has.
	LowerKeys bool              `yaml:"lower_keys"`
	Values    map[string]string `yaml:"values"`
	Absent    []string          `yaml:"absent"`
	// When and Unless select the rows in which the value is the field's: those where a column has one of some values,
	// or none.
	When   map[string][]string `yaml:"when"`
	Unless map[string][]string `yaml:"unless"`
	// Rest means the location that the path would have if it were not listed.
	Rest bool `yaml:"rest"`
	// Lists means that the map there keeps a list under its path with the mark [] after each list, joined by commas.
	Lists bool `yaml:"lists"`
}

func (f *yamlFields) UnmarshalYAML(n *yaml.Node) error {
	pairs, err := orderedPairs(n, "fields")
	for _, pair := range pairs {
		field := yamlField{path: pair[0].Value}
		alternatives := []*yaml.Node{pair[1]}
		if pair[1].Kind == yaml.SequenceNode {
			if alternatives = pair[1].Content; len(alternatives) == 0 {
				return fmt.Errorf("line %d: %s has an empty list; write null for a field that the table does not have", pair[1].Line, field.path)
			}
		}
		for _, alternative := range alternatives {
			if alternative.Tag == "!!null" && pair[1].Kind != yaml.SequenceNode {
				continue
			}
			var target yamlTarget
			if err := target.decode(alternative, field.path); err != nil {
				return err
			}
			field.targets = append(field.targets, target)
		}
		*f = append(*f, field)
	}
	return err
}

func (t *yamlTarget) decode(n *yaml.Node, path string) error {
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag != "!!null":
		t.At = n.Value
		return nil
	case n.Kind == yaml.MappingNode:
		pairs, err := orderedPairs(n, path)
		if err != nil {
			return err
		}
		for _, pair := range pairs {
			if key := pair[0].Value; !slices.Contains([]string{"at", "json", "lower_keys", "time", "values", "absent", "when", "unless", "rest", "lists"}, key) {
				return fmt.Errorf("line %d: %s: unknown key %s, expected at, json, lower_keys, time, values, absent, when, unless, rest, lists", pair[0].Line, path, key)
			}
		}
		return n.Decode(t)
	}
	return fmt.Errorf("line %d: the value of %s must be the path of a column, a map with at, a list of these, or null", n.Line, path)
}

// orderedPairs returns the keys and values of a map in the order of the file.
func orderedPairs(n *yaml.Node, what string) ([][2]*yaml.Node, error) {
	if n.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: %s must be a map", n.Line, what)
	}
	var pairs [][2]*yaml.Node
	seen := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || seen[key.Value] {
			return nil, fmt.Errorf("line %d: %s: duplicate key or invalid name %q", key.Line, what, key.Value)
		}
		seen[key.Value] = true
		pairs = append(pairs, [2]*yaml.Node{key, n.Content[i+1]})
	}
	return pairs, nil
}

// like takes what a layout leaves out from another.
func (y *yamlLayout) like(base *yamlLayout) {
	if y.Source == "" {
		y.Source = base.Source
	}
	if y.Table == "" {
		y.Table = base.Table
	}
	if y.Columns == nil {
		y.Columns = base.Columns
		if y.Newer == nil {
			y.Newer = base.Newer
		}
	}
	if y.Fields == nil {
		y.Fields = base.Fields
	}
	if y.Objects == nil {
		y.Objects = base.Objects
	}
	if y.OnlyFields == nil {
		y.OnlyFields = base.OnlyFields
	}
	if y.AnyCase == nil {
		y.AnyCase = base.AnyCase
	}
	if y.Time == nil {
		y.Time = base.Time
	}
	if y.ID == nil {
		y.ID = base.ID
	}
	if y.Partitions == nil {
		y.Partitions = base.Partitions
	}
	if y.Notes == nil {
		y.Notes = base.Notes
	}
}
