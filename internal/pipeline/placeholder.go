package pipeline

import (
	"fmt"
	"slices"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/sigma"
)

var (
	includeParam = Param{Name: "include", Type: "texts", Help: "only placeholders of these names"}
	excludeParam = Param{Name: "exclude", Type: "texts", Help: "only placeholders of other names; include and exclude exclude one another"}
)

// placeholderTransformations fill placeholders: %name% in values with the modifier expand.
var placeholderTransformations = []Kind{
	{Name: "value_placeholders", Help: "replace placeholders by the values of the variables with their names", Params: []Param{includeParam, excludeParam},
		build: func(p *params) any { return &fillPlaceholders{chosen: newChosen(p), values: variables} }},
	{Name: "wildcard_placeholders", Help: "replace placeholders by the wildcard *", Params: []Param{includeParam, excludeParam},
		build: func(p *params) any {
			return &fillPlaceholders{chosen: newChosen(p), values: func(*run, string) ([]string, error) { return []string{"*"}, nil }, raw: ".*"}
		}},
	{Name: "query_expression_placeholders", Help: "let the query look a placeholder up, as in a list that the product keeps", Params: []Param{
		includeParam, excludeParam,
		{Name: "expression", Type: "text", Help: "text for the query, in which {field} and {id} stand for the field and the name of the list"},
		{Name: "mapping", Type: "mapping", Help: "names of lists by placeholder; the others have the placeholder's name"},
	}, build: func(p *params) any {
		return &queryPlaceholders{newChosen(p), p.text("expression", ""), p.mapping(false)}
	}},
	{Name: "file_placeholders", Help: "replace placeholders by the values in a file of the pipeline's folder", Params: append(listParams(),
		Param{Name: "path", Type: "text", Required: true, Help: "path below the folder of the pipeline"}),
		build: newFileList},
	{Name: "http_placeholders", Help: "replace placeholders by the values at a URL; needs --allow-external", Params: append(listParams(),
		Param{Name: "url", Type: "text", Required: true, Help: "http or https URL"},
		Param{Name: "method", Type: "text", Default: "GET", Help: "HTTP method"},
		Param{Name: "timeout", Type: "number", Default: "10", Help: "seconds"},
		Param{Name: "headers", Type: "map", Help: "headers of the request"},
		Param{Name: "params", Type: "map", Help: "parameters of the URL"},
		Param{Name: "form_data", Type: "map", Help: "form to send"},
		Param{Name: "json_body", Type: "map", Help: "JSON to send"},
		Param{Name: "max_body_size", Type: "number", Default: "10485760", Help: "bytes of the answer"},
	), build: newHTTPList},
	{Name: "command_placeholders", Help: "replace placeholders by the output of a command; needs --allow-external", Params: append(listParams(),
		Param{Name: "cmd", Type: "texts", Required: true, Help: "a text for /bin/sh, or a list of a program and its arguments"},
		Param{Name: "timeout", Type: "number", Default: "30", Help: "seconds"},
		Param{Name: "max_stdout", Type: "number", Default: "10485760", Help: "bytes of the output"},
	), build: newCommandList},
}

// chosen are the placeholders that a step is about.
type chosen struct{ include, exclude []string }

func newChosen(p *params) chosen {
	if p.has("include") && p.has("exclude") {
		p.errorf(p.nodeOf("exclude"), "remove one of the two", "include and exclude exclude one another")
	}
	return chosen{p.texts("include"), p.texts("exclude")}
}

func (c *chosen) has(name string) bool {
	return (c.include == nil || slices.Contains(c.include, name)) && !slices.Contains(c.exclude, name)
}

// fillPlaceholders replaces placeholders by values.
type fillPlaceholders struct {
	chosen
	// values returns the values of a placeholder, which are Sigma strings.
	values func(r *run, name string) ([]string, error)
	// raw replaces a placeholder in values that are no Sigma strings, such as regular expressions; "" for the values.
	raw string
}

// variables returns the values of a variable of the pipelines.
func variables(r *run, name string) ([]string, error) {
	v, ok := r.scope.vars[name]
	if !ok {
		return nil, fmt.Errorf("no variable of the pipelines is named %q", name)
	}
	list, ok := v.(*pyprint.List)
	if !ok {
		list = pyprint.NewList(v)
	}
	out := make([]string, len(list.Items))
	for i, v := range list.Items {
		text, ok := scalarText(v)
		if !ok || v == nil {
			return nil, fmt.Errorf("the variable %s has a value that is neither a text nor a number", name)
		}
		out[i] = text
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the variable %s has no values", name)
	}
	return out, nil
}

