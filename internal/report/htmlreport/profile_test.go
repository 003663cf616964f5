package htmlreport

import (
	"fmt"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
)

// Of too many principals the most severe are followed, also those that come last.
func TestTooManyPrincipals(t *testing.T) {
	p := newProfiles(10)
	for i := range 1000 {
		level := finding.Low
		if i == 3 || i == 997 {
			level = finding.Critical
		}
		p.add(&finding.Finding{Rule: &finding.Rule{}, Level: level, Subject: finding.Subject{Principal: fmt.Sprint(i)}}, &Words{})
	}
	list := p.sorted()
	if len(list) > 10 || list[0].Name != "3" || list[1].Name != "997" {
		t.Errorf("%d are followed, the first two are %s and %s", len(list), list[0].Name, list[1].Name)
	}
}

// Values beyond the limit of a list are counted.
func TestTallyCountsTheRest(t *testing.T) {
	var l tally
	for i := range maxValues + 7 {
		l.add(fmt.Sprint(i), finding.Low)
	}
	l.add("3", finding.High)
	got := newList("x", &l)
	if got.Values[0] != (tallied{"3", 2, finding.High}) || len(got.Values)+got.More != maxValues+7 {
		t.Errorf("got %+v first, %d shown and %d more", got.Values[0], len(got.Values), got.More)
	}
}
