package athena_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/athena"
)

// transport is a client that returns an error once err is set.
type transport struct {
	err   error
	calls int
}

func (c *transport) Do(r *http.Request) (*http.Response, error) {
	c.calls++
	if c.err != nil {
		return nil, &url.Error{Op: "Post", URL: r.URL.String(), Err: &net.OpError{Op: "dial", Net: "tcp", Err: c.err}}
	}
	return http.DefaultClient.Do(r)
}

var errNoHost = &net.DNSError{Err: "no such host", Name: "athena.eu-wset-1.amazonaws.com", IsNotFound: true}

func TestNetworkErrors(t *testing.T) {
	lake := athenatest.Start(t, athenatest.Options{Backend: many(3)})
	for _, c := range []struct {
		faultCase

		err   error
		calls int
	}{
		{faultCase{"unknown region", engine.Misconfigured, "region eu-wset-1", "", "check the region eu-wset-1"}, errNoHost, 1},
		{faultCase{"resolver that is down", engine.Transient, "workgroup primary", "", ""}, &net.DNSError{Err: "server misbehaving", IsTemporary: true}, 12},
		{faultCase{"nobody there", engine.Transient, "workgroup primary", "", "no answer"}, syscall.ECONNREFUSED, 1},
		{faultCase{"no way there", engine.Transient, "workgroup primary", "", "no answer"}, syscall.ENETUNREACH, 12},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := &transport{err: c.err}
			e := open(t, lake, athena.Options{Region: "eu-wset-1", HTTP: client})
			err := e.Ping(t.Context())
			c.check(t, err)
			if engine.Retried(err) != (c.kind == engine.Transient) {
				t.Errorf("got retried %t", engine.Retried(err))
			}
			if client.calls != c.calls {
				t.Errorf("got %d calls, want %d", client.calls, c.calls)
			}
		})
	}
	// Once Athena has answered, an unknown host means that the network is gone.
	client := &transport{}
	e := open(t, lake, athena.Options{HTTP: client})
	if err := e.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	client.err = errNoHost
	if err := e.Ping(t.Context()); engine.KindOf(err) != engine.Transient || !strings.Contains(err.Error(), "no such host") {
		t.Errorf("got error %v, want no such host", err)
	}
	client.err, client.calls = syscall.ECONNREFUSED, 0
	if err := e.Ping(t.Context()); !engine.Retried(err) || client.calls != 12 {
		t.Errorf("got %d calls and error %v, want 12 calls", client.calls, err)
	}
}

// answers is a client that returns the same answer to all calls.
type answers struct {
	status int
	body   string
}

func (a answers) Do(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
		Body: io.NopCloser(strings.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: r}, nil
}

// TestUnexpectedAnswers checks that any answer from another server yields an error and no panic.
func TestUnexpectedAnswers(t *testing.T) {
	lake := athenatest.Start(t, athenatest.Options{Backend: many(3)})
	for _, a := range []answers{
		{200, ""}, {200, "{}"}, {200, "null"}, {200, "[]"}, {200, "<html>"}, {200, `{"QueryExecutionId": "a/b"}`}, {200, `{"QueryExecutionId": 5}`},
		{200, `{"WorkGroup": {}, "QueryExecution": {}}`}, {200, `{"WorkGroup": {"Configuration": {}}, "QueryExecution": {"Status": {}}, "TableMetadata": {}}`},
		{200, `{"QueryExecutionId": "x", "WorkGroup": {"Configuration": {"ResultConfiguration": {"OutputLocation": "s3:///"}}}}`},
		{301, ""}, {403, "<html>proxy</html>"}, {404, "{}"}, {500, "oops"}, {503, ""}, {200, strings.Repeat("[", 100_000)},
	} {
		e := open(t, lake, athena.Options{HTTP: a, Output: "s3://results/"})
		_, described := e.Describe(t.Context(), "db.t")
		_, estimated := e.Estimate(t.Context(), engine.Statement{SQL: "SELECT 1"})
		_, started := e.Start(t.Context(), engine.Statement{SQL: "SELECT 1"})
		attached, err := e.Attach(t.Context(), "x")
		if err == nil {
			if s, err := attached.Status(t.Context()); err != nil || s.State != engine.Running {
				t.Errorf("%+v: got status %+v (error %v), want running", a, s, err)
			}
		}
		for _, err := range []error{e.Ping(t.Context()), described, estimated, started, err} {
			var fault *engine.Error
			if err != nil && !errors.As(err, &fault) {
				t.Errorf("%.100v: got a %T: %v", a, err, err)
			}
		}
	}
}

// breaking is a client whose first answers break off.
type breaking struct{ calls, broken int }

func (c *breaking) Do(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultClient.Do(r)
	if c.calls++; err == nil && c.calls <= c.broken {
		answer.Body.Close()
		answer.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), iotest.ErrReader(io.ErrUnexpectedEOF)))
	}
	return answer, err
}

// TestBrokenAnswerIsRetried checks that a call whose answer breaks off is repeated.
func TestBrokenAnswerIsRetried(t *testing.T) {
	lake := athenatest.Start(t, athenatest.Options{Backend: many(3)})
	client := &breaking{broken: 3}
	if _, err := open(t, lake, athena.Options{HTTP: client}).Workgroup(t.Context()); err != nil || client.calls != 4 {
		t.Errorf("got error %v after %d calls, want none after 4", err, client.calls)
	}
}
