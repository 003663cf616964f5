package pipeline

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/source"
)

// A finalizer changes the output of a conversion: the list of queries, or what earlier finalizers made of it.
type finalizer interface {
	finalize(f *final, output any) (any, error)
}

// A finalStep is one entry of `finalizers`.
type finalStep struct {
	kind string
	span source.Span
	do   finalizer
}

// A final is what finalizers see besides the output.
type final struct {
	chain *Chain
	scope *scope
}

// finalizerKinds are the kinds of finalizers, sorted by name.
var finalizerKinds []Kind

func init() { //nolint:gochecknoinits // the kinds refer to the list
	finalizerKinds = []Kind{
		{Name: "concat", Help: "join the queries", Params: []Param{
			{Name: "separator", Type: "text", Default: `"\n"`, Help: "text between queries"},
			{Name: "prefix", Type: "text", Help: "text before the first query"},
			{Name: "suffix", Type: "text", Help: "text after the last query"},
		}, build: func(p *params) any {
			c := &concat{"\n", p.strictText("prefix"), p.strictText("suffix")}
			if p.has("separator") {
				c.separator = p.strictText("separator")
			}
			return c
		}},
		{Name: "json", Help: "write the queries as JSON", Params: []Param{indentParam}, build: func(p *params) any {
			return &jsonOutput{pyprint.JSONOptions{HasIndent: p.has("indent"), Indent: int(p.number("indent", 0, 0, 100))}}
		}},
		{Name: "nested", Help: "run a list of finalizers", Params: []Param{
			{Name: "finalizers", Type: "finalizers", Required: true, Help: "the finalizers"},
		}, build: func(p *params) any {
			return nestedFinalizers(p.finalSteps(p.values["finalizers"], p.depth+1, p.nesting+1))
		}},
		{Name: "template", Help: "put the queries into a Jinja2 template, with queries and pipeline", Params: templateParams, build: newTemplateOutput},
		{Name: "yaml", Help: "write the queries as YAML", Params: []Param{indentParam}, build: func(p *params) any {
			return &yamlOutput{pyprint.YAMLOptions{Indent: int(p.number("indent", 0, 0, 9))}}
		}},
	}
}

var indentParam = Param{Name: "indent", Type: "number", Help: "blanks for each level; without it on one line, or 2 in YAML"}

// Finalizers returns the kinds of finalizers, sorted by name. The caller must not change them.
func Finalizers() []Kind { return finalizerKinds }

func (r *reader) finalSteps(n *yaml.Node, depth, nesting int) []*finalStep {
	var out []*finalStep
	for _, child := range r.entries(n, "finalizers", depth, nesting) {
		r.nesting = nesting
		built, kind, values := r.readKind(child, finalizerKinds, "finalizer", nil, depth+1)
		if kind != nil {
			out = append(out, &finalStep{kind.Name, r.span(values["type"]), built.(finalizer)}) //nolint:errcheck // the kinds build nothing else
		}
	}
	return out
}

// Finalizes reports whether the chain has finalizers.
func (c *Chain) Finalizes() bool { return c != nil && len(c.finalizers) > 0 }

// Finalize applies the finalizers to the output of a conversion: a list of the queries of all rules (*pyprint.List), or a text.
// last is the result of the last rule, whose state templates see; it may be nil. The output is a text or a list. It is
// nil if the list contains an error.
func (c *Chain) Finalize(output any, last *Result) (any, diag.List) {
	f := &final{chain: c, scope: newScope(c.vars)}
	if last != nil {
		f.scope = last.scope
	}
	for _, s := range c.finalizers {
		out, err := s.run(f, output)
		if err != nil {
			return nil, diag.List{{Code: "pipeline-step", Span: s.span, Message: fmt.Sprintf("%s: %v", s.kind, err)}}
		}
		output = out
	}
	return output, nil
}

func (s *finalStep) run(f *final, output any) (any, error) {
	out, err := s.do.finalize(f, output)
	if text, ok := out.(string); ok && len(text) > maxOutput {
		return nil, fmt.Errorf("the output has more than %d bytes", maxOutput)
	}
	return out, err
}

type concat struct{ separator, prefix, suffix string }

func (c *concat) finalize(_ *final, output any) (any, error) {
	var parts []string
	switch output := output.(type) {
	case *pyprint.List:
		for _, item := range output.Items {
			text, ok := item.(string)
			if !ok {
				return nil, fmt.Errorf("the queries of this format are no texts")
			}
			parts = append(parts, text)
		}
	case string: // as Python's join: the characters of the text
		for _, c := range output {
			parts = append(parts, string(c))
		}
	default:
		return nil, fmt.Errorf("expected a list of queries, found %s", pyprint.TypeName(output))
	}
	return c.prefix + strings.Join(parts, c.separator) + c.suffix, nil
}

type jsonOutput struct{ options pyprint.JSONOptions }

func (c *jsonOutput) finalize(_ *final, output any) (any, error) {
	return pyprint.JSON(output, c.options, maxOutput)
}

type yamlOutput struct{ options pyprint.YAMLOptions }

func (c *yamlOutput) finalize(_ *final, output any) (any, error) {
	return pyprint.YAML(output, c.options, maxOutput)
}

type nestedFinalizers []*finalStep

func (c nestedFinalizers) finalize(f *final, output any) (any, error) {
	for _, s := range c {
		out, err := s.run(f, output)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.kind, err)
		}
		output = out
	}
	return output, nil
}
