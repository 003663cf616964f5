package schema

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// yamlProfile is a profile as written. What is not there is taken from the profile that Like names, if any.
type yamlProfile struct {
	Name       string          `yaml:"name"`
	Title      string          `yaml:"title"`
	Source     string          `yaml:"source"`
	Table      string          `yaml:"table"`
	Like       string          `yaml:"like"`
	Columns    yamlColumns     `yaml:"columns"`
	Newer      []string        `yaml:"newer_columns"`
	Fields     yamlHomes       `yaml:"fields"`
	OnlyFields *bool           `yaml:"only_fields"`
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
	// LateDays is 1 if it is not there, or 0 for a column of a point in time.
	LateDays *int `yaml:"late_days"`
}

// yamlColumns is a map of names to types that keeps the order of the file, which is that of the table.
type yamlColumns []yamlColumn

type yamlColumn struct{ name, typ string }

func (c *yamlColumns) UnmarshalYAML(n *yaml.Node) error {
	pairs, err := orderedPairs(n, "columns")
	for _, pair := range pairs {
		if pair[1].Kind != yaml.ScalarNode {
			return fmt.Errorf("line %d: the type of column %s must be a text", pair[1].Line, pair[0].Value)
		}
		*c = append(*c, yamlColumn{pair[0].Value, pair[1].Value})
	}
	return err
}

// yamlHomes is a map of the log's paths to where they live.
type yamlHomes []yamlHome

type yamlHome struct {
	path    string
	targets []yamlTarget
}

// yamlTarget is a column's path, or one with changed values.
type yamlTarget struct {
	At string `yaml:"at"`
	// JSON says that the text there is the JSON text of an object, although the column's type does not tell.
	JSON bool   `yaml:"json"`
	Time string `yaml:"time"`
	// LowerKeys says that the keys inside JSON text are in lower case, whatever the log has.
	LowerKeys bool              `yaml:"lower_keys"`
	Values    map[string]string `yaml:"values"`
	Absent    []string          `yaml:"absent"`
	// When and Unless say in which rows the value is the field's: those where a column has one of some values, or none.
	When   map[string][]string `yaml:"when"`
	Unless map[string][]string `yaml:"unless"`
	// Rest stands for where the path would live if it were not listed.
	Rest bool `yaml:"rest"`
}

func (h *yamlHomes) UnmarshalYAML(n *yaml.Node) error {
	pairs, err := orderedPairs(n, "fields")
	for _, pair := range pairs {
		home := yamlHome{path: pair[0].Value}
		alternatives := []*yaml.Node{pair[1]}
		if pair[1].Kind == yaml.SequenceNode {
			if alternatives = pair[1].Content; len(alternatives) == 0 {
				return fmt.Errorf("line %d: %s has an empty list; null says that a field lives nowhere", pair[1].Line, home.path)
			}
		}
		for _, alternative := range alternatives {
			if alternative.Tag == "!!null" && pair[1].Kind != yaml.SequenceNode {
				continue
			}
			var target yamlTarget
			if err := target.decode(alternative, home.path); err != nil {
				return err
			}
			home.targets = append(home.targets, target)
		}
		*h = append(*h, home)
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
			if key := pair[0].Value; !slices.Contains([]string{"at", "json", "lower_keys", "time", "values", "absent", "when", "unless", "rest"}, key) {
				return fmt.Errorf("line %d: %s: %s is none of at, json, lower_keys, time, values, absent, when, unless, rest", pair[0].Line, path, key)
			}
		}
		return n.Decode(t)
	}
	return fmt.Errorf("line %d: the place of %s must be the path of a column, a map with at, a list of such, or null", n.Line, path)
}

// orderedPairs are the keys and values of a map in the order of the file.
func orderedPairs(n *yaml.Node, what string) ([][2]*yaml.Node, error) {
	if n.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: %s must be a map", n.Line, what)
	}
	var pairs [][2]*yaml.Node
	seen := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || seen[key.Value] {
			return nil, fmt.Errorf("line %d: %s: %q is there twice, or is no name", key.Line, what, key.Value)
		}
		seen[key.Value] = true
		pairs = append(pairs, [2]*yaml.Node{key, n.Content[i+1]})
	}
	return pairs, nil
}

// like fills in what a profile leaves out.
func (y *yamlProfile) like(base *yamlProfile) {
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
