package athenatest

import (
	"math/rand/v2"
	"net/http"
	"path"
	"strings"
)

// Faults are the errors of a bad day. Shares are from 0 to 1, of the calls they speak of.
type Faults struct {
	// Seed gives the random numbers: the same calls in the same order meet the same faults.
	Seed uint64
	// Throttled is the share of Athena's calls that are answered by ThrottlingException; for StartQueryExecution it is
	// TooManyRequestsException half of the time.
	Throttled float64
	// Failing is the share of Athena's calls that fail: in turn InternalServerException, a connection that is closed before
	// the call was served, and one that is closed after it was served.
	Failing float64
	// Crashed is the share of queries that end with Crashed.
	Crashed float64
	// Cut is the share of reads of objects whose connection is closed in the middle of the body.
	Cut float64
	// SlowDown is the share of S3's calls that are answered by 503 SlowDown.
	SlowDown float64
}

// Execution is the action of rules about how queries end.
const Execution = "execution"

// Rule is an error for what it matches. The first rule that matches counts.
type Rule struct {
	// Action is a call such as "athena:StartQueryExecution", "s3:GetObject" or "sts:AssumeRole", with "*" for any text but
	// the colon; or Execution.
	Action string
	// Match must be part of what the call is about, "" for all: the SQL of StartQueryExecution and Execution, the id of
	// other calls about queries, database.table, the workgroup, bucket/key, the role.
	Match string
	// Skip is how often the rule lets pass what it matches, before it acts.
	Skip int
	// Times is how often it acts, 0 for always.
	Times int

	// Refusal answers the call. Without it the connection is closed. Neither counts for Execution.
	Refusal *Refusal
	// Late says that the call is served first, and its answer lost; of a read of an object, the second half.
	Late bool
	// Cut, for s3:GetObject, closes the connection after so many bytes of the body; 0 means no cut.
	Cut int64
	// Failure is how the query ends, for Execution.
	Failure *Failure
}

// outcome is what is to happen to a call; the zero value is nothing unusual.
type outcome struct {
	refusal           *Refusal
	closed, late, cut bool
	// cutAt is where the body ends, 0 for its middle.
	cutAt int64
}

// SetFaults replaces the faults, beginning with the seed anew. The zero value ends them.
func (s *Server) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.random, s.failures = f, rand.New(rand.NewPCG(f.Seed, 0)), 0
}

// AddRule adds a rule behind the others.
func (s *Server) AddRule(r Rule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = append(s.rules, &r)
}

// ClearRules takes all rules away.
func (s *Server) ClearRules() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = nil
}

// rule is the rule that acts on the call, nil for none. The lock is held.
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

// end is how a query ends whatever the backend says, nil if the backend decides. The lock is held.
func (s *Server) end(sql string) *Failure {
	if r := s.rule(Execution, sql); r != nil {
		return r.Failure
	}
	if s.faults.Crashed > 0 && s.random.Float64() < s.faults.Crashed {
		return Crashed()
	}
	return nil
}

// fate decides about a call.
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
