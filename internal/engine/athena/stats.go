package athena

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/egret-hunt/egret/internal/engine"
)

const (
	// megabyte is the unit that bytes are rounded up to. Athena's price list does not define it; this is the more
	// expensive interpretation.
	megabyte = 1 << 20
	// minBilled is charged for every query that runs.
	minBilled = 10 * megabyte
)

// statsOf returns the cost of a query as Athena reports it.
func statsOf(x *types.QueryExecution) engine.Stats {
	s := engine.Stats{ScannedBytes: -1}
	state := stateOf(x)
	if state == engine.Queued {
		s.ScannedBytes = 0
	}
	t := x.Statistics
	if t == nil {
		return s
	}
	if t.DataScannedInBytes != nil {
		s.ScannedBytes = max(*t.DataScannedInBytes, 0)
	}
	s.Queued, s.Ran = millis(t.QueryQueueTimeInMillis), millis(t.EngineExecutionTimeInMillis)
	s.Reused = t.ResultReuseInformation != nil && t.ResultReuseInformation.ReusedPreviousResult
	s.BilledBytes = billed(state, x, s)
	return s
}

// billed returns the bytes charged: those read, rounded up to megabytes, at least ten. Failed queries, DDL, EXPLAIN
// and reused results cost nothing; stopped queries cost what they had read. https://aws.amazon.com/athena/pricing/
func billed(state engine.State, x *types.QueryExecution, s engine.Stats) int64 {
	if state == engine.Failed || s.Reused || isFree(x) || state != engine.Succeeded && s.ScannedBytes <= 0 {
		return 0
	}
	return max((max(s.ScannedBytes, 0)+megabyte-1)/megabyte*megabyte, minBilled)
}

// isFree reports whether the statement is of a kind that reads nothing.
func isFree(x *types.QueryExecution) bool {
	if x.StatementType == types.StatementTypeDdl || x.StatementType == types.StatementTypeUtility {
		return true
	}
	return isExplain(aws.ToString(x.Query))
}

// isExplain reports whether a statement only explains another one. EXPLAIN ANALYZE runs it.
func isExplain(sql string) bool {
	words := strings.Fields(sql[:min(len(sql), 200)])
	return len(words) > 1 && strings.EqualFold(words[0], "EXPLAIN") && !strings.EqualFold(words[1], "ANALYZE")
}

func millis(n *int64) time.Duration { return time.Duration(max(aws.ToInt64(n), 0)) * time.Millisecond }
