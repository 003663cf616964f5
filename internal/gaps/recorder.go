package gaps

// Recorder collects the hours in which accounts and regions have records, for inputs whose file names do not show it. A lookup
// causes no allocation.
type Recorder struct {
	accounts map[string]map[string]*slot
	last     *slot // the most recent one: most records belong to the same slot
}

// Limits of the coverage. Logs are not trusted: invented accounts, regions and times must not fill the memory. Beyond
// these limits the coverage is incomplete, which the ledger reports.
const (
	maxAccounts = 10_000
	maxRegions  = 1_000
	maxHours    = 100_000
)

type slot struct {
	account, region string

	hours hours
	last  int64
	any   bool
}

// Add records an hour, and reports whether it is within the limits.
func (s *Recorder) Add(account, region []byte, hour int64) bool {
	if l := s.last; l != nil && l.last == hour && l.region == string(region) && l.account == string(account) {
		return true
	}
	regions := s.accounts[string(account)]
	if regions == nil {
		if s.accounts == nil {
			s.accounts = map[string]map[string]*slot{}
		}
		if len(s.accounts) >= maxAccounts {
			return false
		}
		regions = map[string]*slot{}
		s.accounts[string(account)] = regions
	}
	at := regions[string(region)]
	if at == nil {
		if len(regions) >= maxRegions {
			return false
		}
		at = &slot{account: string(account), region: string(region), hours: hours{}}
		regions[string(region)] = at
	}
	if at.any && at.last == hour {
		s.last = at
		return true
	}
	if _, ok := at.hours[hour]; !ok && len(at.hours) >= maxHours {
		return false
	}
	at.any, at.last = true, hour
	at.hours[hour] = struct{}{}
	s.last = at
	return true
}

// AddTo adds the recorded hours to a coverage.
func (s *Recorder) AddTo(c Coverage) {
	// Iteration order does not matter: this builds sets.
	for account, regions := range s.accounts {
		// Iteration order does not matter: this builds sets.
		for region, slot := range regions {
			// Iteration order does not matter: this builds sets.
			for hour := range slot.hours {
				c.Add(Stream{account, region}, hour)
			}
		}
	}
}
