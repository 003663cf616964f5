// Package cli is the command line: flags, terminals, exit codes. In go the arguments, out come bytes on stdout and
// stderr and an exit code. Data goes to stdout or -o; progress, diagnostics and the ledger to stderr.
//
// It decides nothing about rules or events: it fills options of package hunt and hands the result to package report.
package cli

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/redact"
)

// Main runs egret with arguments that do not hold the program's name, and returns the exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	screen := newScreen(stdout, stderr)
	if screen != nil {
		stderr = screen
		defer screen.close()
	}
	redact.Environment()
	stderr = &redacted{stderr}
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, screen: screen, args: args, color: colorAuto}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	if err != nil {
		a.complain(err)
		return exitCode(err)
	}
	return a.code
}

// app is one run of the program.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	args           []string
	// evidence are the paths that are hunted; no configuration is taken from there.
	evidence []string
	// configs are the configurations that were read, by the flag that names them, since a pipe gives its content once.
	configs map[string]loadedConfig
	// screen is the writer behind stderr that makes way for a pager, nil where stdout is no pipe or stderr no terminal.
	screen *screen
	// color is the value of --color, noColor that of --no-color, which some commands have for longer.
	color   string
	noColor bool
	// version says that --version was given in the place of a command.
	version bool
	// code is the exit code of a command that ended without an error.
	code int
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "egret",
		Short: "Find attackers in cloud logs with Sigma rules",
		Long: `egret finds attackers in cloud logs. Hand it a folder of CloudTrail: it reads the files, runs Sigma rules over
them and prints what the intruder did, in order. It needs no network and sends nothing anywhere.`,
		Example: `  egret hunt logs/                               hunt with the embedded starter pack
  egret hunt logs/ --rules sigma/rules/cloud/aws
  egret explain rule.yml --event event.json      why does a rule match, or not?`,
		Args: a.noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.version {
				return a.printVersion("text")
			}
			return cmd.Help()
		},
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return oneOf("color", a.color, colorModes) },
	}
	root.SetFlagErrorFunc(flagError)
	root.Flags().BoolVar(&a.version, "version", false, "print the version, as egret version does")
	root.PersistentFlags().StringVar(&a.color, "color", colorAuto, "`WHEN` to use colours: "+strings.Join(colorModes, ", ")+
		"; auto is on a terminal, unless NO_COLOR is set")
	complete(root, "color", colorModes)
	root.CompletionOptions.HiddenDefaultCmd = false
	root.AddCommand(a.huntCommand(), a.convertCommand(), a.explainCommand(), a.listCommand(), a.versionCommand())
	root.AddCommand(a.tableCommand(), a.queryCommand())
	a.setHelp(root)
	return root
}

var unknownFlag = regexp.MustCompile(`^unknown flag: --(\S+)$`)

// flagError turns what the flag library says into an error of ours, with the nearest name.
func flagError(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	help := fmt.Sprintf("see %s --help", cmd.CommandPath())
	message := err.Error()
	if match := unknownFlag.FindStringSubmatch(message); match != nil {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		message = "--" + match[1] + " is no flag of " + cmd.CommandPath()
		if near := diag.Near(match[1], names); near != "" {
			help = "the nearest flag is --" + near
		}
	}
	var value *pflag.InvalidValueError
	if errors.As(err, &value) {
		message = fmt.Sprintf("--%s does not take %q", value.GetFlag().Name, value.GetValue())
		help = "it takes " + wanted(value.GetFlag().Value.Type())
	}
	return usage(help, errors.New(message))
}

// wanted says what a flag of a type takes.
func wanted(kind string) string {
	switch kind {
	case "bool":
		return "true or false, or nothing"
	case "int", "int64":
		return "a whole number"
	}
	return "a " + kind
}

// complain prints an error and what to do about it.
func (a *app) complain(err error) {
	var f *failure
	fmt.Fprintf(a.stderr, "%s: %s\n", a.paintErr("1;31", "error"), safeLines(err.Error()))
	if errors.As(err, &f) && f.help != "" {
		fmt.Fprintf(a.stderr, "  %s %s\n", a.paintErr("1;32", "help:"), safeLines(f.help))
	}
}

// safeLines neutralises control characters but keeps line breaks.
func safeLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = diag.Safe(line)
	}
	return strings.Join(lines, "\n")
}

// oneOf checks a value of a flag against the words that it takes.
func oneOf(flag, value string, words []string) error {
	for _, word := range words {
		if value == word {
			return nil
		}
	}
	help := "it takes " + strings.Join(words, ", ")
	if near := diag.Near(value, words); near != "" {
		help = "the nearest is " + near
	}
	return usage(help, fmt.Errorf("--%s does not take %q", flag, value))
}
