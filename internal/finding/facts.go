package finding

import "strconv"

// Facts describe all events of a finding, not just the first. Each list has different values in the order of their
// first event, without "".
type Facts struct {
	// Examined is the number of events that the rest was gathered from. It is below len(EventIDs) for a burst of more
	// events than a hunt reads again.
	Examined int
	Outcomes Outcomes
	Actors   []Actor
	// Actions, Addresses, Agents, Regions and Accounts are texts of the log.
	Actions, Addresses, Agents, Regions, Accounts []string
	// Targets are what the calls were about, and Notable what makes them serious; those of succeeded calls come first.
	Targets []Target
	Notable []Fact
	// Origins say where addresses are and whose, in the order of Addresses and only for those of which something is known.
	// KnownAgents are the Agents of one's own.
	Origins     []Origin
	KnownAgents []KnownAgent
	// FirstSeen marks what principals had not used before; nil if the hunt keeps no history.
	FirstSeen []FirstSeen
}

// Outcome says how a call ended.
type Outcome uint8

// The outcomes. Unknown means that the log, or the columns that a lake returned, do not show it.
const (
	Unknown Outcome = iota
	Succeeded
	// Refused means that the caller lacked the permission, Failed any other error.
	Refused
	Failed
)

var outcomeNames = [...]string{"unknown", "succeeded", "refused", "failed"}

// String returns the name in findings and in descriptions of log sources.
func (o Outcome) String() string { return outcomeNames[o] }

// ParseOutcome returns the outcome of a name, false if there is none.
func ParseOutcome(name string) (Outcome, bool) {
	for i, n := range outcomeNames {
		if n == name {
			return Outcome(i), true
		}
	}
	return Unknown, false
}

// Outcomes count calls by their outcome.
type Outcomes struct {
	// Counts is indexed by Outcome.
	Counts [len(outcomeNames)]int
	// Errors are the codes of refused and failed calls in the order of their first event.
	Errors []ErrorCount
}

// ErrorCount is an error code with the number of calls.
type ErrorCount struct {
	Code    string
	Outcome Outcome
	Count   int
}

// Actor is who made calls. Texts are "" if the log does not have the value.
type Actor struct {
	// Principal is as in Subject, Session the access key or logon id, Type the kind of identity, such as AssumedRole.
	Principal, Session, Type string
}

// Target is one thing that calls were about.
type Target struct {
	// Type is such as bucket, Name a name, id or ARN, Account the account that it belongs to, "" if that is not known.
	Type, Name, Account string
	Outcome             Outcome
	// Count is the number of calls with this outcome.
	Count int
}

// Fact is a name with its value, such as "shared with account" and "444455556666 (outside)". Value may be "". If Outcome
// is Refused or Failed, the call asked for it and did not get it.
type Fact struct {
	Name, Value string
	Outcome     Outcome
	// Count is the number of calls with this outcome.
	Count int
}

// Text returns name and value as one phrase.
func (f *Fact) Text() string {
	if f.Value == "" {
		return f.Name
	}
	return f.Name + " " + f.Value
}

// ListLimit is how many entries of each list of Facts a finding shows; the key "more" has the number of the others.
const ListLimit = 50

// appendJSON appends the keys of the facts, each behind a comma.
func (f *Facts) appendJSON(dst []byte) []byte {
	dst = append(dst, `,"examined":`...)
	dst = strconv.AppendInt(dst, int64(f.Examined), 10)
	dst = append(dst, `,"outcome":{`...)
	for _, o := range []Outcome{Succeeded, Refused, Failed, Unknown} {
		dst = append(append(append(dst, '"'), o.String()...), `":`...)
		dst = strconv.AppendInt(dst, int64(f.Outcomes.Counts[o]), 10)
		dst = append(dst, ',')
	}
	dst = append(dst, `"errors":`...)
	dst = appendList(dst, f.Outcomes.Errors, func(dst []byte, e *ErrorCount) []byte {
		dst = appendKey(append(dst, '{'), "code", e.Code)
		return appendCounted(dst, e.Outcome, e.Count)
	})
	dst = append(dst, `},"actors":`...)
	dst = appendList(dst, f.Actors, func(dst []byte, a *Actor) []byte {
		dst = appendKey(append(dst, '{'), "principal", a.Principal)
		dst = appendKey(append(dst, ','), "session", a.Session)
		return append(appendKey(append(dst, ','), "type", a.Type), '}')
	})
	for _, list := range []struct {
		name   string
		values []string
	}{{"addresses", f.Addresses}, {"agents", f.Agents}, {"regions", f.Regions}, {"accounts", f.Accounts}, {"actions", f.Actions}} {
		dst = append(append(append(dst, `,"`...), list.name...), `":`...)
		dst = appendStrings(dst, list.values[:min(ListLimit, len(list.values))])
	}
	dst = append(dst, `,"targets":`...)
	dst = appendList(dst, f.Targets, func(dst []byte, t *Target) []byte {
		dst = appendKey(append(dst, '{'), "type", t.Type)
		dst = appendKey(append(dst, ','), "name", t.Name)
		dst = appendKey(append(dst, ','), "account", t.Account)
		return appendCounted(dst, t.Outcome, t.Count)
	})
	dst = append(dst, `,"facts":`...)
	dst = appendList(dst, f.Notable, func(dst []byte, n *Fact) []byte {
		dst = appendKey(append(dst, '{'), "name", n.Name)
		dst = appendKey(append(dst, ','), "value", n.Value)
		return appendCounted(dst, n.Outcome, n.Count)
	})
	return f.appendMore(f.appendOrigins(dst))
}

// appendMore appends how many entries of each list were left out.
func (f *Facts) appendMore(dst []byte) []byte {
	dst = append(dst, `,"more":{`...)
	first := true
	for _, list := range []struct {
		name string
		n    int
	}{
		{"errors", len(f.Outcomes.Errors)}, {"actors", len(f.Actors)}, {"addresses", len(f.Addresses)}, {"agents", len(f.Agents)},
		{"regions", len(f.Regions)}, {"accounts", len(f.Accounts)}, {"actions", len(f.Actions)}, {"targets", len(f.Targets)}, {"facts", len(f.Notable)},
		{"origins", len(f.Origins)}, {"known_agents", len(f.KnownAgents)},
		{"first_seen", len(f.FirstSeen)},
	} {
		if list.n <= ListLimit {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(append(append(dst, '"'), list.name...), `":`...)
		dst = strconv.AppendInt(dst, int64(list.n-ListLimit), 10)
	}
	return append(dst, '}')
}

func appendList[T any](dst []byte, list []T, appendOne func(dst []byte, v *T) []byte) []byte {
	dst = append(dst, '[')
	for i := range list[:min(ListLimit, len(list))] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendOne(dst, &list[i])
	}
	return append(dst, ']')
}

func appendKey(dst []byte, key, text string) []byte {
	dst = append(append(append(dst, '"'), key...), `":`...)
	return appendString(dst, text)
}

// appendCounted appends outcome and count, and closes the object.
func appendCounted(dst []byte, o Outcome, count int) []byte {
	dst = append(append(append(dst, `,"outcome":"`...), o.String()...), `","count":`...)
	return append(strconv.AppendInt(dst, int64(count), 10), '}')
}
