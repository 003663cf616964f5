package cli

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/egret-hunt/egret/diag"
)

// Help is as wide as the terminal, within bounds: prose of more than a hundred columns is hard to read, and below forty
// nothing fits.
const (
	helpUsual  = 80 // where the width is not known
	helpNarrow = 40
	helpWide   = 110
)

// helpWidth is the number of columns for help: those of the terminal that it goes to, else COLUMNS, else those of the
// terminal behind stderr, which is the user's while stdout goes to a pager.
func (a *app) helpWidth() int {
	columns := width(a.stdout)
	if columns == 0 {
		columns, _ = strconv.Atoi(os.Getenv("COLUMNS")) // 0 for anything else
	}
	if columns <= 0 {
		columns = width(a.stderr)
	}
	if columns <= 0 {
		columns = helpUsual
	}
	return min(max(columns, helpNarrow), helpWide)
}

// setHelp gives a command and those below it egret's own help.
func (a *app) setHelp(root *cobra.Command) {
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		fmt.Fprint(a.stdout, helpText(cmd, a.helpWidth()))
	})
	root.SetHelpCommand(&cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show the help of a command",
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			cmd := findCommand(root, args)
			if cmd == nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return commandNames(cmd), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			for i := range args {
				if findCommand(root, args[:i+1]) == nil {
					return a.noCommand(findCommand(root, args[:i]), args[i:])
				}
			}
			return findCommand(root, args).Help()
		},
	})
}

// findCommand is the command of a path of names or aliases, nil if there is none.
func findCommand(root *cobra.Command, path []string) *cobra.Command {
	cmd := root
	for _, name := range path {
		i := slices.IndexFunc(cmd.Commands(), func(c *cobra.Command) bool { return c.Name() == name || c.HasAlias(name) })
		if i < 0 {
			return nil
		}
		cmd = cmd.Commands()[i]
	}
	return cmd
}

// commandNames are the commands below one that users see.
func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return names
}

// helpText is the help of a command in lines of at most a width, except for words that are longer.
func helpText(cmd *cobra.Command, width int) string {
	var b strings.Builder
	long := cmd.Long
	if long == "" {
		long = cmd.Short
	}
	b.WriteString(refill(strings.TrimSpace(long), width) + "\n\nUsage:\n")
	if cmd.Runnable() && !cmd.HasAvailableSubCommands() {
		b.WriteString(foldShell("  "+cmd.UseLine(), width, "\n      "))
	} else {
		b.WriteString("  " + cmd.CommandPath() + " COMMAND")
	}
	b.WriteByte('\n')
	if cmd.HasExample() {
		b.WriteString("\nExamples:\n" + fitExamples(cmd.Example, width))
	}
	if names := commandNames(cmd); len(names) > 0 {
		b.WriteString("\nCommands:\n")
		indent := 0
		for _, name := range names {
			indent = max(indent, utf8.RuneCountInString(name))
		}
		for _, c := range cmd.Commands() {
			if !c.Hidden {
				b.WriteString(hang(fmt.Sprintf("  %-*s  ", indent, c.Name()), c.Short, width) + "\n")
			}
		}
	}
	for _, part := range []struct {
		title string
		flags *pflag.FlagSet
	}{{"Flags", cmd.LocalFlags()}, {"Flags of every command", cmd.InheritedFlags()}} {
		if part.flags.HasAvailableFlags() {
			b.WriteString("\n" + part.title + ":\n" + flagText(part.flags, width))
		}
	}
	if cmd.HasAvailableSubCommands() {
		b.WriteString("\n" + refill(fmt.Sprintf("%s COMMAND --help says more about a command.", cmd.CommandPath()), width) + "\n")
	}
	return b.String()
}

// flagText describes flags, each behind its name where there is room, else below it.
func flagText(flags *pflag.FlagSet, width int) string {
	type flag struct{ name, usage string }
	var list []flag
	widest := 0
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := "      --" + f.Name
		if f.Shorthand != "" {
			name = "  -" + f.Shorthand + ", --" + f.Name
		}
		if value != "" {
			name += " " + value
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "[]" {
			usage += " (default " + f.DefValue + ")"
		}
		list = append(list, flag{name, usage})
		widest = max(widest, utf8.RuneCountInString(name))
	})
	var b strings.Builder
	for _, f := range list {
		if width >= helpUsual {
			b.WriteString(hang(fmt.Sprintf("%-*s   ", widest, f.name), f.usage, width) + "\n")
		} else {
			b.WriteString(f.name + "\n" + hang(strings.Repeat(" ", 10), f.usage, width) + "\n")
		}
	}
	return b.String()
}

// noCommand refuses a word that is no command and names the nearest one.
func (a *app) noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	names := commandNames(cmd)
	if near := diag.Near(args[0], names); near != "" {
		return usage("the nearest command is "+near, fmt.Errorf("%q is no command", args[0]))
	}
	help := "the commands are " + strings.Join(names, ", ")
	switch _, err := os.Stat(args[0]); {
	case len(names) == 0:
		help = "see " + cmd.CommandPath() + " --help"
	case err == nil:
		help = "to hunt it: egret hunt " + args[0]
	}
	return usage(help, fmt.Errorf("%q is no command", args[0]))
}
