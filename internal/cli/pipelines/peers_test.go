package pipelines_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/cli"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/textgen"
)

// A peerCase is what sigma-cli writes for pipelines and rules; its README describes the keys.
type peerCase struct {
	Name      string
	Pipelines []struct{ File, Text, Name string }
	Rules     []struct{ File, Text string }
	Filters   []struct{ File, Text string }
	Files     []struct{ File, Text string }
	Target    string
	Format    string
	Options   struct {
		Args              []string
		BackendOptions    map[string]any `json:"backend_options"`
		CorrelationMethod string         `json:"correlation_method"`
		Env               map[string]any
	}
	Output *string
	Error  *struct{ Class, Message string }
}

// write writes the files of the case to the working directory and returns the arguments of egret.
func (c *peerCase) write(t *testing.T) []string {
	t.Helper()
	file := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"convert", "-t", c.Target, "-f", c.Format}
	for _, p := range c.Pipelines {
		if p.File != "" {
			file(p.File, p.Text)
		}
		if p.Name != "" {
			args = append(args, "-p", p.Name)
		} else if !slices.ContainsFunc(c.Pipelines, func(q struct{ File, Text, Name string }) bool {
			return q.Name != "" && strings.HasPrefix(p.File, q.Name+"/")
		}) {
			args = append(args, "-p", p.File)
		}
	}
	if len(c.Pipelines) == 0 {
		args = append(args, "--without-pipeline")
	}
	for _, f := range c.Files {
		file(f.File, f.Text)
	}
	for _, f := range c.Filters {
		file(f.File, f.Text)
		args = append(args, "--filter", f.File)
	}
	for _, key := range slices.Sorted(maps.Keys(c.Options.BackendOptions)) {
		args = append(args, "-O", fmt.Sprintf("%s=%v", key, c.Options.BackendOptions[key]))
	}
	if c.Options.CorrelationMethod != "" {
		args = append(args, "-c", c.Options.CorrelationMethod)
	}
	if c.Options.Env != nil {
		args = append(args, "--allow-external")
	}
	args = append(args, c.Options.Args...)
	for _, r := range c.Rules {
		file(r.File, r.Text)
		args = append(args, r.File)
	}
	return args
}

// supported reports whether egret has the target and format of the case.
func (c *peerCase) supported() bool {
	if target := textgen.FindFormat(c.Target, c.Format); target != nil {
		return true
	}
	return sqlgen.DialectByName(c.Target) != nil && c.Format == "default" && c.Target != "sqlite"
}

// TestPeers converts the cases of sigma-cli whose target exists and compares the output. Those that must differ have a reason
// in differences.
func TestPeers(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(testkit.Shared(t, "peers", "pipelines"), "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	judged, equal, missing := 0, 0, map[string]int{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var c peerCase
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if !c.supported() {
			missing[c.Target]++
			continue
		}
		judged++
		t.Run(c.Name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			var stdout, stderr bytes.Buffer
			code := cli.Main(c.write(t), strings.NewReader(""), &stdout, &stderr)
			reason := differences[c.Name]
			var fault string
			switch {
			case c.Error != nil && code == 0:
				fault = fmt.Sprintf("got exit code 0 and %q, want an error: %s", stdout.String(), c.Error.Message)
			case c.Error == nil && stdout.String() != *c.Output:
				fault = fmt.Sprintf("got exit code %d and\n%s\nwant\n%s\n%s", code, stdout.String(), *c.Output, stderr.String())
			default:
				equal++
				if reason != "" && !strings.HasPrefix(reason, "until ") {
					t.Errorf("it is equal now; remove the reason %q", reason)
				}
				return
			}
			if reason == "" {
				t.Error(fault)
			}
		})
	}
	t.Logf("%d cases judged, %d equal, %d with a reason; without a target: %v", judged, equal, len(differences), missing)
}

// differences are the cases in which egret differs on purpose, with the reason.
var differences = map[string]string{
	"allowed-backends-file":          "pySigma 2 checks the targets of files too, and so does egret",
	"backend-option-unknown":         "egret refuses an option that the target does not know",
	"convert-type-unknown":           "egret refuses a word that has no meaning",
	"fin-on-lucene-rules":            "until the names of techniques are embedded",
	"lucene-siem-rule":               "until the names of techniques are embedded",
	"state-index-lucene":             "until the names of techniques are embedded",
	"di-is-null-empty-text":          "egret refuses a rule with an empty list of values",
	"drop-all":                       "the peer loses the rule without a word",
	"corr-map-group-open_search_ppl": "the peer groups by a field that the pipeline renamed",
	"corr-state-index-esql":          "until the index of the state reaches correlations in ES|QL",
	"drop-all-esql":                  "the peer loses the rule without a word",
	"drop-all-kusto":                 "the peer loses the rule without a word",
	"target-prefix-blank-kusto":      "the peer quotes the name of a field in a list twice",
	"drop-all-lucene":                "the peer loses the rule without a word",
	"fin-empty-collection":           "the peer loses the rule without a word",
	"filter-two":                     "the peer adds the first of two filters twice",
	"hashes-all":                     "the peer loses the modifier all: its query finds more than the rule",
	"map-string-to-number":           "the peer ignores a number in the mapping without a word",
	"pp-nest":                        "the peer cannot read nested post-processing steps",
	"rc-attr-date-unquoted":          "in pipelines as in rules, egret reads dates as texts",
	"rc-expr-notwin":                 "the peer reads the name notwin as not win",
	"rc-op-unknown":                  "egret refuses a word that has no meaning",
	"set-field-two-rules":            "the peer adds to a list that all rules share",
	"skip-unsupported-all":           "without a query egret writes nothing, not an empty line",
}
