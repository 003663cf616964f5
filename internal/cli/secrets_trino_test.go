//go:build duckdb && cgo

package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// readAll reads a body and puts it back.
func readAll(r *http.Response) (string, error) {
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return string(body), err
}

// spokenTrino is a server that knows one user, and repeats in every error what it was sent.
type spokenTrino struct {
	password, token string
	// fails are the statements that end with an error, by how they begin; refuses is a status for all requests, 0 for none.
	fails   string
	refuses int
}

func (s *spokenTrino) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sql, _ := io.ReadAll(r.Body)
	_, password, _ := r.BasicAuth()
	echo := fmt.Sprintf("Access Denied: %s %s %s", r.Header.Get("Authorization"), password, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	right := password != "" && password == s.password || s.token != "" && r.Header.Get("Authorization") == "Bearer "+s.token
	status := s.refuses
	if !right {
		status = http.StatusUnauthorized
	}
	if status != 0 {
		http.Error(w, echo, status)
		return
	}
	answer := map[string]any{"id": "20260310_010203_00042_abcde", "stats": map[string]any{"state": "FINISHED"}}
	columns := []map[string]string{{"name": "n", "type": "varchar"}}
	var data [][]any
	switch text := string(sql); {
	case r.URL.Path == "/v1/info":
		fmt.Fprint(w, `{"nodeVersion":{"version":"476"},"starting":false}`)
		return
	case s.fails != "" && strings.HasPrefix(text, s.fails):
		answer["error"] = map[string]any{"message": echo, "errorName": "PERMISSION_DENIED", "errorType": "USER_ERROR", "errorCode": 4}
	case strings.HasPrefix(text, "DESCRIBE "):
		columns = []map[string]string{{"name": "Column", "type": "varchar"}, {"name": "Type", "type": "varchar"}, {"name": "Extra", "type": "varchar"}, {"name": "Comment", "type": "varchar"}}
		for _, name := range []string{"eventtime", "eventname", "eventsource", "errormessage", "requestparameters", "eventid", "timestamp"} {
			extra := ""
			if name == "timestamp" {
				extra = "partition key"
			}
			data = append(data, []any{name, "varchar", extra, ""})
		}
	}
	answer["columns"] = columns
	if data != nil {
		answer["data"] = data
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		panic(err)
	}
}

func TestNoSecretOfTrinoIsSaidOrStored(t *testing.T) {
	const password, token = `p&ss w"ord: %2F+/é!` + "0123456789", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJodW50ZXIifQ.c2lnbmF0dXJl"
	for n, c := range []struct {
		name            string
		password, token string // those that egret has
		server          spokenTrino
		works           bool
	}{
		{"password", password, "", spokenTrino{password: password}, true},
		{"token", "", token, spokenTrino{token: token}, true},
		{"wrong password", password, "", spokenTrino{password: "another"}, false},
		{"wrong token", "", token, spokenTrino{token: "another"}, false},
		{"forbidden", password, "", spokenTrino{password: password, refuses: 403}, false},
		{"broken", "", token, spokenTrino{token: token, refuses: 500}, false},
		{"bad request", password, "", spokenTrino{password: password, refuses: 400}, false},
		{"no DESCRIBE", password, "", spokenTrino{password: password, fails: "DESCRIBE"}, false},
		{"no SELECT", "", token, spokenTrino{token: token, fails: "SELECT"}, false},
		{"no EXPLAIN", password, "", spokenTrino{password: password, fails: "EXPLAIN"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLake(t, nil)
			server := httptest.NewServer(&c.server)
			t.Cleanup(server.Close)
			var v vault
			v.keep("password", c.password)
			v.keep("token", c.token)
			lines := []string{"engine: trino", "url: " + server.URL, "user: hunter", "tables: {cloudtrail: {table: hive.security.trail, layout: athena}}"}
			if c.password != "" {
				t.Setenv("EGRET_TEST_PASSWORD", c.password)
				lines = append(lines, "password_env: EGRET_TEST_PASSWORD")
			} else {
				t.Setenv("EGRET_TEST_TOKEN", c.token)
				lines = append(lines, "token_env: EGRET_TEST_TOKEN")
			}
			l.write("egret.yaml", "lakes:\n  prod:\n    "+strings.Join(lines, "\n    ")+"\n")
			some := third(n)
			runs := v.everything("20260310_010203_00042_abcde", func(i int) bool { return i == 1 || c.works || some(i) })
			runs = append(runs, v.egret("hunt", "--lake", "prod", "--rules", "rules.yml", "--all-time", "--state", "hunts"))
			if start := runs[1]; (start.code == 0) != (c.works || c.server.fails == "DESCRIBE" || c.server.fails == "EXPLAIN") {
				t.Errorf("query start: %+v", start)
			}
			if hunt := runs[len(runs)-1]; c.works && hunt.code != 0 || !c.works && c.server.fails != "EXPLAIN" && hunt.code != 4 {
				t.Errorf("hunt: %d\n%s", hunt.code, hunt.stderr)
			}
			v.search(t, ".")
			for _, text := range v.said {
				if found := internals.FindString(text); found != "" {
					t.Errorf("%q in\n%s", found, text)
				}
			}
		})
	}
}
