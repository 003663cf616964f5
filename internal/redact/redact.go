// Package redact removes secrets from text that leaves the process: messages, ledgers, journals and answers. Do not use
// it for evidence (findings and rows): an access key in a log is what a hunter looks for.
//
// It removes two kinds of secrets. Secrets of this process are remembered when they are read or fetched, and are found
// in any encoding. Other secrets are found by the text before them: headers and parameters that hold credentials, and
// user names in addresses. The memory is global, since code that repeats a secret (a service, an SDK, a library) does
// not know whose secret it is.
package redact

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Stars replaces a secret.
const Stars = "***"

// shortest is the minimum length of a remembered secret: shorter ones would match everywhere.
const shortest = 6

// part is the length in bytes of a secret's beginning that must be removed, since text is often cut.
const part = 16

// most is the maximum number of remembered secrets: a few days' worth if credentials change every hour.
const most = 500

var memory struct {
	sync.Mutex
	secrets []string
	needles []string // forms of the secrets, the longest first
}

// Environment remembers the AWS secrets in the environment.
func Environment() {
	Remember(os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN"))
}

// Remember makes Text and Known remove these secrets from now on. It is safe for concurrent use.
func Remember(secrets ...string) {
	memory.Lock()
	defer memory.Unlock()
	known := len(memory.secrets)
	for _, secret := range secrets {
		if len(secret) < shortest || slices.Contains(memory.secrets, secret) {
			continue
		}
		memory.secrets = append(memory.secrets, secret)
	}
	if len(memory.secrets) == known {
		return // clients call this before each request
	}
	if extra := len(memory.secrets) - most; extra > 0 {
		memory.secrets = slices.Delete(memory.secrets, 0, extra)
	}
	memory.needles = nil
	for _, secret := range memory.secrets {
		memory.needles = append(memory.needles, forms(secret)...)
		if len(secret) > part {
			memory.needles = append(memory.needles, forms(secret[:part])...)
		}
	}
	slices.SortFunc(memory.needles, func(a, b string) int { return len(b) - len(a) })
	memory.needles = slices.Compact(memory.needles)
}

var (
	escapeHTML = strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`) // as package json does
	base64URL  = strings.NewReplacer("+", "-", "/", "_")
)

// forms returns the encodings in which a secret may appear.
func forms(text string) []string {
	digits := hex.EncodeToString([]byte(text))
	list := []string{
		text, digits, strings.ToUpper(digits), url.QueryEscape(text), url.PathEscape(text), strings.Trim(fmt.Sprintf("%q", text), `"`),
		escapeHTML.Replace(strings.Trim(fmt.Sprintf("%q", text), `"`)),
	}
	for offset := range 3 {
		// Leave out the digits that depend on the bytes before and after.
		whole := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", offset) + text))
		known := whole[(offset*8+5)/6 : (offset+len(text))*8/6]
		list = append(list, known, base64URL.Replace(known))
	}
	return slices.DeleteFunc(list, func(form string) bool { return len(form) < shortest })
}

// Known removes the remembered secrets.
func Known(text string) string {
	memory.Lock()
	needles := memory.needles
	memory.Unlock()
	for _, needle := range needles {
		for at := 0; ; {
			i := strings.Index(text[at:], needle)
			if i < 0 {
				break
			}
			start, end := at+i, at+i+len(needle)
			for end < len(text) && continues(text[end]) {
				end++
			}
			text = text[:start] + Stars + text[end:]
			at = start + len(Stars)
		}
	}
	return text
}

// continues reports whether a byte may continue a secret whose beginning was found.
func continues(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("+/=%_", c) >= 0
}

// value matches a secret in a header or parameter.
const value = `[^\s"'\\&<>,;|]+`

// pattern matches the text before a secret and the secret, which is its last group.
type pattern struct {
	*regexp.Regexp
	// words are those of which each match has one, in lower case.
	words []string
}

var patterns = []pattern{
	// headers, in any spelling: quoted, as JSON, as a Go map, in a canonical request
	{regexp.MustCompile(`(?i)((?:proxy-)?authorization["'\\]*\s*[:=]\s*[["'\\]*(?:(?:basic|bearer|digest|negotiate)\s+)?)(` + value + `)`), []string{"authorization"}},
	{regexp.MustCompile(`(?i)(\b(?:basic|bearer)\s+)([a-z0-9+/_.=~-]{16,})`), []string{"basic", "bearer"}},
	{regexp.MustCompile(`(?i)(x-amz-(?:security-token|signature|s3session-token)["'\\]*\s*[:=]\s*[["'\\]*|x-amz-(?:security-token|signature)%3d)(` + value + `)`),
		[]string{"x-amz-"}},
	{regexp.MustCompile(`(?i)(security-?token["'\\]*[>:=\s]+["'\\]*)([a-z0-9+/=%._-]{16,})`), []string{"security"}},
	{regexp.MustCompile(`(\bSignature=)([0-9a-fA-F]{16,})`), []string{"signature="}},
	{regexp.MustCompile(`(?i)(<(?:sessiontoken|secretaccesskey)>)([^<]+)`), []string{"<sessiontoken>", "<secretaccesskey>"}},
	// parameters of addresses
	{regexp.MustCompile(`(?i)([?&](?:[a-z0-9_-]*(?:token|secret|password|passwd|pwd|signature|sig|credential|apikey|api_key|api-key|jwt|accesskey|access_key)|key|auth)=)(` + value + `)`),
		[]string{"?", "&"}},
	// user names in addresses
	{regexp.MustCompile(`(?i)(\b[a-z][a-z0-9+.-]*://)([^\s/?#@"'<>\\]+)@`), []string{"://"}},
}

// Text removes the remembered secrets and everything that the text before it marks as a credential.
func Text(text string) string {
	text = Known(text)
	// A search for words takes a fraction of the time of an expression. Replacing secrets never makes a word. Letter case is ignored
	// as the expressions ignore it, to which ſ is an s.
	lower := strings.ReplaceAll(strings.ToLower(text), "ſ", "s")
	for i, p := range patterns {
		if !slices.ContainsFunc(p.words, func(word string) bool { return strings.Contains(lower, word) }) {
			continue
		}
		with := "${1}" + Stars
		if i == len(patterns)-1 {
			with += "@"
		}
		text = p.ReplaceAllString(text, with)
	}
	return text
}

// secretName matches the names of fields that hold secrets, as logs and configurations write them. Ids of keys are not secret.
var secretName = regexp.MustCompile(`(?i)(?:^|[a-z0-9_-])?(?:security|session|access|refresh|id|bearer|web-?identity|auth)?[_-]?token$|secret(?:[_-]?(?:access)?[_-]?key|[_-]?string|[_-]?binary)?$|passw(?:or)?d$|passphrase$|private[_-]?key$|api[_-]?key$|^(?:proxy-)?authorization$`)

// Field returns the text of a field that has a name, as Text does; if the name says that the field holds a secret, only Stars.
func Field(name, text string) string {
	if text != "" && secretName.MatchString(name) {
		return Stars
	}
	return Text(text)
}

// keyForm matches ids of access keys.
var keyForm = regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b`)

// Fault is Text for messages of services, where ids of access keys belong to this process.
func Fault(text string) string { return keyForm.ReplaceAllString(Text(text), Stars) }
