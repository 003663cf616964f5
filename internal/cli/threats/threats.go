// Package threats has the commands for threat documents: show says what they describe, expand prints the rules that they make.
package threats

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/threat"
)

// A Host is the command line that the commands belong to.
type Host interface {
	// Rules adds the flags that choose rules. The returned function loads the rules, after the flags were parsed, and prints
	// their diagnostics.
	Rules(cmd *cobra.Command) func() (*ruleset.Set, error)
}

// Command returns egret threat and its subcommands.
func Command(host Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "threat",
		Short: "Show threat documents and the rules that they make",
		Long: `A threat document describes one threat for the logs of several vendors. Hunts, conversions and lists read such
documents like rule files, from the folders of --rules and from the embedded pack.`,
	}
	cmd.AddCommand(showCommand(host), expandCommand(host))
	return cmd
}

func showCommand(host Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show [THREAT...]",
		Short: "List threats, or show what is said of one",
		Long: `Without an argument, list the threats with their vendors. THREAT is the id of a threat: then show why it matters,
its ATT&CK tags and, for each vendor, the rules with their levels and log sources.`,
		Example: `  egret threat show
  egret threat show password-spraying
  egret threat show --rules threats/`,
	}
	load := host.Rules(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		set, err := load()
		if err != nil {
			return err
		}
		chosen, err := choose(set, args)
		if err != nil {
			return err
		}
		if len(args) == 0 {
			return list(cmd.OutOrStdout(), chosen)
		}
		for i, t := range chosen {
			if err := show(cmd.OutOrStdout(), set, t, i > 0); err != nil {
				return err
			}
		}
		return nil
	}
	return cmd
}

func expandCommand(host Host) *cobra.Command {
	var vendor string
	cmd := &cobra.Command{
		Use:   "expand [THREAT...]",
		Short: "Print the Sigma rules that threat documents make",
		Long: `Print the rules and correlations of threats as Sigma, vendor by vendor: of all threats, or of those whose ids are
given. Rules of other files that a document names are not printed.`,
		Example: `  egret threat expand password-spraying
  egret threat expand --vendor okta > okta.yml
  egret threat expand --rules threats/ my-threat`,
	}
	load := host.Rules(cmd)
	cmd.Flags().StringVar(&vendor, "vendor", "", "only rules of this `VENDOR`, such as okta")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		set, err := load()
		if err != nil {
			return err
		}
		chosen, err := choose(set, args)
		if err != nil {
			return err
		}
		if err := known(vendor, chosen); err != nil {
			return err
		}
		return expand(cmd.OutOrStdout(), set, chosen, vendor)
	}
	return cmd
}

