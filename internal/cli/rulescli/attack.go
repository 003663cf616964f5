package rulescli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/attack"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

func attackCommand() *cobra.Command {
	var from, version string
	var embedded bool
	cmd := &cobra.Command{
		Use:   "attack",
		Short: "Show or refresh the names of ATT&CK that egret check and egret coverage use",
		Long: `Show which version of ATT&CK egret check and egret coverage use. With --from they use the techniques and tactics of a STIX bundle of ATT&CK
for Enterprise, such as MITRE publishes, until --embedded goes back to those that are built in.`,
		Example: `  egret rules attack
  egret rules attack --from enterprise-attack.json
  egret rules attack --embedded`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case embedded && from != "":
				return setup.UsageError("give one of them", errors.New("--from and --embedded cannot be used together"))
			case version != "" && from == "":
				return setup.UsageError("it is the version of that file", errors.New("--version goes with --from"))
			case embedded:
				path, err := setup.AttackPath()
				if err != nil {
					return err
				}
				if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return inputError(err)
				}
			case from != "":
				if _, err := setup.RefreshAttack(from, version); err != nil {
					return err
				}
			}
			path, err := setup.UseAttack()
			if err != nil {
				return err
			}
			where := "embedded"
			if path != "" {
				where = "from " + path
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "ATT&CK %s %s: %s, %s\n", attack.Current, where,
				term.Plural(len(attack.Techniques(attack.Current)), "technique"), term.Plural(len(attack.Tactics(attack.Current)), "tactic"))
			return err
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "STIX bundle in `FILE` whose names are used from now on")
	cmd.Flags().StringVar(&version, "version", "", "`VERSION` of ATT&CK in the bundle, if the bundle does not say")
	cmd.Flags().BoolVar(&embedded, "embedded", false, "use the names that are built in again")
	return cmd
}
