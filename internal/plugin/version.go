package plugin

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/lazyre"
)

// version is a semantic version.
type version struct {
	numbers [3]int
	// pre is what follows the hyphen; a version with it is older than one without.
	pre string
}

var versionForm = lazyre.New(`^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$`)

func parseVersion(text string) (version, error) {
	match := versionForm.FindStringSubmatch(text)
	if match == nil {
		return version{}, fmt.Errorf("%q is not a version such as 1.2.0", text)
	}
	v := version{pre: match[4]}
	for i := range v.numbers {
		v.numbers[i], _ = strconv.Atoi(match[i+1]) // at most nine digits
	}
	return v, nil
}

// compare orders versions as semver.org 2.0.0 does, section 11.
func (v version) compare(w version) int {
	for i := range v.numbers {
		if c := cmp.Compare(v.numbers[i], w.numbers[i]); c != 0 {
			return c
		}
	}
	switch {
	case v.pre == w.pre:
		return 0
	case v.pre == "":
		return 1
	case w.pre == "":
		return -1
	}
	a, b := strings.Split(v.pre, "."), strings.Split(w.pre, ".")
	for i := range min(len(a), len(b)) {
		if c := comparePre(a[i], b[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// comparePre orders two identifiers: numbers by size and before others, others as text.
func comparePre(a, b string) int {
	digits := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	switch {
	case digits(a) && digits(b):
		a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	case digits(a):
		return -1
	case digits(b):
		return 1
	}
	return cmp.Compare(a, b)
}

// CompareVersions orders two versions of plug-ins: negative if a is older than b. Both must be valid.
func CompareVersions(a, b string) int {
	v, _ := parseVersion(a)
	w, _ := parseVersion(b)
	return v.compare(w)
}

// A Range is a set of versions of egret.
type Range struct {
	text        string
	comparisons []comparison
}

type comparison struct {
	operator string
	version  version
	// numbers is how many numbers were written: =1.2 holds for all of 1.2.
	numbers int
}

var comparisonForm = lazyre.New(`^ *(>=|<=|>|<|=) *([0-9]{1,9}(?:\.[0-9]{1,9}){0,2}) *$`)

// ParseRange reads comparisons separated by commas, all of which must hold: ">=0.5, <2". A version may be written with one to
// three numbers. Numbers left out are 0 for >= and <, and any for =, <= and >: "<=1" holds for 1.9.
func ParseRange(text string) (Range, error) {
	r := Range{text: text}
	for part := range strings.SplitSeq(text, ",") {
		match := comparisonForm.FindStringSubmatch(part)
		if match == nil {
			return Range{}, fmt.Errorf("expected comparisons such as >=0.5, <2, found %q", text)
		}
		c := comparison{operator: match[1]}
		for number := range strings.SplitSeq(match[2], ".") {
			c.version.numbers[c.numbers], _ = strconv.Atoi(number) // at most nine digits
			c.numbers++
		}
		r.comparisons = append(r.comparisons, c)
	}
	return r, nil
}

// Holds reports whether a version of egret is in the range. Builds that have no version of their own, such as those of a
// checkout, are in every range. A pre-release counts as the version that it precedes.
func (r Range) Holds(egret string) bool {
	egret, _, _ = strings.Cut(strings.TrimPrefix(egret, "v"), "+")
	v, err := parseVersion(egret)
	if err != nil || v.numbers == [3]int{} {
		return true
	}
	for _, c := range r.comparisons {
		if !c.holds(v) {
			return false
		}
	}
	return true
}

func (c comparison) holds(v version) bool {
	order := 0
	for i := range c.numbers {
		if order = cmp.Compare(v.numbers[i], c.version.numbers[i]); order != 0 {
			break
		}
	}
	switch c.operator {
	case ">=":
		return order >= 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case "<":
		return order < 0
	}
	return order == 0
}
