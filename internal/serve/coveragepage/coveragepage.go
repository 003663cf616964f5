// Package coveragepage is the page that shows which techniques of ATT&CK the rules cover: a heat map by tactics, with what a kept hunt
// has found, and for each technique its rules and what has none.
//
// The query of a request names a technique and a hunt. The pages have no script of their own. Package coverage
// computes what they show.
package coveragepage

import (
	"context"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/attack"
	"github.com/egret-hunt/egret/internal/coverage"
	"github.com/egret-hunt/egret/internal/serve/hunts"
	"github.com/egret-hunt/egret/internal/serve/site"
	"github.com/egret-hunt/egret/internal/serve/workspace"
	"github.com/egret-hunt/egret/internal/setup"
)

//go:embed assets
var assets embed.FS

// New returns the page.
func New(w *workspace.Workspace) (site.Page, error) {
	files, err := fs.Sub(assets, "assets")
	p := &page{w}
	return site.Page{
		Name: "coverage", Title: "Coverage", About: "Which techniques of ATT&CK the rules cover, and which a hunt has found.",
		Files: files, Template: "coverage.tmpl", Styles: []string{"coverage.css"}, Data: p.data,
	}, err
}

type page struct{ work *workspace.Workspace }

// view is what the template gets.
type view struct {
	Rules, Tagged, Covered, All int
	Columns                     []column
	// Technique is the technique that was asked for, nil for none.
	Technique *technique
	// Hunts are those that findings can be shown of, and Hunt is the id of the chosen one, "" for none.
	Hunts []*hunts.Record
	Hunt  string
}

type column struct {
	Name    string
	Covered int
	Cells   []cell
}

// cell is a technique of a tactic. Heat is 0 for no rule, up to 4 for many.
type cell struct {
	ID, Name string
	Heat     int
	Rules    int
	Seen     bool
	Current  bool
	// Link is the query that shows the technique.
	Link template.URL
}

type technique struct {
	ID, Name string
	Rules    []*coverage.Mark
	// More is how many rules are not listed.
	More int
	// Subs are its sub-techniques with the number of their rules; those without a rule are gaps.
	Subs []sub
	Seen []*coverage.Mark
}

type sub struct {
	ID, Name string
	Rules    int
}

const (
	// workTime is how long reading rules and findings may take.
	workTime = 30 * time.Second
	maxMarks = 200
)

func (p *page) data(r *http.Request) (any, error) {
	ctx, cancel := context.WithTimeout(r.Context(), workTime)
	defer cancel()
	marks, err := p.marks(ctx)
	if err != nil {
		return nil, err
	}
	m := coverage.NewMatrix(marks, coverage.Options{})
	v := &view{Rules: m.Marks, Tagged: m.Tagged, Hunt: r.URL.Query().Get("hunt")}
	v.Covered, v.All = m.Share()
	if err := p.seen(v, m); err != nil {
		return nil, err
	}
	id := strings.ToUpper(strings.TrimSpace(r.URL.Query().Get("technique")))
	v.fill(m, id)
	if id != "" {
		if v.Technique = find(m, id); v.Technique == nil {
			return nil, &site.StatusError{Status: http.StatusNotFound, Message: fmt.Sprintf("ATT&CK has no technique %.20q", id), Help: "as in T1078 or T1078.004"}
		}
	}
	return v, nil
}

// marks reads the rules.
func (p *page) marks(ctx context.Context) ([]*coverage.Mark, error) {
	files, err := setup.FindRules(p.work.Places().RuleNames(), "", nil, "egret serve --rules rules/")
	if err != nil {
		return nil, err
	}
	var marks []*coverage.Mark
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		text, err := file.Read()
		if err != nil {
			return nil, err
		}
		list, _ := coverage.FromRules(file.Name, text) // the page Rules and egret check say what is wrong with rules
		marks = append(marks, list...)
	}
	return marks, nil
}

