package pipeline

import (
	"encoding/json"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/source"
)

// A postStep is one entry of `postprocessing`.
type postStep struct {
	id   string
	kind string
	span source.Span
	rule group[ruleCondition]
	do   postprocessing
}

// A postprocessing changes the query of a rule.
type postprocessing interface {
	query(r *run, query any) (any, error)
}

// postprocessings are the kinds of post-processing steps, sorted by name.
var postprocessings []Kind

func init() { //nolint:gochecknoinits // the kinds refer to the list
	postprocessings = []Kind{
		{Name: "embed", Help: "add a text before and after the query", Params: []Param{
			{Name: "prefix", Type: "text", Help: "text before the query"},
			{Name: "suffix", Type: "text", Help: "text after the query"},
		}, build: func(p *params) any { return &embedQuery{p.strictText("prefix"), p.strictText("suffix")} }},
		{Name: "json", Help: "put the query into a JSON text", Params: []Param{
			{Name: "json_template", Type: "text", Required: true, Help: "JSON in which the text %QUERY%, as a whole value, is replaced by the query"},
		}, build: newJSONTemplate},
		{Name: "nest", Help: "run a list of post-processing steps", Params: []Param{
			{Name: "items", Type: "steps", Required: true, Help: "the steps"},
		}, build: func(p *params) any { return &nestPost{p.postSteps(p.values["items"], p.depth+1, p.nesting+1)} }},
		{Name: "replace", Help: "replace what a regular expression matches", Params: []Param{
			{Name: "pattern", Type: "text", Required: true, Help: "regular expression (RE2)"},
			{Name: "replacement", Type: "text", Required: true, Help: `new text; \1 and \g<name> stand for groups`},
		}, build: newReplaceQuery},
		{Name: "simple_template", Help: "put the query into a format of Python's str.format, with {query}, {rule} and {pipeline}", Params: []Param{
			{Name: "template", Type: "text", Required: true, Help: "the format, as in '{rule.title}: {query}'"},
		}, build: func(p *params) any { return simpleTemplate(p.text("template", "")) }},
		{Name: "template", Help: "put the query into a Jinja2 template, with query, rule and pipeline", Params: templateParams, build: newTemplateQuery},
	}
}

// Postprocessings returns the kinds of post-processing steps, sorted by name. The caller must not change them.
func Postprocessings() []Kind { return postprocessings }

// postSteps reads a list of post-processing steps.
func (r *reader) postSteps(n *yaml.Node, depth, nesting int) []*postStep {
	var out []*postStep
	for _, child := range r.entries(n, "post-processing steps", depth, nesting) {
		r.nesting = nesting
		built, kind, values := r.readKind(child, postprocessings, "post-processing step", postKeys, depth+1)
		if kind == nil {
			continue
		}
		out = append(out, &postStep{
			id: r.id(values), kind: kind.Name, span: r.span(values["type"]), do: built.(postprocessing), //nolint:errcheck // the kinds build nothing else
			rule: readGroup[ruleCondition](r, values, "rule_condition", "rule_cond", "rule condition", ruleConditions, depth+2),
		})
	}
	return out
}

// PostProcesses reports whether the chain has post-processing steps.
func (c *Chain) PostProcesses() bool { return c != nil && len(c.post) > 0 }

// Query applies the post-processing steps to a query of the rule: a text, or a value of package pyprint for formats that are
// not texts. A rule with several queries gives each to its own call. After an error the query is unusable.
func (r *Result) Query(query any) (any, diag.List) {
	run := r.again()
	for _, s := range r.chain.post {
		query = run.post(s, query)
		if run.failed {
			break
		}
	}
	return query, run.list
}

// QueryText is Query for a text that must stay a text.
func (r *Result) QueryText(query string) (string, diag.List) {
	out, list := r.Query(query)
	text, ok := out.(string)
	if !ok && !list.HasErrors() {
		text = fmt.Sprint(out)
	}
	return text, list
}

// again returns a run for conditions after the steps.
func (r *Result) again() *run {
	run := &run{out: r, rule: r.Rule, counted: r.Correlation, rules: r.lookup, scope: r.scope}
	if r.Rule != nil {
		run.meta = &r.Rule.Meta
	} else {
		run.meta = &r.Correlation.Meta
	}
	return run
}

