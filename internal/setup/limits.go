package setup

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/timetext"
)

// Limits are the user's limits on what a lake hunt may read and cost. Values that are empty or 0 come from the lake's
// settings.
type Limits struct {
	// Budget is bytes or money ("200GB", "5USD"). Price is the cost of reading one TB in USD.
	Budget, Price string
	// Chunk is the time range that one statement covers, in whole days.
	Chunk string
	// InFlight is the number of queries that run at the same time.
	InFlight int
	// Accounts are the account ids whose partitions are read, all if empty. AllTime lets a hunt read whole tables.
	Accounts []string
	AllTime  bool
}

// Apply sets the limits in the options of a lake hunt. Errors name the flags.
func (f Limits) Apply(l *Lake, o *lake.Options) error {
	set := l.Settings
	o.AllTime, o.Accounts = f.AllTime, f.Accounts
	if err := CheckAccountIDs(f.Accounts); err != nil {
		return err
	}
	o.Price = set.Price
	budget := set.Budget
	var err error
	if f.Price != "" {
		if o.Price, err = config.ParsePrice(f.Price); err != nil {
			return UsageError("as in --price-per-tb 5", fmt.Errorf("--price-per-tb: %w", err))
		}
	}
	if o.Price == 0 {
		o.Price = l.Driver().PricePerTB
	}
	if f.Budget != "" {
		if budget, err = config.ParseBudget(f.Budget); err != nil {
			return UsageError("as in --budget 200GB or --budget 5USD", fmt.Errorf("--budget: %w", err))
		}
	}
	o.Budget = budget.Bytes
	if budget.Dollars > 0 {
		if o.Price == 0 {
			return UsageError("give the price of reading one TB with --price-per-tb", errors.New("a budget in money needs a price"))
		}
		o.Budget = budget.BytesAt(o.Price)
	}
	if o.Chunk = set.Chunk; f.Chunk != "" {
		if o.Chunk, err = timetext.Duration(f.Chunk); err != nil {
			return UsageError(timetext.DurationHelp, fmt.Errorf("--chunk: %w", err))
		}
	}
	const day = 24 * time.Hour
	if o.Chunk%day != 0 {
		return UsageError("as in --chunk 1d", fmt.Errorf("a chunk is whole days, not %s", o.Chunk))
	}
	if f.InFlight < 0 {
		return UsageError("0 is the engine's default", fmt.Errorf("--in-flight: invalid number of queries %d", f.InFlight))
	}
	o.InFlight = cmp.Or(f.InFlight, set.Concurrency)
	return nil
}
