package check

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/egret-hunt/egret/internal/testkit"
)

// publicFolders are the folders of SigmaHQ's rules that its packages are made of.
var publicFolders = []string{"rules", "rules-emerging-threats", "rules-threat-hunting"}

// issueChecks maps the issue classes of the validators to checks.
var issueChecks = map[string]string{
	"EscapedWildcardIssue": "escaped-wildcard", "NumberAsStringIssue": "number-as-string", "SigmahqInvalidHashKvIssue": "sigmahq-invalid-hash-kv",
	"SpecificInsteadOfGenericLogsourceIssue": "specific-instead-of-generic-logsource",
}

// withTables are the checks whose validators need data that the peer's run did not have.
var withTables = []string{
	"attack-tag", "d3fend-tag", "sigmahq-tags-techniques-without-tactics", "sigmahq-fieldname-cast", "sigmahq-invalid-fieldname",
	"sigmahq-redundant-field", "sigmahq-logsource-unknown", "sigmahq-filename-prefix", "sigmahq-category-event-id",
	"sigmahq-category-windows-provider-name",
}

// TestPublicRulesAgreeWithValidators compares with what 70 validators say about SigmaHQ's rules.
func TestPublicRulesAgreeWithValidators(t *testing.T) {
	result := publicResult(t)
	type key struct{ path, check string }
	found := map[key]int{}
	for _, d := range result.Diagnostics {
		found[key{d.Span.File.Name, d.Check.ID}]++
	}
	f, err := os.Open(testkit.Shared(t, "peers", "check.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	judged := map[string]bool{} // validators that the peer ran, as far as they say anything
	rows := 0
	for lines := json.NewDecoder(unpacked); lines.More(); rows++ {
		var row struct {
			Rule   string
			Issues []string
		}
		if err := lines.Decode(&row); err != nil {
			t.Fatal(err)
		}
		want := map[string]int{}
		for _, class := range row.Issues {
			id, known := issueChecks[class]
			if !known {
				t.Errorf("%s: unknown class %s", row.Rule, class)
			}
			want[id]++
			judged[id] = true
		}
		for _, c := range All() {
			if c.PySigma == nil || slices.Contains(withTables, c.ID) {
				continue
			}
			if n := found[key{row.Rule, c.ID}]; n != want[c.ID] {
				t.Errorf("%s: %d diagnostics of %s, expected %d", row.Rule, n, c.ID, want[c.ID])
			}
		}
	}
	if rows < 2000 || len(judged) < 4 {
		t.Errorf("%d rows with %d validators, expected at least 2000 with 4", rows, len(judged))
	}
}

// publicResult returns what the checks report of the public rules. They run once for all tests.
func publicResult(t *testing.T) *Result {
	t.Helper()
	if testing.Short() {
		t.Skip("runs all checks on 3,000 rules: left out with -short")
	}
	list := inputs(t, testkit.Shared(t, "data", "sigmahq"), publicFolders...)
	publicOnce.Do(func() { publicRun = runChecks(t, list, Options{}) })
	if publicRun == nil {
		t.Fatal("the checks did not run")
	}
	return publicRun
}

var (
	publicOnce sync.Once
	publicRun  *Result
)

// TestChecksAreQuietOnPublicRules allows each check that is not informational to report at most 2 % of SigmaHQ's rules with the status
// stable or test.
func TestChecksAreQuietOnPublicRules(t *testing.T) {
	result := publicResult(t)
	list := inputs(t, testkit.Shared(t, "data", "sigmahq"), publicFolders...)
	tried := map[string]bool{}
	for _, input := range list {
		text, err := input.Read()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nstatus: stable") || strings.Contains(string(text), "\nstatus: test") {
			tried[input.Name] = true
		}
	}
	files := map[string]map[string]bool{}
	for _, d := range result.Diagnostics {
		if d.Level == Informational || !tried[d.Span.File.Name] {
			continue
		}
		if files[d.Check.ID] == nil {
			files[d.Check.ID] = map[string]bool{}
		}
		files[d.Check.ID][d.Span.File.Name] = true
	}
	if len(tried) < 2500 {
		t.Fatalf("%d rules that are stable or test, expected at least 2500", len(tried))
	}
	for id, names := range files { // each check by itself
		if len(names)*50 > len(tried) {
			t.Errorf("%s reports %d of %d rules, expected at most 2 %%", id, len(names), len(tried))
		}
	}
}
