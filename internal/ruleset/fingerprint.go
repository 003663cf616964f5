package ruleset

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"

	"github.com/egret-hunt/egret/internal/ir"
)

// Fingerprint returns a SHA-256 hash of the rules that run in hexadecimal, or "" for a set without rules. It depends on the
// text and level of each rule, on whether the rule has findings itself, on the filters that apply to it, and on the values
// of its placeholders. It does not depend on the location and order of files, or on rules that do not run.
func (s *Set) Fingerprint() string {
	if len(s.Rules)+len(s.Correlations) == 0 {
		return ""
	}
	type line struct {
		info *Info
		sum  [sha256.Size]byte
	}
	lines := make([]line, len(s.Rules), len(s.Rules)+len(s.Correlations))
	var wait sync.WaitGroup
	part := len(s.Rules)/runtime.GOMAXPROCS(0) + 1
	for start := 0; start < len(s.Rules); start += part { // in parallel, since formatting all queries takes a tenth of the loading time
		wait.Go(func() {
			for i := start; i < min(start+part, len(s.Rules)); i++ {
				rule := s.Rules[i]
				sum := sha256.New()
				writeInfo(sum, &rule.Info)
				io.WriteString(sum, rule.LogSource.String()+"\x00") //nolint:errcheck // a hash never fails
				io.WriteString(sum, ir.Format(rule.Query.Where))    //nolint:errcheck // as above
				lines[i] = line{&rule.Info, [sha256.Size]byte(sum.Sum(nil))}
			}
		})
	}
	wait.Wait()
	for _, c := range s.Correlations {
		sum := sha256.New()
		writeInfo(sum, &c.Info)
		if c.Origin.Span.File == nil {
			own := *c.IR // replaces the missing text; indexes of bases are zeroed since they depend on other rules of the set
			own.Bases = slices.Clone(own.Bases)
			for i := range own.Bases {
				own.Bases[i].Index = 0
			}
			fmt.Fprintf(sum, "%s\x00%v\x00", &own, own.Percentile)
		}
		for _, base := range c.IR.Bases {
			fmt.Fprintf(sum, "%s\x00", s.Info(base.Reference).ID)
		}
		lines = append(lines, line{&c.Info, [sha256.Size]byte(sum.Sum(nil))})
	}
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.info.ID, b.info.ID), slices.Compare(a.sum[:], b.sum[:]))
	})
	sum := sha256.New()
	for _, l := range lines {
		fmt.Fprintf(sum, "%s %x\n", l.info.ID, l.sum)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// writeInfo writes a rule without its query: title, level and Reports after tuning, and the text of the rule if it has one.
func writeInfo(w io.Writer, info *Info) {
	fmt.Fprintf(w, "%s\x00%s\x00%t\x00", info.Title, info.Level, info.Reports)
	if info.Outcomes != (OutcomeLevels{}) || len(info.Folds) > 0 {
		fmt.Fprintf(w, "%q\x00%q\x00", info.Outcomes, info.Folds)
	}
	if span := info.Origin.Span; span.File != nil {
		fmt.Fprintf(w, "%s\x00", span.Text())
	}
}
