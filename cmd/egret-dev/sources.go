package main

import (
	"context"
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
	pages := sourcePages()
	rules, err := rulePages(context.Background())
	if err != nil {
		fmt.Fprintln(stderr, "pages about rules are left as they are:", err)
	}
	maps.Copy(pages, rules)
	for name, page := range pages {
		if err := os.WriteFile(filepath.Join(out, name), []byte(page), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// sourcePages returns the pages of all log sources with tables, and their index, by file name.
func sourcePages() map[string]string {
	pages := map[string]string{}
	var index strings.Builder
	index.WriteString(`# Log sources as tables

A log source can be stored in several table layouts. Each layout is a layout. Its full name is the name of the log
source and the layout, as in ` + "`--layout cloudtrail/athena`" + `; the log source alone means its first layout. ` + "`generic`" + `
is for tables that no schema describes: a field is the column of that name, and dots lead into structs. To describe your
own table, see [format.md](format.md). ` + "`make generate`" + ` writes these pages. [security-lake-rules.md](security-lake-rules.md) says
which rules tables of Security Lake can serve, and [sigmahq-rules.md](sigmahq-rules.md) which of SigmaHQ's rules can match at all.

| log source | layout | description | table |
|---|---|---|---|
`)
	for _, s := range schema.All() {
		if len(s.Layouts()) == 0 {
			continue
		}
		name := s.Name + ".md"
		pages[name] = sourcePage(s)
		for i, p := range s.Layouts() {
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
		fmt.Fprintf(&b, "egret knows this log as tables only. It does not read files of this log.\n\n")
	}
	if s.Text != nil {
		fmt.Fprintf(&b, "egret reads files of this log as text.\n\n")
	}
	fmt.Fprintf(&b, "Sigma's log source: product %s", codes(s.Products()))
	if services := s.Services(); len(services) > 0 {
		fmt.Fprintf(&b, ", service %s", codes(services))
	}
	b.WriteString(".\n")
	layouts := s.Layouts()
	for i, p := range layouts {
		layoutSection(&b, p, layouts[:i])
	}
	return b.String()
}

// layoutSection describes a layout; if it equals one of the earlier layouts, it refers to that one.
func layoutSection(b *strings.Builder, p *schema.Layout, earlier []*schema.Layout) {
	fmt.Fprintf(b, "\n## %s\n\n%s", p.FullName(), p.Title)
	if p.Source != "" {
		fmt.Fprintf(b, " ([source](%s))", p.Source)
	}
	fmt.Fprintf(b, ".\n\n| property | value |\n|---|---|\n| table | `%s` |\n| time | `%s`, as %s |\n", p.Table, p.Time.Location, p.Time.Format)
	if len(p.ID) > 0 {
		fmt.Fprintf(b, "| id of an event | %s |\n", placeCodes(p.ID, " and "))
	}
	fmt.Fprintf(b, "| partitions | %s |\n", partitions(p))
	if same := slices.IndexFunc(earlier, func(other *schema.Layout) bool { return sameShape(p, other) }); same >= 0 {
		fmt.Fprintf(b, "\nThe columns and fields are the same as in `%s`.\n", earlier[same].FullName())
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

func fieldTable(b *strings.Builder, p *schema.Layout) {
	var missing []string
	header := "\nAll other fields are columns of the same name.\n"
	if p.OnlyFields {
		header = "\nThe table has no other fields.\n"
	}
	rows := 0
	for _, listed := range p.Listed() {
		if len(listed.Locations) == 0 {
			missing = append(missing, listed.Path)
			continue
		}
		if rows++; rows == 1 {
			b.WriteString("\n| field | column |\n|---|---|\n")
		}
		fmt.Fprintf(b, "| `%s` | %s%s |\n", listed.Path, placeCodes(listed.Locations, ", else "), changes(listed.Locations[0]))
	}
	if rows > 0 && !slices.ContainsFunc(p.Listed(), func(l schema.Listed) bool { return l.Path == "*" }) {
		b.WriteString(header)
	}
	if len(missing) > 0 {
		fmt.Fprintf(b, "\nNot in the table: %s.\n", codes(missing))
	}
}

// changes describes how the content of a place differs from the log.
func changes(p schema.Location) string {
	var parts []string
	if p.Time != nil {
		parts = append(parts, "the time as "+p.Time.String())
	}
	for _, v := range p.Values {
		parts = append(parts, fmt.Sprintf("`%s` as `%s`", v.Log, v.Table))
	}
	for _, v := range p.Absent {
		parts = append(parts, fmt.Sprintf("missing values as `%s`", v))
	}
	if len(parts) == 0 {
		return ""
	}
	return "; " + strings.Join(parts, ", ")
}

func partitions(p *schema.Layout) string {
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
		parts = append(parts, fmt.Sprintf("hidden, selected by `%s`", name))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func sameShape(a, b *schema.Layout) bool {
	shape := func(p *schema.Layout) string {
		var b strings.Builder
		for _, c := range p.Columns {
			fmt.Fprintln(&b, c.Name, c.Type)
		}
		fieldTable(&b, p)
		return b.String()
	}
	return shape(a) == shape(b)
}

func placeCodes(places []schema.Location, separator string) string {
	var list []string
	for _, p := range places {
		list = append(list, "`"+p.String()+"`")
	}
	return strings.Join(list, separator)
}

func codes(words []string) string { return "`" + strings.Join(words, "`, `") + "`" }
