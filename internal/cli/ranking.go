package cli

import (
	"slices"
)

// ranking keeps what is said of the events that match, and of those that come nearest, up to a limit. Its memory does not
// grow with the number of events.
type ranking struct {
	limit int
	// count are all events, held those that match, strange those of other log sources.
	count, held, strange int
	shown                []ranked
}

// ranked is an event that may be shown: how many predicates keep it from matching, and its text.
type ranked struct {
	missing int
	text    string
}

// foreign stands for the number of predicates of an event that is of no rule's log source.
const foreign = 1 << 30

// wants counts an event, and tells whether it is among the best so far.
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

// add keeps an event that is wanted, behind those that are as near, unless it is a copy of one that is kept.
func (r *ranking) add(missing int, text string) {
	if slices.ContainsFunc(r.shown, func(have ranked) bool { return have.text == text }) {
		return
	}
	at, _ := slices.BinarySearchFunc(r.shown, missing+1, func(have ranked, missing int) int { return have.missing - missing })
	r.shown = slices.Insert(r.shown, at, ranked{missing, text})
	r.shown = r.shown[:min(len(r.shown), r.limit)]
}

// print prints how many events match, and the nearest ones.
func (r *ranking) print(e *explainer) {
	if r.count == 0 {
		return
	}
	if r.count > 1 {
		text := grouped(int64(r.held)) + " of " + grouped(int64(r.count)) + " match"
		if r.strange > 0 {
			text += ", " + grouped(int64(r.strange)) + " are of other log sources"
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
		e.printf("\nand %s more, %s of them matching (--max-events)\n", grouped(int64(more)), grouped(int64(r.held-r.matches())))
	}
}

// matches is how many of the events that are shown match.
func (r *ranking) matches() int {
	n := 0
	for _, event := range r.shown {
		if event.missing == 0 {
			n++
		}
	}
	return n
}
