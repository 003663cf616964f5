package explain

import (
	"slices"

	"github.com/egret-hunt/egret/internal/term"
)

// ranking keeps the texts of the best events up to a limit: those that match, then those that come nearest. Its
// memory does not grow with the number of events.
type ranking struct {
	limit int
	// count is the number of all events, held of those that match, strange of those of other log sources.
	count, held, strange int
	shown                []ranked
}

// ranked is an event that may be shown: the number of predicates that keep it from matching, and its text.
type ranked struct {
	missing int
	text    string
}

// foreign is used as the number of predicates for an event of another log source.
const foreign = 1 << 30

// wants counts an event and reports whether it is among the best so far.
func (r *ranking) wants(missing int) bool {
	r.count++
	switch {
	case missing == foreign:
		r.strange++
	case missing == 0:
		r.held++
	}
	return len(r.shown) < r.limit || r.limit > 0 && missing < r.shown[r.limit-1].missing
}

// add inserts a wanted event after equally near ones, unless it duplicates one of them.
func (r *ranking) add(missing int, text string) {
	if slices.ContainsFunc(r.shown, func(have ranked) bool { return have.text == text }) {
		return
	}
	at, _ := slices.BinarySearchFunc(r.shown, missing+1, func(have ranked, missing int) int { return have.missing - missing })
	r.shown = slices.Insert(r.shown, at, ranked{missing, text})
	r.shown = r.shown[:min(len(r.shown), r.limit)]
}

// print prints how many events match, and the nearest ones.
func (r *ranking) print(e *Explainer) {
	if r.count == 0 {
		return
	}
	if r.count > 1 {
		text := term.Count(r.held) + " of " + term.Count(r.count) + " match"
		if r.strange > 0 {
			text += ", " + term.Count(r.strange) + " are of other log sources"
		}
		if matches := r.matches(); len(r.shown) > matches && matches > 0 {
			text += "; those that match come first, then the nearest"
		} else if len(r.shown) > matches {
			text += "; those that come nearest are first"
		}
		e.separate(e.printed)
		e.heading("events", text)
	}
	for _, event := range r.shown {
		e.separate(e.printed)
		e.printf("%s", event.text)
	}
	if more := r.count - len(r.shown); more > 0 {
		e.printf("\nand %s more, %s of them matching (--max-events)\n", term.Count(more), term.Count(r.held-r.matches()))
	}
}

// matches returns how many of the shown events match.
func (r *ranking) matches() int {
	n := 0
	for _, event := range r.shown {
		if event.missing == 0 {
			n++
		}
	}
	return n
}
