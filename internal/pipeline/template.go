package pipeline

import (
	"errors"
	"path/filepath"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/jinja"
	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/source"
)

// templateParams are the parameters of templates.
var templateParams = []Param{
	{Name: "template", Type: "text", Required: true, Help: "the template, or with path the name of a file"},
	{Name: "path", Type: "text", Help: "folder of templates below the folder of the pipeline"},
	{Name: "autoescape", Type: "boolean", Default: "false", Help: "escape values for HTML"},
	{Name: "vars", Type: "text", Help: "needs a file of Python code; egret refuses it"},
}

// newTemplate reads a template; nil after a fault.
func newTemplate(p *params) *jinja.Template {
	if p.has("vars") {
		p.errorf(p.values["vars"], "write the values under vars of the pipeline, and use pipeline.vars in the template",
			"vars: the template needs a file of Python code, which egret does not run")
		return nil
	}
	text := p.text("template", "")
	env := jinja.Environment{Autoescape: p.boolean("autoescape", false)}
	n := p.nodeOf("template")
	var template *jinja.Template
	var err error
	if p.has("path") {
		folder := p.text("path", "")
		if relative, err := filepath.Rel(p.opt.Folder, folder); err == nil && filepath.IsAbs(folder) && p.opt.Folder != "" {
			folder = relative
		}
		if p.opt.Folder == "" || !filepath.IsLocal(filepath.FromSlash(folder)) {
			p.errorf(p.values["path"], "", "path: %s is not below the folder of the pipeline", folder)
			return nil
		}
		env.Folder = filepath.Join(p.opt.Folder, filepath.FromSlash(folder))
		template, err = env.Load(text)
	} else {
		template, err = env.Parse("template", text)
	}
	if err == nil {
		return template
	}
	d := diag.Diagnostic{Code: "pipeline-template", Span: p.span(n), Message: "template: " + err.Error()}
	var fault *jinja.Error
	if errors.As(err, &fault) && fault.Name == "template" {
		d.Message = "template: " + fault.Message
		d.Span = p.within(d.Span, text, fault.Offset, fault.End)
	}
	p.list.Add(d)
	return nil
}

// within returns the place of a part of a scalar in its span, or the span if the file has the text in another form.
func (p *params) within(span source.Span, text string, start, end int) source.Span {
	for _, quote := range []int{0, 1} {
		if at := span.Start + quote; at+len(text) <= len(span.File.Text) && span.File.Text[at:at+len(text)] == text {
			return source.Span{File: span.File, Start: at + start, End: max(at+end, at+start)}
		}
	}
	return span
}

// templateQuery is the post-processing step template.
type templateQuery struct{ template *jinja.Template }

func newTemplateQuery(p *params) any { return &templateQuery{newTemplate(p)} }

func (c *templateQuery) query(r *run, query any) (any, error) {
	return c.template.Execute(map[string]any{
		"query": query, "rule": r.out.Object(), "pipeline": r.out.chain.pipelineObject(r.scope),
	}, jinja.Limits{Output: maxText})
}

// templateOutput is the finalizer template.
type templateOutput struct{ template *jinja.Template }

func newTemplateOutput(p *params) any { return &templateOutput{newTemplate(p)} }

func (c *templateOutput) finalize(f *final, output any) (any, error) {
	queries, ok := output.(*pyprint.List)
	if ok { // the template may change its list
		queries = pyprint.NewList(append([]any(nil), queries.Items...)...)
		output = queries
	}
	return c.template.Execute(map[string]any{"queries": output, "pipeline": f.chain.pipelineObject(f.scope)}, jinja.Limits{Output: maxOutput})
}
