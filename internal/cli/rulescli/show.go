package rulescli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// shown is a rule with everything that is known about it, as JSON.
type shown struct {
	*listed
	OwnLevel       string   `json:"own_level,omitempty"`
	Description    string   `json:"description"`
	References     []string `json:"references"`
	FalsePositives []string `json:"falsepositives"`
	Filters        []string `json:"filters"`
	Text           string   `json:"text"`
}

func showCommand(host Host) *cobra.Command {
	var s source
	format := "text"
	cmd := &cobra.Command{
		Use:   "show ID...",
		Short: "Show a rule, what is changed about it, and its text",
		Long: `Show a rule: its description, its state, the level that it has here and its own, the filters that narrow it, and its text.
ID is the id, the name or the title of a rule.`,
		Example: `  egret rules show 0a1b2c3d-0000-4000-8000-000000000001
  egret rules show "Root console login" --rules rules/`,
		Args: atLeast(1, "the id, name or title of a rule", "egret rules show 0a1b2c3d-0000-4000-8000-000000000001"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := words("format", []string{format}, formats); err != nil {
				return err
			}
			l, err := s.load(cmd.Context(), host)
			if err != nil {
				return err
			}
			noise, err := readNoise()
			if err != nil {
				return &setup.Error{Kind: setup.Input, Err: err}
			}
			var list []*shown
			for _, arg := range args {
				r, err := l.find(arg)
				if err != nil {
					return err
				}
				list = append(list, l.shown(r, noise))
			}
			if format == "json" {
				if len(list) == 1 {
					return encode(cmd.OutOrStdout(), list[0])
				}
				return encode(cmd.OutOrStdout(), list)
			}
			for i, one := range list {
				if i > 0 {
					fmt.Fprintln(cmd.OutOrStdout())
				}
				if err := one.write(cmd.OutOrStdout()); err != nil {
					return err
				}
			}
			return nil
		},
	}
	s.register(cmd, host)
	cmd.Flags().StringVar(&format, "format", format, "`FORMAT`: text, json")
	command.Complete(cmd, "format", formats)
	cmd.ValidArgsFunction = completeRules(host, &s)
	return cmd
}

// shown returns what is known about a rule.
func (l *loaded) shown(r *rule, noise map[string]float64) *shown {
	s := &shown{
		listed: r.listed(noise), Description: r.Description, References: append([]string{}, r.References...),
		FalsePositives: append([]string{}, r.FalsePositives...), Filters: []string{}, Text: r.Origin.Span.Lines(),
	}
	if own := ownLevel(r.Info); own != "" && own != r.Level {
		s.OwnLevel = own
	}
	if s.Text == "" && r.Tree != nil {
		s.Text = r.Tree.String()
	}
	for _, filter := range l.Set.Filters {
		if slices.ContainsFunc(filter.Rules, func(id string) bool { return strings.EqualFold(id, r.ID) }) {
			s.Filters = append(s.Filters, filter.Title+" ("+filter.Path+")")
		}
	}
	return s
}

// write writes a rule for people.
func (s *shown) write(w io.Writer) error {
	var b strings.Builder
	b.WriteString(diag.Safe(s.Title) + "\n")
	row := func(name, value string) {
		if value != "" {
			b.WriteString(term.Wrap("  "+term.Pad(name, 16), strings.Repeat(" ", 18), diag.Safe(value), 100) + "\n")
		}
	}
	row("id", s.ID)
	row("name", s.Name)
	row("state", s.State)
	level := s.Level
	if s.OwnLevel != "" {
		level += " (the rule itself says " + s.OwnLevel + ")"
	}
	row("level", level)
	row("status", s.Status)
	var parts []string
	for _, part := range [][2]string{{"product", s.Product}, {"service", s.Service}, {"category", s.Category}} {
		if part[1] != "" {
			parts = append(parts, part[0]+" "+part[1])
		}
	}
	row("log source", strings.Join(parts, ", "))
	row("tags", strings.Join(s.Tags, " "))
	row("author", s.Author)
	row("description", strings.Join(strings.Fields(s.Description), " "))
	for _, reference := range s.References {
		row("reference", reference)
	}
	for _, text := range s.FalsePositives {
		row("false positives", text)
	}
	for _, filter := range s.Filters {
		row("filter", filter)
	}
	if s.NoisePerDay != nil {
		row("noise", noiseText(s.NoisePerDay))
	}
	row("file", s.Path)
	b.WriteString("\n")
	for line := range strings.Lines(s.Text) {
		b.WriteString(diag.Safe(strings.TrimRight(line, "\r\n")) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
