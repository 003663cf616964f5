// Package guard keeps requests away from egret serve that its user did not make, and bounds what all requests together may use.
//
// Every request passes through it before any handler. It checks the name of the host (DNS
// rebinding), where a request comes from (CSRF), and the token; it sets the headers that tell browsers what a page may load; it
// limits open connections and requests at the same time, and turns a panic of a handler into a logged fault. It knows no page
// and no rule.
package guard

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
)

// Limits of what all requests together may use.
const (
	// MaxHeader is the maximum size of the headers of a request in bytes.
	MaxHeader = 16 << 10
	// MaxConnections is the maximum number of open connections, and maxRequests of requests that are being answered.
	MaxConnections = 512
	maxRequests    = 256
)

// Options configure a Guard.
type Options struct {
	// Listen is the address that the server listens on, host:port.
	Listen string
	// Token is what clients must know, "" for nothing.
	Token string
	// Hosts are further names by which browsers may address the server.
	Hosts []string
	// Log gets a line or more for each fault of the server itself. It may be called from any goroutine.
	Log func(text string)
}

// A Guard checks requests. It is safe for concurrent use.
type Guard struct {
	opt   Options
	token *token
	cross *http.CrossOriginProtection
	slots chan struct{}
}

// New returns a Guard. It fails if the address can be reached from other machines and there is no token, or if a token is too
// short to keep others out.
func New(opt Options) (*Guard, error) {
	host, port, err := net.SplitHostPort(opt.Listen)
	if err != nil {
		return nil, err
	}
	if opt.Token == "" && !IsLoopback(opt.Listen) {
		return nil, fmt.Errorf("%s can be reached from other machines and needs a token", opt.Listen)
	}
	if opt.Token != "" && len(opt.Token) < MinToken {
		return nil, fmt.Errorf("the token has %d characters, expected at least %d", len(opt.Token), MinToken)
	}
	g := &Guard{opt: opt, cross: http.NewCrossOriginProtection(), slots: make(chan struct{}, maxRequests)}
	g.opt.Hosts = slices.Clone(opt.Hosts)
	if host != "" {
		g.opt.Hosts = append(g.opt.Hosts, host)
	}
	if opt.Token != "" {
		g.token = newToken(opt.Token, port)
	}
	return g, nil
}

// IsLoopback reports whether an address, host:port, can only be reached from this machine.
func IsLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	return isLoopbackHost(host)
}

func isLoopbackHost(host string) bool {
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// policy is the Content-Security-Policy of all answers: a page loads what this server has, and runs no script that stands in it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

// headers are set on every answer.
var headers = [][2]string{
	{"Content-Security-Policy", policy},
	{"X-Content-Type-Options", "nosniff"},
	{"X-Frame-Options", "DENY"},
	{"Referrer-Policy", "no-referrer"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
	{"Cache-Control", "no-store"},
}

// Handler returns a handler that checks requests before next gets them.
func (g *Guard) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, header := range headers {
			w.Header().Set(header[0], header[1])
		}
		select {
		case g.slots <- struct{}{}:
			defer func() { <-g.slots }()
		default:
			w.Header().Set("Retry-After", "1")
			Refuse(w, r, http.StatusTooManyRequests, "the server answers as many requests as it can", "try again in a second")
			return
		}
		defer g.recovered(w, r)
		if !g.knownHost(r.Host) {
			Refuse(w, r, http.StatusMisdirectedRequest, fmt.Sprintf("%q is not a name of this server", r.Host),
				"start egret serve with --allow-host and the name, if it is right")
			return
		}
		if err := g.cross.Check(r); err != nil {
			Refuse(w, r, http.StatusForbidden, "the request comes from another site", "open the page of egret itself")
			return
		}
		if g.token != nil && !g.token.admit(w, r) {
			return
		}
		next.ServeHTTP(w, r)
	})
}

// knownHost reports whether the header Host names this server. An address cannot be the name of another site's server, so that
// addresses are fine if a token keeps strangers out, and loopback addresses always.
func (g *Guard) knownHost(header string) bool {
	host := header
	if h, _, err := net.SplitHostPort(header); err == nil {
		host = h
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		if host, ok = strings.CutSuffix(inner, "]"); !ok {
			return false
		}
	}
	if isLoopbackHost(host) {
		return true
	}
	if net.ParseIP(host) != nil && g.token != nil {
		return true
	}
	return slices.ContainsFunc(g.opt.Hosts, func(name string) bool { return strings.EqualFold(name, host) })
}

// recovered logs a panic of a handler and answers that the server failed, if nothing was answered yet.
func (g *Guard) recovered(w http.ResponseWriter, r *http.Request) {
	fault := recover()
	if fault == nil {
		return
	}
	if err, ok := fault.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(fault)
	}
	if g.opt.Log != nil {
		g.opt.Log(fmt.Sprintf("fault in %s %s: %v\n%s", r.Method, r.URL.Path, fault, debug.Stack()))
	}
	Refuse(w, r, http.StatusInternalServerError, "egret failed; this is a fault of egret, not of the request", "the terminal of egret serve shows the details")
}
