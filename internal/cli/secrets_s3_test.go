//go:build duckdb && cgo

package cli_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestNoSecretOfS3IsSaidOrStored: a store that repeats what it was sent, in every error that it may give.
func TestNoSecretOfS3IsSaidOrStored(t *testing.T) {
	for _, code := range []string{"InvalidRequest", "AccessDenied", "NobodyKnows", "SignatureDoesNotMatch", "InvalidArgument", "kms"} {
		for _, long := range []bool{false, true} {
			t.Run(fmt.Sprint(code, long), func(t *testing.T) {
				dir := evidenceFolder(t)
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					var echo strings.Builder
					if long { // which ends within a secret where the message is cut
						echo.WriteString(strings.Repeat("x", 275) + " ")
					}
					for _, name := range []string{"X-Amz-Security-Token", "Authorization", "X-Amz-Date"} {
						fmt.Fprintf(&echo, "%s: %s; ", name, r.Header.Get(name))
					}
					w.Header().Set("Content-Type", "application/xml")
					w.WriteHeader(http.StatusBadRequest)
					fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s %s</Message></Error>", code, code, echo.String())
				}))
				defer server.Close()
				var v vault
				v.keep("secret key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
				v.keep("session token", "IQoJb3JpZ2luX2VjEXAMPLE+token/0123456789abcdefghijklmnopqrstuvwxyz==")
				t.Setenv("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE")
				t.Setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
				t.Setenv("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjEXAMPLE+token/0123456789abcdefghijklmnopqrstuvwxyz==")
				t.Setenv("AWS_ENDPOINT_URL", server.URL)
				t.Setenv("AWS_REGION", "us-east-1")
				t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
				for _, args := range [][]string{
					{"hunt", "s3://my-logs/AWSLogs/", "--rules", "rules", "--ledger", "ledger.json"},
					{"hunt", "s3://my-logs/one.json", "--rules", "rules", "--format", "json", "-o", "out.json"},
					{"table", "ddl", "--inspect", "s3://my-logs/AWSLogs/"},
				} {
					if r := v.egret(args...); r.code == 0 {
						t.Errorf("%v: %+v", args, r)
					}
				}
				if n := v.search(t, dir); n < 3 {
					t.Errorf("only %d files", n)
				}
			})
		}
	}
}

// TestNoSecretOfConfigurationsIsSaid: in addresses and beside them, in whatever way the file is wrong.
func TestNoSecretOfConfigurationsIsSaid(t *testing.T) {
	const secret = "s3cr3tTokenOfTheCluster0123456789"
	for _, line := range []string{
		"url: https://trino.example.com:8443/?token=SECRET", "url: 'https://trino.example.com/?access_token=SECRET&x=1'", "url: https://hunter:SECRET@trino.example.com",
		"url: https://SECRET@trino.example.com", "url: trino.example.com?jwt=SECRET", "url: https://trino.example.com/#SECRET", "adresse: https://hunter:SECRET@trino.example.com",
		"catalog: [https://h/?token=SECRET]", "token: SECRET", "token_env: SECRET-x", "passwort: SECRET", "session: {x: {y: 'https://a:SECRET@h'}}", "url: \"https://h/?token=SECRET",
	} {
		evidenceFolder(t)
		put(t, "egret.yaml", "lakes:\n  prod:\n    engine: trino\n    "+strings.ReplaceAll(line, "SECRET", secret)+"\n")
		var v vault
		v.keep("token", secret)
		for _, args := range [][]string{
			{"hunt", "logs", "--ledger", "ledger.json"}, {"query", "ping", "--lake", "prod"}, {"table", "check", "--lake", "prod", "--format", "json"}, {"list", "rules"},
		} {
			if r := v.egret(args...); r.code != 3 && !strings.HasPrefix(line, "session") && !strings.HasPrefix(line, "url: https://h") {
				t.Errorf("%s: %v: %+v", line, args, r)
			}
		}
		for _, text := range v.said {
			if found := v.leaks(text); len(found) > 0 {
				t.Errorf("%s: %s in\n%s", line, strings.Join(found, ", "), text)
			}
		}
	}
}

// TestNoSecretOfCommandLinesIsStored: an address with a signature or a user may be a path, and ledgers hold the command line.
func TestNoSecretOfCommandLinesIsStored(t *testing.T) {
	dir := evidenceFolder(t)
	const secret = "0123456789abcdef0123456789abcdef"
	var v vault
	v.keep("signature", secret)
	v.egret("hunt", "https://b.example.com/k?X-Amz-Signature="+secret+"&X-Amz-Security-Token="+secret, "logs", "--rules", "rules", "--ledger", "ledger.json", "--format", "json", "-o", "out.json")
	v.egret("hunt", "https://u:"+secret+"@b.example.com/k", "--rules", "rules")
	v.egret("hunt", "logs", "--rules", "https://u:"+secret+"@b.example.com/k")
	if n := v.search(t, dir); n < 4 {
		t.Errorf("only %d files", n)
	}
}
