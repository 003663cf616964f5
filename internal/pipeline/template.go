package pipeline

// templateParams are the parameters of templates.
var templateParams = []Param{
	{Name: "template", Type: "text", Required: true, Help: "the template, or with path the name of a file"},
	{Name: "path", Type: "text", Help: "folder of templates below the folder of the pipeline"},
	{Name: "autoescape", Type: "boolean", Default: "false", Help: "escape values for HTML"},
	{Name: "vars", Type: "text", Help: "needs a file of Python code; egret refuses it"},
}

// newTemplateQuery refuses templates until there is an engine for them.
func newTemplateQuery(p *params) any {
	p.errorf(p.node, "use simple_template", "templates of Jinja2 are not supported yet")
	return nil
}

func newTemplateOutput(p *params) any { return newTemplateQuery(p) }
