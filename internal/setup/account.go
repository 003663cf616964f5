package setup

import (
	"fmt"

	"github.com/egret-hunt/egret/internal/lazyre"
)

// accountForm is that of an account's id.
var accountForm = lazyre.New(`^[0-9]{12}$`)

// CheckAccountIDs returns an error for an invalid AWS account id; a valid one has 12 digits.
func CheckAccountIDs(accounts []string) error {
	for _, account := range accounts {
		if !accountForm.MatchString(account) {
			return UsageError("an account id has 12 digits, as in --account 111122223333", fmt.Errorf("--account: invalid account id %q", account))
		}
	}
	return nil
}
