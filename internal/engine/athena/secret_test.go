package athena_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/athena"
)

// The credentials of these tests, which are not valid anywhere.
const (
	accessKey = "AKIAEGRETEXAMPLE0001"
	secretKey = "egretSecretKeyForTestsOnly+0123456789/ab"
	session   = "egretSessionTokenForTestsOnly//////////0123456789+abcdefgh=="
)

// checkNoSecrets fails the test if a text contains a credential.
func checkNoSecrets(t *testing.T, what string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		for _, secret := range []string{accessKey, secretKey, session} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: got a credential in %s", what, text)
			}
		}
	}
}

// errorTexts returns all texts that can be made from an error.
func errorTexts(err error) []string {
	texts := []string{fmt.Sprintf("%v", err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)}
	var fault *engine.Error
	if errors.As(err, &fault) {
		texts = append(texts, fault.Thing, fault.Help, fault.Permission, fmt.Sprintf("%#v", fault.Err))
	}
	return texts
}

// TestServerCannotEchoSecrets checks that no error contains a secret if a server repeats the request in its errors.
func TestServerCannotEchoSecrets(t *testing.T) {
	code := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var sent strings.Builder
		r.Header.Write(&sent)
		message := fmt.Sprintf("The Canonical String for this request should have been\n'%s %s\n%s\n%s' and the key %s", r.Method, r.URL, sent.String(), body, secretKey)
		if !strings.Contains(message, session) {
			t.Errorf("got no session token in the request: %s", message)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(http.StatusBadRequest)
		json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": message, "Message": message})
	}))
	defer server.Close()
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": accessKey, "AWS_SECRET_ACCESS_KEY": secretKey, "AWS_SESSION_TOKEN": session,
		"AWS_REGION": "eu-west-1", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
		t.Setenv(name, value)
	}
	e, err := athena.Open(t.Context(), quick(athena.Options{Endpoint: server.URL, S3Endpoint: server.URL, STSEndpoint: server.URL, Output: "s3://results/"}))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, code = range []string{"InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignatureException", "InvalidRequestException", "AccessDeniedException",
		"UnrecognizedClientException", "MetadataException", "InternalServerException", "SomethingElse", ""} {
		_, described := e.Describe(t.Context(), "db.t")
		_, attached := e.Attach(t.Context(), "11111111-1111-4111-8111-111111111111")
		_, started := e.Start(t.Context(), engine.Statement{SQL: "SELECT 1"})
		for _, err := range []error{e.Ping(t.Context()), described, attached, started} {
			if err == nil {
				t.Fatalf("%s: got no error", code)
			}
			checkNoSecrets(t, code, errorTexts(err)...)
			// A message about a signature contains the request and is left out completely.
			if strings.Contains(code, "Signature") && strings.Contains(err.Error(), "Canonical") {
				t.Errorf("%s: got the request in the error: %v", code, err)
			}
		}
	}
}

