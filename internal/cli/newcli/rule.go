package newcli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/parquetrow"
	"github.com/egret-hunt/egret/internal/ruledraft"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// A Host is the command line that the commands belong to.
type Host interface {
	// Schemas returns the built-in log sources and those of a folder, "" for none, and of a configuration, "" for the nearest.
	Schemas(folder, config string) ([]*schema.Schema, error)
	// UntilSignal returns a context that ends with Ctrl-C.
	UntilSignal(ctx context.Context) (context.Context, func())
}

// ruleDraft is what the first version of a rule says.
type ruleDraft struct{ title, kind string }

// titleForm are titles that YAML reads as text without quotes.
var titleForm = lazyre.New(`^[A-Za-z][A-Za-z0-9 ()/,.'-]{0,119}$`)

// newRule returns the text of a rule, correlation or filter.
func newRule(d ruleDraft) (string, error) {
	if !titleForm.MatchString(d.title) {
		return "", setup.UsageError("letters, digits, blanks and ()/,.'-, as in \"Root login without MFA\"", fmt.Errorf("%q cannot be a title", d.title))
	}
	text := map[string]string{"": ruleText, "correlation": correlationText, "filter": filterText}[d.kind]
	return strings.NewReplacer("TITLE", d.title, "ID1", newID(), "ID2", newID(), "DATE", time.Now().UTC().Format(time.DateOnly)).Replace(text), nil
}

// newID returns a random id of a rule, a UUID of version 4.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// kindCommand returns egret new correlation or egret new filter.
func kindCommand(kind, short, long, example string) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use: kind + " TITLE", Short: short, Long: long, Example: example, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := newRule(ruleDraft{args[0], kind})
			if err != nil {
				return err
			}
			test := filterTest
			if kind == "correlation" {
				id, _, _ := strings.Cut(text[strings.Index(text, "id: ")+len("id: "):], "\n")
				test = strings.ReplaceAll(correlationTest, "ID1", id)
			}
			return writeTested(cmd, output, text, test)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to a new `FILE`, and its test beside it, instead of stdout")
	return cmd
}

func correlationCommand() *cobra.Command {
	return kindCommand("correlation", "Write a correlation with the rule that it counts",
		`Write a commented correlation with the rule whose events it counts. With -o FILE.yml a test that fails until both are filled in is
written to FILE.test.yaml.`,
		"  egret new correlation \"Many failed logins\" -o rules/many_failed_logins.yml\n  egret test rules/many_failed_logins.yml")
}

func filterCommand() *cobra.Command {
	return kindCommand("filter", "Write a filter, which takes events away from rules",
		`Write a commented filter, with an example of a rule that it narrows. With -o FILE.yml a test that fails until both are filled in
is written to FILE.test.yaml. "filters:" in egret.yaml names filters of a hunt.`,
		"  egret new filter \"Nightly backup\" -o filters/nightly_backup.yml\n  egret test filters/nightly_backup.yml")
}

// writeTested writes a draft, and its tests beside it if there is a file.
func writeTested(cmd *cobra.Command, output, text, test string) error {
	if output == "" || output == "-" {
		return write(cmd, output, text)
	}
	ext := filepath.Ext(output)
	if ext != ".yml" && ext != ".yaml" {
		return setup.UsageError("such files end in .yml or .yaml", fmt.Errorf("-o %s has another ending", output))
	}
	beside := strings.TrimSuffix(output, ext) + ".test.yaml"
	if _, err := os.Lstat(beside); err == nil {
		return setup.UsageError("drafts replace no file", fmt.Errorf("%s exists", beside))
	}
	if err := write(cmd, output, text); err != nil {
		return err
	}
	return write(cmd, beside, test)
}

func ruleCommand(host Host) *cobra.Command {
	var f fromFlags
	cmd := &cobra.Command{
		Use:   "rule TITLE",
		Short: "Write a rule, or draft one from sample events",
		Long: `Write a commented rule. With -o FILE.yml a test that fails until the rule is filled in is written to FILE.test.yaml.

With --from the selection is drafted from sample events in files of any form that egret hunt reads: it asks for what all samples
share. With --against it asks for what the rest of that log does not have: of the fields that name an action or its result it takes
those that leave the fewest other events, and never an id, a time, a person or an address. The samples may be in that log
too. The draft is run on both, and how many events it matches is printed.`,
		Example: `  egret new rule "Root login" -o rules/root_login.yml
  egret test rules/root_login.yml
  egret new rule "Trail stopped" --from samples.json --against logs/ -o rules/trail_stopped.yml`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(f.from) > 0:
				return f.draft(cmd, host, args[0])
			case len(f.against) > 0:
				return setup.UsageError("as in --from samples.json --against logs/", errors.New("--against needs --from"))
			}
			text, err := newRule(ruleDraft{title: args[0]})
			if err != nil {
				return err
			}
			return writeTested(cmd, f.output, text, ruleTest)
		},
	}
	cmd.Flags().StringArrayVar(&f.from, "from", nil, "`EVENTS` that the rule shall match: a file, a folder or - for stdin; repeatable")
	cmd.Flags().StringArrayVar(&f.against, "against", nil, "`LOGS` of which the rule shall match nothing else; repeatable")
	cmd.Flags().StringVar(&f.schemaFolder, "schema-folder", "", "also schemas of the files in `DIR`, beside those of schemas: in egret.yaml")
	cmd.Flags().StringVar(&f.config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	cmd.Flags().StringVarP(&f.output, "output", "o", "", "write to a new `FILE`, and its test beside it, instead of stdout")
	return cmd
}

