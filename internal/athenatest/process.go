package athenatest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
)

// Serve runs an endpoint in a process of its own, for tests that measure the memory of theirs: it writes the endpoint's
// environment to out as one line of JSON, and ends when in ends. A test's binary can be that process:
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
	if err := json.NewEncoder(out).Encode(s.Env()); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in)
	return err
}

// Launch starts a command that calls Serve on its standard input and output, until the end of the test, and returns the
// environment of the endpoint.
func Launch(t testing.TB, cmd *exec.Cmd) []string {
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
	var env []string
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &env)
	}
	if err != nil {
		t.Fatal(fmt.Errorf("endpoint: expected its environment: %w", err))
	}
	return env
}