// post applies a step to a query if its conditions hold.
func (r *run) post(s *postStep, query any) any {
	r.step = &step{id: s.id, kind: s.kind, span: s.span}
	if !s.rule.holds(func(c ruleCondition) bool { return c.match(r) }) || r.failed {
		return query
	}
	r.mark()
	out, err := s.do.query(r, query)
	r.step = &step{id: s.id, kind: s.kind, span: s.span} // a nest changes it
	if err == nil {
		if text, ok := out.(string); ok && len(text) > maxText {
			err = fmt.Errorf("the query has %d bytes; the limit is %d", len(text), maxText)
		}
	}
	if err != nil {
		r.failf("pipeline-step", "", "%s: %v", s.kind, err)
		return query
	}
	if s.id != "" {
		r.scope.applied[s.id] = true
	}
	return out
}

// queryText returns a query that must be a text.
func queryText(query any) (string, error) {
	text, ok := query.(string)
	if !ok {
		return "", fmt.Errorf("the queries of this format are no texts")
	}
	return text, nil
}

type embedQuery struct{ prefix, suffix string }

func (c *embedQuery) query(_ *run, query any) (any, error) {
	text, err := queryText(query)
	return c.prefix + text + c.suffix, err
}

type nestPost struct{ steps []*postStep }

func (c *nestPost) query(r *run, query any) (any, error) { //nolint:unparam // as the other steps
	for _, s := range c.steps {
		if query = r.post(s, query); r.failed {
			return query, nil
		}
	}
	return query, nil
}

// jsonTemplate is the step json.
type jsonTemplate struct{ template any }

func newJSONTemplate(p *params) any {
	text := p.text("json_template", "")
	v, err := decodeJSON(text)
	if err != nil {
		p.errorf(p.nodeOf("json_template"), "", "json_template: %v", err)
		return nil
	}
	return &jsonTemplate{v}
}

// decodeJSON decodes one JSON value; maps keep the order of their keys.
func decodeJSON(text string) (any, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	v, err := jsonValue(decoder, 0)
	if err != nil {
		return nil, err
	}
	if decoder.More() {
		return nil, fmt.Errorf("text after the value")
	}
	return v, nil
}

func jsonValue(decoder *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("it is nested more than %d deep", maxDepth)
	}
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Number:
		if i, err := token.Int64(); err == nil {
			return i, nil
		}
		return token.Float64()
	case json.Delim:
		d, l := &pyprint.Dict{}, &pyprint.List{}
		for decoder.More() {
			var key any
			if token == '{' {
				if key, err = decoder.Token(); err != nil {
					return nil, err
				}
			}
			v, err := jsonValue(decoder, depth+1)
			if err != nil {
				return nil, err
			}
			if token == '{' {
				d.Set(key, v)
			} else {
				l.Items = append(l.Items, v)
			}
		}
		if _, err := decoder.Token(); err != nil {
			return nil, err
		}
		if token == '{' {
			return d, nil
		}
		return l, nil
	}
	return token, nil
}

func (c *jsonTemplate) query(_ *run, query any) (any, error) {
	return pyprint.JSON(withQuery(c.template, query), pyprint.JSONOptions{}, maxText)
}

// withQuery returns a value in which the query replaces the text %QUERY%.
func withQuery(v, query any) any {
	switch v := v.(type) {
	case string:
		if v == "%QUERY%" {
			return query
		}
	case *pyprint.List:
		out := &pyprint.List{}
		for _, item := range v.Items {
			out.Items = append(out.Items, withQuery(item, query))
		}
		return out
	case *pyprint.Dict:
		out := &pyprint.Dict{}
		for _, entry := range v.Entries() {
			out.Set(entry.Key, withQuery(entry.Value, query))
		}
		return out
	}
	return v
}

// replaceQuery is the step replace.
type replaceQuery struct{ replace func(string) string }

func newReplaceQuery(p *params) any {
	replace, err := newReplacement(p.regex("pattern"), p.text("replacement", ""))
	if err != nil {
		p.errorf(p.nodeOf("replacement"), "", "replacement: %v", err)
		return nil
	}
	return &replaceQuery{replace}
}

func (c *replaceQuery) query(_ *run, query any) (any, error) {
	text, err := queryText(query)
	if err != nil {
		return nil, err
	}
	return c.replace(text), nil
}

// simpleTemplate is the step simple_template.
type simpleTemplate string

func (c simpleTemplate) query(r *run, query any) (any, error) {
	return pyprint.Format(string(c), pyprint.Arguments{Named: map[string]any{
		"query": query, "rule": r.out.Object(), "pipeline": r.out.chain.pipelineObject(r.scope),
	}}, maxText)
}
