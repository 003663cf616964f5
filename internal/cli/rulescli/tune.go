package rulescli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/overlay"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/tune"
	sourcepkg "github.com/egret-hunt/egret/source"
)

// tuneFlags are the flags of egret rules tune.
type tuneFlags struct {
	source
	drop, keep []string
	apply      bool
	format     string
}

// tuned is a proposal as JSON.
type tuned struct {
	Rule    string   `json:"rule"`
	ID      string   `json:"id"`
	Filter  string   `json:"filter"`
	Matched int      `json:"matched"`
	Dropped []string `json:"dropped"`
	Kept    []string `json:"kept"`
	// Others are events that were given as neither, and that the filter drops too.
	Others []string `json:"others"`
}

func tuneCommand(host Host) *cobra.Command {
	f := tuneFlags{}
	cmd := &cobra.Command{
		Use:   "tune RULE LOGS...",
		Short: "Propose a filter that drops false positives and keeps true positives",
		Long: `Propose a Sigma filter for a rule that drops the false positives and keeps every true positive. RULE is an id, name or title. LOGS are files and folders, not tables of a lake. The ids of events
are those in findings; FILE has one a line. Egret runs the rule with the filter over LOGS before it prints the filter, and refuses with the ids
of the events if none can do so. Events that are given as neither are kept too where that is possible; those that are dropped are counted.

The filter goes to stdout. --apply adds it to the overlay.`,
		Example: `  egret rules tune "Secrets read" logs/ --false-positives 11111111-0000-4000-8000-000000000001
  egret rules tune 0a1b2c3d-0000-4000-8000-000000000001 logs/ --false-positives known.txt --true-positives bad.txt --apply`,
		Args: atLeast(2, "a rule and logs", "egret rules tune ID logs/ --false-positives known.txt"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, host, args[0], args[1:]) },
	}
	f.register(cmd, host)
	set := cmd.Flags()
	set.StringSliceVar(&f.drop, "false-positives", nil, "`IDS|FILE` of events that the rule should not find; repeatable")
	set.StringSliceVar(&f.keep, "true-positives", nil, "`IDS|FILE` of events that the rule must find; repeatable")
	set.BoolVar(&f.apply, "apply", false, "add the filter to the overlay")
	set.StringVar(&f.format, "format", "text", "`FORMAT`: text, json")
	command.Complete(cmd, "format", formats)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return completeRules(host, &f.source)(cmd, args, word)
	}
	return cmd
}

// maxIDs is the largest file of ids, in bytes.
const maxIDs = 16 << 20

