package stixhunt

import "github.com/egret-hunt/egret/internal/stixout"

// Indicator returns the indicator of a rule, by the id of the rule, as bundles refer to it; false if the rule is of none.
func (r *Rules) Indicator(ruleID string) (stixout.Indicator, bool) {
	i, ok := r.Indicators[ruleID]
	if !ok {
		return stixout.Indicator{}, false
	}
	return stixout.Indicator{
		ID: i.ID, Name: i.title(), Description: i.Description, Language: "stix", Pattern: i.File.Text, ValidFrom: i.From, Elsewhere: i.ID != "",
	}, true
}
