// Package serve is egret in a browser: it listens on an address, and answers with the pages of its sub-packages and their API.
//
// The command line passes the address, a token and a workspace; the server answers requests until the context ends. Package guard decides which requests are answered at all, site renders pages, and api answers JSON. A page is a row of
// the slice pages. Nothing is loaded from elsewhere, and no request names a file.
package serve

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/serve/api"
	"github.com/egret-hunt/egret/internal/serve/guard"
	"github.com/egret-hunt/egret/internal/serve/site"
	"github.com/egret-hunt/egret/internal/serve/workspace"
)

// The time that clients have. Handlers that answer for longer, such as those that report progress, set deadlines of their own
// with http.ResponseController.
const (
	headerTime = 5 * time.Second
	readTime   = 30 * time.Second
	writeTime  = 60 * time.Second
	idleTime   = 60 * time.Second
	// stopTime is how long requests may go on after the context has ended.
	stopTime = 5 * time.Second
)

// Options configure a server.
type Options struct {
	// Listen is the address, host:port. Port 0 takes a free one.
	Listen string
	// Token and Hosts are as in guard.Options.
	Token string
	Hosts []string
	// Started is called with the address of the first page as soon as the server listens. It may be nil.
	Started func(address string)
	// Log gets faults of the server itself. It may be called from any goroutine.
	Log func(text string)
}

// Handler returns what answers requests, without a guard.
func Handler(w *workspace.Workspace) (http.Handler, error) {
	var list []site.Page
	for _, page := range pages {
		p, err := page(w)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	s, err := site.New(w.Version, list)
	if err != nil {
		return nil, err
	}
	a, err := api.New(w)
	if err != nil {
		return nil, err
	}
	for _, route := range a.Routes() {
		s.Handle(route)
	}
	return s, nil
}

// Run serves until the context ends. Then it lets requests in progress end, for a few seconds, and returns nil. When it returns, no
// goroutine of it is left, except for work that a handler gave up on.
func Run(ctx context.Context, w *workspace.Workspace, opt Options) error {
	inner, err := Handler(w)
	if err != nil {
		return err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", opt.Listen)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // the server closes it too
	host, _, err := net.SplitHostPort(opt.Listen)
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return err
	}
	g, err := guard.New(guard.Options{Listen: net.JoinHostPort(host, port), Token: opt.Token, Hosts: opt.Hosts, Log: opt.Log})
	if err != nil {
		return err
	}
	limited := guard.NewListener(listener, guard.MaxConnections)
	requests, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	server := &http.Server{
		Handler: g.Handler(inner), ConnState: limited.State, MaxHeaderBytes: guard.MaxHeader,
		ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		BaseContext: func(net.Listener) context.Context { return requests },
		ErrorLog:    log.New(faults{opt.Log}, "", 0),
	}
	if opt.Started != nil {
		opt.Started(address(host, port, opt.Token))
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(limited) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	stopping, stop := context.WithTimeout(requests, stopTime)
	defer stop()
	// Requests that wait for something, such as the progress of a hunt, see that their context has ended.
	graceful := time.AfterFunc(stopTime/2, cancel)
	defer graceful.Stop()
	err = server.Shutdown(stopping)
	if err != nil {
		err = server.Close()
	}
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// address returns the address of the first page. Without a host in the address to listen on, all addresses of the machine work.
func address(host, port, token string) string {
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	text := fmt.Sprintf("http://%s/", net.JoinHostPort(host, port))
	if token != "" {
		text += "?token=" + token
	}
	return text
}

// faults passes on what package http logs, except for what clients do all the time.
type faults struct{ log func(string) }

func (f faults) Write(text []byte) (int, error) {
	line := strings.TrimSpace(string(text))
	if f.log != nil && !strings.Contains(line, "TLS handshake") && !strings.Contains(line, "superfluous response.WriteHeader") {
		f.log(line)
	}
	return len(text), nil
}
