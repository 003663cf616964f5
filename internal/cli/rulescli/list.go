package rulescli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// listed is a rule as JSON.
type listed struct {
	ID          string   `json:"id"`
	Name        string   `json:"name,omitempty"`
	Title       string   `json:"title"`
	Kind        string   `json:"kind"`
	Level       string   `json:"level"`
	Status      string   `json:"status"`
	State       string   `json:"state"`
	Product     string   `json:"product"`
	Service     string   `json:"service"`
	Category    string   `json:"category"`
	Tags        []string `json:"tags"`
	Author      string   `json:"author"`
	Path        string   `json:"path"`
	NoisePerDay *float64 `json:"noise_per_day,omitempty"`
}

// columns are those of the table.
var columns = []struct {
	name  string
	width int // the greatest one; 0 for any
	text  func(*listed) string
}{
	{"id", 0, func(l *listed) string { return l.ID }},
	{"name", 30, func(l *listed) string { return l.Name }},
	{"kind", 0, func(l *listed) string { return l.Kind }},
	{"level", 0, func(l *listed) string { return l.Level }},
	{"status", 0, func(l *listed) string { return l.Status }},
	{"product", 20, func(l *listed) string { return l.Product }},
	{"service", 30, func(l *listed) string { return l.Service }},
	{"category", 30, func(l *listed) string { return l.Category }},
	{"tags", 60, func(l *listed) string { return strings.Join(l.Tags, " ") }},
	{"author", 30, func(l *listed) string { return l.Author }},
	{"state", 40, func(l *listed) string { return l.State }},
	{"noise", 0, func(l *listed) string { return noiseText(l.NoisePerDay) }},
	{"title", 100, func(l *listed) string { return l.Title }},
	{"path", 0, func(l *listed) string { return l.Path }},
}

func columnNames() []string {
	var names []string
	for _, c := range columns {
		names = append(names, c.name)
	}
	return names
}

// listFlags are the flags of egret rules list.
type listFlags struct {
	source
	product, service, category, level, status, tag, author, text []string
	columns                                                      []string
	disabled, noise                                              bool
	format                                                       string
}