func (c *fillPlaceholders) apply(r *run) {
	(&changeValues{change: func(r *run, v *value) ([]value, bool) {
		switch v.kind {
		case textValue:
			filled, ok := c.fill(r, v, v.pattern, lower.ParsePattern)
			out := make([]value, len(filled))
			for i, p := range filled {
				out[i] = v.withPattern(p)
			}
			return out, ok
		case regexValue, otherValue:
			return c.fillRaw(r, v)
		case numberValue, boolValue, nullValue, fieldValue, expressionValue:
		}
		return nil, false
	}}).apply(r)
}

// fillRaw fills the placeholders of a value whose modifiers were not applied.
func (c *fillPlaceholders) fillRaw(r *run, v *value) ([]value, bool) {
	expand := slices.IndexFunc(v.modifiers, func(m sigma.Modifier) bool { return m.Name == "expand" })
	if expand < 0 || v.src.Kind != sigma.StringValue {
		return nil, false
	}
	parse, print := lower.ParsePattern, sigmaText
	if v.kind == regexValue || slices.ContainsFunc(v.modifiers, func(m sigma.Modifier) bool { return m.Name == "cidr" }) {
		parse = func(text string) ir.Pattern { return ir.Pattern{{Kind: ir.Literal, Text: text}} }
		print = rawText
	}
	filled, ok := c.fill(r, v, lower.WithPlaceholders(parse(v.text)), parse)
	var out []value
	for _, p := range filled {
		made := *v
		made.text = print(p)
		made.src.Text = made.text
		if !hasKind(p, ir.Placeholder) {
			made.modifiers = slices.Delete(slices.Clone(v.modifiers), expand, expand+1)
		}
		out = append(out, made)
	}
	return out, ok
}

// rawText returns the text of a pattern without wildcards.
func rawText(p ir.Pattern) string {
	text := ""
	for _, part := range p {
		if part.Kind == ir.Placeholder {
			text += "%" + part.Text + "%"
		} else {
			text += part.Text
		}
	}
	return text
}

// fill returns the patterns for all combinations of the placeholders' values; false if the pattern has none that the step is
// about.
func (c *fillPlaceholders) fill(r *run, v *value, pattern ir.Pattern, parse func(string) ir.Pattern) ([]ir.Pattern, bool) {
	if !slices.ContainsFunc(placeholdersOf(pattern), c.has) {
		return nil, false
	}
	variants := []ir.Pattern{nil}
	for _, part := range pattern {
		fillings := []ir.Pattern{{part}}
		if part.Kind == ir.Placeholder && c.has(part.Text) {
			values, err := c.values(r, part.Text)
			if err != nil {
				r.failAtf(v.src.Span, "pipeline-step", "", "placeholder %%%s%%: %v", part.Text, err)
				return nil, false
			}
			if c.raw != "" && v.kind == regexValue {
				values = []string{c.raw}
			}
			fillings = make([]ir.Pattern, len(values))
			for i, text := range values {
				fillings[i] = parse(text)
			}
		}
		if len(variants)*len(fillings) > maxExpansions {
			r.failAtf(v.src.Span, "pipeline-limits", "", "the placeholders of a value have more than %d values together", maxExpansions)
			return nil, false
		}
		variants = ir.Join(variants, fillings)
	}
	return variants, true
}

// queryPlaceholders is the transformation query_expression_placeholders.
type queryPlaceholders struct {
	chosen
	expression string
	mapping    mapping
}

func (c *queryPlaceholders) apply(r *run) {
	(&changeValues{change: func(r *run, v *value) ([]value, bool) {
		if !v.isText() || !hasKind(v.pattern, ir.Placeholder) {
			return nil, false
		}
		name, ok := onlyPlaceholder(v.pattern)
		if !ok {
			r.failAtf(v.src.Span, "pipeline-step", "", "a placeholder that the query looks up must be the whole value")
			return nil, false
		}
		if !c.has(name) {
			return nil, false
		}
		e := Expression{Format: c.expression, ID: name}
		if t := c.mapping.targets[name].names; len(t) > 0 && t[0] != "" {
			e.ID = t[0]
		}
		key := name
		for n := 2; ; n++ { // another step may have set another expression for other fields
			if set, ok := r.out.Expressions[key]; !ok || set == e {
				break
			}
			key = fmt.Sprintf("%s#%d", name, n)
		}
		r.out.Expressions[key] = e
		out := v.withPattern(ir.Pattern{{Kind: ir.Placeholder, Text: key}})
		out.kind = expressionValue
		return []value{out}, true
	}}).apply(r)
}
