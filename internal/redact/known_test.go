package redact

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// forget drops what a test remembers at its end.
func forget(t *testing.T) {
	t.Helper()
	memory.Lock()
	secrets := append([]string(nil), memory.secrets...)
	memory.Unlock()
	t.Cleanup(func() {
		memory.Lock()
		memory.secrets = nil
		memory.Unlock()
		Remember(secrets...)
	})
}

// TestSecretWithinBase64: wherever a secret begins in the bytes that were encoded, its digits are removed.
func TestSecretWithinBase64(t *testing.T) {
	forget(t)
	const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	Remember(secret)
	for _, before := range []string{"", "a", "ab", "abc", "abcd", "user:"} {
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			text := encoding.EncodeToString([]byte(before + secret + "z"))
			middle := text[len(text)/2-6 : len(text)/2+6]
			if got := Known("<" + text + ">"); !strings.Contains(got, Stars) || strings.Contains(got, middle) {
				t.Errorf("behind %q: %s", before, got)
			}
		}
	}
}

// TestWholeSecretBeforeItsBeginning: where a whole secret stands nothing of it is left, whatever its characters.
func TestWholeSecretBeforeItsBeginning(t *testing.T) {
	forget(t)
	const secret = "0123456789abcdef and: the rest!"
	Remember(secret)
	if got, want := Known("<"+secret+">"), "<"+Stars+">"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestNewestSecretsAreRemembered: beyond the limit the oldest are forgotten.
func TestNewestSecretsAreRemembered(t *testing.T) {
	forget(t)
	secret := func(n int) string { return fmt.Sprintf("secret-%08d", n) }
	var secrets []string
	for n := range most + 10 {
		secrets = append(secrets, secret(n))
	}
	Remember(secrets...)
	if got := Known(secret(most + 9)); got != Stars {
		t.Errorf("the newest: %s", got)
	}
	if got := Known(secret(0)); got != secret(0) {
		t.Errorf("the oldest: %s", got)
	}
}
