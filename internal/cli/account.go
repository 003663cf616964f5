package cli

import (
	"fmt"
	"regexp"
)

// accountForm is that of an account's id.
var accountForm = regexp.MustCompile(`^[0-9]{12}$`)

// checkAccountIDs refuses what is no id in --account.
func checkAccountIDs(accounts []string) error {
	for _, account := range accounts {
		if !accountForm.MatchString(account) {
			return usage("it has 12 digits, as in --account 111122223333", fmt.Errorf("--account: %q is no id of an account", account))
		}
	}
	return nil
}