// eventIDs returns ids that are given as such or in files.
func eventIDs(values []string) ([]string, error) {
	var ids []string
	for _, v := range values {
		info, err := os.Stat(v)
		if err != nil || !info.Mode().IsRegular() {
			ids = append(ids, v)
			continue
		}
		if info.Size() > maxIDs {
			return nil, inputError(fmt.Errorf("%s: larger than %d MB", v, maxIDs>>20))
		}
		text, err := os.ReadFile(v)
		if err != nil {
			return nil, inputError(err)
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				ids = append(ids, line)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

func (f *tuneFlags) run(cmd *cobra.Command, host Host, name string, logs []string) error {
	if err := words("format", []string{f.format}, formats); err != nil {
		return err
	}
	drop, err := eventIDs(f.drop)
	if err != nil {
		return err
	}
	keep, err := eventIDs(f.keep)
	if err != nil {
		return err
	}
	if len(drop) == 0 {
		return setup.UsageError("such as --false-positives known.txt", errors.New("want the ids of false positives"))
	}
	for _, id := range drop {
		if slices.Contains(keep, id) {
			return setup.UsageError("an event is one or the other", fmt.Errorf("%s is given as a false and as a true positive", diag.Safe(id)))
		}
	}
	l, err := f.load(cmd.Context(), host)
	if err != nil {
		return err
	}
	found, err := l.find(name)
	if err != nil {
		return err
	}
	schemas, err := host.Schemas(f.schemaFolder, f.config)
	if err != nil {
		return err
	}
	ctx, stop := host.UntilSignal(cmd.Context())
	defer stop()
	events, rule, err := f.match(ctx, l, found, schemas, logs, "")
	if err != nil {
		return err
	}
	for _, list := range [][]string{drop, keep} {
		for _, id := range list {
			if !slices.ContainsFunc(events, func(e *tune.Event) bool { return e.ID == id }) {
				return &setup.Error{Kind: setup.Input, Err: fmt.Errorf("the rule matches no event with the id %s in these logs", diag.Safe(id)), Help: fmt.Sprintf("it matches %s", term.Plural(len(events), "event"))}
			}
		}
	}
	proposal, err := tune.Propose(rule, events, drop, keep)
	if err != nil {
		return refusal(err)
	}
	result := &tuned{Rule: rule.ID, ID: proposal.ID, Filter: proposal.Text, Matched: len(events), Dropped: drop, Kept: append([]string{}, keep...), Others: append([]string{}, proposal.Others...)}
	if err := f.prove(ctx, l, found, schemas, logs, result); err != nil {
		return err
	}
	return f.tell(cmd, l, result)
}

// refusal is the error for events that no filter can tell apart.
func refusal(err error) error {
	var c *tune.CollisionError
	help := ""
	if errors.As(err, &c) {
		var lines []string
		for _, p := range c.Pairs[:min(len(c.Pairs), 10)] {
			lines = append(lines, diag.Safe(p[0])+" and "+diag.Safe(p[1]))
		}
		help = "these collide: " + strings.Join(lines, "; ")
	}
	return &setup.Error{Kind: setup.Input, Err: err, Help: help}
}

// match runs the rule over the logs, with a filter if it is not "".
func (f *tuneFlags) match(ctx context.Context, l *loaded, found *rule, schemas []*schema.Schema, logs []string, filter string) ([]*tune.Event, *ruleset.Rule, error) {
	set := l.Set
	if filter != "" {
		settings := *l.config.Settings
		settings.Disabled = nil
		settings.Filters = append(slices.Clone(settings.Filters), config.Filter{Inline: sourcepkg.NewFile("proposed/filter.yml", filter)})
		c := *l.config
		c.Settings = &settings
		again, err := setup.LoadRules(ctx, &c, setup.RuleOptions{Names: f.rules, Schemas: schemas, Statuses: []string{"deprecated", "unsupported"}})
		if err != nil {
			return nil, nil, err
		}
		set = again.Set
	}
	i := slices.IndexFunc(set.Rules, func(r *ruleset.Rule) bool { return strings.EqualFold(r.ID, found.ID) })
	if i < 0 {
		return nil, nil, setup.UsageError("filters are for detection rules that run", fmt.Errorf("%s is a %s with the state %q", diag.Safe(found.Title), found.kind, found.state))
	}
	events, err := tune.Match(ctx, set.Rules[i], schemas, logs)
	return events, set.Rules[i], inputError(err)
}

// prove runs the rule with the filter, and returns an error unless the false positives are gone and nothing else is.
func (f *tuneFlags) prove(ctx context.Context, l *loaded, found *rule, schemas []*schema.Schema, logs []string, r *tuned) error {
	left, _, err := f.match(ctx, l, found, schemas, logs, r.Filter)
	if err != nil {
		return err
	}
	has := func(id string) bool { return slices.ContainsFunc(left, func(e *tune.Event) bool { return e.ID == id }) }
	for _, id := range r.Dropped {
		if has(id) {
			return inputError(fmt.Errorf("the filter that was tried does not drop %s", diag.Safe(id)))
		}
	}
	for _, id := range r.Kept {
		if !has(id) {
			return inputError(fmt.Errorf("the filter that was tried drops %s too", diag.Safe(id)))
		}
	}
	if len(left) != r.Matched-len(r.Dropped)-len(r.Others) {
		return inputError(fmt.Errorf("the filter that was tried leaves %d of %d events, expected %d", len(left), r.Matched, r.Matched-len(r.Dropped)-len(r.Others)))
	}
	return nil
}

// tell prints the filter and what it was proved on, and adds it to the overlay if that is asked for.
func (f *tuneFlags) tell(cmd *cobra.Command, l *loaded, r *tuned) error {
	if f.format == "json" {
		if err := encode(cmd.OutOrStdout(), r); err != nil {
			return err
		}
	} else if _, err := fmt.Fprint(cmd.OutOrStdout(), r.Filter); err != nil {
		return err
	}
	other := ""
	if n := len(r.Others); n > 0 {
		other = fmt.Sprintf("; also %s that you named as neither: %s", term.Plural(n, "event"), diag.Safe(strings.Join(r.Others[:min(n, 5)], ", ")))
		if n > 5 {
			other += ", …"
		}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "run over the logs: %s of %d dropped, %d kept%s\n", term.Plural(len(r.Dropped), "false positive"), r.Matched, cmp.Or(len(r.Kept), r.Matched-len(r.Dropped)-len(r.Others)), other)
	if !f.apply {
		return nil
	}
	path, err := change(l.config, func(o *overlay.Overlay) error { return o.AddFilters([]byte(r.Filter)) })
	if err == nil {
		_, err = fmt.Fprintf(cmd.ErrOrStderr(), "%s: the filter was added\n", path)
	}
	return err
}
