package story

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestCommandIsOneWordPerValue runs commands in a shell in which aws prints its arguments: a value of a stranger must arrive
// as one argument, and run nothing.
func TestCommandIsOneWordPerValue(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no POSIX shell")
	}
	for _, value := range []string{
		"plain", "with space", "a;touch x", "$(touch x)", "`touch x`", "it's", `"quoted"`, `back\slash`, "~root", "*", "?", "a|b", "a&b", "a>b", "#no comment", "!x",
		"'", "''", "a'b'c", "=x", "{a,b}x", "$HOME", "é",
	} {
		if value == "{a,b}x" {
			continue // begins with a brace: refused, see below
		}
		text := command("aws do --name {name} --end", map[string]string{"name": value})
		out, err := exec.Command(shell, "-c", `aws() { printf '%s\n' "$@"; }; `+text).Output()
		if want := []string{"do", "--name", value, "--end", ""}; err != nil || !slices.Equal(strings.Split(string(out), "\n"), want) {
			t.Errorf("%q: %s\ngot  %q, %v\nwant %q", value, text, out, err, want)
		}
	}
}

// TestNoCommandForUnsafeValues: no command at all is better than one that the AWS CLI or a terminal reads otherwise.
func TestNoCommandForUnsafeValues(t *testing.T) {
	for _, value := range []string{
		"", "file:///etc/passwd", "fileb://x", "https://example.com/x", "[1]", `{"a":1}`, "@x", "a\nb", "a\x00b", "\x1b[31m", "a\u202eb", "a\u2028b", "a\xffb",
		strings.Repeat("x", maxArgument+1), "cut…",
	} {
		if got := command("aws do --name {name}", map[string]string{"name": value}); got != "" {
			t.Errorf("%q: got %s", value, got)
		}
	}
	if got := command("aws do --name {other}", map[string]string{"name": "x"}); got != "" {
		t.Errorf("a value that is missing: got %s", got)
	}
}

// TestCommandWithLeadingDash: a value that begins with a dash must not be read as an option.
func TestCommandWithLeadingDash(t *testing.T) {
	if got, want := command("aws do --name {name}", map[string]string{"name": "--profile"}), "aws do --name=--profile"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
