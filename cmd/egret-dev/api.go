package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/serve/api"
)

// writeAPI writes the page of the API.
func writeAPI(args []string, _, stderr io.Writer) error {
	out, err := outFlag("api", args, stderr)
	if err != nil {
		return err
	}
	page, err := apiPage(api.OpenAPI)
	if err != nil {
		return err
	}
	return os.WriteFile(out, []byte(page), 0o644)
}

// The parts of an OpenAPI document that the page shows.
type (
	openAPI struct {
		Info       struct{ Title, Description string }
		Paths      yaml.Node
		Components struct {
			Parameters map[string]parameter
			Responses  map[string]body
			Schemas    yaml.Node
		}
	}
	parameter struct {
		Ref                   string `yaml:"$ref"`
		Name, In, Description string
	}
	operation struct {
		Summary, Description string
		Parameters           []parameter
		RequestBody          *body `yaml:"requestBody"`
		Responses            map[string]body
	}
	body struct {
		Ref         string `yaml:"$ref"`
		Description string
		Content     map[string]struct{ Schema schemaNode }
	}
	schemaNode struct {
		Ref         string    `yaml:"$ref"`
		Type        yaml.Node // a text or a list
		Description string
		Enum        []string
		Items       *schemaNode
		Required    []string
		Properties  yaml.Node
		AnyOf       []schemaNode `yaml:"anyOf"`
	}
)

// apiPage returns an OpenAPI document as Markdown.
func apiPage(text string) (string, error) {
	var d openAPI
	if err := yaml.Unmarshal([]byte(text), &d); err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n\n", d.Info.Title, d.Info.Description)
	b.WriteString("[Egret in a browser](serve.md#sigconverter) says what is particular about the paths of sigconverter below `/api/v1/`. This page is generated from\n" +
		"`internal/serve/api/openapi.yaml`, which the server has at `/api/v2/openapi.yaml`.\n\n## Requests\n")
	for i := 0; i+1 < len(d.Paths.Content); i += 2 {
		methods := map[string]operation{}
		if err := d.Paths.Content[i+1].Decode(&methods); err != nil {
			return "", err
		}
		for _, method := range slices.Sorted(maps.Keys(methods)) {
			op := methods[method]
			fmt.Fprintf(&b, "\n### %s %s\n\n%s.", strings.ToUpper(method), d.Paths.Content[i].Value, op.Summary)
			if op.Description != "" {
				b.WriteString(" " + strings.TrimSpace(op.Description))
			}
			b.WriteString("\n\n")
			for _, p := range op.Parameters {
				if p.Ref != "" {
					p = d.Components.Parameters[last(p.Ref)]
				}
				fmt.Fprintf(&b, "- `%s` in the %s: %s\n", p.Name, p.In, p.Description)
			}
			if op.RequestBody != nil {
				fmt.Fprintf(&b, "- body: %s\n", contentText(op.RequestBody))
			}
			for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
				r := op.Responses[status]
				switch name := last(r.Ref); {
				case name == "Fault": // described once, below
					fmt.Fprintf(&b, "- %s: [%s](#%s)\n", status, name, strings.ToLower(name))
					continue
				case r.Ref != "":
					r = d.Components.Responses[name]
				}
				fmt.Fprintf(&b, "- %s: %s\n", status, strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(r.Description), ".")+": "+contentText(&r), ": "))
			}
		}
	}
	b.WriteString("\n## Objects\n")
	for i := 0; i+1 < len(d.Components.Schemas.Content); i += 2 {
		name := d.Components.Schemas.Content[i].Value
		var s schemaNode
		if err := d.Components.Schemas.Content[i+1].Decode(&s); err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\n### %s\n\n", name)
		if r, ok := d.Components.Responses[name]; ok {
			b.WriteString(strings.TrimSpace(r.Description) + "\n\n")
		}
		if err := writeProperties(&b, &s, ""); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

// writeProperties writes the table of an object's keys, with those of nested objects.
func writeProperties(b *strings.Builder, s *schemaNode, prefix string) error {
	if prefix == "" {
		b.WriteString("| key | value | meaning |\n|---|---|---|\n")
	}
	for i := 0; i+1 < len(s.Properties.Content); i += 2 {
		name := s.Properties.Content[i].Value
		var p schemaNode
		if err := s.Properties.Content[i+1].Decode(&p); err != nil {
			return err
		}
		meaning := p.Description
		if slices.Contains(s.Required, name) {
			meaning = strings.TrimSuffix("always there; "+meaning, "; ")
		}
		fmt.Fprintf(b, "| `%s%s` | %s | %s |\n", prefix, name, typeText(&p), meaning)
		if len(p.Properties.Content) > 0 {
			if err := writeProperties(b, &p, prefix+name+"."); err != nil {
				return err
			}
		}
	}
	return nil
}

// contentText returns the type of a body.
func contentText(b *body) string {
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(b.Content)) {
		schema := b.Content[kind].Schema
		text := typeText(&schema)
		switch {
		case text == "":
			text = strings.TrimSuffix(kind, "*/*")
		case kind != "application/json":
			text += " as " + kind
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " or ")
}

// typeText returns a type in words.
func typeText(s *schemaNode) string {
	switch {
	case s.Ref != "":
		return fmt.Sprintf("[%s](#%s)", last(s.Ref), strings.ToLower(last(s.Ref)))
	case len(s.AnyOf) > 0:
		var parts []string
		for i := range s.AnyOf {
			parts = append(parts, typeText(&s.AnyOf[i]))
		}
		return strings.Join(parts, " or ")
	case s.Items != nil:
		return "list of " + typeText(s.Items)
	case len(s.Enum) > 0:
		var words []string
		for _, word := range s.Enum {
			if word != "" {
				words = append(words, "`"+word+"`")
			}
		}
		return strings.Join(words, ", ")
	case s.Type.Kind == yaml.SequenceNode:
		var parts []string
		for _, n := range s.Type.Content {
			parts = append(parts, n.Value)
		}
		return strings.Join(parts, " or ")
	}
	return s.Type.Value
}

func last(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }
