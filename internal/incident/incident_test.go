package incident

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestCommittedLogsAreWhatTheGeneratorWrites compares the decompressed bytes: the compressed bytes may change with a
// release of Go.
func TestCommittedLogsAreWhatTheGeneratorWrites(t *testing.T) {
	fresh := t.TempDir()
	if err := Write(fresh); err != nil {
		t.Fatal(err)
	}
	want, got := contents(t, fresh), contents(t, filepath.Join("..", "..", "examples", "incident"))
	for name, content := range want {
		if !bytes.Equal(got[name], content) {
			t.Errorf("%s differs; run `make generate`", name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("the generator does not write %s", name)
		}
	}
}

// contents returns the decompressed log files under dir, by path.
func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".gz") {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		found[filepath.ToSlash(name)], err = readFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestTheDayHasTheDocumentedProperties checks the properties on which the documentation and other tests rely.
func TestTheDayHasTheDocumentedProperties(t *testing.T) {
	files, err := deliver(records())
	if err != nil {
		t.Fatal(err)
	}
	var total, late, silent, digests int
	seen := map[string]int{}
	names := map[string]int{}
	for _, f := range files {
		if strings.Contains(f.key, "/CloudTrail-Digest/") {
			digests++
			continue
		}
		var content struct{ Records []map[string]any }
		if err := json.Unmarshal(f.content, &content); err != nil {
			t.Fatalf("%s: %v", f.key, err)
		}
		for _, r := range content.Records {
			total++
			id, _ := r["eventID"].(string)
			name, _ := r["eventName"].(string)
			when, _ := r["eventTime"].(string)
			seen[id]++
			names[name]++
			if strings.HasPrefix(when, "2026-03-10") && strings.Contains(f.key, "/2026/03/11/") {
				late++
			}
			if r["recipientAccountId"] == production && when > "2026-03-10T11:47:12Z" && when < "2026-03-10T14:09:03Z" {
				silent++
			}
		}
	}
	if total < 4800 || total > 5300 {
		t.Errorf("got %d records, want about 5,000", total)
	}
	if total == len(seen) {
		t.Error("got no record that was delivered twice")
	}
	if late == 0 {
		t.Error("got no record in the folder of the next day")
	}
	if silent != 0 {
		t.Errorf("got %d records of an account while its trail was stopped", silent)
	}
	if digests != 1 {
		t.Errorf("got %d digest files, want 1", digests)
	}
	for _, name := range []string{
		"GetCallerIdentity", "CreateUser", "AttachUserPolicy", "CreateAccessKey", "CreateLoginProfile", "ConsoleLogin",
		"UpdateTrail", "DeleteFlowLogs", "UpdateDetector", "GetSecretValue", "CreateSnapshot", "ModifySnapshotAttribute",
		"PutBucketPolicy", "RunInstances", "UpdateAssumeRolePolicy", "AddPermission20150331v2", "StopLogging",
		"StartLogging",
	} {
		if names[name] == 0 {
			t.Errorf("got no event %s", name)
		}
	}
}
