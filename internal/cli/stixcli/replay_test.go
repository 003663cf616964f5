package stixcli_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/stixcli"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/testkit"
)

// recorded is a call of the other connector, with the answers of AWS and what it printed.
type recorded struct {
	Name, Group string
	Argv        []string
	Exit        int
	Stdout      any
	StdoutFile  string `json:"stdout_file"`
	Volatile    []string
	AWS         map[string][]map[string]any `json:"aws"`
}

// script answers calls of AWS as recorded; the last answer of each kind is repeated.
type script struct {
	answers map[string][]map[string]any
	asked   map[string]int
	// statements are those that were started.
	statements []string
}

// operations are the recorded names of Athena's calls.
var operations = map[string]string{
	"ListWorkGroups": "list_work_groups", "StartQueryExecution": "start_query_execution", "GetQueryExecution": "get_query_execution",
	"GetQueryResults": "get_query_results", "StopQueryExecution": "stop_query_execution",
}

func (s *script) next(name string) map[string]any {
	list := s.answers[name]
	if len(list) == 0 {
		return map[string]any{"raise": []any{"NotScripted", name}}
	}
	n := min(s.asked[name], len(list)-1)
	s.asked[name]++
	return list[n]
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	target := r.Header.Get("X-Amz-Target")
	if _, name, ok := strings.Cut(target, "."); ok {
		s.athena(w, operations[name], body)
		return
	}
	if strings.Contains(string(body), "AssumeRole") {
		s.role(w)
		return
	}
	// S3: only DeleteObjects.
	var out struct {
		XMLName xml.Name `xml:"DeleteResult"`
		Error   []struct{ Key, Code, Message string }
	}
	if list, ok := s.next("delete_objects")["Errors"].([]any); ok {
		for _, e := range list {
			e := e.(map[string]any)
			out.Error = append(out.Error, struct{ Key, Code, Message string }{"x", fmt.Sprint(e["Code"]), fmt.Sprint(e["Message"])})
		}
	}
	if err := xml.NewEncoder(w).Encode(out); err != nil {
		panic(err)
	}
}

func (s *script) athena(w http.ResponseWriter, name string, body []byte) {
	if name == "start_query_execution" {
		var in struct{ QueryString string }
		if err := json.Unmarshal(body, &in); err != nil {
			panic(err)
		}
		s.statements = append(s.statements, in.QueryString)
	}
	answer := s.next(name)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if raised, ok := answer["raise"].([]any); ok {
		code := raised[len(raised)-1]
		if len(raised) == 2 {
			code = raised[0]
		}
		if code == "EndpointConnectionError" {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(http.StatusBadRequest)
		answer = map[string]any{"__type": code, "message": raised[1]}
	}
	if err := json.NewEncoder(w).Encode(withTimes(answer)); err != nil {
		panic(err)
	}
}

func (s *script) role(w http.ResponseWriter) {
	answer := s.next("assume_role")
	if raised, ok := answer["raise"].([]any); ok {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>", raised[2], raised[1])
		return
	}
	fmt.Fprintf(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>temporary-secret</SecretAccessKey>`+
		`<SessionToken>temporary-token</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
		time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
}

// withTimes replaces {"$ago": seconds} by that time.
func withTimes(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if ago, ok := v["$ago"].(float64); ok {
			return float64(time.Now().UnixMilli())/1000 - ago - 0.3
		}
		out := map[string]any{}
		for key, e := range v {
			out[key] = withTimes(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = withTimes(e)
		}
		return out
	}
	return v
}

type host struct{}

func (host) Diagnose(diag.List) error { return nil }
func (host) Found()                   {}

func (host) Schemas(string, string) ([]*schema.Schema, error) { return schema.All(), nil }
func (host) Config(string) (*setup.Config, error)             { return setup.NoConfig(), nil }

// runWith runs egret stix with arguments, on scripted answers.
func runWith(t *testing.T, s *script, args []string) (stdout, stderr string, err error) {
	t.Helper()
	server := httptest.NewServer(s)
	defer server.Close()
	for name, v := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "AKIAENVIRONMENT", "AWS_SECRET_ACCESS_KEY": "secret-of-environment", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, v)
	}
	cmd := stixcli.Command(host{})
	var out, errs bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	cmd.SetIn(strings.NewReader(""))
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	err = cmd.ExecuteContext(t.Context())
	text := strings.ReplaceAll(out.String(), server.URL+"/", "https://athena.us-east-1.amazonaws.com/")
	return text, errs.String(), err
}

