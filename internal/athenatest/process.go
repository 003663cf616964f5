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

// Endpoint is what a client needs to know of an endpoint.
type Endpoint struct {
	// URL is its address, for Athena, S3 and STS alike; Region is where everything lies.
	URL, Region string
	// Credentials are those of a user who lasts.
	Credentials Credentials
}

// Env are the variables, as NAME=value, that point the AWS SDKs of a process to the endpoint and nowhere else, unless
// AWS_PROFILE is set as well.
func (e Endpoint) Env() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + e.URL, "AWS_REGION=" + e.Region, "AWS_DEFAULT_REGION=" + e.Region,
		"AWS_ACCESS_KEY_ID=" + e.Credentials.AccessKey, "AWS_SECRET_ACCESS_KEY=" + e.Credentials.Secret, "AWS_SESSION_TOKEN=" + e.Credentials.SessionToken,
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
	}
}

// SetEnv sets the variables of Env for the test itself, and takes AWS_PROFILE away.
func (e Endpoint) SetEnv(t testing.TB) {
	t.Helper()
	for _, pair := range append(e.Env(), "AWS_PROFILE=") {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
}

// Serve runs an endpoint in a process of its own, for tests that measure the memory of theirs: it writes its Endpoint to
// out as one line of JSON, and ends when in ends. A test's binary can be that process:
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

// Launch starts a command that calls Serve on its standard input and output, until the end of the test. The command has no
// context of the test, which ends before.
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
		t.Fatal(fmt.Errorf("endpoint: expected its address: %w", err))
	}
	return endpoint
}
