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

// Fingerprint is a SHA-256 over the rules that run, as they run, in hexadecimal; "" for a set without rules. It changes
// with the text of a rule, its level, whether it reports on its own, the filters that reach it, and the values of its
// placeholders. It does not depend on where the files lie, on their order, or on rules that do not run.
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
	for start := 0; start < len(s.Rules); start += part { // printing thousands of queries takes a tenth of loading them
		wait.Go(func() {
			for i := start; i < min(start+part, len(s.Rules)); i++ {
				rule := s.Rules[i]
				sum := sha256.New()
				writeInfo(sum, &rule.Info)
				io.WriteString(sum, LogSourceName(rule.Rule.LogSource)+"\x00") //nolint:errcheck // a hash takes everything
				io.WriteString(sum, ir.Format(rule.Query.Where))               //nolint:errcheck // as above
				lines[i] = line{&rule.Info, [sha256.Size]byte(sum.Sum(nil))}
			}
		})
	}
	wait.Wait()
	for _, c := range s.Correlations {
		sum := sha256.New()
		writeInfo(sum, &c.Info)
		for _, base := range c.IR.Bases {
			if base.Correlation {
				fmt.Fprintf(sum, "%s\x00", s.Correlations[base.Index].ID)
			} else {
				fmt.Fprintf(sum, "%s\x00", s.Rules[base.Index].ID)
			}
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

// writeInfo writes what a rule is, apart from its query: the document as it was written, and what tuning made of it.
func writeInfo(w io.Writer, info *Info) {
	fmt.Fprintf(w, "%s\x00%s\x00%t\x00", info.Title, info.Level, info.Reports)
	if span := info.Meta.Span; span.File != nil {
		fmt.Fprintf(w, "%s\x00", span.Text())
	}
}