type fromFlags struct {
	from, against                []string
	schemaFolder, config, output string
}

// draft drafts a rule from events.
func (f *fromFlags) draft(cmd *cobra.Command, host Host, title string) error {
	if !titleForm.MatchString(title) {
		return setup.UsageError("letters, digits, blanks and ()/,.'-, as in \"Root login without MFA\"", fmt.Errorf("%q cannot be a title", title))
	}
	schemas, err := host.Schemas(f.schemaFolder, f.config)
	if err != nil {
		return err
	}
	ctx, stop := host.UntilSignal(cmd.Context())
	defer stop()
	samples, err := ruledraft.Read(ctx, f.from, ruledraft.Options{
		Schemas: schemas, Stdin: cmd.InOrStdin(), Parquet: parquetrow.Reader, Workers: runtime.GOMAXPROCS(0),
	})
	if err != nil {
		return &setup.Error{Kind: setup.Input, Err: fmt.Errorf("--from: %w", err)}
	}
	if err := samples.Compare(ctx, f.against); err != nil {
		return &setup.Error{Kind: setup.Input, Err: fmt.Errorf("--against: %w", err)}
	}
	text, err := samples.Rule(ruledraft.Head{Title: title, ID: newID(), Date: time.Now().UTC().Format(time.DateOnly)})
	if err != nil {
		return err
	}
	counts, err := measure(ctx, samples, text, schemas, f.against)
	if err != nil {
		return err
	}
	if err := writeTested(cmd, f.output, text, samplesTest(samples, counts.Near)); err != nil {
		return err
	}
	message := fmt.Sprintf("The rule matches %s of %s", term.Count(counts.Found), term.Plural(counts.Samples, "sample"))
	if len(f.against) > 0 {
		message += fmt.Sprintf(" and %s of %s of %s", term.Count(counts.Rest), term.Plural(counts.Others, "other event"), samples.Schema().Title)
	}
	_, err = fmt.Fprintln(cmd.ErrOrStderr(), message+".")
	return err
}

// measure runs the draft on the samples and the rest of the log.
func measure(ctx context.Context, samples *ruledraft.Samples, text string, schemas []*schema.Schema, against []string) (ruledraft.Counts, error) {
	empty := &setup.Config{Settings: &config.Config{}}
	loaded, err := setup.LoadRules(ctx, empty, setup.RuleOptions{Names: []string{"-"}, Stdin: strings.NewReader(text), Schemas: schemas})
	if err != nil {
		return ruledraft.Counts{}, err
	}
	if len(loaded.Set.Rules) != 1 || loaded.Diagnostics.HasErrors() {
		return ruledraft.Counts{}, fmt.Errorf("egret bug: the draft cannot be loaded: %s", loaded.Diagnostics.Summary())
	}
	counts, err := samples.Measure(ctx, loaded.Set, against)
	if err == nil && counts.Found < counts.Samples {
		err = fmt.Errorf("the draft matches only %d of %s; give samples of one kind of action", counts.Found, term.Plural(counts.Samples, "sample"))
	}
	return counts, err
}

// maxTested is how many samples become tests.
const maxTested = 20

// samplesTest returns the tests of a drafted rule: the samples, and the event next to them.
func samplesTest(samples *ruledraft.Samples, near string) string {
	var b strings.Builder
	b.WriteString("# Events in JSON, which YAML reads too.\ntests:\n")
	for i, text := range samples.Texts() {
		if i == maxTested {
			break
		}
		fmt.Fprintf(&b, "  - name: sample %d\n    event: %s\n    match: true\n", i+1, text)
	}
	if near != "" {
		fmt.Fprintf(&b, "  - name: the most similar event that the rule leaves out\n    event: %s\n    match: false\n", near)
	}
	return b.String()
}
