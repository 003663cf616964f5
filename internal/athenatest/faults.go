package athenatest

import (
	"math/rand/v2"
	"net/http"
	"path"
	"strings"
)

// Faults are random errors. Shares are from 0 to 1.
type Faults struct {
	// Seed determines the random numbers: the same calls in the same order get the same faults.
	Seed uint64
	// Throttled is the share of Athena calls that get ThrottlingException; StartQueryExecution gets
	// TooManyRequestsException half of the time.
	Throttled float64
	// Failing is the share of Athena calls that fail: in turn with InternalServerException, with a connection that is
	// closed before the call is served, and with one that is closed after it is served.
	Failing float64
	// Crashed is the share of queries that end with Crashed.
	Crashed float64
	// Cut is the share of object reads whose connection is closed in the middle of the body.
	Cut float64
	// SlowDown is the share of S3 calls that get 503 SlowDown.
	SlowDown float64
}

// Execution is the Action of a Rule that decides how a query ends.
const Execution = "execution"

// A Rule is an error for the calls that it matches. The first matching rule applies.
type Rule struct {
	// Action is a call such as "athena:StartQueryExecution", "s3:GetObject" or "sts:AssumeRole", with "*" for any text
	// without a colon; or Execution.
	Action string
	// Match must be contained in the subject of the call; "" matches all. The subject is the SQL for
	// StartQueryExecution and Execution, the id for other calls about queries, database.table, the workgroup,
	// bucket/key, or the role.
	Match string
	// Skip is how many matching calls pass before the rule acts.
	Skip int
	// Times is how often it acts, 0 for always.
	Times int

	// Refusal answers the call. Without it the connection is closed. Not used for Execution.
	Refusal *Refusal
	// Late means that the call is served first and its answer is lost; for an object read, the second half of the body.
	Late bool
	// Cut, for s3:GetObject, closes the connection after this many bytes of the body; 0 means no cut.
	Cut int64
	// Failure is how the query ends, for Execution.
	Failure *Failure
}

// outcome is the fault of a call; the zero value is none.
type outcome struct {
	refusal           *Refusal
	closed, late, cut bool
	// cutAt is where the body ends, 0 for its middle.
	cutAt int64
}

// SetFaults replaces the faults and restarts from the seed. The zero value removes them.
func (s *Server) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.random, s.failures = f, rand.New(rand.NewPCG(f.Seed, 0)), 0
}

// AddRule adds a rule after the others.
func (s *Server) AddRule(r Rule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = append(s.rules, &r)
}

// ClearRules removes all rules.
func (s *Server) ClearRules() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = nil
}

// rule returns the rule that applies to the call, or nil. The caller holds the lock.
func (s *Server) rule(action, about string) *Rule {
	for _, r := range s.rules {
		if ok, err := path.Match(r.Action, action); err != nil || !ok || !strings.Contains(about, r.Match) || r.Times < 0 {
			continue
		}
		if r.Skip > 0 {
			r.Skip--
			continue
		}
		if r.Times == 1 {
			r.Times = -1 // used up
		} else if r.Times > 1 {
			r.Times--
		}
		return r
	}
	return nil
}

// end returns how a query ends regardless of the backend, or nil if the backend decides. The caller holds the lock.
func (s *Server) end(sql string) *Failure {
	if r := s.rule(Execution, sql); r != nil {
		return r.Failure
	}
	if s.faults.Crashed > 0 && s.random.Float64() < s.faults.Crashed {
		return Crashed()
	}
	return nil
}

// fate chooses the outcome of a call.
func (s *Server) fate(action, about string) outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rule(action, about); r != nil {
		return outcome{refusal: r.Refusal, closed: r.Refusal == nil && r.Cut == 0, late: r.Late, cut: r.Cut > 0, cutAt: r.Cut}
	}
	chance := func(share float64) bool { return share > 0 && s.random.Float64() < share }
	service, _, _ := strings.Cut(action, ":")
	switch {
	case service == "athena" && chance(s.faults.Throttled):
		if action == "athena:StartQueryExecution" && s.random.IntN(2) == 0 {
			return outcome{refusal: TooManyQueries()}
		}
		return outcome{refusal: Throttled()}
	case service == "athena" && chance(s.faults.Failing):
		switch s.failures++; s.failures % 3 {
		case 1:
			return outcome{refusal: Internal()}
		case 2:
			return outcome{closed: true}
		default:
			return outcome{closed: true, late: true}
		}
	case service == "s3" && chance(s.faults.SlowDown):
		return outcome{refusal: SlowDown()}
	case action == "s3:GetObject" && chance(s.faults.Cut):
		return outcome{cut: true}
	}
	return outcome{}
}

// hangUp closes the connection without an answer.
func hangUp() { panic(http.ErrAbortHandler) }
