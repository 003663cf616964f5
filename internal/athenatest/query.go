package athenatest

import (
	"context"
	"errors"
	"time"
)

// The states of queries, with Athena's names.
const (
	queued       = "QUEUED"
	runningState = "RUNNING"
	succeeded    = "SUCCEEDED"
	failedState  = "FAILED"
	cancelled    = "CANCELLED"
)

// query is a query that was started. The server's lock guards everything that changes, except done.
type query struct {
	id, sql, token, workGroup string
	in                        *request
	kind                      kind
	results                   resultConfiguration
	bucket, key, output       string
	cutoff                    int64
	submitted, completed      time.Time
	starts                    []time.Time
	polls                     int
	// state is "" until an end state was reported or a stop was requested.
	state           string
	reused, stopped bool
	cancel          context.CancelFunc
	// done is closed when the backend has finished; result and failure are set before.
	done    chan struct{}
	result  *result
	failure *Failure
	bytes   int64
}

// run starts the backend's work on a query. The caller holds the lock.
func (s *Server) run(q *query) {
	ctx, cancel := context.WithCancel(context.WithValue(s.context, databaseKey{},
		[2]string{q.in.QueryExecutionContext.Catalog, q.in.QueryExecutionContext.Database}))
	q.cancel = cancel
	earlier := s.reusable(q)
	end := s.end(q.sql)
	switch {
	case earlier != nil:
		q.reused, q.output = true, earlier.output
	case q.kind.header && s.options.Scanned != nil:
		if q.bytes = s.options.Scanned(q.sql); q.cutoff > 0 && q.bytes > q.cutoff {
			q.bytes, end = q.cutoff, cutOff()
		}
	}
	s.running.Go(func() {
		defer close(q.done)
		defer cancel()
		switch {
		case end != nil:
			q.failure = end
			return
		case earlier != nil:
			q.result = earlier.result
			return
		}
		query := s.options.Backend.Query
		if q.kind.substatement == "SHOW_PARTITIONS" {
			query = func(_ context.Context, sql string) ([]Column, Rows, error) { return s.showPartitions(sql) }
		}
		columns, rows, err := query(ctx, q.sql)
		if err == nil {
			q.result, err = spool(ctx, columns, rows, q.kind.header)
		}
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = s.putResult(q)
		}
		if err != nil {
			q.failure = asFailure(err)
		}
	})
}

// asFailure converts an error of the backend to the end of a query.
func asFailure(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return &Failure{Reason: "GENERIC_INTERNAL_ERROR: " + err.Error(), Category: 1, Type: 200}
}

// peek returns the state of a query without counting a poll. The caller holds the lock.
func (s *Server) peek(q *query) string {
	if q.state != "" {
		return q.state
	}
	age := s.options.Now().Sub(q.submitted)
	if q.polls < s.options.QueuedPolls || age < s.options.QueuedFor {
		return queued
	}
	select {
	case <-q.done:
	default:
		return runningState
	}
	switch {
	case s.held != nil && s.held(q.sql) || q.polls < s.options.QueuedPolls+s.options.RunningPolls || age < s.options.QueuedFor+s.options.RunningFor:
		return runningState
	case q.failure == nil:
		return succeeded
	case q.failure.State != "":
		return q.failure.State
	default:
		return failedState
	}
}

// poll returns the state of a query for a client and counts the poll. The caller holds the lock.
func (s *Server) poll(q *query) string {
	state := s.peek(q)
	q.polls++
	s.settle(q, state)
	return state
}

// settle fixes the end state of a query.
func (s *Server) settle(q *query, state string) {
	if q.state == "" && state != queued && state != runningState {
		q.state, q.completed = state, s.options.Now()
	}
}

// scanned returns the bytes that the query has read so far. A failed query is not billed, a cancelled one is.
func (q *query) scanned(state string) int64 {
	if state == queued || state == failedState {
		return 0
	}
	return q.bytes
}

// Hold keeps all queries from ending until Release.
func (s *Server) Hold() { s.HoldIf(func(string) bool { return true }) }

