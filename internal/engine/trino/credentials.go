package trino

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"unicode"
)

// authorize adds the user and credentials to a request.
func (o *Options) authorize(h http.Header) {
	if o.User != "" {
		h.Set("X-Trino-User", o.User)
	}
	switch {
	case o.Password != "":
		h.Set("Authorization", "Basic "+o.basic())
	case o.Token != "":
		h.Set("Authorization", "Bearer "+string(o.Token))
	}
}

func (o *Options) basic() string {
	return base64.StdEncoding.EncodeToString([]byte(o.User + ":" + string(o.Password)))
}

// scrub removes credentials from a text: a server, or a proxy, may repeat what it was sent.
func (o *Options) scrub(text string) string {
	var secrets []string
	if o.Password != "" {
		p := string(o.Password)
		secrets = append(secrets, o.basic(), p, url.QueryEscape(p), url.PathEscape(p))
	}
	if o.Token != "" {
		secrets = append(secrets, string(o.Token))
	}
	for _, secret := range secrets {
		text = strings.ReplaceAll(text, secret, stars)
	}
	return text
}

// maxWords is how many bytes of a server's message are repeated.
const maxWords = 2000

// words returns a server's message for display: without credentials, on one line, and of limited length.
func (c *client) words(text []byte) string {
	// Remove secrets before shortening, so that no part of a secret remains.
	return shorten(c.scrub(strings.ToValidUTF8(string(text), "\ufffd")), maxWords)
}

// safeText returns an untrusted text in a form that is safe in an error.
func safeText(text string) string { return shorten(text, 200) }

func shorten(text string, limit int) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }), " ")
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "") + "…"
	}
	return text
}
