package config

import (
	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/yamlword"
)

// checkKeys are the keys of check.
var checkKeys = []string{"exclusions", "fail-on", "ignore", "levels", "select"}

// check reads the settings of egret check. The command knows the names of checks and levels.
func (p *parser) check(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		p.fault(n, "config-value", "expected keys with values, found "+yamlword.Kind(n), "")
		return
	}
	c := &p.config.Check
	p.each(n, "check", func(key, value *yaml.Node) {
		switch key.Value {
		case "select":
			c.Select = p.texts(value, "a check")
		case "ignore":
			c.Ignore = p.texts(value, "a check")
		case "fail-on":
			c.FailOn, _ = p.text(value, "a level")
		case "levels":
			if value.Kind != yaml.MappingNode {
				p.fault(value, "config-value", "expected `check: level`, found "+yamlword.Kind(value), "")
				return
			}
			p.each(value, "check.levels", func(key, value *yaml.Node) {
				check, ok1 := p.text(key, "a check")
				level, ok2 := p.text(value, "a level")
				if ok1 && ok2 {
					c.Levels = append(c.Levels, CheckLevel{check, level})
				}
			})
		case "exclusions":
			if value.Kind != yaml.MappingNode {
				p.fault(value, "config-value", "expected `rule id: [checks]`, found "+yamlword.Kind(value), "")
				return
			}
			p.each(value, "check.exclusions", func(key, value *yaml.Node) {
				if rule, ok := p.text(key, "the id of a rule"); ok {
					c.Exclusions = append(c.Exclusions, Exclusion{rule, p.texts(value, "a check")})
				}
			})
		default:
			p.unknownKey(key, checkKeys)
		}
	})
}
