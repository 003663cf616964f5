package coverage

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/egret-hunt/egret/internal/term"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// pageData is what the template prints.
type pageData struct {
	Title, Summary string
	Version        string
	Columns        []pageColumn
}

type pageColumn struct {
	Name           string
	Covered, Count int
	Cells          []pageCell
}

type pageCell struct {
	ID, Name string
	// Shade is 0 for a technique without rules, else 1 to 4.
	Shade int
	Seen  bool
	Score int
	Subs  string
	// Rules are lines about what covers the technique, Findings what shows it.
	Rules, Findings []string
}

// WriteHTML writes the matrix as one page for a browser: a column for each tactic, and what covers each technique. The page has no
// script and loads nothing.
func (m *Matrix) WriteHTML(w io.Writer, title string) error {
	covered, all := m.Share()
	v := m.Options.Version
	data := pageData{
		Title: title, Version: v.String(),
		Summary: fmt.Sprintf("%s, %d with techniques; %d of %d techniques covered (%s).", term.Plural(m.Marks, "rule"), m.Tagged, covered, all, percent(covered, all)),
	}
	columns := m.Columns()
	top := 1
	for _, c := range columns {
		for i := range c.Cells {
			top = max(top, c.Cells[i].Score)
		}
	}
	for _, c := range columns {
		out := pageColumn{Name: c.Tactic.Name(v), Covered: c.Covered, Count: len(c.Cells)}
		for i := range c.Cells {
			out.Cells = append(out.Cells, m.cell(&c.Cells[i], top))
		}
		data.Columns = append(data.Columns, out)
	}
	return page.Execute(w, data)
}

func (m *Matrix) cell(c *Cell, top int) pageCell {
	v := m.Options.Version
	out := pageCell{ID: c.ID, Name: c.Name(v), Seen: c.Seen, Score: c.Score}
	if c.Covered {
		out.Shade = 1 + min(len(shades)-1, c.Score*len(shades)/(top+1))
	}
	if c.Of > 0 {
		out.Subs = fmt.Sprintf("%d of %d sub-techniques", len(c.Subs), c.Of)
	}
	add := func(e *Entry) {
		for i, mark := range e.Marks {
			if i == maxComment {
				out.Rules = append(out.Rules, fmt.Sprintf("%s: and %d more", e.ID, len(e.Marks)-i))
				break
			}
			out.Rules = append(out.Rules, e.ID+": "+mark.Title)
		}
	}
	if c.Entry != nil {
		add(c.Entry)
	}
	for _, e := range c.Subs {
		add(e)
	}
	if m.Seen != nil {
		for _, e := range m.Seen.under(c.ID) {
			for _, mark := range e.Marks {
				out.Findings = append(out.Findings, e.ID+": "+mark.Title)
			}
		}
	}
	return out
}
