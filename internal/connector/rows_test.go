package connector_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/connector"
	"github.com/egret-hunt/egret/internal/testkit"
)

// rowSet is a set of Athena's rows with the observations that they are.
type rowSet struct {
	Name, Service string
	Columns       []string
	Rows          [][]*string
	Options       json.RawMessage
	Want          []map[string]any
	Transmit      map[string]any `json:"transmit_results"`
}

func rowSets(t *testing.T) []rowSet {
	t.Helper()
	f, err := os.Open(testkit.Shared(t, "data", "stix", "connector", "rows.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []rowSet
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, 1<<24)
	for scan.Scan() {
		var r rowSet
		if err := json.Unmarshal(scan.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

// fixed are calls that answer with one result.
type fixed struct {
	connector.Calls

	rows [][]*string
}

func (f fixed) Results(context.Context, string, string, int) (cells [][]*string, next string, err error) {
	return f.rows, "", nil
}

// transmitted returns the rows of a set as transmit results delivers them.
func transmitted(t *testing.T, r *rowSet) map[string]any {
	t.Helper()
	header := make([]*string, len(r.Columns))
	for i := range r.Columns {
		header[i] = &r.Columns[i]
	}
	c, err := connector.ParseConnection(`{"region": "us-east-1", "s3_bucket_location": "s3://results/"}`, `{"auth": {}}`)
	if err != nil {
		t.Fatal(err)
	}
	s := connector.Session{Connection: c, Calls: fixed{rows: append([][]*string{header}, r.Rows...)}}
	return printed(t, s.Results(t.Context(), "c3be3246-8b2b-4be7-b2de-d5d475c0ed8a:"+r.Service, "1000", ""))
}

func printed(t *testing.T, a connector.Answer) map[string]any {
	t.Helper()
	text, err := a.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

const identity = `{"type": "identity", "id": "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff", "name": "aws_athena", "identity_class": "events"}`

// translated returns the bundle of rows.
func translated(t *testing.T, rows any, options string) connector.Answer {
	t.Helper()
	text, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	o, err := connector.ParseOptions(options)
	if err != nil {
		t.Fatal(err)
	}
	observer, err := connector.NewObserver(o, nil, func() time.Time { return time.Unix(1_772_445_600, 0) })
	if err != nil {
		t.Fatal(err)
	}
	of, err := connector.Identity(identity)
	if err != nil {
		t.Fatal(err)
	}
	list, err := connector.Rows(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return observer.Bundle(of, list)
}

// facts are the sorted facts of an observation, with references replaced by what they refer to.
func facts(t *testing.T, o map[string]any) []string {
	t.Helper()
	objects, _ := o["objects"].(map[string]any)
	out := []string{fmt.Sprint("number ", o["number_observed"])}
	for _, name := range []string{"first_observed", "last_observed"} {
		at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(o[name]))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, name+" "+at.UTC().Format(time.RFC3339Nano))
	}
	var show func(v any) string //nolint:staticcheck // it calls itself
	show = func(v any) string {
		text, _ := json.Marshal(v)
		if s, ok := v.(string); ok {
			if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
				return at.UTC().Format(time.RFC3339Nano)
			}
		}
		return string(text)
	}
	for _, v := range objects {
		object, _ := v.(map[string]any)
		var line []string
		for key, e := range object {
			switch {
			case strings.HasSuffix(key, "_ref"):
				to, _ := objects[fmt.Sprint(e)].(map[string]any)
				e = fmt.Sprint(to["type"], to["value"], to["name"], to["user_id"])
			case strings.HasSuffix(key, "_refs"):
				var names []string
				for _, key := range e.([]any) {
					to, _ := objects[fmt.Sprint(key)].(map[string]any)
					names = append(names, fmt.Sprint(to["type"], to["value"]))
				}
				e = names
			}
			line = append(line, key+"="+show(e))
		}
		slices.Sort(line)
		if object["type"] != "x-aws-athena" {
			out = append(out, strings.Join(line, " "))
		}
	}
	slices.Sort(out)
	return out
}

// TestRowsBecomeTheirObservations compares with what another program and people made of the rows.
func TestRowsBecomeTheirObservations(t *testing.T) {
	for _, r := range rowSets(t) {
		t.Run(r.Name, func(t *testing.T) {
			out := printed(t, translated(t, transmitted(t, &r)["data"], string(r.Options)))
			objects, _ := out["objects"].([]any)
			if len(objects) != len(r.Want)+1 {
				t.Fatalf("got %d objects, want an identity and %d observations: %v", len(objects), len(r.Want), out)
			}
			for i, want := range r.Want {
				got := facts(t, objects[i+1].(map[string]any))
				for _, line := range got {
					if !slices.Contains(facts(t, want), line) {
						t.Errorf("got  %s", line)
					}
				}
				for _, line := range facts(t, want) {
					if !slices.Contains(got, line) {
						t.Errorf("want %s", line)
					}
				}
			}
		})
	}
}

// TestBundlesOfRowsAreValid runs the foreign tools, with what no object has too.
func TestBundlesOfRowsAreValid(t *testing.T) {
	testkit.Python(t, "stix2, stix2validator")
	var in bytes.Buffer
	var rows []any
	for _, r := range rowSets(t) {
		data, _ := transmitted(t, &r)["data"].([]any)
		rows = append(rows, data...)
	}
	if !testkit.Long() { // the validator is slow
		rows = []any{rows[0], rows[4], rows[6], rows[13], rows[14], rows[16]}
	}
	for version, options := range map[string]string{"2.0": `{"unmapped_fallback": true}`, "2.1": `{"unmapped_fallback": true, "stix_2.1": true}`} {
		text, err := translated(t, rows, options).JSON()
		if err != nil {
			t.Fatal(err)
		}
		if err := json.NewEncoder(&in).Encode(map[string]any{"name": "rows", "version": version, "bundle": json.RawMessage(text)}); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "python3", "../stixout/testdata/validate.py")
	cmd.Stdin = &in
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "validated\n" {
		t.Errorf("%v\n%s", err, out)
	}
}

// A length of 0 would leave no header for the next page.
func TestLengthIsPositive(t *testing.T) {
	c, err := connector.ParseConnection(`{"region": "us-east-1", "s3_bucket_location": "results"}`, `{}`)
	if err != nil {
		t.Fatal(err)
	}
	s := connector.Session{Connection: c, Calls: fixed{}}
	for _, length := range []string{"0", "-1"} {
		if got := printed(t, s.Results(t.Context(), "c3be3246-8b2b-4be7-b2de-d5d475c0ed8a:vpcflow", length, "")); got["code"] != "invalid_parameter" {
			t.Errorf("%s: got %v", length, got)
		}
	}
}