// choose returns the threats with ids, all sorted by id if there are none.
func choose(set *ruleset.Set, ids []string) ([]*threat.Threat, error) {
	all := slices.SortedFunc(slices.Values(set.Threats), func(a, b *threat.Threat) int { return cmp.Compare(a.ID, b.ID) })
	if len(all) == 0 {
		return nil, setup.UsageError("threat documents are described in docs/threats.md", errors.New("the rules have no threat documents"))
	}
	if len(ids) == 0 {
		return all, nil
	}
	var chosen []*threat.Threat
	var names []string
	for _, t := range all {
		names = append(names, t.ID)
	}
	for _, id := range ids {
		i := slices.Index(names, id)
		if i < 0 {
			return nil, setup.UsageError(nearest(id, names, "see egret threat show"), fmt.Errorf("no threat has the id %q", id))
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// known returns an error if no threat has a vendor; "" stands for all.
func known(vendor string, threats []*threat.Threat) error {
	var names []string
	for _, t := range threats {
		for i := range t.Vendors {
			names = append(names, t.Vendors[i].ID)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if vendor == "" || slices.Contains(names, vendor) {
		return nil
	}
	return setup.UsageError(nearest(vendor, names, "the vendors are "+strings.Join(names, ", ")), fmt.Errorf("no threat has the vendor %q", vendor))
}

func nearest(name string, names []string, otherwise string) string {
	if near := diag.Near(name, names); near != "" {
		return fmt.Sprintf("the nearest is %q", near)
	}
	return otherwise
}

// list prints a line for each threat.
func list(w io.Writer, threats []*threat.Threat) error {
	width, title := len("ID"), len("TITLE")
	for _, t := range threats {
		width, title = max(width, len(t.ID)), max(title, term.Width(diag.Safe(t.Title)))
	}
	var b strings.Builder
	line := func(id, name, vendors string) {
		b.WriteString(strings.TrimRight(term.Pad(id, width)+"  "+term.Pad(name, title)+"  "+vendors, " ") + "\n")
	}
	line("ID", "TITLE", "VENDORS")
	for _, t := range threats {
		var vendors []string
		for i := range t.Vendors {
			vendors = append(vendors, t.Vendors[i].ID)
		}
		line(t.ID, diag.Safe(t.Title), strings.Join(vendors, " "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// show prints what a document says, with a line for each rule of a vendor.
func show(w io.Writer, set *ruleset.Set, t *threat.Threat, again bool) error {
	var b strings.Builder
	if again {
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%s  %s\n", t.ID, diag.Safe(t.Title))
	for _, text := range strings.Split(strings.TrimSpace(t.Why), "\n") {
		b.WriteString(term.Wrap("  ", "  ", diag.Safe(text), 100) + "\n")
	}
	if len(t.Tags) > 0 {
		fmt.Fprintf(&b, "  %s\n", strings.Join(t.Tags, " "))
	}
	fmt.Fprintf(&b, "  %s\n", diag.Safe(t.Path))
	rules := byName(set)
	for i := range t.Vendors {
		v := &t.Vendors[i]
		fmt.Fprintf(&b, "\n%s\n", diag.Safe(v.Name))
		names := slices.Clone(v.Made)
		for _, reference := range v.Rules {
			names = append(names, reference.Value)
		}
		for _, name := range names {
			b.WriteString("  " + rules.line(set, name) + "\n")
		}
	}
	if len(t.Made) > 0 {
		b.WriteString("\nacross vendors\n")
		for _, id := range t.Made {
			b.WriteString("  " + rules.line(set, id) + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// index finds rules of a set by id in lower case or name.
type index map[string]found

type found struct {
	info      *ruleset.Info
	logSource string // "" for a correlation
}

func byName(set *ruleset.Set) index {
	rules := index{}
	for _, r := range set.References() {
		f := found{info: set.Info(r)}
		if !r.Correlation {
			f.logSource = set.Rules[r.Index].LogSource.String()
		}
		rules[strings.ToLower(f.info.ID)] = f
		if name := f.info.Name; name != "" && rules[name].info == nil {
			rules[name] = f
		}
	}
	return rules
}

// line describes a rule that a threat names, or says why it does not run.
func (rules index) line(set *ruleset.Set, name string) string {
	f, ok := rules[strings.ToLower(name)]
	if !ok {
		f, ok = rules[name]
	}
	if !ok {
		for _, skipped := range set.Skipped {
			if skipped.IsNamed(name) {
				return fmt.Sprintf("%s  %s (does not run: %s)", term.Pad("-", len("informational")), diag.Safe(skipped.Title), diag.Safe(strings.TrimSpace(string(skipped.Reason)+" "+skipped.Detail)))
			}
		}
		return fmt.Sprintf("%s  %s (not loaded)", term.Pad("-", len("informational")), diag.Safe(name))
	}
	what := f.logSource
	switch {
	case what == "":
		what = "correlation"
	case !f.info.Reports:
		what += ", only for its correlation"
	}
	return fmt.Sprintf("%s  %s  (%s)", term.Pad(f.info.Level, len("informational")), diag.Safe(f.info.Title), diag.Safe(what))
}

// expand prints the rules of threats that were loaded, and names those that were not in a comment.
func expand(w io.Writer, set *ruleset.Set, threats []*threat.Threat, vendor string) error {
	rules := byName(set)
	var documents []string
	add := func(ids []string) {
		for _, id := range ids {
			if f, ok := rules[strings.ToLower(id)]; ok {
				documents = append(documents, f.info.Tree.String())
			}
		}
		for _, skipped := range set.Skipped {
			if slices.ContainsFunc(ids, func(id string) bool { return strings.EqualFold(id, skipped.ID) }) {
				documents = append(documents, fmt.Sprintf("# does not run: %s\n%s", diag.Safe(strings.TrimSpace(string(skipped.Reason)+" "+skipped.Detail)), skipped.Tree))
			}
		}
	}
	for _, t := range threats {
		for i := range t.Vendors {
			if vendor == "" || t.Vendors[i].ID == vendor {
				add(t.Vendors[i].Made)
			}
		}
		if vendor == "" {
			add(t.Made)
		}
	}
	_, err := io.WriteString(w, strings.Join(documents, "---\n"))
	return err
}
