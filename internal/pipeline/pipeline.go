package pipeline

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/source"
)

// A Pipeline is one loaded pipeline. It is immutable and safe for concurrent use.
type Pipeline struct {
	// ID is the name of an embedded pipeline, or the path of the file as the user gave it.
	ID string
	// Name is the title in the pipeline, "" if it has none.
	Name string
	// Priority orders pipelines: lower ones run first.
	Priority int
	// Vars are the variables, with values as package pyprint has them.
	Vars map[string]any
	// Backends are the names of the targets for which the pipeline is intended; empty means all.
	Backends []string

	steps      []*step
	post       []*postStep
	finalizers []*finalStep
}

// Options say what pipelines may use.
type Options struct {
	// Folder is the path of the pipeline's folder, for lists and templates; "" means that it can read no files.
	Folder string
	// External gets lists from outside: nil means that http and command placeholders are refused.
	External External
}

// topKeys are the keys of a pipeline.
var topKeys = []string{"name", "priority", "vars", "transformations", "postprocessing", "finalizers", "allowed_backends"}

// Load reads a pipeline from the text of a file. The pipeline is nil if the list contains an error.
func Load(file *source.File, opt Options) (*Pipeline, diag.List) {
	r := &reader{file: file, opt: opt}
	root := r.parse()
	if root == nil {
		return nil, r.list
	}
	p := r.pipeline(root)
	if r.list.HasErrors() {
		r.list.Sort()
		return nil, r.list
	}
	return p, r.list
}

func (r *reader) pipeline(root *yaml.Node) *Pipeline {
	p := &Pipeline{ID: r.file.Name, Vars: map[string]any{}}
	root = r.resolve(root)
	if root.Kind != yaml.MappingNode {
		r.errorf(root, "a pipeline is a map with the key transformations", "expected a map, found %s", kindOf(root))
		return p
	}
	for _, pair := range r.pairs(root, 0) {
		n := pair.value
		if scalarNull(n) && slices.Contains(topKeys, pair.name()) {
			continue
		}
		switch pair.name() {
		case "name":
			p.Name = n.Value
			if n.Kind != yaml.ScalarNode {
				r.errorf(n, "", "name: expected a text, found %s", kindOf(n))
			}
		case "priority":
			priority, ok := scalar(n).(int64)
			if !ok || n.Kind != yaml.ScalarNode || priority != int64(int(priority)) {
				r.errorf(n, "", "priority: expected a whole number, found %s", kindOf(n))
			}
			p.Priority = int(priority)
		case "vars":
			vars, ok := r.any(n, 1).(*pyprint.Dict)
			if !ok {
				r.errorf(n, "", "vars: expected a map, found %s", kindOf(n))
				continue
			}
			for _, entry := range vars.Entries() {
				p.Vars[entry.Key.(string)] = entry.Value //nolint:errcheck // keys of pipelines are texts
			}
		case "allowed_backends":
			p.Backends = (&params{reader: r}).textsAt("allowed_backends", n)
		case "transformations":
			p.steps = r.steps(n, 1, 0)
		case "postprocessing":
			p.post = r.postSteps(n, 1, 0)
		case "finalizers":
			p.finalizers = r.finalSteps(n, 1, 0)
		default:
			help := "the keys are " + strings.Join(topKeys, ", ")
			if near := diag.Near(pair.name(), topKeys); near != "" {
				help = "the nearest is " + near
			}
			r.errorf(pair.key, help, "a pipeline has no key %q", pair.name())
		}
	}
	return p
}

// Allows reports whether the pipeline is intended for a target. The target sigma, which shows what a pipeline does, takes all.
func (p *Pipeline) Allows(target string) bool {
	return target == "sigma" || len(p.Backends) == 0 || slices.Contains(p.Backends, target)
}

// SortPipelines sorts pipelines in the order in which they run: by priority, then by ID.
func SortPipelines(pipelines []*Pipeline) {
	slices.SortStableFunc(pipelines, func(a, b *Pipeline) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.ID, b.ID))
	})
}

// A Chain is a sequence of pipelines that run one after another with common variables and state. It is immutable and safe for
// concurrent use.
type Chain struct {
	steps      []*step
	post       []*postStep
	finalizers []*finalStep
	vars       map[string]any
}

// NewChain joins pipelines in the given order: first that of the back end, then those of the user (see SortPipelines), then
// that of the output format. Of variables with the same name the last one counts. Nil pipelines are skipped. vars are further variables, such as backend and
// output_format; values are as package pyprint has them.
func NewChain(vars map[string]any, pipelines ...*Pipeline) *Chain {
	c := &Chain{vars: map[string]any{}}
	for _, p := range pipelines {
		if p == nil {
			continue
		}
		c.steps = append(c.steps, p.steps...)
		c.post = append(c.post, p.post...)
		c.finalizers = append(c.finalizers, p.finalizers...)
		maps.Copy(c.vars, p.Vars)
	}
	maps.Copy(c.vars, vars)
	return c
}

// Empty reports whether the chain changes nothing.
func (c *Chain) Empty() bool {
	return c == nil || len(c.steps)+len(c.post)+len(c.finalizers) == 0
}

// Vars returns the variables. The caller must not change them.
func (c *Chain) Vars() map[string]any { return c.vars }
