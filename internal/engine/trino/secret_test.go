package trino

import (
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
)

// secretFormats are formats that must not print a secret.
var secretFormats = []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%08.3f", "%T %v"}

func TestSecretsNeverPrint(t *testing.T) {
	opt := Options{URL: "https://trino.example.com", User: "hunter", Password: "pass-word-1", Token: "token-word-2"}
	e, err := Open(t.Context(), Options{URL: opt.URL, User: opt.User, Password: opt.Password})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(opt)
	messages := []string{string(text), fmt.Sprint(err), opt.Password.String(), opt.Token.GoString()}
	for _, verb := range secretFormats {
		for _, v := range []any{opt, &opt, opt.Password, &opt.Token, []Secret{opt.Token}, map[string]Secret{"x": opt.Password}, e, e.client} {
			messages = append(messages, fmt.Sprintf(verb, v))
		}
	}
	for _, text := range messages {
		for _, secret := range []string{"pass-word-1", "token-word-2", fmt.Sprintf("%x", "pass-word-1"), opt.basic()} {
			if strings.Contains(text, secret) {
				t.Errorf("got %s in %.300s", secret, text)
			}
		}
	}
	if !strings.Contains(messages[0], `"Password":"***"`) {
		t.Errorf("got %s, want stars", messages[0])
	}
}

// TestCredentialsReachServerOnly checks that user, password and token reach the server, and that errors do not repeat
// them.
func TestCredentialsReachServerOnly(t *testing.T) {
	for _, opt := range []Options{
		{User: "hunter", Password: `p&ss w"ord: %2F+`},
		{Token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJodW50ZXIifQ.c2lnbmF0dXJl"},
		{User: "hunter", Token: "opaque-token-0123456789"},
	} {
		f := newFake(t, false, numbersIn(1, 2)...)
		right := true
		f.answer = func(w http.ResponseWriter, r *http.Request) bool {
			user, password, basic := r.BasicAuth()
			ok := basic && user == opt.User && password == string(opt.Password) || !basic && r.Header.Get("Authorization") == "Bearer "+string(opt.Token)
			if ok && right && r.Header.Get("X-Trino-User") == opt.User {
				return false
			}
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, "Access Denied: %s %s %s %s", r.Header.Get("Authorization"), password, opt.Password[:], r.URL)
			return true
		}
		opt.URL = f.URL // http is safe to this machine
		e, _ := open(t, opt)
		if numbers, _, err := read(t, e); err != nil || len(numbers) != 2 {
			t.Errorf("got %v (error %v), want 2 rows", numbers, err)
		}
		right = false
		err := e.Ping(t.Context())
		var messages *engine.Error
		if !errors.As(err, &messages) || messages.Kind != engine.Expired || messages.Help == "" {
			t.Errorf("got error %v, want invalid credentials", err)
		}
		if !strings.Contains(err.Error(), "Access Denied: Basic ***") && !strings.Contains(err.Error(), "Access Denied: Bearer ***") {
			t.Errorf("got error %v, want stars", err)
		}
		noSecret(t, opt, err)
	}
}

// noSecret checks that an error contains no secret, in any form.
func noSecret(t *testing.T, opt Options, err error) {
	t.Helper()
	var messages *engine.Error
	if !errors.As(err, &messages) {
		t.Errorf("got error %v, want an *engine.Error", err)
		return
	}
	for _, verb := range secretFormats {
		for _, text := range []string{fmt.Sprintf(verb, err), fmt.Sprintf(verb, *messages), messages.Help, messages.Thing} {
			for _, secret := range []string{string(opt.Password), string(opt.Token), opt.basic()} {
				if secret != "" && strings.Contains(text, secret) {
					t.Errorf("got a secret in %s", text)
				}
			}
		}
	}
}

// TestQueryErrorsHideSecrets checks that secrets are removed from the server's message about a query.
func TestQueryErrorsHideSecrets(t *testing.T) {
	opt := Options{User: "hunter", Password: "pass-word-1"}
	f := newFake(t, false)
	f.answer = func(w http.ResponseWriter, r *http.Request) bool {
		fmt.Fprintf(w, `{"id":%q,"stats":{"state":"FAILED"},"error":{"message":"saw %s and %s","errorName":"GENERIC_%s","errorType":"INTERNAL_ERROR","failureInfo":{"stack":["%s"]}}}`,
			fakeID, opt.Password[:], r.Header.Get("Authorization"), opt.Password[:], opt.Password[:])
		return true
	}
	opt.URL = f.URL
	e, _ := open(t, opt)
	_, _, err := read(t, e)
	if err == nil || !strings.Contains(err.Error(), "saw *** and Basic ***") {
		t.Errorf("got error %v, want stars", err)
	}
	noSecret(t, opt, err)
}

