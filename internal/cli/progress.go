package cli

import (
	"fmt"
	"time"

	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/term"
)

// progress shows the progress of a hunt on a terminal.
type progress struct{ *term.Progress }

func (a *app) progress(quiet bool) progress {
	if quiet {
		return progress{&term.Progress{}}
	}
	return progress{term.NewProgress(a.stderr, a.screen, time.Now)}
}

// hunt shows a pass of a hunt until it is stopped, or until another run starts.
func (p progress) hunt(now func() hunt.Progress) {
	p.Start(now().Unit == hunt.UnitFiles, func() term.State { return stateOf(now()) })
}

// stateOf formats the progress of a hunt.
func stateOf(s hunt.Progress) term.State {
	if s.Unit == hunt.UnitQueries {
		text := fmt.Sprintf("%d of %s, %s read, %s", s.Done, term.Plural(s.Total, "query"), term.Bytes(s.ReadBytes), term.Plural(s.Records, "row"))
		if s.Dollars > 0 {
			text += ", " + term.Dollars(s.Dollars)
		}
		return term.State{Text: text, Done: s.Done, Total: s.Total}
	}
	text := "looking for files" // listing a bucket may take time
	if s.Total > 0 || !s.Growing {
		text = fmt.Sprintf("%s of %s files, %s events", term.Count(s.Done), term.Count(s.Total), term.Count(s.Records))
	}
	total := s.TotalBytes
	if s.Growing {
		total = 0
	}
	return term.State{Text: text, Done: s.ReadBytes, Total: total}
}

// asking shows that egret is waiting for the lake's metadata, until another run starts.
func (p progress) asking() {
	p.Start(false, func() term.State {
		return term.State{Text: "reading the columns of the lake and estimating its queries"}
	})
}
