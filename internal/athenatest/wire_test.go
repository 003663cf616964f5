package athenatest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/egret-hunt/egret/internal/athenatest"
)

// answer is the answer to a call; status is 0 if the connection was closed instead.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// value returns a member of the answer by its path.
func (a answer) value(path string) any {
	var v any
	if json.Unmarshal(a.body, &v) != nil {
		return nil
	}
	for name := range strings.SplitSeq(path, ".") {
		members, _ := v.(map[string]any)
		v = members[name]
	}
	return v
}

// endpoint is a *athenatest.Server, or a stand-in for one in another process.
type endpoint interface{ Endpoint() athenatest.Endpoint }

// send signs a request and sends it.
func send(t *testing.T, s endpoint, at time.Time, c athenatest.Credentials, service string, r *http.Request, body []byte) answer {
	t.Helper()
	sign(t, s, at, c, service, r, body)
	response := exchange(r)
	if response == nil {
		return answer{}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, text}
}

// sign signs a request for a time with the AWS SDK's signer.
func sign(t *testing.T, s endpoint, at time.Time, c athenatest.Credentials, service string, r *http.Request, body []byte) {
	t.Helper()
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if service == "s3" {
		r.Header.Set("X-Amz-Content-Sha256", hash)
	}
	keys := aws.Credentials{AccessKeyID: c.AccessKey, SecretAccessKey: c.Secret, SessionToken: c.SessionToken}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
	if err := signer.SignHTTP(t.Context(), keys, r, hash, service, s.Endpoint().Region, at); err != nil {
		t.Fatal(err)
	}
}

// exchange sends a request without retries and redirects; it returns nil if the connection is closed.
func exchange(r *http.Request) *http.Response {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	response, err := client.Do(r)
	if err != nil {
		return nil
	}
	return response
}

// request calls Athena as the endpoint's permanent user, now.
func request(t *testing.T, s endpoint, action string, members map[string]any) answer {
	t.Helper()
	return requestAt(t, s, time.Now(), s.Endpoint().Credentials, action, members)
}

func requestAt(t *testing.T, s endpoint, at time.Time, c athenatest.Credentials, action string, members map[string]any) answer {
	t.Helper()
	body, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Endpoint().URL+"/", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "AmazonAthena."+action)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	return send(t, s, at, c, "athena", r, body)
}

// read reads an object, optionally with headers.
func read(t *testing.T, s endpoint, path string, headers map[string]string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Endpoint().URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	return send(t, s, time.Now(), s.Endpoint().Credentials, "s3", r, nil)
}

// tampered makes a call whose body was changed after it was signed.
func tampered(t *testing.T, s endpoint) answer {
	t.Helper()
	signed, sent := []byte(`{"WorkGroup":"primary"}`), []byte(`{"WorkGroup":"another"}`)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Endpoint().URL+"/", bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "AmazonAthena.GetWorkGroup")
	return send(t, s, time.Now(), s.Endpoint().Credentials, "athena", r, signed)
}

// start starts a query and returns its id.
func start(t *testing.T, s endpoint, sql, token string) string {
	t.Helper()
	a := request(t, s, "StartQueryExecution", map[string]any{"QueryString": sql, "ClientRequestToken": pad(token)})
	id, ok := a.value("QueryExecutionId").(string)
	if !ok {
		t.Fatalf("%s: got %d %s", sql, a.status, a.body)
	}
	return id
}

// pad makes a token as long as Athena requires.
func pad(token string) string { return token + strings.Repeat("-", 32) }

// state polls a query once.
func state(t *testing.T, s endpoint, id string) string {
	t.Helper()
	text, _ := request(t, s, "GetQueryExecution", map[string]any{"QueryExecutionId": id}).value("QueryExecution.Status.State").(string)
	return text
}

// ended polls until the query has ended.
func ended(t *testing.T, s endpoint, id string) answer {
	t.Helper()
	for {
		a := request(t, s, "GetQueryExecution", map[string]any{"QueryExecutionId": id})
		switch a.value("QueryExecution.Status.State") {
		case "QUEUED", "RUNNING":
			time.Sleep(time.Millisecond)
		default:
			return a
		}
	}
}

// rows returns a backend that always returns the same rows.
func rows(columns []athenatest.Column, cells ...[]any) athenatest.Backend {
	return athenatest.BackendFunc(func(context.Context, string) ([]athenatest.Column, athenatest.Rows, error) {
		return columns, athenatest.Slice(cells...), nil
	})
}

// one is a backend with one row.
var one = rows([]athenatest.Column{{Name: "n", Type: "integer"}}, []any{int64(1)})
