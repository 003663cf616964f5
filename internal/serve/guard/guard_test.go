package guard

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// got is an answer.
type got struct {
	StatusCode int
	Header     http.Header
}

// cookie is the cookie that the answer sets, nil if none.
func (g got) cookie() *http.Cookie {
	cookie, err := http.ParseSetCookie(g.Header.Get("Set-Cookie"))
	if err != nil {
		return nil
	}
	return cookie
}

// answer returns the answer of a guard to a request.
func answer(t *testing.T, opt Options, r *http.Request) got {
	t.Helper()
	g, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	g.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "inside") })).ServeHTTP(w, r)
	return got{w.Code, w.Header()}
}

func request(method, address, host string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, address, strings.NewReader(""))
	r.Host = host
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// A name that is not the server's may be one that an attacker has pointed at this machine.
func TestHostNames(t *testing.T) {
	local, open := Options{Listen: "127.0.0.1:7733"}, Options{Listen: "0.0.0.0:7733", Token: "0123456789abcdef", Hosts: []string{"egret.example.com"}}
	for _, tt := range []struct {
		opt    Options
		host   string
		passes bool
	}{
		{local, "127.0.0.1:7733", true}, {local, "localhost:7733", true}, {local, "LOCALHOST", true}, {local, "[::1]:7733", true},
		{local, "localhost:8000", true}, // the other end of ssh -L
		{local, "evil.example.com:7733", false}, {local, "127.0.0.1.example.com", false}, {local, "192.0.2.1:7733", false},
		{local, "localhost.example.com", false}, {local, "", false}, {local, "[::1", false}, {local, "::1", true},
		{open, "192.0.2.1:7733", true}, {open, "egret.example.com", true}, {open, "EGRET.example.com:7733", true}, {open, "evil.example.com", false},
	} {
		r := request("GET", "/", tt.host, "Authorization", "Bearer 0123456789abcdef")
		got := answer(t, tt.opt, r).StatusCode
		if want := map[bool]int{true: 200, false: http.StatusMisdirectedRequest}[tt.passes]; got != want {
			t.Errorf("%s, host %q: got %d, want %d", tt.opt.Listen, tt.host, got, want)
		}
	}
}

