// Package help writes the help of commands in lines that fit a terminal, and the errors for commands that do not exist.
//
// Its input is cobra's commands and a width in columns, its output is text. The package knows no command of egret.
package help

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// Usual is the width in columns from which a flag and its description are in one line.
const Usual = 80

// Set gives this help to a command and its subcommands. width is called when help is printed.
func Set(root *cobra.Command, w io.Writer, width func() int) {
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		fmt.Fprint(w, Text(cmd, width()))
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
					return NoCommand(findCommand(root, args[:i]), args[i:])
				}
			}
			return findCommand(root, args).Help()
		},
	})
}

// findCommand returns the command at a path of names or aliases, nil if there is none.
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

// commandNames returns the visible subcommands of a command.
func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return names
}

// Text returns the help of a command in lines of at most width columns; only longer words exceed it.
func Text(cmd *cobra.Command, width int) string {
	var b strings.Builder
	long := cmd.Long
	if long == "" {
		long = cmd.Short
	}
	b.WriteString(term.Refill(strings.TrimSpace(long), width) + "\n\nUsage:\n")
	if cmd.Runnable() && !cmd.HasAvailableSubCommands() {
		b.WriteString(term.FoldShell("  "+cmd.UseLine(), width, "\n      "))
	} else {
		b.WriteString("  " + cmd.CommandPath() + " COMMAND")
	}
	b.WriteByte('\n')
	if cmd.HasExample() {
		b.WriteString("\nExamples:\n" + term.FitExamples(cmd.Example, width))
	}
	if names := commandNames(cmd); len(names) > 0 {
		b.WriteString("\nCommands:\n")
		indent := 0
		for _, name := range names {
			indent = max(indent, term.Width(name))
		}
		for _, c := range cmd.Commands() {
			if !c.Hidden {
				b.WriteString(term.Hang(fmt.Sprintf("  %-*s  ", indent, c.Name()), c.Short, width) + "\n")
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
		b.WriteString("\n" + term.Refill(fmt.Sprintf("%s COMMAND --help says more about a command.", cmd.CommandPath()), width) + "\n")
	}
	return b.String()
}

// flagText describes flags. The description follows the flag's name if there is room, and otherwise starts on the
// next line.
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
		widest = max(widest, term.Width(name))
	})
	var b strings.Builder
	for _, f := range list {
		if width >= Usual {
			b.WriteString(term.Hang(fmt.Sprintf("%-*s   ", widest, f.name), f.usage, width) + "\n")
		} else {
			b.WriteString(f.name + "\n" + term.Hang(strings.Repeat(" ", 10), f.usage, width) + "\n")
		}
	}
	return b.String()
}

// NoCommand returns an error for an unknown command with the nearest one.
func NoCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	names := commandNames(cmd)
	if near := diag.Near(args[0], names); near != "" {
		return setup.UsageError("the nearest command is "+near, fmt.Errorf("%q is not a command", args[0]))
	}
	help := "the commands are " + strings.Join(names, ", ")
	switch _, err := os.Stat(args[0]); {
	case len(names) == 0:
		help = "see " + cmd.CommandPath() + " --help"
	case err == nil:
		help = "to hunt it: egret hunt " + args[0]
	}
	return setup.UsageError(help, fmt.Errorf("%q is not a command", args[0]))
}
