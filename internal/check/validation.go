package check

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxValidation is the size in bytes above which a validation configuration is refused.
const maxValidation = 1 << 20

// ApplyValidation reads a validation configuration of pySigma and sets the checks, exclusions and parameters of the options by it.
// Its names are those of pySigma's validators or of checks. Errors name the line.
func ApplyValidation(text []byte, opt *Options) error {
	if len(text) > maxValidation {
		return fmt.Errorf("the configuration is larger than %d MB", maxValidation>>20)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return err
	}
	if len(root.Content) == 0 || root.Content[0].Kind != yaml.MappingNode {
		return fmt.Errorf("expected a map with validators, exclusions and config")
	}
	opt.On = map[*Check]bool{}
	m := root.Content[0]
	for i := 0; i+1 < len(m.Content); i += 2 {
		key, n := m.Content[i], m.Content[i+1]
		var err error
		switch key.Value {
		case "validators":
			err = validators(n, opt)
		case "exclusions":
			err = exclusions(n, opt)
		case "config":
			err = parameters(n, opt)
		default:
			err = faultAt(key, fmt.Errorf("key %q is not one of validators, exclusions, config", key.Value))
		}
		if err != nil {
			return err
		}
	}
	for _, c := range All() {
		if c.PySigma == nil && c.Group != Meaning {
			opt.On[c] = true // what cannot be read is reported in any case
		}
	}
	return nil
}

func faultAt(n *yaml.Node, err error) error { return fmt.Errorf("line %d: %w", n.Line, err) }

// validators reads names; a minus removes one, all stands for all. Order matters, as in pySigma.
func validators(n *yaml.Node, opt *Options) error {
	if n.Kind != yaml.SequenceNode {
		return faultAt(n, fmt.Errorf("validators is not a list"))
	}
	for _, entry := range n.Content {
		name, off := strings.CutPrefix(entry.Value, "-")
		list, err := Named(name, opt.Own)
		if err != nil {
			return faultAt(entry, err)
		}
		for _, c := range list {
			opt.On[c] = !off
		}
	}
	return nil
}

// exclusions reads the checks that do not count for rules. The key null stands for all rules.
func exclusions(n *yaml.Node, opt *Options) error {
	if n.Kind != yaml.MappingNode {
		return faultAt(n, fmt.Errorf("exclusions is not a map"))
	}
	opt.Excluded = map[string]map[*Check]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		id := lowerID(key.Value)
		if key.Tag == "!!null" {
			id = ""
		}
		names := []*yaml.Node{value}
		if value.Kind == yaml.SequenceNode {
			names = value.Content
		}
		if opt.Excluded[id] == nil {
			opt.Excluded[id] = map[*Check]bool{}
		}
		for _, name := range names {
			list, err := Named(name.Value, opt.Own)
			if err != nil {
				return faultAt(name, err)
			}
			for _, c := range list {
				opt.Excluded[id][c] = true
			}
		}
	}
	return nil
}

// parameters reads the parameters of validators.
func parameters(n *yaml.Node, opt *Options) error {
	if n.Kind != yaml.MappingNode {
		return faultAt(n, fmt.Errorf("config is not a map"))
	}
	opt.Parameters = map[string]map[string]any{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		list, err := Named(key.Value, opt.Own)
		if err != nil {
			return faultAt(key, err)
		}
		var values map[string]any
		if err := value.Decode(&values); err != nil || value.Kind != yaml.MappingNode {
			return faultAt(value, fmt.Errorf("the parameters of %s are not a map", key.Value))
		}
		for _, c := range list {
			for _, name := range c.PySigma {
				opt.Parameters[name] = values
			}
		}
	}
	return nil
}