// Pages of other sites cannot make requests that do something.
func TestOtherSites(t *testing.T) {
	opt := Options{Listen: "127.0.0.1:7733"}
	for _, tt := range []struct {
		method  string
		headers []string
		passes  bool
	}{
		{"POST", []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://127.0.0.1:7733"}, true},
		{"POST", []string{"Origin", "http://127.0.0.1:7733"}, true},
		{"POST", nil, true}, // a program: browsers send Origin with every POST
		{"POST", []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"POST", []string{"Sec-Fetch-Site", "same-site"}, false},
		{"POST", []string{"Origin", "http://evil.example.com"}, false},
		{"POST", []string{"Origin", "http://127.0.0.1:9999"}, false},
		{"POST", []string{"Origin", "null"}, false},
		{"DELETE", []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"PUT", []string{"Origin", "https://evil.example.com"}, false},
		{"GET", []string{"Sec-Fetch-Site", "cross-site"}, true}, // a link; GET changes nothing
	} {
		got := answer(t, opt, request(tt.method, "/api/x", "127.0.0.1:7733", tt.headers...)).StatusCode
		if want := map[bool]int{true: 200, false: http.StatusForbidden}[tt.passes]; got != want {
			t.Errorf("%s %v: got %d, want %d", tt.method, tt.headers, got, want)
		}
	}
}

// Beyond this machine nothing is served without the token.
func TestToken(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	if _, err := New(Options{Listen: "0.0.0.0:7733"}); err == nil {
		t.Error("an open address without a token is served")
	}
	if _, err := New(Options{Listen: ":7733"}); err == nil {
		t.Error("all addresses without a token are served")
	}
	if _, err := New(Options{Listen: "0.0.0.0:7733", Token: "short"}); err == nil {
		t.Error("a short token is taken")
	}
	opt := Options{Listen: "0.0.0.0:7733", Token: secret}
	for _, tt := range []struct {
		name string
		r    *http.Request
		want int
	}{
		{"nothing", request("GET", "/convert", "192.0.2.1:7733"), 401},
		{"a wrong token", request("GET", "/convert", "192.0.2.1:7733", "Authorization", "Bearer "+secret[1:]), 401},
		{"a token in front of the right one", request("GET", "/convert", "192.0.2.1:7733", "Authorization", "Bearer "+secret+"x"), 401},
		{"the token as a cookie", request("GET", "/convert", "192.0.2.1:7733", "Cookie", "egret_serve_7733="+secret), 401},
		{"a wrong one in the address", request("GET", "/convert?token=x", "192.0.2.1:7733"), 401},
		{"the API", request("POST", "/api/v2/convert", "192.0.2.1:7733"), 401},
		{"a file of a page", request("GET", "/assets/convert/convert.js", "192.0.2.1:7733"), 401},
		{"the right token", request("GET", "/convert", "192.0.2.1:7733", "Authorization", "Bearer "+secret), 200},
		{"the style of the page that asks", request("GET", "/assets/site/site.css", "192.0.2.1:7733"), 200},
	} {
		if got := answer(t, opt, tt.r); got.StatusCode != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got.StatusCode, tt.want)
		}
	}
	first := answer(t, opt, request("GET", "/convert?token="+secret, "192.0.2.1:7733"))
	if first.StatusCode != http.StatusSeeOther || first.Header.Get("Location") != "/convert" || first.cookie() == nil {
		t.Fatalf("the token in the address: got %d to %q with %v", first.StatusCode, first.Header.Get("Location"), first.Header["Set-Cookie"])
	}
	cookie := first.cookie()
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || strings.Contains(cookie.Value, secret) {
		t.Errorf("got the cookie %v", cookie)
	}
	if got := answer(t, opt, request("GET", "/convert", "192.0.2.1:7733", "Cookie", cookie.Name+"="+cookie.Value)).StatusCode; got != 200 {
		t.Errorf("with the cookie: got %d", got)
	}
	if got := answer(t, opt, request("GET", "//evil.example.com/?token="+secret, "192.0.2.1:7733")).Header.Get("Location"); strings.HasPrefix(got, "//") || strings.Contains(got, "evil") {
		t.Errorf("the token leads to %q", got)
	}
	form := httptest.NewRequest(http.MethodPost, "/token", strings.NewReader("token="+secret))
	form.Host = "192.0.2.1:7733"
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if got := answer(t, opt, form); got.StatusCode != http.StatusSeeOther || got.cookie() == nil {
		t.Errorf("the form: got %d", got.StatusCode)
	}
}

// Every answer tells the browser to load nothing from elsewhere and to run no script that stands in a page.
func TestHeaders(t *testing.T) {
	for _, r := range []*http.Request{
		request("GET", "/", "127.0.0.1:7733"), request("GET", "/", "evil.example.com"), request("POST", "/", "127.0.0.1:7733", "Origin", "null"),
	} {
		h := answer(t, Options{Listen: "127.0.0.1:7733"}, r).Header
		csp := h.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(csp, part) {
				t.Errorf("%s: the policy %q lacks %s", r.Host, csp, part)
			}
		}
		if strings.Contains(csp, "unsafe") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: got the headers %v", r.Host, h)
		}
	}
}

// What a request says about itself stays text in a refusal.
func TestRefusalsEscape(t *testing.T) {
	r := request("GET", "/", `"><script>x</script>`)
	w := httptest.NewRecorder()
	g, err := New(Options{Listen: "127.0.0.1:7733"})
	if err != nil {
		t.Fatal(err)
	}
	g.Handler(nil).ServeHTTP(w, r)
	if strings.Contains(w.Body.String(), "<script>") {
		t.Errorf("got %s", w.Body)
	}
}

// A panic is a fault of egret: it is logged, and the server goes on.
func TestPanics(t *testing.T) {
	var logged string
	g, err := New(Options{Listen: "127.0.0.1:7733", Log: func(text string) { logged = text }})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	g.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("egret bug: here") })).ServeHTTP(w, request("GET", "/x", "127.0.0.1:7733"))
	if w.Code != 500 || !strings.Contains(logged, "egret bug: here") || !strings.Contains(logged, "guard_test.go") || strings.Contains(w.Body.String(), "here") {
		t.Errorf("got %d, %s, log %s", w.Code, w.Body, logged)
	}
}
