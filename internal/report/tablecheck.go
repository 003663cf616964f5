package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/tablecheck"
	"github.com/egret-hunt/egret/internal/term"
)

// shownRules is how many rules a line names.
const shownRules = 3

// WriteTableCheck prints for people how a table compares with its layout. failed says that the table could not be described.
func WriteTableCheck(w io.Writer, check *tablecheck.Result, failed, color bool) error {
	paint := func(style, text string) string { return term.Paint(color, style, text) }
	var b strings.Builder
	state := paint(term.Help, "as expected")
	switch {
	case failed:
		state = paint(term.Error, "cannot be asked")
	case !check.OK:
		state = paint(term.Warning, "differs")
	}
	fmt.Fprintf(&b, "%s (%s): %s\n", diag.Safe(check.Table), check.Schema, state)
	width := 0
	for _, d := range check.Differences {
		width = max(width, term.Width(diag.Safe(d.Column)))
	}
	for _, d := range check.Differences {
		fmt.Fprintf(&b, "  %s  %s  %s\n", paint(colorOf(d, check.Remote), fmt.Sprintf("%-17s", d.Kind)), term.Pad(diag.Safe(d.Column), width), diag.Safe(describe(d)))
	}
	if !failed {
		fmt.Fprintf(&b, "  %d of %s can run\n", check.Run, term.Plural(check.Rules, "rule"))
		writeReasons(&b, check.CannotRun)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func colorOf(d tablecheck.Difference, remote bool) string {
	if d.Harmful(remote) {
		return "33"
	}
	return "2"
}

// describe says what is expected and what was found, cut where types are long.
func describe(d tablecheck.Difference) string {
	switch {
	case d.Found == "":
		return "expected " + tablecheck.ShortType(d.Expected)
	case d.Expected == "":
		return "found " + tablecheck.ShortType(d.Found)
	}
	return "expected " + tablecheck.ShortType(d.Expected) + ", found " + tablecheck.ShortType(d.Found)
}

// writeReasons groups rules by the reason why they cannot run, in the order of the rules.
func writeReasons(b *strings.Builder, rules []tablecheck.CannotRun) {
	var reasons []string
	titles := map[string][]string{}
	for _, r := range rules {
		if titles[r.Reason] == nil {
			reasons = append(reasons, r.Reason)
		}
		titles[r.Reason] = append(titles[r.Reason], r.Title)
	}
	for _, reason := range reasons {
		list := titles[reason]
		shown := strings.Join(list[:min(len(list), shownRules)], "; ")
		if n := len(list) - shownRules; n > 0 {
			shown += fmt.Sprintf("; and %d more", n)
		}
		fmt.Fprintf(b, "  %s: %s\n", diag.Safe(reason), diag.Safe(shown))
	}
}
