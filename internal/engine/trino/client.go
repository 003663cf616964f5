package trino

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/egret-hunt/egret/internal/backoff"
	"github.com/egret-hunt/egret/internal/engine"
)

// client makes requests to one address only.
type client struct {
	base    *url.URL
	http    *http.Client
	timeout time.Duration
	// authorize adds the user and credentials; scrub removes credentials from the server's messages.
	authorize func(http.Header)
	scrub     func(string) string
	// wait sleeps, random returns numbers in [0, 1); tests replace them.
	wait    func(context.Context, time.Duration) error
	onPause func(err error, pause time.Duration)
	random  func() float64
	// largest is the maximum number of bytes of one answer.
	largest int64
	// reached reports that the server has answered before: from then on an unknown host or a closed port is a
	// transient error.
	reached atomic.Bool
}

// request is a request that may be repeated.
type request struct {
	method, url string
	header      http.Header
	body        string
	// query is the query's id for errors, "" if there is none yet; asks describes the request in errors.
	query, asks string
	// gone means that an answer of 404 or 410 counts as success.
	gone bool
}

const (
	// maxPage limits the size of one answer, after decompression. Trino aims at 16 MiB at most; a page is larger only
	// if a single row is.
	maxPage = 128 << 20
	// tries is how often a request is made. The pauses add up to about a minute and a half, which bridges a network
	// failure and the restart of a proxy.
	tries = 20
	// firstTries is the limit before the server's first answer: a wrong address should not take half a minute.
	firstTries = 3
	firstPause = 100 * time.Millisecond
	maxPause   = 10 * time.Second
	// maxRetryAfter limits the pause that a server may request.
	maxRetryAfter = time.Minute
)

// call makes a request until it is answered, and returns the answer's text. A POST is repeated too: Trino starts a
// query when its first page is requested, so a query whose id was lost never runs.
func (c *client) call(ctx context.Context, r request) ([]byte, error) {
	for try := 1; ; try++ {
		answer, pause, err := c.try(ctx, r)
		if err == nil {
			return answer, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		limit := tries
		if !c.reached.Load() {
			limit = firstTries
		}
		if pause < 0 {
			return nil, err
		}
		if try >= limit {
			var e *engine.Error
			if errors.As(err, &e) {
				e.Retried = true
			}
			return nil, err
		}
		if pause == 0 {
			pause = backoff.Policy{First: firstPause, Max: maxPause, Random: c.random}.Pause(try)
		}
		if c.onPause != nil {
			c.onPause(err, pause)
		}
		if err := c.wait(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// try makes one request. pause is how long the server asks to wait before the next, 0 if it does not say, and negative
// if another try would be useless.
func (c *client) try(ctx context.Context, r request) (answer []byte, pause time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var body io.Reader
	if r.method == http.MethodPost {
		body = strings.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, body)
	if err != nil {
		return nil, -1, c.fault(r, engine.Misconfigured, errors.New("the address is not valid"))
	}
	maps.Copy(req.Header, r.header)
	req.Header.Set("User-Agent", source)
	c.authorize(req.Header)
	response, err := c.http.Do(req)
	if err != nil {
		return nil, c.again(err), c.unreachable(r, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, c.largest+1))
	switch {
	case int64(len(text)) > c.largest:
		return nil, -1, c.fault(r, engine.Other, fmt.Errorf("the answer is larger than %d MiB", c.largest>>20))
	case err != nil:
		return nil, 0, c.unreachable(r, err)
	}
	c.reached.Store(true)
	switch code := response.StatusCode; {
	case code == http.StatusOK && bytes.HasPrefix(bytes.TrimSpace(text[:min(len(text), 100)]), []byte("<")):
		return nil, -1, c.fault(r, engine.Misconfigured, errors.New("a web page answered: expected the address of a coordinator"))
	case code/100 == 2:
		return text, 0, nil
	case r.gone && (code == http.StatusNotFound || code == http.StatusGone):
		return nil, 0, nil
	case code == http.StatusTooManyRequests, code == http.StatusBadGateway, code == http.StatusServiceUnavailable, code == http.StatusGatewayTimeout:
		return nil, retryAfter(response.Header), c.fault(r, engine.Transient, errors.New(response.Status))
	default:
		return nil, -1, c.refused(r, response, text)
	}
}

// retryAfter returns the pause of the header, in seconds or as a date by the server's clock; 0 if there is none.
func retryAfter(h http.Header) time.Duration {
	var pause time.Duration
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32); err == nil {
		pause = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		if now, err := http.ParseTime(h.Get("Date")); err == nil {
			pause = at.Sub(now)
		}
	}
	return max(0, min(pause, maxRetryAfter))
}

// refused returns the error of a final error response.
func (c *client) refused(r request, response *http.Response, text []byte) error {
	messages := errors.New(response.Status)
	if words := c.words(text); words != "" {
		messages = errors.New(response.Status + ": " + words)
	}
	var e *engine.Error
	switch code := response.StatusCode; {
	case code == http.StatusUnauthorized:
		e = c.fault(r, engine.Expired, messages)
		e.Help = "check user and password, or renew the token"
	case code == http.StatusForbidden:
		e = c.fault(r, engine.Denied, messages)
		e.Help = "the user lacks the permission: ask the administrator of the cluster"
	case code/100 == 3:
		e = c.fault(r, engine.Misconfigured, errors.New(response.Status))
		e.Help = "egret does not follow redirects: set url to the coordinator's own address"
		if to, err := url.Parse(response.Header.Get("Location")); err == nil && to.Host != "" {
			e.Help += "; the redirect goes to " + safeText(to.Scheme+"://"+to.Host)
		}
	case code == http.StatusNotFound || code == http.StatusGone:
		if r.query != "" {
			// Another coordinator took over, or the query timed out without requests.
			e = c.fault(r, engine.Transient, errors.New("the server no longer knows the query"))
			break
		}
		e = c.fault(r, engine.Misconfigured, messages)
		e.Help = "set url to the address of a coordinator"
	case code == http.StatusRequestEntityTooLarge || code == http.StatusRequestHeaderFieldsTooLarge:
		e = c.fault(r, engine.TooComplex, messages)
	case code == http.StatusBadRequest && strings.Contains(messages.Error(), "HTTPS"):
		e = c.fault(r, engine.Misconfigured, messages)
		e.Help = "the port uses TLS: use https:// in the url"
	case code/100 == 5:
		e = c.fault(r, engine.Transient, messages)
	default:
		e = c.fault(r, engine.Other, messages)
	}
	return e
}

// next checks the address of a page: it must be on the configured host, and below the path of the protocol.
func (c *client) next(r request, address string) (string, error) {
	if address == "" {
		return "", nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", c.fault(r, engine.Other, errors.New("the address of the next page is not valid"))
	}
	if u.Scheme != c.base.Scheme || hostPort(u) != c.base.Host || u.User != nil {
		e := c.fault(r, engine.Misconfigured, errors.New("the next page is at "+safeText(u.Scheme+"://"+u.Host)+", another host, which must not get the credentials"))
		e.Help = "set url to that address if it is the coordinator's own; behind a proxy, the coordinator needs http-server.process-forwarded=true"
		return "", e
	}
	if !strings.HasPrefix(u.Path, "/v1/") || strings.Contains(u.Path, "..") {
		return "", c.fault(r, engine.Other, errors.New("the address of the next page is not part of the protocol"))
	}
	return address, nil
}
