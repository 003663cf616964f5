package report

import (
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/term"
)

// shortARN returns what a person needs of an ARN: its last part, if it belongs to the account at hand, to AWS or to no
// account, as ARNs of buckets do. It returns other texts unchanged.
func shortARN(text, account string) string {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[5] == "" {
		return text
	}
	switch parts[4] {
	case "", "aws", account:
		return parts[5]
	}
	return text
}

// shortARNs shortens each ARN that is a word of a text. before is the word before the text: "policy" shortens policy/x to x.
func shortARNs(before, text, account string) string {
	if !strings.Contains(text, "arn:") {
		return text
	}
	words := strings.Split(text, " ")
	for i, word := range words {
		words[i] = shortName(before, word, account)
		before = word
	}
	return strings.Join(words, " ")
}

// shortName returns the name of a target without what its type says already: of the type secret and the ARN
// arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-1a2b3c it returns db-1a2b3c.
func shortName(kind, name, account string) string {
	short := shortARN(name, account)
	if short == name {
		return name
	}
	if cut := strings.IndexAny(short, "/:"); cut > 0 && cut < len(short)-1 {
		if prefix := strings.ReplaceAll(short[:cut], "-", " "); prefix == kind || strings.HasSuffix(kind, " "+prefix) {
			short = short[cut+1:]
		}
	}
	return short
}

// shortSession returns only the name of a session of the principal of an entry, and else shortARN.
func shortSession(text, principal, account string) string {
	short := shortARN(text, account)
	role := strings.TrimPrefix(shortARN(principal, account), "role/")
	if session, ok := strings.CutPrefix(short, "assumed-role/"+role[strings.LastIndexByte(role, '/')+1:]+"/"); ok && session != "" {
		return "…/" + session
	}
	return short
}

const (
	// namedTargets is how many targets of a type an entry names before it counts them, namedExamples how many it names
	// then.
	namedTargets, namedExamples = 3, 2
	// maxName is the maximum number of columns of the name of a target in an entry.
	maxName = 64
	// maxKinds is how many types of targets an entry shows, and how many names of facts.
	maxKinds = 6
)

// named is the targets of a type, or the values of the facts of a name, in an entry.
type named struct {
	kind, attempt string
	names         []string
}

// addTo adds a value to the list of its kind, once.
func addTo(list []named, kind, attempt, name string) []named {
	for i := range list {
		if list[i].kind == kind && list[i].attempt == attempt {
			for _, have := range list[i].names {
				if have == name {
					return list
				}
			}
			list[i].names = append(list[i].names, name)
			return list
		}
	}
	return append(list, named{kind, attempt, []string{name}})
}

// targetGroups lists the targets for people: "bucket logs", "20 secrets, such as db, api".
func (m *merged) targetGroups(account string) []string {
	var kinds []named
	for _, t := range m.shownTargets() {
		name := shorten(safe(shortName(t.Type, t.Name, account)), maxName)
		kinds = addTo(kinds, safe(t.Type), m.attempt(t.Outcome), name)
	}
	texts := make([]string, 0, len(kinds))
	for _, k := range kinds {
		switch {
		case len(k.names) <= namedTargets:
			texts = append(texts, k.kind+" "+strings.Join(k.names, ", ")+k.attempt)
		default:
			count := term.Plural(len(k.names), k.kind)
			if m.cut {
				count = "at least " + count
			}
			texts = append(texts, count+", such as "+strings.Join(k.names[:namedExamples], ", ")+k.attempt)
		}
	}
	return limited(texts)
}

// factGroups lists the facts for people; facts of one name share it.
func (m *merged) factGroups(account string) []string {
	var kinds []named
	for _, f := range m.shownFacts() {
		before := f.Name[strings.LastIndexByte(f.Name, ' ')+1:]
		kinds = addTo(kinds, safe(f.Name), attempt(f.Outcome), safe(shortARNs(before, f.Value, account)))
	}
	texts := make([]string, 0, len(kinds))
	for _, k := range kinds {
		text := strings.TrimSpace(k.kind + " " + strings.Join(k.names[:min(namedTargets, len(k.names))], ", "))
		if more := len(k.names) - namedTargets; more > 0 {
			text += " and " + term.Count(more) + " more"
		}
		texts = append(texts, text+k.attempt)
	}
	return limited(texts)
}

// limited cuts a list of texts, and counts the rest.
func limited(texts []string) []string {
	if more := len(texts) - maxKinds; more > 0 {
		return append(texts[:maxKinds:maxKinds], "and "+term.Count(more)+" more")
	}
	return texts
}

// attempt marks a target that no call reached, unless no call succeeded at all, which the outcome says.
func (m *merged) attempt(o finding.Outcome) string {
	if m.counts[finding.Succeeded] == 0 {
		return ""
	}
	return attempt(o)
}

// speaker names principals: in full where it mentions one for the first time, short afterwards.
type speaker struct {
	// full has the principal of each short name that was used.
	full map[string]string
}

// maxSpoken is how many principals a speaker remembers; others are always named in full.
const maxSpoken = 10000

// name returns the name of a principal of an account. A short name belongs to the first principal that has it.
func (s *speaker) name(principal, account string) string {
	short := shortARN(principal, account)
	if short == principal {
		return principal
	}
	full, known := s.full[short]
	switch {
	case full == principal:
		return short
	case !known && len(s.full) < maxSpoken:
		s.full[strings.Clone(short)] = strings.Clone(principal)
	}
	return principal
}
