package athenatest

import (
	"slices"
	"time"
)

// Call is one request that the endpoint saw, whatever came of it.
type Call struct {
	// Action is the service and the call: "athena:GetQueryExecution", "s3:GetObject", "sts:AssumeRole".
	Action string
	// About is what it was about, in the words of Rule.Match.
	About string
	// Principal is who signed it, "" where the signature was refused.
	Principal string
	// Error is the type of the refusal, "closed" or "cut" where the connection was, "" for none.
	Error string
	// Token is the ClientRequestToken and Query the id of the query, of StartQueryExecution.
	Token, Query string
}

// Query is one that was started, as the endpoint knows it.
type Query struct {
	ID, SQL, WorkGroup, Token string
	// Starts are the times of all calls of StartQueryExecution that gave this id, the first and repeated ones.
	Starts []time.Time
	// State is the one that was last shown, or would be shown now. Reason is why it ended so.
	State, Reason string
	// ScannedBytes is what is billed for it.
	ScannedBytes int64
	// Reused says that it gave an earlier result again.
	Reused bool
	// Output is where its result is or would be: s3://bucket/key.
	Output string
}

// Calls are all calls so far, in the order of their arrival.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Count is the number of calls of an action so far; "athena:StartQueryExecution" for example.
func (s *Server) Count(action string) int {
	n := 0
	for _, c := range s.Calls() {
		if c.Action == action {
			n++
		}
	}
	return n
}

// Queries are all queries that were started so far, in the order of their first start. It changes no state: it is no poll.
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

// Started are the SQL texts with the number of queries that were started for each, repeated starts of one token not
// counted.
func (s *Server) Started() map[string]int {
	out := map[string]int{}
	for _, q := range s.Queries() {
		out[q.SQL]++
	}
	return out
}

// Forget empties the list of calls.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}