// seen reads the findings of the chosen hunt.
func (p *page) seen(v *view, m *coverage.Matrix) error {
	if p.work.Hunts == nil {
		return nil
	}
	list, err := p.work.Hunts.List()
	if err != nil {
		return err
	}
	for _, h := range list {
		if h.Spec.Kind == hunts.Hunt && len(h.Formats) > 0 {
			v.Hunts = append(v.Hunts, h)
		}
	}
	if v.Hunt == "" {
		return nil
	}
	f, _, err := p.work.Hunts.Result(v.Hunt, "jsonl")
	if err != nil {
		return &site.StatusError{Status: http.StatusNotFound, Message: err.Error()}
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	marks, err := coverage.FromFindings(v.Hunt, unpacked)
	if err != nil {
		return err
	}
	m.Seen = coverage.NewMatrix(marks, m.Options)
	return nil
}

// fill makes the columns of the heat map.
func (v *view) fill(m *coverage.Matrix, current string) {
	for _, c := range m.Columns() {
		name := strings.ReplaceAll(c.Tactic.Name(attack.Current), "-", " ")
		col := column{Name: strings.ToUpper(name[:1]) + name[1:], Covered: c.Covered}
		for i := range c.Cells {
			one := &c.Cells[i]
			rules := countRules(one)
			link := template.URL("technique=" + one.ID) //nolint:gosec // an id of ATT&CK
			if v.Hunt != "" {
				link += template.URL("&hunt=" + url.QueryEscape(v.Hunt)) //nolint:gosec // it is escaped
			}
			col.Cells = append(col.Cells, cell{
				ID: one.ID, Name: one.Technique.Name(attack.Current), Heat: heat(rules), Rules: rules, Seen: one.Seen, Link: link,
				Current: one.ID == current || strings.HasPrefix(current, one.ID+"."),
			})
		}
		v.Columns = append(v.Columns, col)
	}
}

// countRules counts the rules of a technique and its sub-techniques, each once.
func countRules(c *coverage.Cell) int {
	marks := map[*coverage.Mark]bool{}
	entries := c.Subs
	if c.Entry != nil {
		entries = append([]*coverage.Entry{c.Entry}, entries...)
	}
	for _, e := range entries {
		for _, mark := range e.Marks {
			marks[mark] = true
		}
	}
	return len(marks)
}

func heat(rules int) int {
	for i, least := range []int{1, 2, 5, 10} {
		if rules < least {
			return i
		}
	}
	return 4
}

// find returns a technique with its rules, nil if there is none with the id.
func find(m *coverage.Matrix, id string) *technique {
	t := attack.FindTechnique(id)
	if t == nil {
		return nil
	}
	out := &technique{ID: t.ID, Name: t.Name(attack.Current), Seen: seenAt(m, id)}
	seen := map[*coverage.Mark]bool{}
	for _, e := range m.Entries {
		if e.ID != id && !strings.HasPrefix(e.ID, id+".") {
			continue
		}
		for _, mark := range e.Marks {
			switch {
			case seen[mark]:
			case len(out.Rules) >= maxMarks:
				out.More++
			default:
				out.Rules = append(out.Rules, safe(mark))
			}
			seen[mark] = true
		}
	}
	for _, s := range attack.Techniques(attack.Current) {
		if !strings.HasPrefix(s.ID, id+".") {
			continue
		}
		n := 0
		if e := m.Entry(s.ID); e != nil {
			n = len(e.Marks)
		}
		out.Subs = append(out.Subs, sub{s.ID, s.Name(attack.Current), n})
	}
	return out
}

// safe returns a mark whose texts have no character that turns the direction of writing.
func safe(m *coverage.Mark) *coverage.Mark {
	out := *m
	out.Title, out.Path = diag.Safe(m.Title), diag.Safe(m.Path)
	return &out
}

// seenAt returns the rules whose findings show a technique.
func seenAt(m *coverage.Matrix, id string) []*coverage.Mark {
	if m.Seen == nil {
		return nil
	}
	var list []*coverage.Mark
	for _, mark := range m.SeenAt(id) {
		if len(list) < maxMarks {
			list = append(list, safe(mark))
		}
	}
	return list
}