// TestTLSNeedsTrustedCertificate checks that the server's certificate must be signed by the system's authorities, or
// by those of the file.
func TestTLSNeedsTrustedCertificate(t *testing.T) {
	f := newFake(t, true, numbersIn(1, 2)...)
	file := filepath.Join(t.TempDir(), "ca.pem")
	own := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.Certificate().Raw})
	if err := os.WriteFile(file, own, 0o600); err != nil {
		t.Fatal(err)
	}
	opt := Options{URL: f.URL, User: "hunter", Password: "pass-word-1"}

	e, slept := open(t, opt)
	_, _, err := read(t, e)
	var messages *engine.Error
	if !errors.As(err, &messages) || messages.Kind != engine.Misconfigured || !strings.Contains(messages.Help, "ca_file") || len(*slept) > 0 {
		t.Errorf("got %+v after %d pauses, want an untrusted certificate at once", messages, len(*slept))
	}
	noSecret(t, opt, err)
	if len(f.seen()) > 0 {
		t.Error("got a request to an untrusted server")
	}

	opt.CAFile = file
	e, _ = open(t, opt)
	if numbers, _, err := read(t, e); err != nil || len(numbers) != 2 {
		t.Errorf("got %v (error %v), want 2 rows", numbers, err)
	}

	// The certificate of httptest is for 127.0.0.1 and example.com, not for localhost.
	opt.URL = strings.Replace(f.URL, "127.0.0.1", "localhost", 1)
	e, _ = open(t, opt)
	_, _, err = read(t, e)
	if !errors.As(err, &messages) || messages.Kind != engine.Misconfigured || !strings.Contains(messages.Help, "another name") {
		t.Errorf("got %+v, want a certificate for another name", messages)
	}

	// https to a port that uses http, and the reverse.
	plain := newFake(t, false)
	opt.URL = strings.Replace(plain.URL, "http:", "https:", 1)
	e, _ = open(t, opt)
	if _, _, err = read(t, e); engine.KindOf(err) != engine.Misconfigured {
		t.Errorf("got error %v, want a misconfiguration", err)
	}
	opt.URL, opt.CAFile = strings.Replace(f.URL, "https:", "http:", 1), ""
	e, _ = open(t, opt)
	if _, _, err = read(t, e); engine.KindOf(err) != engine.Misconfigured {
		t.Errorf("got error %v, want a misconfiguration", err)
	}

	for _, text := range []string{"", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), Options{URL: f.URL, User: "hunter", CAFile: file}); engine.KindOf(err) != engine.Misconfigured {
			t.Errorf("%.20q: got error %v, want a misconfiguration", text, err)
		}
	}
	if _, err := Open(t.Context(), Options{URL: f.URL, User: "hunter", CAFile: file + ".absent"}); engine.KindOf(err) != engine.Misconfigured || !strings.Contains(err.Error(), "ca_file") {
		t.Errorf("got error %v, want a misconfiguration that names the file", err)
	}
}

