package athenatest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// An Endpoint is the information that a client needs.
type Endpoint struct {
	// URL is the address of Athena, S3 and STS; Region is the region of everything.
	URL, Region string
	// Credentials are those of a permanent user.
	Credentials Credentials
}

// Env returns the variables, as NAME=value, that point the AWS SDKs of a process to the endpoint and nowhere else,
// unless AWS_PROFILE is set as well.
func (e Endpoint) Env() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + e.URL, "AWS_REGION=" + e.Region, "AWS_DEFAULT_REGION=" + e.Region,
		"AWS_ACCESS_KEY_ID=" + e.Credentials.AccessKey, "AWS_SECRET_ACCESS_KEY=" + e.Credentials.Secret, "AWS_SESSION_TOKEN=" + e.Credentials.SessionToken,
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
	}
}

// SetEnv sets the variables of Env for the test itself, and unsets AWS_PROFILE. It also unsets AWS_CA_BUNDLE: the endpoint
// has no TLS, and to read a bundle for each client takes longer than its calls. Other SDKs than Go's refuse an empty one.
func (e Endpoint) SetEnv(t testing.TB) {
	t.Helper()
	for _, pair := range append(e.Env(), "AWS_PROFILE=", "AWS_CA_BUNDLE=") {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
}

// Serve runs an endpoint in a separate process, for tests that measure their own memory. It writes its Endpoint to out
// as one line of JSON, and ends when in ends. A test binary can be that process:
//
//	func TestMain(m *testing.M) {
//		if os.Getenv("SERVE_ATHENA") != "" {
//			if err := athenatest.Serve(options, os.Stdin, os.Stdout); err != nil {
//				log.Fatal(err)
//			}
//			return
//		}
//		os.Exit(m.Run())
//	}
//
// Launch starts it.
func Serve(o Options, in io.Reader, out io.Writer) error {
	s, err := Open(o)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := json.NewEncoder(out).Encode(s.Endpoint()); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in)
	return err
}

// Launch starts a command that calls Serve on its standard input and output, until the end of the test. Do not create
// the command with the test's context, which ends earlier.
func Launch(t testing.TB, cmd *exec.Cmd) Endpoint {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("endpoint: %v", err)
		}
	})
	var endpoint Endpoint
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &endpoint)
	}
	if err != nil {
		t.Fatal(fmt.Errorf("reading the address of the endpoint: %w", err))
	}
	return endpoint
}
