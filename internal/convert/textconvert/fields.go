package textconvert

import (
	"slices"

	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/textgen"
	"github.com/egret-hunt/egret/sigma"
)

// Fields returns the names of the fields in the detections of rules and in the groups of correlations, as queries of the back end
// have them: sorted, each once. Keys of bySource are category|product|service; correlations have no log source and are in all alone.
// The names are those after pipelines, whether a condition uses the search identifier or not, as sigma-cli counts them.
func Fields(set *ruleset.Set, backend *textgen.Backend) (all []string, bySource map[string][]string) {
	bySource = map[string][]string{}
	for i := range set.Rules {
		tree, ok := set.Rules[i].Tree.(*sigma.Rule)
		if !ok {
			continue
		}
		var names []string
		for _, search := range tree.Detection.Searches {
			names = fieldNames(names, search.Expr, backend)
		}
		source := tree.LogSource.Category + "|" + tree.LogSource.Product + "|" + tree.LogSource.Service
		bySource[source] = append(bySource[source], names...)
		all = append(all, names...)
	}
	for i := range set.Correlations {
		tree, ok := set.Correlations[i].Tree.(*sigma.Correlation)
		if !ok {
			continue
		}
		all = append(all, groupNames(tree, backend)...)
	}
	// Iteration order does not matter: each list is sorted by itself.
	for source, names := range bySource {
		bySource[source] = unique(names)
	}
	return unique(all), bySource
}

func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

func fieldNames(list []string, e sigma.SearchExpr, backend *textgen.Backend) []string {
	switch e := e.(type) {
	case *sigma.AnyOf:
		for _, inner := range e.Exprs {
			list = fieldNames(list, inner, backend)
		}
	case *sigma.AllOf:
		for _, inner := range e.Exprs {
			list = fieldNames(list, inner, backend)
		}
	case *sigma.Item:
		if e.Field != "" {
			list = append(list, backend.FieldName(e.Field))
		}
	}
	return list
}

// groupNames returns the fields of group-by. An alias stands for the fields that it maps to.
func groupNames(tree *sigma.Correlation, backend *textgen.Backend) (list []string) {
	for _, name := range tree.GroupBy {
		mapped := false
		for _, alias := range tree.Aliases {
			if alias.Name != name.Value {
				continue
			}
			mapped = true
			for _, field := range alias.Fields {
				list = append(list, backend.FieldName(field.Value))
			}
		}
		if !mapped {
			list = append(list, backend.FieldName(name.Value))
		}
	}
	return list
}
