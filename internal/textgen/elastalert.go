package textgen

import (
	"strconv"

	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/internal/textrule"
)

// elastAlert turns the rule of ElastAlert for a query into one that counts. Names and values of its keys depend on the type of
// the correlation and on the operator of its condition.
var elastAlert = &strategy{
	name: "elastalert",
	help: "writes correlations as rules of ElastAlert of the types frequency and metric_aggregation",
	document: func(c *converter, document any) (any, error) {
		object, ok := document.(*pyprint.Dict)
		if !ok || c.counts == nil {
			return document, nil
		}
		cor := c.counts
		unit := map[string]string{"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks", "M": "months", "y": "years"}[cor.TimespanUnit]
		count, err := strconv.Atoi(cor.TimespanCount)
		if err != nil {
			return nil, unsupported(cor.Span, "ElastAlert has no form for the timespan %s", cor.Timespan)
		}
		span := pyprint.NewDict(unit, count)
		key, limit, err := elastAlertLimit(cor)
		if err != nil {
			return nil, err
		}
		if len(cor.GroupBy) > 0 {
			object.Set("query_key", textList(cor.GroupBy))
		}
		object.Set(key, limit)
		if cor.Type == "event_count" {
			object.Set("type", "frequency")
			object.Set("timeframe", span)
			return object, nil
		}
		object.Set("type", "metric_aggregation")
		object.Set("buffer_time", span)
		object.Set("metric_agg_type", "cardinality")
		object.Set("metric_agg_key", cor.Values[0])
		return object, nil
	},
}

// elastAlertLimit returns the key for the condition of a correlation: the least number of events, or the largest or smallest
// number of values that raises no alert.
func elastAlertLimit(cor *textrule.Correlation) (key string, limit int, err error) {
	bound := cor.Bounds[0]
	n, err := strconv.Atoi(bound.Value)
	if err != nil {
		return "", 0, unsupported(cor.Span, "ElastAlert counts in whole numbers, and the condition has %s", bound.Value)
	}
	events := cor.Type == "event_count"
	switch {
	case events && bound.Op == "gte":
		return "num_events", n, nil
	case events && bound.Op == "gt":
		return "num_events", n + 1, nil
	case !events && bound.Op == "gte":
		return "max_threshold", n - 1, nil
	case !events && bound.Op == "gt":
		return "max_threshold", n, nil
	case !events && bound.Op == "lt":
		return "min_threshold", n, nil
	case !events && bound.Op == "lte": // the peer writes one less than n
		return "min_threshold", n + 1, nil
	}
	return "", 0, unsupported(cor.Span, "ElastAlert has no form for the operator %s in a correlation of type %s", bound.Op, cor.Type)
}
