package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
)

func writeSources(args []string, _, stderr io.Writer) error {
	out, err := outFlag("sources", args, stderr)
	if err != nil {
		return err
	}
	for name, page := range sourcePages() {
		if err := os.WriteFile(filepath.Join(out, name), []byte(page), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// sourcePages are the pages of all log sources that are known as tables, by file name, and the list of them.
func sourcePages() map[string]string {
	pages := map[string]string{}
	var index strings.Builder
	index.WriteString(`# Log sources as tables

A log source may be stored in several shapes. Each is a profile, named by the source and its own name, as in
` + "`--schema cloudtrail/athena`" + `; the source alone stands for its first profile. ` + "`generic`" + ` is for a table that no schema
describes: a field is a column of its name, and dots lead into structs. How to describe a table: [format.md](format.md).
These pages are written by ` + "`make generate`" + `.

| source | profile | what it is | table |
|---|---|---|---|
`)
	for _, s := range schema.All() {
		if len(s.Profiles()) == 0 {
			continue
		}
		name := s.Name + ".md"
		pages[name] = sourcePage(s)
		for i, p := range s.Profiles() {
			link := ""
			if i == 0 {
				link = fmt.Sprintf("[%s](%s)", s.Title, name)
			}
			fmt.Fprintf(&index, "| %s | `%s` | %s | `%s` |\n", link, p.FullName(), p.Title, p.Table)
		}
	}
	pages["README.md"] = index.String()
	return pages
}

func sourcePage(s *schema.Schema) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", s.Title)
	if s.TablesOnly {
		fmt.Fprintf(&b, "Known as tables; files of this log are not read.\n\n")
	}
	fmt.Fprintf(&b, "Sigma's log source: product %s", codes(s.Products()))
	if services := s.Services(); len(services) > 0 {
		fmt.Fprintf(&b, ", service %s", codes(services))
	}
	b.WriteString(".\n")
	profiles := s.Profiles()
	for i, p := range profiles {
		profileSection(&b, p, profiles[:i])
	}
	return b.String()
}

// profileSection describes a profile; earlier are those before it, which it may be told to resemble.
func profileSection(b *strings.Builder, p *schema.Profile, earlier []*schema.Profile) {
	fmt.Fprintf(b, "\n## %s\n\n%s", p.FullName(), p.Title)
	if p.Source != "" {
		fmt.Fprintf(b, " ([source](%s))", p.Source)
	}
	fmt.Fprintf(b, ".\n\n| what | where |\n|---|---|\n| table | `%s` |\n| time | `%s`, as %s |\n", p.Table, p.Time.Place, p.Time.Format)
	if len(p.ID) > 0 {
		fmt.Fprintf(b, "| id of an event | %s |\n", placeCodes(p.ID, " and "))
	}
	fmt.Fprintf(b, "| partitions | %s |\n", partitions(p))
	if same := slices.IndexFunc(earlier, func(other *schema.Profile) bool { return sameShape(p, other) }); same >= 0 {
		fmt.Fprintf(b, "\nColumns and fields are those of `%s`.\n", earlier[same].FullName())
		return
	}
	b.WriteString("\n```\n")
	for _, c := range p.Columns {
		fmt.Fprintf(b, "%s %s\n", c.Name, c.Type)
	}
	b.WriteString("```\n")
	fieldTable(b, p)
	for i, note := range p.Notes {
		if i == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(b, "- %s\n", note)
	}
}

func fieldTable(b *strings.Builder, p *schema.Profile) {
	var homeless []string
	header := "\nOther fields are columns of their own names.\n"
	if p.OnlyFields {
		header = "\nOther fields have no home.\n"
	}
	rows := 0
	for _, listed := range p.Listed() {
		if len(listed.Places) == 0 {
			homeless = append(homeless, listed.Path)
			continue
		}
		if rows++; rows == 1 {
			b.WriteString("\n| field | place |\n|---|---|\n")
		}
		fmt.Fprintf(b, "| `%s` | %s%s |\n", listed.Path, placeCodes(listed.Places, ", else "), changes(listed.Places[0]))
	}
	if rows > 0 && !slices.ContainsFunc(p.Listed(), func(l schema.Listed) bool { return l.Path == "*" }) {
		b.WriteString(header)
	}
	if len(homeless) > 0 {
		fmt.Fprintf(b, "\nWithout a home: %s.\n", codes(homeless))
	}
}

// changes says what a place holds otherwise than the log.
func changes(p schema.Place) string {
	var parts []string
	if p.Time != nil {
		parts = append(parts, "the time as "+p.Time.String())
	}
	for _, v := range p.Values {
		parts = append(parts, fmt.Sprintf("`%s` as `%s`", v.Log, v.Table))
	}
	for _, v := range p.Absent {
		parts = append(parts, fmt.Sprintf("nothing as `%s`", v))
	}
	if len(parts) == 0 {
		return ""
	}
	return "; " + strings.Join(parts, ", ")
}

func partitions(p *schema.Profile) string {
	formats := map[string]string{}
	for _, part := range p.Partitions {
		formats[part.Column] = part.Format
	}
	var parts []string
	for _, c := range p.PartitionedBy {
		text := fmt.Sprintf("`%s` %s", c.Name, c.Type)
		if format := formats[c.Name]; format != "" {
			text += " (" + format + ")"
		}
		delete(formats, c.Name)
		parts = append(parts, text)
	}
	for _, name := range slices.Sorted(maps.Keys(formats)) {
		parts = append(parts, fmt.Sprintf("hidden, chosen by `%s`", name))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func sameShape(a, b *schema.Profile) bool {
	shape := func(p *schema.Profile) string {
		var b strings.Builder
		for _, c := range p.Columns {
			fmt.Fprintln(&b, c.Name, c.Type)
		}
		fieldTable(&b, p)
		return b.String()
	}
	return shape(a) == shape(b)
}

func placeCodes(places []schema.Place, separator string) string {
	var list []string
	for _, p := range places {
		list = append(list, "`"+p.String()+"`")
	}
	return strings.Join(list, separator)
}

func codes(words []string) string { return "`" + strings.Join(words, "`, `") + "`" }
