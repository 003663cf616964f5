package report

import (
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/term"
)

// nothingFound says what it means that a hunt has no findings. It returns "No findings." only if everything was
// searched. l is nil if nothing is known about the hunt.
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
		return "Nothing was searched: no readable record is in the time range."
	case r.Evaluated == 0:
		return "Nothing was searched: no record could be read."
	case r.WithoutRule == r.Evaluated:
		return "Nothing was searched: no rule ran for the log sources that were read."
	case l.Partial:
		return "No findings in what was read before the hunt was stopped."
	case l.Files.Failed.Total > 0 || r.Failed.Total > 0:
		return "No findings in what could be read; the ledger lists the rest."
	}
	return "No findings."
}

func nothingInLake(l *finding.Ledger) string {
	switch {
	case l.Lake.Chunks == 0 && !l.Partial:
		return "Nothing was searched: no rule can run on these tables."
	case l.Lake.Done == 0:
		return "Nothing was searched: no query finished."
	case l.Lake.Left.Total > 0 || l.Partial || l.Records.Failed.Total > 0:
		return "No findings in what was searched; the ledger lists the rest."
	}
	return "No findings."
}

// NothingRead returns the error of a hunt in files that could not read a single record, with the first files that failed; ""
// for other hunts.
func NothingRead(l *finding.Ledger) string {
	if l.Lake != nil || l.Rules.Loaded == 0 || l.Partial || l.Records.Evaluated > 0 || l.Records.OutOfRange > 0 {
		return ""
	}
	text := "nothing was searched: no record could be read"
	for _, reasons := range []*finding.Reasons{&l.Files.Failed, &l.Records.Failed, &l.Files.Skipped} {
		for _, reason := range reasons.Reasons {
			if len(reason.Examples) == 0 {
				continue
			}
			example := safe(reason.Examples[0])
			if reasons == &l.Files.Skipped {
				example += ": " + safe(reason.Reason)
			}
			text += "; " + example
			if more := reasons.Total - 1; more > 0 {
				text += " and " + term.Count(more) + " more"
			}
			return text
		}
	}
	return text
}
