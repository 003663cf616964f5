package stixout_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"github.com/egret-hunt/egret/internal/stixmatch"
	"github.com/egret-hunt/egret/internal/stixout"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/stix"
)

// lines decodes a file of the truth data, one value a line.
func lines[T any](t *testing.T, elem ...string) []T {
	t.Helper()
	f, err := os.Open(testkit.Shared(t, elem...))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []T
	for scan := bufio.NewReader(f); ; {
		line, err := scan.ReadBytes('\n')
		if len(line) > 0 {
			var v T
			d := json.NewDecoder(bytes.NewReader(line))
			d.UseNumber()
			if err := d.Decode(&v); err != nil {
				t.Fatal(err)
			}
			out = append(out, v)
		}
		if err != nil {
			return out
		}
	}
}

// truth returns observations of the truth data: of rows of Athena, and of the events of all log sources. Unless testkit.Long, it leaves out
// most of those whose objects have no type or property that is new.
func truth(t *testing.T) []stixout.Observation {
	t.Helper()
	var out []stixout.Observation
	n, seen := 0, map[string]bool{}
	add := func(text []byte) {
		list, err := stixmatch.ReadObservations(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		fresh := testkit.Long() || news(t, seen, text)
		for i := range list {
			if n++; fresh || n%64 == 0 || list[i].First.Nanosecond()%1000 != 0 {
				out = append(out, stixout.From(&list[i]))
			}
		}
	}
	for _, row := range lines[struct{ Want []map[string]any }](t, "data", "stix", "connector", "rows.jsonl") {
		for _, w := range row.Want {
			w["type"], w["id"] = "observed-data", "observed-data--45821e8f-9bce-51aa-97ca-c32218f42bdb"
			text, err := json.Marshal(w)
			if err != nil {
				t.Fatal(err)
			}
			add(text)
		}
	}
	// Logs of Kubernetes and Azure have times with nine and seven digits.
	add([]byte(`{"type": "observed-data", "id": "observed-data--45821e8f-9bce-51aa-97ca-c32218f42bdb", "first_observed": "2026-03-02T10:00:00.123456789Z",
		"last_observed": "2026-03-02T10:00:00.1234567Z", "number_observed": 1, "objects": {
		"0": {"type": "ipv4-addr", "value": "192.0.2.1"},
		"1": {"type": "network-traffic", "src_ref": "0", "protocols": ["tcp"], "start": "2026-03-02T10:00:00.123456789Z", "end": "2026-03-02T10:00:01Z"},
		"2": {"type": "process", "pid": 1, "created_time": "2026-03-02T10:00:00.1234567Z"}}}`))
	for _, event := range lines[json.RawMessage](t, "data", "stix", "events", "observed-data.jsonl") {
		add(event)
	}
	return out
}

// news reports whether an object of an observation has a type or property that was not seen before.
func news(t *testing.T, seen map[string]bool, text []byte) bool {
	t.Helper()
	var whole any
	if err := json.Unmarshal(text, &whole); err != nil {
		t.Fatal(err)
	}
	fresh := false
	var visit func(v any)
	visit = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, inner := range v {
				visit(inner)
			}
		case map[string]any:
			for name, inner := range v {
				if object, ok := v["type"].(string); ok {
					key := object + " " + name
					fresh = fresh || !seen[key]
					seen[key] = true
				}
				visit(inner)
			}
		}
	}
	visit(whole)
	return fresh
}

// validate runs the foreign tools on bundles, or skips the test.
func validate(t *testing.T, cases []map[string]any) {
	t.Helper()
	testkit.Python(t, "stix2, stix2validator")
	var in bytes.Buffer
	for _, c := range cases {
		if err := json.NewEncoder(&in).Encode(c); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "python3", "testdata/validate.py")
	cmd.Stdin = &in
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != "validated\n" {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestBundlesAreValid(t *testing.T) {
	var cases []map[string]any
	list := truth(t)
	for _, version := range []stix.Version{stix.V20, stix.V21} {
		cases = append(cases, map[string]any{"name": "all", "version": version.String(), "bundle": json.RawMessage(write(t, version, list))})
	}
	validate(t, cases)
}

// write writes a bundle of observations with sightings of a pattern and of a rule.
func write(t *testing.T, version stix.Version, list []stixout.Observation) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := stixout.NewWriter(&out, stixout.Options{Version: version})
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range list {
		id, err := w.Observe(o)
		if err != nil {
			t.Fatal(err)
		}
		if i%10 != 0 {
			continue
		}
		for _, of := range []stixout.Indicator{
			{Language: "stix", Pattern: "[ipv4-addr:value = '192.0.2.1']", Name: "address"},
			{Language: "sigma", Pattern: "title: x\n", Name: "rule"},
			{ID: "indicator--3b0c2b2e-8d7c-4f0e-9a51-0a7b7e5f1c11", Elsewhere: true},
		} {
			if err := w.Sight(stixout.Sighting{Of: of, Observed: []string{id}, First: o.First, Last: o.Last, Count: i + 1}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(out.Bytes()) {
		t.Fatalf("no JSON: %s", out.Bytes())
	}
	return out.Bytes()
}
