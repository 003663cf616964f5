// Package fetch downloads archives of rules and their signatures over HTTPS.
//
// A download has a limit, and tells what the redirections of the server say about the version. Nothing but HTTPS is used,
// also behind redirections, and a download that is cut off is an error. The package does not unpack or judge what it downloads.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/egret-hunt/egret/internal/lazyre"
)

// Options configure a download.
type Options struct {
	// Client is nil for one with the proxies and certificates of the environment.
	Client *http.Client
	// Agent is the User-Agent.
	Agent string
	// MaxBytes is the largest download.
	MaxBytes int64
	// Progress, if not nil, is told how many bytes have arrived and how many there will be, -1 if the server does not say.
	Progress func(done, total int64)
}

// A Download says what was downloaded.
type Download struct {
	// URL is the address behind the redirections of the publisher that name a version; else the one that was asked for. It is without a
	// user and a query, which may be secret.
	URL string
	// Version is the name of the release in that address, "" for none.
	Version string
	Bytes   int64
}

// releasePath matches the path of a file in a release at GitHub.
var releasePath = lazyre.New(`/releases/download/([^/]+)/[^/]+$`)

// maxRedirects is how many redirections are followed.
const maxRedirects = 10

// timeouts of a server that does not answer.
const (
	connectTimeout = 30 * time.Second
	headerTimeout  = 60 * time.Second
	// stallTimeout is how long a download may stand still.
	stallTimeout = 60 * time.Second
)

// Check returns an error unless an address begins with https:// and has a host.
func Check(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, errors.New("it is no address")
	case u.Scheme != "https":
		return nil, errors.New("only https:// is used, since what is downloaded decides what a hunt finds")
	case u.Host == "":
		return nil, errors.New("the address has no host")
	}
	return u, nil
}

// Get downloads an address to w.
func Get(ctx context.Context, address string, w io.Writer, o Options) (*Download, error) {
	u, err := Check(address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown(address), err)
	}
	d := &Download{URL: shown(address)}
	d.name(u)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", o.Agent)
	client := o.client()
	client.CheckRedirect = func(next *http.Request, via []*http.Request) error {
		if next.URL.Scheme != "https" {
			return errors.New("the server leads away from https://")
		}
		if len(via) > maxRedirects {
			return fmt.Errorf("more than %d redirections", maxRedirects)
		}
		d.name(next.URL)
		return nil
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fault(ctx, address, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: the server answers %s", shown(address), response.Status)
	}
	if response.ContentLength > o.MaxBytes {
		return nil, fmt.Errorf("%s: larger than %d MB", shown(address), o.MaxBytes>>20)
	}
	body := &watched{r: response.Body, o: &o, total: response.ContentLength, stall: time.AfterFunc(stallTimeout, func() { cancel(errStalled) })}
	defer body.stall.Stop()
	d.Bytes, err = io.Copy(w, io.LimitReader(body, o.MaxBytes+1))
	switch {
	case err != nil && body.failed:
		return nil, fault(ctx, address, fmt.Errorf("the download was cut off after %d bytes: %w", d.Bytes, err))
	case err != nil:
		return nil, err
	case d.Bytes > o.MaxBytes:
		return nil, fmt.Errorf("%s: larger than %d MB", shown(address), o.MaxBytes>>20)
	}
	return d, nil
}

var errStalled = fmt.Errorf("nothing arrived for %s", stallTimeout)

// name notes the release that an address names.
func (d *Download) name(u *url.URL) {
	if match := releasePath.FindStringSubmatch(u.Path); match != nil {
		d.Version, d.URL = match[1], shown(u.String())
	}
}

// client returns a copy of the client, so that a redirection policy of one download does not serve another.
func (o *Options) client() *http.Client {
	if o.Client != nil {
		c := *o.Client
		return &c
	}
	return &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: connectTimeout}).DialContext, ForceAttemptHTTP2: true,
		TLSHandshakeTimeout: connectTimeout, ResponseHeaderTimeout: headerTimeout,
	}}
}

// fault returns an error without the query of an address, which may be secret.
func fault(ctx context.Context, address string, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return fmt.Errorf("%s: %w", shown(address), err)
}

// shown returns an address without its query and its user.
func shown(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "the address"
	}
	u.RawQuery, u.User, u.Fragment = "", nil, ""
	return u.String()
}

// watched reads a body, and ends the download if nothing arrives.
type watched struct {
	r           io.Reader
	o           *Options
	done, total int64
	stall       *time.Timer
	failed      bool
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if n > 0 {
		w.stall.Reset(stallTimeout)
	}
	if w.done += int64(n); w.o.Progress != nil {
		w.o.Progress(w.done, w.total)
	}
	w.failed = w.failed || err != nil && !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	return n, err
}
