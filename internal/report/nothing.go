package report

import (
	"github.com/egret-hunt/egret/internal/finding"
)

// nothingFound says in words what it means that a hunt has no findings: "No findings." only where everything was searched.
// l is nil where nothing is known of the hunt.
func nothingFound(l *finding.Ledger) string {
	switch {
	case l == nil:
		return "No findings."
	case l.Rules.Loaded == 0:
		return "Nothing was searched: no rule ran."
	case l.Lake != nil:
		return nothingInLake(l)
	}
	r := &l.Records
	switch {
	case r.Evaluated == 0 && l.Partial:
		return "Nothing was searched: the hunt was stopped before the first record."
	case r.Evaluated == 0 && r.OutOfRange > 0:
		return "Nothing was searched: no record that could be read lies in the time range."
	case r.Evaluated == 0:
		return "Nothing was searched: no record could be read."
	case r.WithoutRule == r.Evaluated:
		return "Nothing was searched: no rule that ran is about the kinds of log that were read."
	case l.Partial:
		return "No findings in what was read before the hunt was stopped."
	case l.Files.Failed.Total > 0 || r.Failed.Total > 0:
		return "No findings in what could be read; the ledger says what could not."
	}
	return "No findings."
}

func nothingInLake(l *finding.Ledger) string {
	switch {
	case l.Lake.Slices == 0 && !l.Partial:
		return "Nothing was searched: no rule can run on these tables."
	case l.Lake.Done == 0:
		return "Nothing was searched: no query came to its end."
	case l.Lake.Left.Total > 0 || l.Partial || l.Records.Failed.Total > 0:
		return "No findings in what was searched; the ledger says what was not."
	}
	return "No findings."
}
