package setup

import (
	"slices"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ioc"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

// indicators reads the lists of indicators that the options name, or else those of the configuration, and makes rules of
// them.
func indicators(c *Config, o *RuleOptions) ([]*ioc.List, *ruleset.Lowered, diag.List, error) {
	paths := o.IOC
	if len(paths) == 0 {
		for _, name := range c.Settings.IOC {
			paths = append(paths, beside(c, name.Value))
		}
	}
	var lists []*ioc.List
	var diagnostics diag.List
	seen := map[string]bool{}
	for _, path := range paths {
		if seen[path] {
			continue
		}
		seen[path] = true
		l, list, err := ioc.Load(path)
		if err != nil {
			return nil, nil, nil, UsageError("a list has one address, network, access key, user agent or account id a line", err)
		}
		if l.Len() == 0 {
			list.Add(ioc.Empty(path))
		}
		lists, diagnostics = append(lists, l), append(diagnostics, list...)
	}
	if lists == nil {
		return nil, nil, nil, nil
	}
	schemas := o.Schemas
	if !slices.ContainsFunc(schemas, func(s *schema.Schema) bool { return len(s.Products()) > 0 }) {
		schemas = schema.All() // none is given, or only that of tables of which nothing is known
	}
	return lists, ioc.Rules(lists, schemas), diagnostics, nil
}