// HoldIf keeps the queries that hold selects by their SQL from ending until Release.
func (s *Server) HoldIf(hold func(sql string) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = hold
}

// Release lets queries end again.
func (s *Server) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = nil
}

// find returns a query by its id. The caller holds the lock.
func (s *Server) find(id string) (*query, *Refusal) {
	q := s.queries[id]
	if q == nil {
		return nil, InvalidRequest("QUERY_EXECUTION_NOT_FOUND", "QueryExecution "+id+" was not found")
	}
	return q, nil
}

func (s *Server) getQueryExecution(in *request, _ *Call) (any, *Refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, refusal := s.find(in.QueryExecutionID)
	if refusal != nil {
		return nil, refusal
	}
	return map[string]any{"QueryExecution": s.describe(q, s.poll(q))}, nil
}

// maxBatch is the maximum number of queries in BatchGetQueryExecution.
const maxBatch = 50

func (s *Server) batchGetQueryExecution(in *request, _ *Call) (any, *Refusal) {
	if n := len(in.QueryExecutionIDs); n == 0 || n > maxBatch {
		return nil, violated("queryExecutionIds", "Member must have length between 1 and 50")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, missing := []any{}, []any{}
	for _, id := range in.QueryExecutionIDs {
		q, refusal := s.find(id)
		if refusal != nil {
			missing = append(missing, map[string]string{"QueryExecutionId": id, "ErrorCode": refusal.Code, "ErrorMessage": refusal.Message})
			continue
		}
		found = append(found, s.describe(q, s.poll(q)))
	}
	return map[string]any{"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}, nil
}

func (s *Server) stopQueryExecution(in *request, _ *Call) (any, *Refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, refusal := s.find(in.QueryExecutionID)
	if refusal != nil {
		return nil, refusal
	}
	if state := s.peek(q); state == queued || state == runningState {
		q.cancel()
		q.stopped, q.state, q.completed = true, cancelled, s.options.Now()
	}
	return map[string]any{}, nil
}

// describe returns a query in the form of GetQueryExecution.
func (s *Server) describe(q *query, state string) map[string]any {
	status := map[string]any{"State": state, "SubmissionDateTime": seconds(q.submitted)}
	end := s.options.Now()
	if q.state != "" {
		end = q.completed
		status["CompletionDateTime"] = seconds(end)
	}
	switch state {
	case cancelled:
		status["StateChangeReason"] = q.reason().Reason
	case failedState:
		failure := q.reason()
		status["StateChangeReason"] = failure.Reason
		status["AthenaError"] = map[string]any{"ErrorCategory": failure.Category, "ErrorType": failure.Type,
			"Retryable": failure.Retryable, "ErrorMessage": failure.Reason}
	}
	took := end.Sub(q.submitted)
	waited := took
	statistics := map[string]any{"TotalExecutionTimeInMillis": took.Milliseconds(),
		"ResultReuseInformation": map[string]bool{"ReusedPreviousResult": q.reused}}
	if state != queued {
		waited = min(took, s.options.QueuedFor)
		statistics["EngineExecutionTimeInMillis"], statistics["DataScannedInBytes"] = (took - waited).Milliseconds(), q.scanned(state)
	}
	statistics["QueryQueueTimeInMillis"] = waited.Milliseconds()
	results := q.results
	results.OutputLocation = q.output
	shown := map[string]any{"QueryExecutionId": q.id, "Query": q.sql, "StatementType": q.kind.statement, "WorkGroup": q.workGroup,
		"Status": status, "Statistics": statistics, "ResultConfiguration": results, "QueryExecutionContext": q.in.QueryExecutionContext,
		"ResultReuseConfiguration": q.in.ResultReuseConfiguration, "EngineVersion": engineVersion()}
	if q.kind.substatement != "" {
		shown["SubstatementType"] = q.kind.substatement
	}
	return shown
}

// reason returns why a query failed or was cancelled. Call it only for such a query: then the backend has finished, or
// its result no longer matters.
func (q *query) reason() *Failure {
	if q.stopped {
		return stopped()
	}
	return q.failure
}

func engineVersion() map[string]string {
	return map[string]string{"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}
}
