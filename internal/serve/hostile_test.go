package serve_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/serve"
	"github.com/egret-hunt/egret/internal/serve/guard"
)

// raw sends a text as it is and returns the status of the answer, 0 if the server closes the connection.
func raw(t *testing.T, address, text string) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(address, "http://"), "/"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = io.WriteString(conn, text)
	if tcp, ok := conn.(*net.TCPConn); ok && !strings.Contains(text, "\r\n\r\n") {
		_ = tcp.CloseWrite() // the server would wait for the rest until it gives up
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, ""
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(body)
}

// No path leads to a file, whatever tricks it uses.
func TestPaths(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret.yml"), []byte("a secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	address, _ := start(t, serve.Options{})
	for _, path := range []string{
		"/../../../../etc/passwd", "/assets/../../etc/passwd", "/assets/site/../../../../etc/passwd", "/assets/site/%2e%2e/%2e%2e/etc/passwd",
		"/assets/site/..%2f..%2fsite.go", "/assets/site/..\\..\\site.go", "/assets/site/layout.tmpl", "/assets/site/", "/assets/", "/assets/site/site.css/",
		"//etc/passwd", "/%00", "/convert/../assets/site/layout.tmpl", dir + "/secret.yml", "/assets" + dir + "/secret.yml", "/api/v2/../../etc/passwd",
		"/.git/config", "/assets/convert/convert.tmpl", "/%2e%2e/", "/convert%00.js", "/api/v1/../v2/", "*",
	} {
		status, body := raw(t, address, "GET "+path+" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
		if status >= 500 || status == 200 || strings.Contains(body, "root:") || strings.Contains(body, "a secret") || strings.Contains(body, "{{") {
			t.Errorf("%s: got %d %.200s", path, status, body)
		}
	}
}

// Requests that are no HTTP, or too large, get an answer below 500 or none.
func TestBrokenRequests(t *testing.T) {
	address, _ := start(t, serve.Options{Log: func(string) {}})
	for name, text := range map[string]string{
		"nonsense":                             "\x00\x01\x02\r\n\r\n",
		"TLS":                                  "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"no host":                              "GET / HTTP/1.1\r\n\r\n",
		"two hosts":                            "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example.com\r\n\r\n",
		"long headers":                         "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n",
		"a long path":                          "GET /" + strings.Repeat("x", 64<<10) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
		"two lengths":                          "POST /api/v2/convert HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 20\r\n\r\n{}",
		"both lengths":                         "POST /api/v2/convert HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"a negative one":                       "POST /api/v2/convert HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: -5\r\n\r\n{}",
		"a huge one":                           "POST /api/v2/convert HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{}",
		"a bad chunk":                          "POST /api/v2/convert HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
		"another method":                       "TRACE / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
		"a proxy request":                      "GET http://evil.example.com/ HTTP/1.1\r\nHost: evil.example.com\r\n\r\n",
		"CONNECT":                              "CONNECT evil.example.com:443 HTTP/1.1\r\nHost: evil.example.com:443\r\n\r\n",
		"a name that an attacker pointed here": "GET /convert HTTP/1.1\r\nHost: evil.example.com\r\n\r\n",
		"a form of another site":               "POST /api/v2/convert HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example.com\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
	} {
		status, body := raw(t, address, text)
		if status >= 500 && status != http.StatusNotImplemented && status != http.StatusHTTPVersionNotSupported || status == 200 {
			t.Errorf("%s: got %d %.200s", name, status, body)
		}
	}
}

// Bodies that come slowly keep no one else from an answer.
func TestSlowBodies(t *testing.T) {
	address, _ := start(t, serve.Options{Log: func(string) {}})
	for range 100 {
		conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(address, "http://"), "/"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "POST /api/v2/convert HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{")
	}
	time.Sleep(200 * time.Millisecond)
	begin := time.Now()
	body := `{"target": "splunk", "rules": [{"text": "title: A\nlogsource: {product: aws}\ndetection: {s: {a: b}, condition: s}"}]}`
	response, err := http.Post(address+"api/v2/convert", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK || time.Since(begin) > 5*time.Second {
		t.Errorf("got %d after %v", response.StatusCode, time.Since(begin))
	}
}

// Ten thousand connections that send nothing do not grow the server, and do not keep others out.
func TestManyConnections(t *testing.T) {
	connections := 10_000
	if testing.Short() {
		connections = 1000
	}
	address, _ := start(t, serve.Options{Log: func(string) {}})
	target := strings.TrimSuffix(strings.TrimPrefix(address, "http://"), "/")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	routines := runtime.NumGoroutine()
	var open []net.Conn
	defer func() {
		for _, conn := range open {
			conn.Close()
		}
	}()
	most := 0
	for i := range connections {
		conn, err := net.DialTimeout("tcp", target, 5*time.Second)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		open = append(open, conn)
		if len(open) == 2000 { // this process has a limit of its own
			for _, old := range open[:1000] {
				old.Close()
			}
			open = open[1000:]
		}
		if i%100 == 0 {
			most = max(most, runtime.NumGoroutine()-routines)
		}
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for range 5 {
		response, err := client.Get(address + "convert")
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != http.StatusOK || !bytes.Contains(text, []byte("Convert")) {
			t.Errorf("got %d", response.StatusCode)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	grown := int64(after.HeapAlloc+after.StackInuse) - int64(before.HeapAlloc+before.StackInuse)
	t.Logf("%d connections: %d KB more, at most %d goroutines more", connections, grown>>10, most)
	if most > guard.MaxConnections+300 || grown > 64<<20 {
		t.Errorf("%d goroutines and %d bytes more", most, grown)
	}
}

// A token keeps everyone out who does not have it, and the address that the server prints lets its user in.
func TestTokenOfAServer(t *testing.T) {
	const token = "0123456789abcdef0123456789abcdef"
	address, _ := start(t, serve.Options{Token: token})
	if !strings.HasSuffix(address, "?token="+token) {
		t.Fatalf("the server prints %s", address)
	}
	base, _, _ := strings.Cut(address, "?")
	for _, path := range []string{"", "convert", "api/v2/targets", "api/v1/targets", "assets/convert/convert.js"} {
		response, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusUnauthorized {
			t.Errorf("/%s: got %d", path, response.StatusCode)
		}
	}
	jar := &cookies{}
	client := &http.Client{Jar: jar}
	response, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK || response.Request.URL.Path != "/convert" || response.Request.URL.RawQuery != "" {
		t.Errorf("got %d at %s", response.StatusCode, response.Request.URL)
	}
	if fmt.Sprint(jar.set) == "" || strings.Contains(fmt.Sprint(jar.set), token) {
		t.Errorf("the cookies are %v", jar.set)
	}
}
