package explain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/parquetrow"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/value"
)

// firesShown limits the bursts of a correlation, and the groups without a burst, that are shown.
const firesShown = 5

// fires prints whether and where correlations fire in the events of the file in --event, and which groups come
// nearest. It runs a hunt with these correlations alone, so its result is that of a hunt.
func (e *Explainer) fires(ctx context.Context, stdin io.Reader, correlations []*ruleset.Correlation) (err error) {
	if len(correlations) == 0 {
		return nil
	}
	set := e.set.Only(nil, correlations)
	result, err := hunt.Run(ctx, hunt.Options{
		Set: set, Schemas: e.opt.Schemas, Source: &hunt.Files{Paths: []string{e.opt.Event}, Stdin: stdin, Parquet: parquetrow.Reader}, Threads: runtime.GOMAXPROCS(0), Groups: 4 * firesShown,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, result.Close()) }()
	bursts := map[string][]string{}
	count := map[string]int{}
	if _, err := result.Each(ctx, 0, nil, func(f *finding.Finding) error {
		key := f.Rule.ID + "\x00" + f.Rule.Title
		if count[key]++; count[key] <= firesShown {
			bursts[key] = append(bursts[key], burstLine(f))
		}
		return nil
	}); err != nil {
		return err
	}
	for i, c := range set.Correlations {
		if !c.Reports {
			continue
		}
		key := c.ID + "\x00" + c.Title
		groups := result.Groups(i)
		e.separate(e.printed)
		verdict := e.paint(term.Error, "does not fire")
		if count[key] > 0 {
			verdict = e.paint(term.Help, "fires "+timesOf(count[key]))
		}
		e.printf("%s %s %s: %s\n", e.paint(term.Note, "correlation"), e.paint(term.Bold, diag.Safe(c.Title)), verdict, diag.Safe(wantOf(c.IR)))
		switch {
		case groups.Total == 0:
			e.printf("  no event counts: the rules that it counts match none, or their events lack a field of group-by\n")
			if n := result.Ledger.Records.WithoutTime; n > 0 {
				e.printf("  %s without a time cannot count\n", term.Plural(int(n), "event"))
			}
		default:
			e.printf("  %s in %s, %d of which fire\n", term.Plural(groups.Events, "counted event"), term.Plural(groups.Total, "group"), groups.Firing)
		}
		for _, line := range bursts[key] {
			e.printf("  %s %s\n", e.paint("32", "✓"), line)
		}
		if more := count[key] - len(bursts[key]); more > 0 {
			e.printf("    and %s more\n", term.Count(more))
		}
		shown := 0
		for _, g := range groups.Nearest {
			if g.Bursts > 0 || shown == firesShown {
				continue
			}
			shown++
			e.printf("  %s %s", e.paint("31", "✗"), groupText(pairsOf(c.IR.GroupBy, g.Group)))
			if g.Valued {
				e.printf("%s at most, %s to %s", measured(c.IR, g.Value), clockText(g.First), clockText(g.Last))
			} else {
				e.printf("no value")
			}
			e.printf(", %s in all\n", term.Plural(g.Events, "event"))
		}
		if more := groups.Total - groups.Firing - shown; more > 0 {
			e.printf("    and %s that %s\n", term.Plural(more, "more group"), doNot(more))
		}
	}
	return nil
}

func doNot(n int) string {
	if n == 1 {
		return "does not fire"
	}
	return "do not fire"
}

func timesOf(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return term.Count(n) + " times"
}

// wantOf describes the condition of a correlation: "event_count gte 3 within 10m by userIdentity.arn".
func wantOf(c *ir.Correlation) string {
	var b strings.Builder
	b.WriteString(c.Type.String())
	for i, bound := range c.Bounds {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, " %s %s", bound.Op, bound.Text)
	}
	span := c.Timespan.String() // such as 10m0s and 1h0m0s
	if strings.HasSuffix(span, "m0s") {
		span = strings.TrimSuffix(span, "0s")
	}
	if strings.HasSuffix(span, "h0m") {
		span = strings.TrimSuffix(span, "0m")
	}
	if c.Timespan != ir.NoLimit {
		b.WriteString(" within " + span)
	}
	if len(c.GroupBy) > 0 {
		b.WriteString(" by " + strings.Join(c.GroupBy, ", "))
	}
	return b.String()
}

// measured returns a value of a correlation with its unit.
func measured(c *ir.Correlation, value string) string {
	noun := map[ir.CorrelationType]string{
		ir.EventCount: "event", ir.ValueCount: "different value", ir.Temporal: "rule", ir.TemporalExtended: "rule",
		ir.TemporalOrdered: "step", ir.TemporalOrderedExtended: "rule",
	}[c.Type]
	if noun == "" {
		return value
	}
	all := ""
	if len(c.Bounds) == 0 && c.Extended == nil {
		all = fmt.Sprintf(" of %d", len(c.Bases))
	}
	if value == "1" && all == "" {
		return "1 " + noun
	}
	return value + all + " " + noun + "s"
}

func burstLine(f *finding.Finding) string {
	return fmt.Sprintf("%s%s, %s to %s", groupText(f.Group), term.Plural(f.Count, "event"), finding.TimeText(f.First), finding.TimeText(f.Last))
}

func pairsOf(names, values []string) []finding.Pair {
	var pairs []finding.Pair
	for i, name := range names {
		if i < len(values) {
			pairs = append(pairs, finding.Pair{Name: name, Value: values[i]})
		}
	}
	return pairs
}

// groupText returns a group as "name: value, …: ", or "" for the single group without group-by.
func groupText(group []finding.Pair) string {
	if len(group) == 0 {
		return ""
	}
	parts := make([]string, len(group))
	for i, pair := range group {
		parts[i] = diag.Safe(pair.Name) + " " + seen([]string{pair.Value})
	}
	return strings.Join(parts, ", ") + ": "
}

func clockText(nanos int64) string { return value.Time{Nanos: nanos}.String() }

// spooled copies standard input to a temporary file, which can be read more than once. The returned function removes
// it.
func spooled(stdin io.Reader) (*os.File, func() error, error) {
	file, err := os.CreateTemp("", "egret-stdin-")
	if err != nil {
		return nil, nil, err
	}
	// Unlink the file at once if the system allows it, so that nothing is left if egret is killed.
	gone := os.Remove(file.Name()) == nil
	remove := func() error {
		err := file.Close()
		if !gone {
			err = errors.Join(err, os.Remove(file.Name()))
		}
		return err
	}
	if _, err = io.Copy(file, stdin); err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	return file, remove, nil
}
