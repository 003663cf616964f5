package athenatest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// signature is the parsed Authorization header of a request.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
type signature struct {
	accessKey, date, region, service string
	headers                          []string
	value                            string
}

const algorithm = "AWS4-HMAC-SHA256"

// parseSignature parses the header; ok is false if there is none or it has another form.
func parseSignature(header string) (s signature, ok bool) {
	rest, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok {
		return s, false
	}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			scope := strings.Split(value, "/")
			if len(scope) != 5 || scope[4] != "aws4_request" {
				return s, false
			}
			s.accessKey, s.date, s.region, s.service = scope[0], scope[1], scope[2], scope[3]
		case "SignedHeaders":
			s.headers = strings.Split(value, ";")
		case "Signature":
			s.value = value
		}
	}
	return s, s.accessKey != "" && s.value != "" && slices.Contains(s.headers, "host")
}

// amzDate is the format of the header X-Amz-Date.
const amzDate = "20060102T150405Z"

// sign returns the signature that the request should have.
func (s *signature) sign(secret string, r *http.Request, payloadHash string) string {
	scope := strings.Join([]string{s.date, s.region, s.service, "aws4_request"}, "/")
	canonical := sha256.Sum256([]byte(s.canonicalRequest(r, payloadHash)))
	toSign := strings.Join([]string{algorithm, r.Header.Get("X-Amz-Date"), scope, hex.EncodeToString(canonical[:])}, "\n")
	key := []byte("AWS4" + secret)
	for _, step := range []string{s.date, s.region, s.service, "aws4_request"} {
		key = mac(key, step)
	}
	return hex.EncodeToString(mac(key, toSign))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func (s *signature) canonicalRequest(r *http.Request, payloadHash string) string {
	path := encodePath(r.URL.Path)
	if s.service != "s3" { // only S3 has the path encoded once
		path = encodePath(path)
	}
	if path == "" {
		path = "/"
	}
	var headers strings.Builder
	for _, name := range s.headers {
		headers.WriteString(name + ":" + headerValue(r, name) + "\n")
	}
	return strings.Join([]string{r.Method, path, canonicalQuery(r.URL.Query()), headers.String(), strings.Join(s.headers, ";"), payloadHash}, "\n")
}

// headerValue returns the value that was signed for a header. Go stores two of them elsewhere.
func headerValue(r *http.Request, name string) string {
	switch name {
	case "host":
		return r.Host
	case "content-length":
		return strconv.FormatInt(r.ContentLength, 10)
	}
	var values []string
	for _, v := range r.Header.Values(name) {
		values = append(values, strings.Join(strings.Fields(v), " "))
	}
	return strings.Join(values, ",")
}

func canonicalQuery(values url.Values) string {
	names := map[string]string{}
	for name := range values {
		names[encode(name)] = name
	}
	var pairs []string
	for _, encoded := range slices.Sorted(maps.Keys(names)) {
		var list []string
		for _, v := range values[names[encoded]] {
			list = append(list, encoded+"="+encode(v))
		}
		slices.Sort(list)
		pairs = append(pairs, list...)
	}
	return strings.Join(pairs, "&")
}

func encodePath(path string) string {
	parts := strings.Split(path, "/")
	for i := range parts {
		parts[i] = encode(parts[i])
	}
	return strings.Join(parts, "/")
}

// encode writes all bytes as %XX except letters, digits and -._~.
func encode(text string) string {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			const digits = "0123456789ABCDEF"
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
	return b.String()
}

// maxSkew returns the maximum difference of a client's clock: five minutes for Athena and STS, fifteen for S3.
func maxSkew(service string) time.Duration {
	if service == "s3" {
		return 15 * time.Minute
	}
	return 5 * time.Minute
}

// authenticate returns who sent the request; body is the complete body, except for S3.
func (s *Server) authenticate(r *http.Request, sig signature, body []byte) (Credentials, *Refusal) {
	who, ok := s.credentials(sig.accessKey)
	if !ok || who.SessionToken != r.Header.Get("X-Amz-Security-Token") {
		return who, unknownKey(sig.service)
	}
	now := s.options.Now()
	if !who.Expires.IsZero() && !now.Before(who.Expires) {
		return who, expiredToken(sig.service)
	}
	at, err := time.Parse(amzDate, r.Header.Get("X-Amz-Date"))
	if skew := now.Sub(at).Abs(); err != nil || skew > maxSkew(sig.service) || at.Format("20060102") != sig.date {
		return who, skewed(sig.service, r.Header.Get("X-Amz-Date"), now)
	}
	if sig.region != s.options.Region && sig.service != "s3" {
		return who, wrongScope(sig.service, sig.region)
	}
	payloadHash := r.Header.Get("X-Amz-Content-Sha256")
	if sig.service != "s3" {
		sum := sha256.Sum256(body)
		payloadHash = hex.EncodeToString(sum[:])
	}
	if !hmac.Equal([]byte(sig.sign(who.Secret, r, payloadHash)), []byte(sig.value)) {
		return who, wrongSignature(sig.service)
	}
	return who, nil
}