// calls reads the recorded calls.
func recordedCalls(t *testing.T) []recorded {
	t.Helper()
	f, err := os.Open(testkit.Shared(t, "data", "stix", "connector", "calls.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []recorded
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, 1<<24)
	for scan.Scan() {
		var c recorded
		if err := json.Unmarshal(scan.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}

// without removes what a JSON pointer names.
func without(v any, pointer string) {
	keys := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, key := range keys {
		switch in := v.(type) {
		case map[string]any:
			if i == len(keys)-1 {
				delete(in, key)
				return
			}
			v = in[key]
		case []any:
			n := 0
			if _, err := fmt.Sscan(key, &n); err != nil || n >= len(in) {
				return
			}
			v = in[n]
		}
	}
}

// TestRecordedCalls replays what the other connector was asked. The answers are the same JSON but for what changes with each run, the
// text of SQL, and what the table of differences names with its reason; an answer that is listed there and is equal fails too.
func TestRecordedCalls(t *testing.T) {
	for _, c := range recordedCalls(t) {
		t.Run(c.Name, func(t *testing.T) {
			if testing.Short() && (c.Name == "ping-offline" || c.Name == "query-throttled") {
				t.Skip("repeats a call for seconds: left out with -short")
			}
			s := &script{answers: c.AWS, asked: map[string]int{}}
			stdout, stderr, err := runWith(t, s, c.Argv)
			for _, secret := range []string{"wJalrXUtnFEMIEXAMPLEKEY", "AKIAIOSFODNN7EXAMPLE", "role/hunt", "temporary-"} {
				if strings.Contains(stdout+stderr+fmt.Sprint(err), secret) {
					t.Errorf("the output has the secret %s", secret)
				}
			}
			reason, listed := differences[c.Name]
			same, got := equalAnswer(t, &c, stdout, err)
			switch {
			case same && listed:
				t.Errorf("the answer is the same, but listed as different: %s", reason)
			case !same && !listed:
				want, _ := json.Marshal(c.Stdout)
				t.Errorf("got %s %v, want exit %d and\n%s", got, err, c.Exit, want)
			}
		})
	}
}

// equalAnswer compares an answer with the recorded one.
func equalAnswer(t *testing.T, c *recorded, stdout string, err error) (bool, string) {
	t.Helper()
	if err != nil || c.Exit != 0 {
		return err != nil && c.Exit != 0 && stdout == "" && c.Stdout == nil, stdout
	}
	var got any
	if stdout != "" {
		if err := json.Unmarshal([]byte(stdout), &got); err != nil {
			t.Fatalf("%v in %s", err, stdout)
		}
	}
	want := c.Stdout
	for _, pointer := range c.Volatile {
		without(got, pointer)
		without(want, pointer)
	}
	withoutSQL(got)
	withoutSQL(want)
	known(got)
	known(want)
	text, _ := json.Marshal(got)
	return reflect.DeepEqual(got, want), string(text)
}

// known removes what egret adds to every identity, so that bundles are valid, and the numbers of objects, whose order means nothing.
func known(v any) {
	b, _ := v.(map[string]any)
	list, _ := b["objects"].([]any)
	for i, o := range list {
		o, _ := o.(map[string]any)
		if o["type"] == "identity" {
			delete(o, "created")
			delete(o, "modified")
		}
		objects, ok := o["objects"].(map[string]any)
		if !ok {
			continue
		}
		var lines []string
		for _, object := range objects {
			flat := map[string]any{}
			for key, e := range object.(map[string]any) {
				if strings.HasSuffix(key, "_ref") {
					to, _ := json.Marshal(objects[fmt.Sprint(e)].(map[string]any)["value"])
					e = string(to)
				}
				flat[key] = e
			}
			text, _ := json.Marshal(flat)
			lines = append(lines, string(text))
		}
		slices.Sort(lines)
		o["objects"] = lines
		list[i] = o
	}
}

// withoutSQL replaces the text of queries, which are then in the order of their services.
func withoutSQL(v any) {
	answer, _ := v.(map[string]any)
	list, ok := answer["queries"].([]any)
	if !ok {
		return
	}
	services := map[string]any{}
	for _, q := range list {
		if q, ok := q.(map[string]any); ok {
			for service := range q {
				services[service] = true
			}
		}
	}
	answer["queries"] = services
}
