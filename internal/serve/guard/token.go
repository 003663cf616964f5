package guard

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
)

// MinToken is the minimum length of a token in bytes.
const MinToken = 16

// loginPath takes a token from a form.
const loginPath = "/token"

// NewToken returns a random token of 256 bits for URLs.
func NewToken() string {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // it never fails
	return base64.RawURLEncoding.EncodeToString(secret[:])
}

// token admits clients that know a secret.
type token struct {
	// sum is the hash of the secret, so that comparing takes the same time for every length.
	sum [sha256.Size]byte
	// cookie is the name of the cookie, which differs by port since cookies do not, and value what it holds: no one can tell
	// the secret from it.
	cookie, value string
}

func newToken(secret, port string) *token {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("egret serve cookie"))
	return &token{sum: sha256.Sum256([]byte(secret)), cookie: "egret_serve_" + port, value: hex.EncodeToString(mac.Sum(nil))}
}

func (t *token) is(secret string) bool {
	sum := sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(sum[:], t.sum[:]) == 1
}

// admit reports whether a request may go on. Otherwise it has been answered: a right token in the address or a form becomes a
// cookie, and the browser is sent on to an address without it.
func (t *token) admit(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodPost && r.URL.Path == loginPath {
		r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
		if t.is(r.PostFormValue("token")) {
			t.welcome(w, r, "/")
		} else {
			Refuse(w, r, http.StatusUnauthorized, "the token is wrong", "egret serve printed it when it started")
		}
		return false
	}
	if given := r.URL.Query().Get("token"); given != "" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		if t.is(given) {
			t.welcome(w, r, r.URL.Path)
			return false
		}
	}
	if given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && t.is(given) {
		return true
	}
	if cookie, err := r.Cookie(t.cookie); err == nil && subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(t.value)) == 1 {
		return true
	}
	if r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/assets/site/") {
		return true // the style of the page that asks for the token
	}
	w.Header().Set("WWW-Authenticate", "Bearer")
	Refuse(w, r, http.StatusUnauthorized, "the server needs its token", "egret serve printed it when it started")
	return false
}

func (t *token) welcome(w http.ResponseWriter, r *http.Request, path string) {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.Contains(path, `\`) {
		path = "/" // it would lead to another site
	}
	//nolint:gosec // Secure is left out: the server speaks plain HTTP, and a browser would not send the cookie
	http.SetCookie(w, &http.Cookie{Name: t.cookie, Value: t.value, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, path, http.StatusSeeOther) //nolint:gosec // it stays on this server, see above
}
