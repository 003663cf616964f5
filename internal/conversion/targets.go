package conversion

import (
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/textgen"
)

// A Named is a choice with its title.
type Named struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

// A Target describes a target. All lists may be empty, and are never nil.
type Target struct {
	Named
	// SQL is set for dialects of SQL, which have layouts instead of pipelines.
	SQL bool `json:"sql"`
	// Aliases are other names.
	Aliases []string `json:"aliases"`
	// NeedsPipeline is set if rules usually need a pipeline.
	NeedsPipeline bool `json:"needs_pipeline"`
	// Pipeline is the pipeline that the target runs by itself, "" for none.
	Pipeline string `json:"pipeline"`
	// Formats are its formats, the default first, and Methods the ways to write correlations. Options are names for
	// Request.Options.
	Formats []Named  `json:"formats"`
	Methods []Named  `json:"methods"`
	Options []string `json:"options"`
}

// Targets returns all targets, sorted by name.
func (c *Converter) Targets() []Target {
	var list []Target
	for _, d := range sqlgen.Dialects() {
		title := d.Title
		if !strings.HasSuffix(title, "SQL") {
			title += " SQL"
		}
		t := Target{Named: Named{d.Name, title}, SQL: true, Aliases: []string{}, Methods: []Named{}, Options: []string{}}
		for _, f := range convert.Formats {
			t.Formats = append(t.Formats, Named{f.Name, f.Help})
		}
		for _, text := range textgen.FormatsOf(d.Name) {
			if b, err := text.Backend(textgen.Options{}); err == nil {
				for _, f := range b.Spec.Formats {
					t.Formats = append(t.Formats, Named{f.Name, f.Title})
				}
			}
		}
		list = append(list, t)
	}
	for _, text := range c.targets {
		t := Target{Named: Named{text.Name, text.Title}, Aliases: slices.Clone(text.Aliases), NeedsPipeline: text.NeedsPipeline, Pipeline: text.Pipeline, Methods: []Named{}}
		if t.Aliases == nil {
			t.Aliases = []string{}
		}
		b, err := text.Backend(textgen.Options{})
		if err != nil {
			continue // converting says what is wrong with the spec
		}
		for _, f := range b.Spec.Formats {
			t.Formats = append(t.Formats, Named{f.Name, f.Title})
		}
		for _, m := range b.Spec.Methods() {
			t.Methods = append(t.Methods, Named{m, b.Spec.Correlation.Methods[m].Title})
		}
		t.Options = slices.AppendSeq([]string{}, maps.Keys(b.Spec.Options))
		slices.Sort(t.Options)
		list = append(list, t)
	}
	slices.SortStableFunc(list, func(a, b Target) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// names returns the names of all targets, sorted.
func (c *Converter) names() []string {
	var names []string
	for _, d := range sqlgen.Dialects() {
		names = append(names, d.Name)
	}
	for _, t := range c.targets {
		names = append(names, t.Name)
	}
	slices.Sort(names)
	return names
}

// textTarget returns the text target with a name or alias, nil if there is none.
func (c *Converter) textTarget(name string) *textgen.Target {
	for _, t := range c.targets {
		if t.Name == name || slices.Contains(t.Aliases, name) {
			return t
		}
	}
	return nil
}

// A Pipeline describes an embedded pipeline. Targets are those for which it is intended, empty for all.
type Pipeline struct {
	Named
	Targets []string `json:"targets"`
}

// Pipelines returns the embedded pipelines that a target takes, or all for "".
func (c *Converter) Pipelines(target string) []Pipeline {
	list := []Pipeline{}
	for _, name := range pipeline.Names() {
		p := pipeline.Embedded(name)
		if target != "" && !p.Allows(target) {
			continue
		}
		list = append(list, Pipeline{Named{name, p.Name}, append([]string{}, p.Backends...)})
	}
	return list
}

// Layouts returns the layouts of tables, by full name.
func (c *Converter) Layouts() []Named {
	list := []Named{}
	for _, s := range append(slices.Clone(c.schemas), schema.Generic()) {
		for _, l := range s.Layouts() {
			list = append(list, Named{l.FullName(), l.Title})
		}
	}
	return list
}