// TestConfigurationSecretsStayOutOfErrors checks that errors contain no secrets of AWS's files and programs, even if
// these are invalid.
func TestConfigurationSecretsStayOutOfErrors(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	spills := file("spills.sh", "echo '{\"Version\": 1, \"AccessKeyId\": \""+accessKey+"\", \"SecretAccessKey\": \""+secretKey+" broken'\nexit 0\n")
	fails := file("fails.sh", "echo "+secretKey+"\nexit 1\n")
	for _, c := range []struct {
		name, config, credentials, profile string
		kind                               engine.Kind
		says                               string
	}{
		{"no profile of the name", "[profile other]\nregion = eu-west-1\n", "[other]\naws_secret_access_key = " + secretKey, "hunt", engine.Misconfigured, "profile hunt"},
		{"half a key", "[profile hunt]\nregion = eu-west-1\n", "[hunt]\naws_secret_access_key = " + secretKey + "\n", "hunt", engine.Misconfigured, "configuration of AWS"},
		{"no key", "[profile hunt]\nregion = eu-west-1\n", "", "hunt", engine.Expired, "credentials"},
		{"a program that spills", "[profile hunt]\nregion = eu-west-1\ncredential_process = sh " + spills + "\n", "", "hunt", engine.Expired, "credential_process"},
		{"a program that fails", "[profile hunt]\nregion = eu-west-1\ncredential_process = sh " + fails + "\n", "", "hunt", engine.Expired, "credential_process"},
		{"an invalid file", "[profile hunt\naws_secret_access_key = " + secretKey + "\n" + secretKey + "\n", "[hunt\n" + secretKey + "\n", "hunt", engine.Misconfigured, ""},
		{"a role without a source", "[profile hunt]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = " + "nobody" + "\n", "", "hunt", engine.Misconfigured, "profile"},
		{"a role with a device", "[profile hunt]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = base\nmfa_serial = arn:aws:iam::111122223333:mfa/x\n",
			"[base]\naws_access_key_id = " + accessKey + "\naws_secret_access_key = " + secretKey + "\n", "hunt", engine.Misconfigured, "MFA"},
		{"a session that has ended", "[profile hunt]\nregion = eu-west-1\nsso_start_url = https://example.com/start\nsso_region = eu-west-1\nsso_account_id = 111122223333\nsso_role_name = hunt\n", "", "hunt", engine.Expired, "Identity Center"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, value := range map[string]string{"AWS_CONFIG_FILE": file("config", c.config), "AWS_SHARED_CREDENTIALS_FILE": file("credentials", c.credentials),
				"AWS_EC2_METADATA_DISABLED": "true", "HOME": dir, "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "", "AWS_REGION": "", "AWS_PROFILE": ""} {
				t.Setenv(name, value)
			}
			e, err := athena.Open(t.Context(), quick(athena.Options{Profile: c.profile}))
			if err == nil {
				defer e.Close()
				err = e.Ping(t.Context())
			}
			if engine.KindOf(err) != c.kind || !strings.Contains(fmt.Sprint(err), c.says) {
				t.Errorf("got error %v, want kind %q and %q", err, c.kind, c.says)
			}
			if fault := new(engine.Error); errors.As(err, &fault) && c.kind == engine.Expired && !strings.Contains(fault.Help, "aws sso login --profile hunt") {
				t.Errorf("got help %q, want the profile's name", fault.Help)
			}
			checkNoSecrets(t, c.name, errorTexts(err)...)
		})
	}
}

// TestMissingCredentialsHaveHelp checks that the error in an empty environment names what to set.
func TestMissingCredentialsHaveHelp(t *testing.T) {
	for name, value := range map[string]string{"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
		"HOME": t.TempDir(), "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_REGION": "eu-west-1"} {
		t.Setenv(name, value)
	}
	e, err := athena.Open(t.Context(), quick(athena.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	c := faultCase{"", engine.Expired, "credentials", "", "AWS_ACCESS_KEY_ID"}
	c.check(t, e.Ping(t.Context()))
}

// TestRoleCredentialsAreRenewed checks that a role's credentials are renewed before they expire, and that an error has
// help if that fails.
func TestRoleCredentialsAreRenewed(t *testing.T) {
	lake := athenatest.Start(t, athenatest.Options{Backend: many(3), Roles: []athenatest.Role{{ARN: hunt, ExternalID: "outside"}}})
	e := open(t, lake, athena.Options{Role: hunt, ExternalID: "outside"})
	if err := run(t, e, "SELECT 1"); err != nil {
		t.Fatal(err)
	}
	calls := lake.Calls()
	if calls[0].Action != "sts:AssumeRole" || calls[0].About != hunt {
		t.Errorf("got first call %+v, want AssumeRole", calls[0])
	}
	for _, c := range calls[1:] {
		if c.Principal != "arn:aws:sts::111122223333:assumed-role/hunt/egret" {
			t.Errorf("%s: got principal %s, want the role", c.Action, c.Principal)
		}
	}
	lake.Expire()
	c := faultCase{"", engine.Expired, "credentials", "", "AWS_PROFILE"}
	c.check(t, e.Ping(t.Context()))
}
