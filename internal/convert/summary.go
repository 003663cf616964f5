package convert

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/term"
)

// Summary returns the numbers of results, for example "converted 56 of 57 rules to SQL for athena, layout
// cloudtrail/athena; 1 refused (unmapped-field 1)".
func (o *Outcome) Summary(opt *sqlgen.Options) string {
	converted := 0
	refused, notLoaded := map[string]int{}, map[string]int{}
	for i := range o.Results {
		switch r := &o.Results[i]; {
		case r.Query != "":
			converted++
		case r.NotLoaded:
			notLoaded[r.Reason()]++
		default:
			refused[r.Reason()]++
		}
	}
	text := fmt.Sprintf("converted %s of %s to SQL for %s, layout %s", term.Count(converted), term.Plural(len(o.Results), "rule"), opt.Dialect.Name,
		opt.Layout.FullName())
	leftOut := map[string]int{}
	for reason, n := range o.LeftOut {
		leftOut[string(reason)] = n
	}
	for _, part := range []struct {
		word  string
		count map[string]int
	}{{"refused", refused}, {"not loaded", notLoaded}, {"left out", leftOut}} {
		if len(part.count) > 0 {
			text += "; " + ReasonCounts(part.word, part.count)
		}
	}
	return text
}

// ReasonCounts returns text such as "3 refused (regex-in-sql 2, unmapped-field 1)", with the most frequent reason first.
func ReasonCounts(word string, count map[string]int) string {
	total := 0
	var parts []string
	reasons := slices.SortedFunc(maps.Keys(count), func(x, y string) int { return cmp.Or(-cmp.Compare(count[x], count[y]), cmp.Compare(x, y)) })
	for _, reason := range reasons {
		total += count[reason]
		parts = append(parts, fmt.Sprintf("%s %d", reason, count[reason]))
	}
	return fmt.Sprintf("%d %s (%s)", total, word, strings.Join(parts, ", "))
}

// Unmapped returns a line that names the fields of converted rules without a column in the table, with the number of rules,
// or "" if there are none. Conditions treat such fields as missing, and queries do not return them.
func (o *Outcome) Unmapped() string {
	count := map[string]int{}
	for i := range o.Results {
		if o.Results[i].Query == "" {
			continue // its error names the field
		}
		for _, field := range o.Results[i].Unmapped {
			count[field]++
		}
	}
	if len(count) == 0 {
		return ""
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(count)) {
		if n := count[name]; n > 1 {
			name += fmt.Sprintf(" (%d rules)", n)
		}
		names = append(names, name)
	}
	return "fields without a column in the table, treated as missing or left out: " + strings.Join(names, ", ")
}
