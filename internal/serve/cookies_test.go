package serve_test

import (
	"net/http"
	"net/url"
)

// cookies is a jar for one server.
type cookies struct{ set []*http.Cookie }

func (c *cookies) SetCookies(_ *url.URL, list []*http.Cookie) { c.set = append(c.set, list...) }

func (c *cookies) Cookies(*url.URL) []*http.Cookie { return c.set }
