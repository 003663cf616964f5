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

	"github.com/egret-hunt/egret/internal/engine"
)

// client makes requests to one address and no other.
type client struct {
	base    *url.URL
	http    *http.Client
	timeout time.Duration
	// authorize adds user and credentials; scrub takes credentials out of what the server says.
	authorize func(http.Header)
	scrub     func(string) string
	// wait sleeps, random is in [0, 1); tests replace them.
	wait   func(context.Context, time.Duration) error
	waits  func(err error, pause time.Duration)
	random func() float64
	// largest is the most bytes that one answer may have.
	largest int64
	// reached says that the server has answered before: from then on an unknown host or a closed port is a passing fault.
	reached atomic.Bool
}

// request is one that may be repeated.
type request struct {
	method, url string
	header      http.Header
	body        string
	// query is the id for errors, "" if there is none yet; asks is what the request is about, for errors.
	query, asks string
	// gone says that an answer of 404 or 410 is what was wanted.
	gone bool
}

const (
	// maxPage bounds one answer, after unpacking. Trino aims at 16 MiB at most; a page is larger only where a row is.
	maxPage = 128 << 20
	// tries is how often a request is made. With 30 % of requests failing, one in 200,000 fails ten times.
	tries = 10
	// firstTries is that before the server has answered at all: a wrong address should not take half a minute.
	firstTries = 3
	firstPause = 100 * time.Millisecond
	maxPause   = 10 * time.Second
	// maxRetryAfter bounds what a server may ask us to wait.
	maxRetryAfter = time.Minute
)

// call makes a request until it is answered, and returns the answer's text. A POST is repeated too: Trino begins a query
// when its first page is asked for, so that one whose id was lost on the way never runs.
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
		if pause < 0 || try >= limit {
			return nil, err
		}
		if pause == 0 {
			pause = min(maxPause, firstPause<<(try-1))
			pause = pause/2 + time.Duration(c.random()*float64(pause/2))
		}
		if c.waits != nil {
			c.waits(err, pause)
		}
		if err := c.wait(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// try makes one request. pause is how long the server wants us to wait before the next, 0 if it does not say, and negative
// where another try is of no use.
func (c *client) try(ctx context.Context, r request) (answer []byte, pause time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var body io.Reader
	if r.method == http.MethodPost {
		body = strings.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, body)
	if err != nil {
		return nil, -1, c.fault(r, engine.Misconfigured, errors.New("the address cannot be asked"))
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

// retryAfter reads the header, in seconds or as a date by the server's own clock; 0 if it says nothing.
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

// refused is the error of an answer that is none and will not become one.
func (c *client) refused(r request, response *http.Response, text []byte) error {
	said := errors.New(response.Status)
	if words := c.words(text); words != "" {
		said = errors.New(response.Status + ": " + words)
	}
	var e *engine.Error
	switch code := response.StatusCode; {
	case code == http.StatusUnauthorized:
		e = c.fault(r, engine.Expired, said)
		e.Help = "check user and password, or renew the token"
	case code == http.StatusForbidden:
		e = c.fault(r, engine.Denied, said)
		e.Help = "the user may not do that: ask the administrator of the cluster"
	case code/100 == 3:
		e = c.fault(r, engine.Misconfigured, errors.New(response.Status))
		e.Help = "the server sends elsewhere, which is not followed: give the coordinator's own address as url"
		if to, err := url.Parse(response.Header.Get("Location")); err == nil && to.Host != "" {
			e.Help += "; it named " + shown(to.Scheme+"://"+to.Host)
		}
	case code == http.StatusNotFound || code == http.StatusGone:
		if r.query != "" {
			// Another coordinator took over, or nobody had asked for too long.
			e = c.fault(r, engine.Transient, errors.New("the server does not know the query any more"))
			break
		}
		e = c.fault(r, engine.Misconfigured, said)
		e.Help = "expected the address of a coordinator as url"
	case code == http.StatusRequestEntityTooLarge || code == http.StatusRequestHeaderFieldsTooLarge:
		e = c.fault(r, engine.TooComplex, said)
	case code == http.StatusBadRequest && strings.Contains(said.Error(), "HTTPS"):
		e = c.fault(r, engine.Misconfigured, said)
		e.Help = "the port speaks TLS: write https:// in the url"
	case code/100 == 5:
		e = c.fault(r, engine.Transient, said)
	default:
		e = c.fault(r, engine.Other, said)
	}
	return e
}

// next checks the address of a page: on the host that was named, and below the path of the protocol.
func (c *client) next(r request, address string) (string, error) {
	if address == "" {
		return "", nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", c.fault(r, engine.Other, errors.New("the server named a next page whose address cannot be read"))
	}
	if u.Scheme != c.base.Scheme || hostPort(u) != c.base.Host || u.User != nil {
		e := c.fault(r, engine.Misconfigured, errors.New("the server named a next page at "+shown(u.Scheme+"://"+u.Host)+", which is not asked: credentials would go there"))
		e.Help = "give that address as url if it is the coordinator's own; behind a proxy, the coordinator needs http-server.process-forwarded=true"
		return "", e
	}
	if !strings.HasPrefix(u.Path, "/v1/") || strings.Contains(u.Path, "..") {
		return "", c.fault(r, engine.Other, errors.New("the server named a next page that is none of the protocol"))
	}
	return address, nil
}
