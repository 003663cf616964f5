package output

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/testkit"
)

const faulty = "title: Sign-in \u00e9 <&>\nid: 0a1b2c3d-0000-4000-8000-000000000001\ntags:\n    - attack.T1078\n    - attack.T1078\nlogsource:\n    product: aws\n" +
	"detection:\n    selection:\n        eventName: 'a**b'\n    condition: selection\n"

// result checks a rule with faults, one that cannot be read and one without faults of the core.
func result(t *testing.T) *check.Result {
	t.Helper()
	var inputs []check.Input
	for name, text := range map[string]string{"a dir/aws_sign_in.yml": faulty, "/abs/broken.yml": "title: [a\n", "fine.yml": "# nothing\n"} {
		inputs = append(inputs, check.Input{Name: name, Read: func() ([]byte, error) { return []byte(text), nil }})
	}
	r, err := check.Run(context.Background(), inputs, check.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func write(t *testing.T, format string) string {
	t.Helper()
	var out bytes.Buffer
	if err := Find(format).Write(&out, result(t), Options{Version: "1.2.3"}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestSARIF validates against the parts of the schema of SARIF 2.1.0 that the output uses, which sarifSchema repeats with every
// required property and enumeration (OASIS, sarif-schema-2.1.0.json).
func TestSARIF(t *testing.T) {
	text := write(t, "sarif")
	validate(t, sarifSchema, text)
	var log struct {
		Runs []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Fixes     []any
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &log); err != nil {
		t.Fatal(err)
	}
	fixes := 0
	for _, r := range log.Runs[0].Results {
		if id := log.Runs[0].Tool.Driver.Rules[r.RuleIndex].ID; id != r.RuleID {
			t.Errorf("ruleIndex leads to %s, expected %s", id, r.RuleID)
		}
		fixes += len(r.Fixes)
	}
	if len(log.Runs[0].Results) == 0 || fixes == 0 {
		t.Errorf("%d results with %d fixes, expected some", len(log.Runs[0].Results), fixes)
	}
	if !strings.Contains(text, `"uri": "a%20dir/aws_sign_in.yml"`) || !strings.Contains(text, `"uri": "file:///abs/broken.yml"`) {
		t.Error("paths are not URIs")
	}
}

// validate runs Python's jsonschema, and skips without it.
func validate(t *testing.T, schema, text string) {
	t.Helper()
	testkit.Python(t, "jsonschema")
	script := "import json,sys,jsonschema\nd=json.load(sys.stdin)\njsonschema.Draft7Validator.check_schema(d['s'])\njsonschema.validate(d['o'],d['s'])"
	cmd := exec.Command("python3", "-c", script)
	cmd.Stdin = strings.NewReader(fmt.Sprintf(`{"s":%s,"o":%s}`, schema, text))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("the output is not valid: %v\n%s", err, out)
	}
}

// sarifSchema has the definitions of the objects that the output uses, closed to other properties.
const sarifSchema = `{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","required":["version","runs"],"additionalProperties":false,"properties":{
"$schema":{"type":"string","format":"uri"},"version":{"enum":["2.1.0"]},"runs":{"type":"array","items":{"type":"object","required":["tool"],"additionalProperties":false,"properties":{
"columnKind":{"enum":["utf16CodeUnits","unicodeCodePoints"]},
"tool":{"type":"object","required":["driver"],"additionalProperties":false,"properties":{"driver":{"type":"object","required":["name"],"additionalProperties":false,"properties":{
 "name":{"type":"string"},"version":{"type":"string"},"informationUri":{"type":"string","format":"uri"},
 "rules":{"type":"array","uniqueItems":true,"items":{"type":"object","required":["id"],"additionalProperties":false,"properties":{
  "id":{"type":"string"},"name":{"type":"string"},"shortDescription":{"$ref":"#/definitions/message"},"fullDescription":{"$ref":"#/definitions/message"},"helpUri":{"type":"string","format":"uri"},
  "defaultConfiguration":{"type":"object","additionalProperties":false,"properties":{"level":{"$ref":"#/definitions/level"}}},
  "properties":{"type":"object","properties":{"tags":{"type":"array","uniqueItems":true,"items":{"type":"string"}}}}}}}}}}},
"results":{"type":"array","items":{"type":"object","required":["message"],"additionalProperties":false,"properties":{
 "ruleId":{"type":"string"},"ruleIndex":{"type":"integer","minimum":-1},"level":{"$ref":"#/definitions/level"},"message":{"$ref":"#/definitions/message"},
 "locations":{"type":"array","items":{"type":"object","additionalProperties":false,"properties":{"physicalLocation":{"$ref":"#/definitions/physical"}}}},
 "relatedLocations":{"type":"array","uniqueItems":true,"items":{"type":"object","additionalProperties":false,"properties":{"id":{"type":"integer","minimum":-1},"message":{"$ref":"#/definitions/message"},"physicalLocation":{"$ref":"#/definitions/physical"}}}},
 "fixes":{"type":"array","uniqueItems":true,"items":{"type":"object","required":["artifactChanges"],"additionalProperties":false,"properties":{"artifactChanges":{"type":"array","minItems":1,"uniqueItems":true,"items":{"type":"object","required":["artifactLocation","replacements"],"additionalProperties":false,"properties":{
  "artifactLocation":{"$ref":"#/definitions/artifact"},"replacements":{"type":"array","minItems":1,"items":{"type":"object","required":["deletedRegion"],"additionalProperties":false,"properties":{"deletedRegion":{"$ref":"#/definitions/region"},"insertedContent":{"type":"object","additionalProperties":false,"properties":{"text":{"type":"string"}}}}}}}}}}}}}}}}}}},
"definitions":{"level":{"enum":["none","note","warning","error"]},"message":{"type":"object","required":["text"],"additionalProperties":false,"properties":{"text":{"type":"string"}}},
"artifact":{"type":"object","additionalProperties":false,"properties":{"uri":{"type":"string","format":"uri-reference"}}},
"region":{"type":"object","additionalProperties":false,"properties":{"startLine":{"type":"integer","minimum":1},"startColumn":{"type":"integer","minimum":1},"endLine":{"type":"integer","minimum":1},"endColumn":{"type":"integer","minimum":1}}},
"physical":{"type":"object","additionalProperties":false,"properties":{"artifactLocation":{"$ref":"#/definitions/artifact"},"region":{"$ref":"#/definitions/region"}}}}}`

// TestJUnit checks what junit-10.xsd of Jenkins' xUnit plug-in demands: names, attributes, counts and order of the elements.
func TestJUnit(t *testing.T) {
	text := write(t, "junit")
	allowed := map[string]string{
		"testsuites": "name tests failures", "testsuite": "name tests failures errors skipped", "testcase": "name classname time",
		"failure": "message type", "system-out": "",
	}
	parents := map[string]string{"testsuites": "", "testsuite": "testsuites", "testcase": "testsuite", "failure": "testcase", "system-out": "testcase"}
	var open []string
	counts := map[string]int{}
	declared := map[string]string{}
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if err != nil {
			if err.Error() != "EOF" {
				t.Fatal(err)
			}
			break
		}
		switch e := token.(type) {
		case xml.StartElement:
			name := e.Name.Local
			parent := ""
			if len(open) > 0 {
				parent = open[len(open)-1]
			}
			if want, known := parents[name]; !known || want != parent {
				t.Errorf("element %s in %q", name, parent)
			}
			for _, a := range e.Attr {
				if !strings.Contains(" "+allowed[name]+" ", " "+a.Name.Local+" ") {
					t.Errorf("attribute %s of %s", a.Name.Local, name)
				}
				if name == "testsuites" {
					declared[a.Name.Local] = a.Value
				}
			}
			if len(e.Attr) != len(strings.Fields(allowed[name])) {
				t.Errorf("%s has %d attributes, expected %s", name, len(e.Attr), allowed[name])
			}
			counts[name]++
			open = append(open, name)
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
	if declared["tests"] != fmt.Sprint(counts["testcase"]) || counts["testcase"] != 3 || counts["failure"] == 0 {
		t.Errorf("declared %v, counted %v", declared, counts)
	}
}

func TestJSON(t *testing.T) {
	var out struct {
		Diagnostics []struct {
			Path         string
			Line, Column int
			Check        string
			Severity     string
			Message      string
			RuleID       string `json:"rule_id"`
		}
		Summary struct{ Errors, Issues, Files int }
	}
	if err := json.Unmarshal([]byte(write(t, "json")), &out); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, d := range out.Diagnostics {
		if d.Check == "double-wildcard" {
			found = d.Line == 10 && d.Column == 20 && d.Severity == "low" && d.RuleID == "0a1b2c3d-0000-4000-8000-000000000001"
		}
	}
	if !found || out.Summary.Files != 3 || out.Summary.Errors == 0 || out.Summary.Issues == 0 {
		t.Errorf("got %+v", out)
	}
}

func TestGitHubEscapes(t *testing.T) {
	text := write(t, "github")
	if !strings.Contains(text, "::notice file=a dir/aws_sign_in.yml,line=10,col=20,endColumn=26,title=double-wildcard::") {
		t.Errorf("got:\n%s", text)
	}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "::") {
			t.Errorf("%q is not a command", line)
		}
	}
}
