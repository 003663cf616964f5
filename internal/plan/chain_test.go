package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// Each correlation counts the two before it, so that 60 of them are some 10^12 when written out. Planning visits each
// once, also for a table that has events of none.
func TestPlanningVisitsEachCorrelationOnce(t *testing.T) {
	var text strings.Builder
	text.WriteString(readsRule)
	for i := range 60 {
		rules := fmt.Sprintf("[c%d, c%d]", i-1, i-2)
		if i < 2 {
			rules = "[reads]"
		}
		fmt.Fprintf(&text, "---\ntitle: Chain %d\nname: c%d\ncorrelation: {type: event_count, rules: %s, group-by: [awsRegion], timespan: 1h, condition: {gte: 1}}\n", i, i, rules)
	}
	set := rulesText(t, text.String())
	for _, name := range []string{"cloudtrail/athena", "vpcflow/athena"} {
		p := profileOf(t, name)
		planned := plan.Build(set, p, plan.Options{Dialect: sqlgen.DialectByName("athena"), Table: "t"})
		if len(planned.Statements) > 1 {
			t.Errorf("%s: %s", name, outline(set, planned))
		}
	}
}
