package inquiry

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/search"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/value"
)

// Search returns the job of a search, whose results are events. The terms are read when it runs.
func Search(terms *search.Terms) *Job {
	job := &Job{Name: "search", Summary: report.WriteEventSummary}
	var skips []search.Skip
	job.Rules = func(schemas []*schema.Schema) (*ruleset.Set, error) {
		if err := terms.Check(); err != nil {
			return nil, setup.UsageError("see egret search --help", err)
		}
		var set *ruleset.Set
		if set, skips = terms.Set(schemas, nil); len(set.Rules) == 0 {
			return nil, setup.UsageError("see egret list schemas", fmt.Errorf("no log source has %s", skips[0].Lacks))
		}
		return set, nil
	}
	var lacks []string
	job.Fit = func(schemas []*schema.Schema, tables []lake.Table, live []*engine.Table) *ruleset.Set {
		set, _ := terms.Set(schemas, func(s *schema.Schema, path value.Path) bool {
			for i, t := range tables {
				if t.Layout.Schema != s {
					continue
				}
				if column, ok := missing(t.Layout, live[i], path); ok {
					if note := fmt.Sprintf("table %s has no column %s to search", t.Name, column); column != "" && !slices.Contains(lacks, note) {
						lacks = append(lacks, note)
					}
					return false
				}
			}
			return true
		})
		return set
	}
	job.Account = func(l *finding.Ledger) {
		l.Search = terms.String()
		l.Notes = append(l.Notes, lacks...)
		if l.Lake != nil {
			l.Lake.NoTable = 0 // of log sources that the lake does not have
		}
		for _, s := range skips {
			if n := l.Records.Schemas[s.Schema.Name]; n > 0 {
				l.Notes = append(l.Notes, fmt.Sprintf("not searched, since they have no %s: %s of %s", s.Lacks, term.Plural(int(n), "event"), s.Schema.Name))
			}
			if l.Lake == nil {
				continue
			}
			for _, table := range l.Lake.Tables {
				if strings.Contains(table, "("+s.Schema.Name+"/") {
					l.Notes = append(l.Notes, fmt.Sprintf("not searched, since it has no %s: table %s", s.Lacks, table))
				}
			}
		}
	}
	return job
}

// missing reports whether a table lacks the values at a path, and the column if the layout has one.
func missing(layout *schema.Layout, live *engine.Table, path value.Path) (column string, lacks bool) {
	locations := layout.PathLocations(path)
	for _, l := range locations {
		if !slices.ContainsFunc(live.Columns, func(c engine.Column) bool { return strings.EqualFold(c.Name, l.Column) }) {
			return l.Column, true
		}
	}
	return "", len(locations) == 0
}
