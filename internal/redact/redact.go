// Package redact takes secrets out of texts that leave the process: messages, ledgers, journals and answers. Evidence, which
// is findings and rows, is not for it: an access key in a log is what a hunter looks for.
//
// It knows two kinds. Secrets of this process, which are remembered when they are read or fetched, are found in whatever way
// they were encoded. Others are found by what stands before them: headers and parameters that hold credentials, and users in
// addresses. The memory is that of the process, since what repeats a secret (a service, an SDK, a library) does not
// know whose it is.
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

// Stars stand in the place of a secret.
const Stars = "***"

// shortest is the length from which on a secret is looked for: shorter ones would be found everywhere.
const shortest = 6

// part is how much of the beginning of a secret gives it away, in bytes. Texts are often cut.
const part = 16

// most is how many secrets are remembered: those of a few days, where credentials change every hour.
const most = 500

var memory struct {
	sync.Mutex
	secrets []string
	needles []string // what secrets look like, the longest first
}

// Environment remembers the secrets of AWS in the environment.
func Environment() {
	Remember(os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN"))
}

// Remember keeps secrets of this process out of all texts from now on. It is safe for concurrent use.
func Remember(secrets ...string) {
	memory.Lock()
	defer memory.Unlock()
	for _, secret := range secrets {
		if len(secret) < shortest || slices.Contains(memory.secrets, secret) {
			continue
		}
		memory.secrets = append(memory.secrets, secret)
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

// forms are the ways in which a text may stand in another.
func forms(text string) []string {
	digits := hex.EncodeToString([]byte(text))
	list := []string{
		text, digits, strings.ToUpper(digits), url.QueryEscape(text), url.PathEscape(text), strings.Trim(fmt.Sprintf("%q", text), `"`),
		strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`).Replace(strings.Trim(fmt.Sprintf("%q", text), `"`)),
	}
	for offset := range 3 {
		// The digits that depend on what stands before and behind are left out.
		whole := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", offset) + text))
		known := whole[(offset*8+5)/6 : (offset+len(text))*8/6]
		list = append(list, known, strings.NewReplacer("+", "-", "/", "_").Replace(known))
	}
	return slices.DeleteFunc(list, func(form string) bool { return len(form) < shortest })
}

// Known takes out the secrets that were remembered.
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

// continues tells whether a secret of which the beginning was found may go on with a byte.
func continues(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("+/=%_", c) >= 0
}

// value is what a secret in a header or parameter is made of, from its beginning to its end.
const value = `[^\s"'\\&<>,;|]+`

// What stands before secrets, each with the secret as its last group.
var patterns = []*regexp.Regexp{
	// Headers, in any spelling: quoted, as JSON, as a map of Go, in a canonical request.
	regexp.MustCompile(`(?i)((?:proxy-)?authorization["'\\]*\s*[:=]\s*[["'\\]*(?:(?:basic|bearer|digest|negotiate)\s+)?)(` + value + `)`),
	regexp.MustCompile(`(?i)(\b(?:basic|bearer)\s+)([a-z0-9+/_.=~-]{16,})`),
	regexp.MustCompile(`(?i)(x-amz-(?:security-token|signature|s3session-token)["'\\]*\s*[:=]\s*[["'\\]*|x-amz-(?:security-token|signature)%3d)(` + value + `)`),
	regexp.MustCompile(`(?i)(security-?token["'\\]*[>:=\s]+["'\\]*)([a-z0-9+/=%._-]{16,})`),
	regexp.MustCompile(`(\bSignature=)([0-9a-fA-F]{16,})`),
	regexp.MustCompile(`(?i)(<(?:sessiontoken|secretaccesskey)>)([^<]+)`),
	// Parameters of addresses.
	regexp.MustCompile(`(?i)([?&](?:[a-z0-9_-]*(?:token|secret|password|passwd|pwd|signature|sig|credential|apikey|api_key|api-key|jwt|accesskey|access_key)|key|auth)=)(` + value + `)`),
	// Users of addresses.
	regexp.MustCompile(`(?i)(\b[a-z][a-z0-9+.-]*://)([^\s/?#@"'<>\\]+)@`),
}

// Text takes out the secrets that were remembered, and what looks like credentials by what stands before it.
func Text(text string) string {
	text = Known(text)
	for i, pattern := range patterns {
		with := "${1}" + Stars
		if i == len(patterns)-1 {
			with += "@"
		}
		text = pattern.ReplaceAllString(text, with)
	}
	return text
}

// keyForm is how ids of access keys look.
var keyForm = regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b`)

// Fault is Text for messages of services, in which ids of access keys are those of this process.
func Fault(text string) string { return keyForm.ReplaceAllString(Text(text), Stars) }