// TestInvalidOptionsAreRejected checks that options that cannot work, or are not safe, are rejected before any
// request.
func TestInvalidOptionsAreRejected(t *testing.T) {
	good := func() Options { return Options{URL: "https://trino.example.com:8443", User: "hunter"} }
	for name, c := range map[string]struct {
		change func(*Options)
		want   string // "" if valid
	}{
		"plain":                     {func(*Options) {}, ""},
		"http, no credentials":      {func(o *Options) { o.URL = "http://trino.example.com:8080" }, ""},
		"http, this machine":        {func(o *Options) { o.URL, o.Password = "http://127.0.0.1:8080", "pass-word-1" }, ""},
		"http, this machine, IPv6":  {func(o *Options) { o.URL, o.Password = "http://[::1]:8080/", "pass-word-1" }, ""},
		"http, localhost":           {func(o *Options) { o.URL, o.Token = "http://localhost:8080", "token-word-2" }, ""},
		"http, password":            {func(o *Options) { o.URL, o.Password = "http://trino.example.com", "pass-word-1" }, "https"},
		"http, token":               {func(o *Options) { o.URL, o.Token = "http://192.0.2.1", "token-word-2" }, "https"},
		"http, a name like this":    {func(o *Options) { o.URL, o.Token = "http://localhost.example.com", "token-word-2" }, "https"},
		"http, an address like it":  {func(o *Options) { o.URL, o.Token = "http://127.0.0.1.example.com", "token-word-2" }, "https"},
		"no url":                    {func(o *Options) { o.URL = "" }, "url"},
		"no scheme":                 {func(o *Options) { o.URL = "trino.example.com:8443" }, "url"},
		"another scheme":            {func(o *Options) { o.URL = "ftp://trino.example.com" }, "url"},
		"no host":                   {func(o *Options) { o.URL = "https://" }, "url"},
		"a path":                    {func(o *Options) { o.URL = "https://trino.example.com/ui" }, "url"},
		"a query":                   {func(o *Options) { o.URL = "https://trino.example.com/?x" }, "url"},
		"credentials in the url":    {func(o *Options) { o.URL = "https://hunter:pass-word-1@trino.example.com" }, "url"},
		"broken, with credentials":  {func(o *Options) { o.URL = "https://hunter:pass-word-1@trino.example.com:x" }, "url"},
		"password and token":        {func(o *Options) { o.Password, o.Token = "pass-word-1", "token-word-2" }, "one of them"},
		"password, no user":         {func(o *Options) { o.User, o.Password = "", "pass-word-1" }, "user"},
		"nobody":                    {func(o *Options) { o.User = "" }, "user"},
		"token, no user":            {func(o *Options) { o.User, o.Token = "", "token-word-2" }, ""},
		"a colon in the user":       {func(o *Options) { o.User, o.Password = "a:b", "pass-word-1" }, "colon"},
		"a line end in the token":   {func(o *Options) { o.Token = "token-word-2\n" }, "token"},
		"a header in the user":      {func(o *Options) { o.User = "a\r\nX-Trino-Role: admin" }, "user"},
		"a space in the token":      {func(o *Options) { o.Token = "token-word-2 x" }, "token"},
		"schema, no catalog":        {func(o *Options) { o.Schema = "logs" }, "catalog"},
		"catalog and schema":        {func(o *Options) { o.Catalog, o.Schema = "hive", "logs" }, ""},
		"a session property":        {func(o *Options) { o.Session = map[string]string{"a_b": "x", "hive.c-d": "é, ="} }, ""},
		"a bad name of a property":  {func(o *Options) { o.Session = map[string]string{"a=b,c": "x"} }, "a=b,c"},
		"a bad value of a property": {func(o *Options) { o.Session = map[string]string{"a": "x\ny"} }, "control"},
		"a bad limit":               {func(o *Options) { o.Session = map[string]string{"query_max_scan_physical_bytes": "many"} }, "100GB"},
	} {
		opt := good()
		c.change(&opt)
		e, err := Open(t.Context(), opt)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			e.Close()
			continue
		}
		if engine.KindOf(err) != engine.Misconfigured || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want a misconfiguration with %q", name, err, c.want)
		}
		if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, "pass-word-1") || strings.Contains(text, "token-word-2") {
			t.Errorf("%s: got a secret in the error: %s", name, text)
		}
	}
}

// TestStatementHeaders checks the headers that are sent with a statement.
func TestStatementHeaders(t *testing.T) {
	f := newFake(t, false, numbersIn(1, 1)...)
	for name, c := range map[string]struct {
		opt      Options
		maxBytes int64
		want     []string
	}{
		"usual":            {Options{}, 0, []string{"query_max_run_time=1800000ms"}},
		"left to it":       {Options{MaxRunTime: -1}, 0, nil},
		"a limit":          {Options{MaxRunTime: -1}, 5000, []string{"query_max_scan_physical_bytes=5000B"}},
		"own, lower limit": {Options{MaxRunTime: -1, Session: map[string]string{scanLimit: "1kB"}}, 5000, []string{"query_max_scan_physical_bytes=1kB"}},
		"own, higher one":  {Options{MaxRunTime: -1, Session: map[string]string{scanLimit: "1.5TB"}}, 5000, []string{"query_max_scan_physical_bytes=5000B"}},
		"nothing set":      {Options{Session: map[string]string{scanLimit: "default", runLimit: "default", "x": "default"}}, 5000, []string{"x=default"}},
		"properties": {Options{Session: map[string]string{"query_max_run_time": "5m", "hive.x": "a, b=ä"}}, 0, []string{
			"hive.x=a%2C+b%3D%C3%A4", "query_max_run_time=5m",
		}},
	} {
		c.opt.URL, c.opt.User, c.opt.Catalog, c.opt.Schema = f.URL, "hunter", "hive", "logs"
		e, _ := open(t, c.opt)
		if _, err := e.Start(t.Context(), engine.Statement{SQL: "SELECT 'ä\n'", MaxBytes: c.maxBytes}); err != nil {
			t.Fatal(err)
		}
		seen := f.seen()
		h := seen[len(seen)-1].Header
		if got := h.Values("X-Trino-Session"); strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%s: got properties %q, want %q", name, got, c.want)
		}
		for key, want := range map[string]string{
			"X-Trino-User": "hunter", "X-Trino-Catalog": "hive", "X-Trino-Schema": "logs", "X-Trino-Source": "egret", "X-Trino-Time-Zone": "UTC",
			"X-Trino-Query-Data-Encoding": "", "Authorization": "",
		} {
			if h.Get(key) != want {
				t.Errorf("%s: %s: got %q, want %q", name, key, h.Get(key), want)
			}
		}
		if f.bodies[len(f.bodies)-1] != "SELECT 'ä\n'" {
			t.Errorf("got statement %q", f.bodies[len(f.bodies)-1])
		}
	}
}
