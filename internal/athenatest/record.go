package athenatest

import (
	"slices"
	"time"
)

// A Call is one request that the endpoint received, whatever the result.
type Call struct {
	// Action is the service and the call: "athena:GetQueryExecution", "s3:GetObject", "sts:AssumeRole".
	Action string
	// About is the subject of the call, see Rule.Match.
	About string
	// Principal is who signed the call, "" if the signature was rejected.
	Principal string
	// Error is the type of the refusal, "closed" or "cut" if the connection was, "" for none.
	Error string
	// Token is the ClientRequestToken and Query the id of the query, for StartQueryExecution.
	Token, Query string
}

// A Query is a query that was started, as the endpoint knows it.
type Query struct {
	ID, SQL, WorkGroup, Token string
	// Starts are the times of all StartQueryExecution calls that returned this id.
	Starts []time.Time
	// State is the state that was last reported, or would be reported now. Reason is why it ended.
	State, Reason string
	// ScannedBytes is the number of billed bytes.
	ScannedBytes int64
	// Reused means that it returned an earlier result.
	Reused bool
	// Output is the address of its result: s3://bucket/key.
	Output string
}

// Calls returns all calls so far, in the order of their arrival.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Count returns the number of calls of an action so far, for example "athena:StartQueryExecution".
func (s *Server) Count(action string) int {
	n := 0
	for _, c := range s.Calls() {
		if c.Action == action {
			n++
		}
	}
	return n
}

// Queries returns all queries that were started so far, in the order of their first start. It does not count as a poll.
func (s *Server) Queries() []Query {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Query
	for _, q := range s.order {
		state := s.peek(q)
		shown := Query{ID: q.id, SQL: q.sql, WorkGroup: q.workGroup, Token: q.token, Starts: slices.Clone(q.starts), State: state,
			ScannedBytes: q.scanned(state), Reused: q.reused, Output: q.output}
		if state == failedState || state == cancelled {
			shown.Reason = q.reason().Reason
		}
		out = append(out, shown)
	}
	return out
}

// Started returns, for each SQL text, how many queries were started. Repeated starts with one token count once.
func (s *Server) Started() map[string]int {
	out := map[string]int{}
	for _, q := range s.Queries() {
		out[q.SQL]++
	}
	return out
}

// Forget clears the list of calls.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}
