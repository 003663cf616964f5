package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/testkit"
)

func TestKnownSecretsInEveryForm(t *testing.T) {
	for _, secret := range []string{"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", `p&ss w"ord: %2F+/é!0123456789`, "hunter2"} {
		Remember(secret)
		text, _ := json.Marshal(secret) // texts always marshal
		for _, form := range []string{
			secret, "x" + secret + "x", url.QueryEscape(secret), url.PathEscape(secret), fmt.Sprintf("%q", secret), hex.EncodeToString([]byte(secret)),
			strings.ToUpper(hex.EncodeToString([]byte(secret))), string(text), base64.StdEncoding.EncodeToString([]byte(secret)),
			"Basic " + base64.StdEncoding.EncodeToString([]byte("hunter:"+secret)), base64.URLEncoding.EncodeToString([]byte("ab:" + secret + "!")),
		} {
			got := Text("before " + form + " after")
			beginning := secret[:min(len(secret), 7)]
			if !strings.Contains(got, Stars) || strings.Contains(got, beginning) || !strings.HasPrefix(got, "before ") {
				t.Errorf("Known(%s) = %s", form, got)
			}
		}
		if got := Known("cut off: " + secret[:min(len(secret), part)]); got != "cut off: "+Stars {
			t.Errorf("got %s", got)
		}
	}
	if got := Text("nothing of interest"); got != "nothing of interest" {
		t.Errorf("got %s", got)
	}
}

// In each text SECRET stands for a secret that was not remembered.
func TestCredentialsByPrefix(t *testing.T) {
	const secret = "FwoGZXIvYXdzEXAMPLEtoken0123456789"
	for _, text := range []string{
		"x-amz-security-token:SECRET", "X-Amz-Security-Token: SECRET\n", `"X-Amz-Security-Token": ["SECRET"]`, `{"x-amz-security-token":"SECRET"}`,
		"map[X-Amz-Security-Token:[SECRET] Other:[x]]", "https://b.s3.amazonaws.com/k?X-Amz-Security-Token=SECRET&x=1",
		"https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=SECRET", "https://h/?token=SECRET", "https://h/p?a=b&api_key=SECRET#f",
		"https://hunter:SECRET@example.com/x", "https://SECRET@example.com", "s3://SECRET@bucket/key", "Authorization: Bearer SECRET", "authorization: Basic SECRET",
		`"Authorization": "Bearer SECRET"`, "Authorization:[Bearer SECRET]", "token is Bearer SECRET here", "<SessionToken>SECRET</SessionToken>",
		`\"x-amz-security-token\":\"SECRET\"`, "Authorization: SECRET",
	} {
		got := Text(strings.ReplaceAll(text, "SECRET", secret))
		if strings.Contains(got, secret[:10]) || !strings.Contains(got, Stars) {
			t.Errorf("Text(%s) = %s", text, got)
		}
	}
	const signature = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260310/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0123456789abcdef0123456789abcdef"
	if got := Fault(signature); strings.Contains(got, "0123456789abcdef") || strings.Contains(got, "AKIA") {
		t.Errorf("got %s", got)
	}
}

// TestWordsLoseNoMatch compares Text with the expressions alone, on texts that are put together from pieces of credentials.
func TestWordsLoseNoMatch(t *testing.T) {
	pieces := []string{
		"authorization", "Proxy-Authorization", "AUTHORIZATION", ": ", "=", "Basic ", "bearer ", "baſic ", "x-amz-security-token", "X-Amz-Signature", "%3D", "SecurityToken",
		"ſecurity-to\u212aen", "Signature=", "<SessionToken>", "<ſecretAcceſſ\u212aey>", "</x>", "?token=", "&KEY=", "?x_\u212aey=", "https://", "s3://", "user:", "@", "/", " ", "\n",
		"0123456789abcdef0123", "AbCdEfGhIjKlMnOpQrSt", "\"", "é", "İ",
	}
	changed := 0
	for round := range testkit.Rounds(20_000, 50_000, 200_000) {
		rng := rand.New(rand.NewPCG(uint64(round), 7))
		var b strings.Builder
		for range 1 + rng.IntN(8) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		text := b.String()
		want := Known(text)
		for i, p := range patterns {
			with := "${1}" + Stars
			if i == len(patterns)-1 {
				with += "@"
			}
			want = p.ReplaceAllString(want, with)
		}
		if got := Text(text); got != want {
			t.Fatalf("Text(%q) = %q, want %q", text, got, want)
		}
		if want != text {
			changed++
		}
	}
	if changed < 1000 {
		t.Errorf("only %d texts have credentials", changed)
	}
}

// Text without credentials must not change.
func TestOtherTextsStay(t *testing.T) {
	for _, text := range []string{
		"https://example.com:8443/path?from=2026", "user@example.com wrote", "arn:aws:iam::111122223333:user/alice", "s3://bucket/AWSLogs/a@b.json",
		"rule aws_secret.yml:3:1: error[unknown-modifier]", "no token was given", "https://example.com/a@b", "AKIAIOSFODNN7EXAMPLE",
	} {
		if got := Text(text); got != text {
			t.Errorf("Text(%s) = %s, want it unchanged", text, got)
		}
	}
}

// TestTextKeepsWhatSurroundsSecrets checks what stays of an address, of a secret that was cut off, and of ids of keys.
func TestTextKeepsWhatSurroundsSecrets(t *testing.T) {
	Remember("Q7vX2pLm9sKd4wRt8yNb3cHf6gJz")
	for text, want := range map[string]string{
		"get https://hunter:password@example.com/x failed":  "get https://***@example.com/x failed",
		"sent Q7vX2pLm9sKd4wRt8yNb3: cut":                   "sent ***: cut",
		"the key ASIAIOSFODNN7EXAMPLE has expired":          "the key *** has expired",
		"the key AKIAIOSFODNN7EXAMPLE has expired":          "the key *** has expired",
		"the group AIDAIOSFODNN7EXAMPLE is no key of ours.": "the group AIDAIOSFODNN7EXAMPLE is no key of ours.",
	} {
		if got := Fault(text); got != want {
			t.Errorf("Fault(%q): got %q, want %q", text, got, want)
		}
	}
}

func TestFieldKnowsNamesOfSecrets(t *testing.T) {
	for _, name := range []string{
		"sessionToken", "SecretAccessKey", "secret_access_key", "password", "newPassword", "x-amz-security-token", "refresh_token", "Authorization",
		"SecretString", "privateKey", "apiKey", "client_secret",
	} {
		if got := Field(name, "something"); got != Stars {
			t.Errorf("Field(%s) = %s", name, got)
		}
	}
	for _, name := range []string{"accessKeyId", "key", "secretId", "keyId", "tokenCode", "passwordReset", "eventName", ""} {
		if got := Field(name, "something"); got != "something" {
			t.Errorf("Field(%s) = %s", name, got)
		}
	}
	if Field("password", "") != "" || Field("userAgent", "Authorization: Bearer abcdefghijklmnop1234") != "Authorization: Bearer "+Stars {
		t.Error("an empty value is no secret, and other fields are texts")
	}
}
