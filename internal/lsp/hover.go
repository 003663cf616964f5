package lsp

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/attack"
	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/sigma"
)

// hover implements textDocument/hover.
func (s *server) hover(_ context.Context, d *document, p *documentParams) (any, error) {
	if d.kind() != ruleFile {
		return nil, nil
	}
	offset := d.lines.offset(p.Position, s.encoding)
	c := d.lines.at(offset)
	text, start, end := d.describe(c)
	if text == "" {
		return nil, nil
	}
	return hover{markupContent{"markdown", text}, textRange{d.lines.position(start, s.encoding), d.lines.position(end, s.encoding)}}, nil
}

// describe returns what a place means in Markdown, "" for nothing, with the offsets of the text that it is about.
func (d *document) describe(c *cursor) (text string, start, end int) {
	start, end = c.start, c.end
	section := ""
	if len(c.path) > 0 {
		section = c.path[0]
	}
	switch {
	case c.inKey && section == "":
		return describeKey(topKeys, c.text), start, end
	case c.inKey && (section == "detection" || section == "filter") && len(c.path) > 1:
		return d.describeItem(c)
	case c.inKey && section == "related":
		return describeKey(relatedKeys, c.text), start, end
	case c.inKey && section == "correlation" && len(c.path) > 1:
		return describeKey(boundKeys, c.text), start, end
	case c.inKey && len(c.path) == 1:
		return describeKey(sectionKeys[section], c.text), start, end
	case section == "tags" || section == "" && c.key == "tags":
		return describeTag(c.text), start, end
	}
	if known, ok := d.project.index.Lookup(c.text); ok && (section == "correlation" || section == "filter" || section == "related") {
		return fmt.Sprintf("**%s** (%s)\n\n%s", escaped(known.Title), known.Kind, strings.TrimSpace(known.Level+" "+known.ID)), start, end
	}
	return "", 0, 0
}

func describeKey(list []keyInfo, name string) string {
	for _, key := range list {
		if key.name == name {
			return fmt.Sprintf("**%s**: %s", key.name, key.meaning)
		}
	}
	return ""
}

// describeItem describes a field, or the modifier that the cursor is at.
func (d *document) describeItem(c *cursor) (text string, start, end int) {
	at := 0
	for i, part := range strings.Split(c.text, "|") {
		if cursor := len(c.word); cursor >= at && cursor <= at+len(part) {
			if start, end = c.start+at, c.start+at+len(part); i == 0 {
				return d.describeField(c, part), start, end
			}
			if m := sigma.FindModifier(part); m != nil {
				return fmt.Sprintf("**%s** (modifier): %s", m.Name, m.Meaning), start, end
			}
			return "", 0, 0
		}
		at += len(part) + 1
	}
	return "", 0, 0
}

// describeField says which logs of the rule have a field, and where.
func (d *document) describeField(c *cursor, field string) string {
	if field == "" {
		return ""
	}
	typed := d.lines.logSource(c)
	var out strings.Builder
	fmt.Fprintf(&out, "**%s** (field)\n", escaped(field))
	described := false
	for _, sch := range d.schemasOf(typed) {
		if sch.Names() == nil {
			continue
		}
		near, unknown := sch.Unknown(field)
		for _, never := range sch.Never() {
			if never.Field == field && len(never.Values) == 0 {
				fmt.Fprintf(&out, "\n%s never has it: %s\n", sch.Title, escaped(never.Why))
				unknown = false
			}
		}
		if described = true; unknown {
			fmt.Fprintf(&out, "\n%s is not documented to have it.", sch.Title)
			if near != "" {
				fmt.Fprintf(&out, " The nearest is `%s`.", near)
			}
			out.WriteByte('\n')
			continue
		}
		var paths []string
		for _, path := range sch.Paths(field) {
			paths = append(paths, "`"+path.String()+"`")
		}
		fmt.Fprintf(&out, "\n%s (`%s`) has it at %s.\n", sch.Title, sch.Name, strings.Join(paths[:min(4, len(paths))], ", else "))
		if values := sch.Values(field); len(values) > 0 {
			var words []string
			for _, v := range values[:min(12, len(values))] {
				words = append(words, "`"+v.Word+"`")
			}
			fmt.Fprintf(&out, "\nWords for its values: %s\n", strings.Join(words, ", "))
		}
	}
	if fields := check.TaxonomyFields(typed["product"], typed["category"], typed["service"]); fields != nil {
		described = true
		if slices.Contains(fields, field) {
			out.WriteString("\nSigmaHQ's taxonomy has it for this log source.\n")
		} else {
			out.WriteString("\nSigmaHQ's taxonomy does not have it for this log source.\n")
		}
	}
	if !described {
		out.WriteString("\negret knows no fields of this log source.\n")
	}
	return out.String()
}

// describeTag names a technique or tactic of ATT&CK.
func describeTag(tag string) string {
	namespace, name, _ := strings.Cut(strings.ToLower(tag), ".")
	if namespace != "attack" {
		return ""
	}
	if t := attack.FindTechnique(name); t != nil {
		page := strings.ReplaceAll(t.ID, ".", "/")
		text := fmt.Sprintf("**%s %s** (technique of ATT&CK)\n\nTactics: %s\n", t.ID, t.Name(attack.Current), strings.Join(t.Tactics(attack.Current), ", "))
		if !t.In(attack.Current) {
			text = fmt.Sprintf("**%s %s** (technique of ATT&CK %d, not in %d)\n", t.ID, t.Name(attack.V17), attack.V17, attack.Current)
			if t.ReplacedBy != "" {
				text += fmt.Sprintf("\n%s replaces it.\n", t.ReplacedBy)
			}
		}
		return text + "\nhttps://attack.mitre.org/techniques/" + page
	}
	for _, version := range []attack.Version{attack.Current, attack.V17} {
		for _, t := range attack.Tactics(version) {
			if t.Name(version) != strings.ReplaceAll(name, "_", "-") {
				continue
			}
			text := fmt.Sprintf("**%s %s** (tactic of ATT&CK)\n", t.ID, t.Name(version))
			if now := attack.NewTactics(name); version != attack.Current && len(now) > 0 {
				text += fmt.Sprintf("\nATT&CK %d has %s instead.\n", attack.Current, strings.Join(now, " and "))
			}
			return text + "\nhttps://attack.mitre.org/tactics/" + t.ID
		}
	}
	return ""
}

// escaped returns a text of a rule as it stands in Markdown.
func escaped(text string) string {
	var out strings.Builder
	for _, c := range text {
		if strings.ContainsRune("\\`*_{}[]()#+-.!|<>~&", c) {
			out.WriteByte('\\')
		}
		if c < ' ' {
			c = ' '
		}
		out.WriteRune(c)
	}
	return out.String()
}