func listCommand(host Host) *cobra.Command {
	f := listFlags{}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List rules by log source, level, status, tag, author or state",
		Long: `List the rules of egret.yaml, of --rules, or else of the starter pack, also those that are disabled, deprecated or that cannot
run, with the state of each. Flags of different kinds narrow the list; several values of one flag are alternatives.`,
		Example: `  egret rules list
  egret rules list --rules sigma/rules --product aws --level high,critical
  egret rules list --tag T1078 --columns id,title,author
  egret rules list --disabled
  egret rules list --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd, host) },
	}
	set := cmd.Flags()
	f.register(cmd, host)
	set.StringSliceVar(&f.product, "product", nil, "only rules for logs of these `PRODUCTS`, such as aws")
	set.StringSliceVar(&f.service, "service", nil, "only rules for logs of these `SERVICES`, such as cloudtrail")
	set.StringSliceVar(&f.category, "category", nil, "only rules for logs of these `CATEGORIES`, such as process_creation")
	set.StringSliceVar(&f.level, "level", nil, "only rules of these `LEVELS`: "+strings.Join(finding.Levels, ", "))
	set.StringSliceVar(&f.status, "status", nil, "only rules of these `STATUSES`: "+strings.Join(statuses, ", "))
	set.StringSliceVar(&f.tag, "tag", nil, "only rules with one of these `TAGS`, such as T1078 or initial-access")
	set.StringSliceVar(&f.author, "author", nil, "only rules whose author contains one of these `TEXTS`")
	set.StringSliceVar(&f.text, "text", nil, "only rules whose title or description contains one of these `TEXTS`")
	set.BoolVar(&f.disabled, "disabled", false, "only rules that are disabled")
	set.BoolVar(&f.noise, "noise", false, "also a column of findings a day, where it was measured; the noisiest first")
	set.StringSliceVar(&f.columns, "columns", []string{"id", "level", "status", "product", "service", "title"}, "`COLUMNS` of the table: "+strings.Join(columnNames(), ", "))
	set.StringVar(&f.format, "format", "text", "`FORMAT` of the list: text, json")
	command.Complete(cmd, "format", formats)
	command.Complete(cmd, "level", finding.Levels)
	command.Complete(cmd, "status", statuses)
	command.Complete(cmd, "columns", columnNames())
	return cmd
}

var (
	formats  = []string{"text", "json"}
	statuses = []string{"stable", "test", "experimental", "deprecated", "unsupported"}
)

func (f *listFlags) run(cmd *cobra.Command, host Host) error {
	for _, c := range []struct {
		flag          string
		values, words []string
	}{{"format", []string{f.format}, formats}, {"level", f.level, finding.Levels}, {"status", f.status, statuses}, {"columns", f.columns, columnNames()}} {
		if err := words(c.flag, c.values, c.words); err != nil {
			return err
		}
	}
	l, err := f.load(cmd.Context(), host)
	if err != nil {
		return err
	}
	noise, err := readNoise()
	if err != nil {
		return &setup.Error{Kind: setup.Input, Err: err}
	}
	list := []*listed{}
	for _, r := range l.rules {
		if f.wants(r) {
			list = append(list, r.listed(noise))
		}
	}
	if f.noise {
		slices.SortStableFunc(list, func(a, b *listed) int { return cmp.Compare(perDay(b), perDay(a)) })
		if !slices.Contains(f.columns, "noise") {
			f.columns = slices.Insert(slices.Clone(f.columns), min(1, len(f.columns)), "noise")
		}
	}
	if f.format == "json" {
		return encode(cmd.OutOrStdout(), list)
	}
	if err := f.table(cmd.OutOrStdout(), list); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.ErrOrStderr(), "%s of %s\n", term.Plural(len(list), "rule"), term.Count(len(l.rules)))
	if l.faults > 0 && err == nil {
		_, err = fmt.Fprintf(cmd.ErrOrStderr(), "%s in files of rules, which are not listed; egret check prints them\n", term.Plural(l.faults, "error"))
	}
	return err
}

// perDay returns the findings a day of a rule, less than none if it was not measured.
func perDay(l *listed) float64 {
	if l.NoisePerDay == nil {
		return -1
	}
	return *l.NoisePerDay
}

func noiseText(perDay *float64) string {
	if perDay == nil {
		return "-"
	}
	return strconv.FormatFloat(*perDay, 'f', 1, 64) + "/day"
}

// wants reports whether the flags choose a rule.
func (f *listFlags) wants(r *rule) bool {
	equal := func(choices []string, value string) bool {
		return len(choices) == 0 || slices.ContainsFunc(choices, func(c string) bool { return strings.EqualFold(c, value) })
	}
	contains := func(choices []string, values ...string) bool {
		return len(choices) == 0 || slices.ContainsFunc(choices, func(c string) bool {
			return slices.ContainsFunc(values, func(v string) bool { return strings.Contains(strings.ToLower(v), strings.ToLower(c)) })
		})
	}
	return equal(f.product, r.source.Product) && equal(f.service, r.source.Service) && equal(f.category, r.source.Category) &&
		equal(f.level, r.Level) && equal(f.status, r.Status) && contains(f.author, r.Author) && contains(f.text, r.Title, r.Description) &&
		(len(f.tag) == 0 || slices.ContainsFunc(f.tag, r.Answers)) && (!f.disabled || r.state == off)
}

// listed returns a rule as JSON has it.
func (r *rule) listed(noise map[string]float64) *listed {
	l := &listed{
		ID: r.ID, Name: r.Name, Title: r.Title, Kind: r.kind, Level: r.Level, Status: r.Status, State: r.state, Product: r.source.Product,
		Service: r.source.Service, Category: r.source.Category, Tags: append([]string{}, r.Tags...), Author: r.Author, Path: r.Path,
	}
	if n, ok := noise[strings.ToLower(r.ID)]; ok {
		l.NoisePerDay = &n
	}
	return l
}

// table writes the chosen columns.
func (f *listFlags) table(w io.Writer, list []*listed) error {
	if len(list) == 0 {
		return nil
	}
	var rows [][]string
	head := make([]string, len(f.columns))
	for i, name := range f.columns {
		head[i] = strings.ToUpper(name)
	}
	rows = append(rows, head)
	for _, l := range list {
		row := make([]string, len(f.columns))
		for i, name := range f.columns {
			c := columns[slices.Index(columnNames(), name)]
			row[i] = diag.Safe(c.text(l))
			if c.width > 0 && term.Width(row[i]) > c.width {
				row[i] = term.Head(row[i], c.width)
			}
		}
		rows = append(rows, row)
	}
	return writeTable(w, rows)
}

// writeTable writes rows with columns of equal widths.
func writeTable(w io.Writer, rows [][]string) error {
	var b strings.Builder
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], term.Width(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			if i > 0 {
				line.WriteString("  ")
			}
			line.WriteString(term.Pad(cell, widths[i]))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// ownLevel returns the level that the rule itself has, as far as its text says.
func ownLevel(info *ruleset.Info) string {
	for line := range strings.Lines(info.Origin.Span.Lines()) {
		if level, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "level:"); ok {
			level, _, _ = strings.Cut(level, "#")
			return strings.Trim(strings.TrimSpace(level), `'"`)
		}
	}
	return ""
}
