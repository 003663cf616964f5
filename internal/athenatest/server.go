package athenatest

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// Options configure an endpoint. Only Backend is required.
type Options struct {
	Backend Backend
	// Region is the region of everything; "" means "eu-west-1".
	Region string
	// WorkGroups are those besides primary. Unless it is listed here, primary exists and is enabled, with the output
	// location s3://athena-results/.
	WorkGroups []WorkGroup
	// Databases are names of databases besides those of Tables.
	Databases []string
	// Tables are the tables of the data catalog. The backend need not have them.
	Tables []Table
	// Buckets are names of empty buckets. The buckets of the workgroups' output locations are created too.
	Buckets []string
	// BucketRegions has the regions of buckets in other regions.
	BucketRegions map[string]string
	// Roles are the roles for AssumeRole.
	Roles []Role
	// Scanned returns how many bytes a statement reads; nil means none. EXPLAIN and utility statements never read.
	Scanned func(sql string) int64
	// QueuedPolls and RunningPolls are how many polls report a query as QUEUED and then as RUNNING before its end
	// state.
	QueuedPolls, RunningPolls int
	// QueuedFor and RunningFor are the minimum durations of these states, by Now.
	QueuedFor, RunningFor time.Duration
	// Active is how many queries may be queued or running at a time, 0 for any number.
	Active int
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// A Server is a running endpoint. Its methods are safe for concurrent use.
type Server struct {
	options Options
	http    *httptest.Server
	objects *s3mem.Backend
	s3      http.Handler
	root    Credentials
	context context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu         sync.Mutex
	keys       map[string]Credentials
	workGroups map[string]*WorkGroup
	tables     []Table
	queries    map[string]*query
	order      []*query
	tokens     map[string]*query
	calls      []Call
	faults     Faults
	rules      []*Rule
	random     *rand.Rand
	failures   int
	held       func(sql string) bool
}

// Start runs an endpoint on loopback until the end of the test.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Open runs an endpoint on loopback until Close, for programs that are not tests. An error is about the options.
func Open(o Options) (*Server, error) {
	if o.Backend == nil {
		return nil, fmt.Errorf("athenatest: Options.Backend is nil")
	}
	if o.Region == "" {
		o.Region = "eu-west-1"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{options: o, objects: s3mem.New(), keys: map[string]Credentials{}, workGroups: map[string]*WorkGroup{},
		queries: map[string]*query{}, tokens: map[string]*query{}, random: rand.New(rand.NewPCG(0, 0)), tables: o.Tables}
	s.context, s.cancel = context.WithCancel(context.Background())
	s.s3 = gofakes3.New(s.objects, gofakes3.WithLogger(gofakes3.DiscardLog()), gofakes3.WithTimeSkewLimit(0)).Server()
	s.root = newCredentials("EGRETUSER", "arn:aws:iam::"+account+":user/hunter")
	s.keys[s.root.AccessKey] = s.root
	groups := append([]WorkGroup{{Name: "primary", OutputLocation: "s3://athena-results/"}}, o.WorkGroups...)
	buckets := o.Buckets
	for _, g := range groups {
		s.workGroups[g.Name] = &g
		if bucket, _, ok := splitLocation(g.OutputLocation); ok {
			buckets = append(slices.Clip(buckets), bucket)
		}
	}
	for _, bucket := range buckets {
		if err := s.AddBucket(bucket); err != nil {
			return nil, err
		}
	}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	return s, nil
}

// Close ends all queries and connections, and removes the files on disk.
func (s *Server) Close() {
	s.cancel()
	s.Release()
	s.http.CloseClientConnections()
	s.http.Close()
	s.running.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.order {
		if q.result != nil {
			q.result.close()
		}
	}
}

// Endpoint returns the information that a client needs.
func (s *Server) Endpoint() Endpoint {
	return Endpoint{URL: s.URL(), Region: s.Region(), Credentials: s.root}
}

// URL returns the address of Athena, S3 and STS.
func (s *Server) URL() string { return s.http.URL }

// Region returns the region of everything.
func (s *Server) Region() string { return s.options.Region }

// Credentials returns the credentials of a permanent user.
func (s *Server) Credentials() Credentials { return s.root }

// Env returns Endpoint().Env().
func (s *Server) Env() []string { return s.Endpoint().Env() }

// SetEnv calls Endpoint().SetEnv.
func (s *Server) SetEnv(t testing.TB) {
	t.Helper()
	s.Endpoint().SetEnv(t)
}

// credentials returns the credentials with an access key.
func (s *Server) credentials(accessKey string) (Credentials, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.keys[accessKey]
	return c, ok
}

// Session returns credentials with a session token that expires, like those of AssumeRole.
func (s *Server) Session(principal string, lasts time.Duration) Credentials {
	c := newCredentials("EGRETTEMP", principal)
	c.SessionToken, c.Expires = randomHex(60), s.options.Now().Add(lasts)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[c.AccessKey] = c
	return c
}

// Expire ends all sessions at once.
func (s *Server) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, c := range s.keys {
		if c.SessionToken != "" {
			c.Expires = s.options.Now()
			s.keys[name] = c
		}
	}
}

// maxBody is the largest accepted request in bytes: several times the longest statement.
const maxBody = 4 << 20

// serve passes a request to the service for which it is signed.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	id := newID()
	w.Header().Set("Date", s.options.Now().UTC().Format(http.TimeFormat))
	w.Header().Set("X-Amzn-Requestid", id)
	sig, signed := parseSignature(r.Header.Get("Authorization"))
	service := sig.service
	switch {
	case r.Header.Get("X-Amz-Target") != "":
		service = "athena"
	case !signed && r.Method == http.MethodPost && r.URL.Path == "/":
		service = "sts"
	case !signed:
		service = "s3"
	}
	if signed && service != sig.service || service != "athena" && service != "sts" && service != "s3" {
		wrongScope(service, sig.service).write(w, service, id)
		return
	}
	sig.service = service
	if service == "s3" {
		s.serveS3(w, r, sig, signed, id)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		hangUp()
	}
	var call call
	if service == "athena" {
		call = s.athenaCall(r, body)
	} else {
		call = s.stsCall(body)
	}
	record := Call{Action: service + ":" + call.name, About: call.about, Token: call.token}
	var who Credentials
	refusal := unsigned(service)
	if signed {
		who, refusal = s.authenticate(r, sig, body)
	}
	if refusal == nil {
		record.Principal = who.Principal
	}
	var fate outcome
	if refusal == nil {
		fate = s.fate(record.Action, call.about)
		refusal = fate.refusal
	}
	var answer []byte
	if refusal == nil && (!fate.closed || fate.late) {
		answer, refusal = call.serve(who, &record)
	}
	switch {
	case fate.closed:
		record.Error = "closed"
	case refusal != nil:
		record.Error = refusal.Type
	}
	s.record(record)
	switch {
	case fate.closed:
		hangUp()
	case refusal != nil:
		refusal.write(w, service, id)
	default:
		w.Header().Set("Content-Type", call.contentType)
		w.Write(answer)
	}
}

// call is a request that was parsed but not served.
type call struct {
	name, about, token, contentType string
	serve                           func(who Credentials, record *Call) ([]byte, *Refusal)
}

func (s *Server) record(c Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
}
