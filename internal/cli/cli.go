// Package cli is the command line: flags, terminals and exit codes. Data goes to stdout or -o; progress, diagnostics
// and the ledger go to stderr.
//
// It contains no logic for rules or events: packages setup, hunt, query, convert and explain have that, and report
// prints the results.
package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/checkcli"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/cli/coveragecli"
	"github.com/egret-hunt/egret/internal/cli/help"
	"github.com/egret-hunt/egret/internal/cli/newcli"
	"github.com/egret-hunt/egret/internal/cli/pivot"
	"github.com/egret-hunt/egret/internal/cli/plugincli"
	"github.com/egret-hunt/egret/internal/cli/querycli"
	"github.com/egret-hunt/egret/internal/cli/rulescli"
	"github.com/egret-hunt/egret/internal/cli/servecli"
	"github.com/egret-hunt/egret/internal/cli/settings"
	"github.com/egret-hunt/egret/internal/cli/stixcli"
	"github.com/egret-hunt/egret/internal/cli/tablecli"
	"github.com/egret-hunt/egret/internal/cli/testcli"
	"github.com/egret-hunt/egret/internal/cli/threats"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/redact"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// Main runs egret with its arguments, without the program's name, and returns the exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	screen := term.NewScreen(stdout, stderr)
	if screen != nil {
		stderr = screen
		defer screen.Close()
	}
	redact.Environment()
	stderr = &redacted{stderr}
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, screen: screen, args: args, color: term.ColorAuto}
	root := a.root()
	root.SetArgs(longFlags(args))
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	if err != nil {
		a.complain(err)
		return command.ExitCode(err)
	}
	return a.code
}

// app is one run of the program.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	args           []string
	// evidence are the paths of the hunt; no configuration is read from inside them.
	evidence []string
	// configs are the configurations that were read, by the value of the flag, since a pipe can be read only once.
	configs map[string]*setup.Config
	// screen buffers stderr while a pager is running; nil if stdout is not a pipe or stderr not a terminal.
	screen *term.Screen
	// color is the value of --color, noColor that of --no-color, an older flag of some commands.
	color   string
	noColor bool
	// version is true if --version was given instead of a command.
	version bool
	// code is the exit code of a command that ended without an error.
	code int
}

// Commands returns the command line for pages about it. It must not be run.
func Commands() *cobra.Command {
	a := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}
	return a.root()
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
		PersistentPreRunE: func(*cobra.Command, []string) error { return command.OneOf("color", a.color, term.ColorModes) },
	}
	root.SetFlagErrorFunc(flagError)
	root.Flags().BoolVar(&a.version, "version", false, "print the version, as egret version does")
	root.PersistentFlags().StringVar(&a.color, "color", term.ColorAuto, "`WHEN` to use colours: "+strings.Join(term.ColorModes, ", ")+
		"; auto is on a terminal, unless NO_COLOR is set")
	command.Complete(root, "color", term.ColorModes)
	root.CompletionOptions.HiddenDefaultCmd = false
	root.AddCommand(a.huntCommand(), a.convertCommand(), a.explainCommand(), a.listCommand(), a.versionCommand(), tablecli.Command(host{a}), querycli.Command(host{a}))
	root.AddCommand(pivot.Commands(a)...)
	host := host{a}
	root.AddCommand(
		checkcli.Command(host),
		coveragecli.Command(host),
		newcli.Command(host),
		plugincli.Command(host),
		rulescli.Command(host),
		servecli.Command(host),
		stixcli.Command(host),
		testcli.Command(host),
		threats.Command(a),
		a.analyzeCommand(),
		a.lspCommand(),
		a.mcpCommand(),
	)
	help.Set(root, a.stdout, a.helpWidth)
	root.SetGlobalNormalizationFunc(settings.CurrentName)
	return root
}

var unknownFlag = lazyre.New(`^unknown flag: --(\S+)$`)

// flagError converts an error of the flag library and suggests the nearest flag.
func flagError(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	if args := cmd.Flags().Args(); cmd.HasSubCommands() && len(args) > 0 { // the flag may be one of the command that was meant
		return help.NoCommand(cmd, args)
	}
	help := fmt.Sprintf("see %s --help", cmd.CommandPath())
	message := err.Error()
	if match := unknownFlag.FindStringSubmatch(message); match != nil {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		message = "--" + match[1] + " is not a flag of " + cmd.CommandPath()
		if near := diag.Near(match[1], names); near != "" {
			help = "the nearest flag is --" + near
		}
	}
	var value *pflag.InvalidValueError
	if errors.As(err, &value) {
		message = fmt.Sprintf("--%s does not take %q", value.GetFlag().Name, value.GetValue())
		help = "it takes " + wanted(value.GetFlag().Value.Type())
	}
	return command.Usage(help, errors.New(message))
}

// wanted describes the values that a flag of a type accepts.
func wanted(kind string) string {
	switch kind {
	case "bool":
		return "true or false, or nothing"
	case "int", "int64":
		return "a whole number"
	}
	return "a " + kind
}

// Found sets the exit code of a command that found what it was asked for.
func (a *app) Found() { a.code = max(a.code, command.ExitFindings) }

// Diagnose prints diagnostics for people.
func (a *app) Diagnose(list diag.List) error {
	return list.Write(a.stderr, diag.Options{Color: a.colors(a.stderr)})
}

// complain prints an error and its help text.
func (a *app) complain(err error) {
	fmt.Fprintf(a.stderr, "%s: %s\n", a.paintErr(term.Error, "error"), command.SafeLines(err.Error()))
	if f := command.FailureOf(err); f != nil && f.Help != "" {
		fmt.Fprintf(a.stderr, "  %s %s\n", a.paintErr(term.Help, "help:"), command.SafeLines(f.Help))
	}
}
