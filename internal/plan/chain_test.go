package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// Each correlation counts the two before it, so that 60 of them would expand to about 10^12 visits. Planning visits each one
// once, even for a table without events for them.
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
		p := layoutOf(t, name)
		planned := plan.Build(set, p, plan.Options{Dialect: sqlgen.DialectByName("athena"), Table: "t"})
		if len(planned.Statements) > 1 {
			t.Errorf("%s: %s", name, outline(set, planned))
		}
	}
}
