package connector_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/connector"
)

// TestParseAsThePeer compares what parse prints of values with stix-shifter 8.1.3.
func TestParseAsThePeer(t *testing.T) {
	for comparison, want := range map[string]string{
		`file:name = 5`:                       `5`,
		`file:name = +3`:                      `3`,
		`file:name = 1.5`:                     `1.5`,
		`file:name = 'it\'s'`:                 `"it\\'s"`,
		`file:name = 'a\\b'`:                  `"a\\b"`,
		`file:name = h'ff'`:                   `"h'ff'"`,
		`file:name = b'AAAA'`:                 `"b'AAAA'"`,
		`file:name = t'2020-01-01T00:00:00Z'`: `"2020-01-01 00:00:00+00:00"`,
		`file:name IN (7, 'a', 1.5, h'ff', t'2020-01-01T00:00:00Z')`: `["7", "a", "1.5", "h'ff'", "2020-01-01 00:00:00+00:00"]`,
		`file:name IN ('it\'s')`:                                     `["it\\'s"]`,
		`file:name IN ()`:                                            `[]`,
		`file:hashes.'SHA-256' = 'a'`:                                `"a"`,
		`x:'a b'.d[0].e NOT LIKE 'a\'%'`:                             `"a\\'%"`,
	} {
		pattern, err := json.Marshal("[" + comparison + "]")
		if err != nil {
			t.Fatal(err)
		}
		answer, err := connector.Parse(string(pattern), connector.Options{Language: "stix"}, time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		text, err := answer.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			List []struct {
				Attribute string
				Value     any
			} `json:"parsed_stix"`
		}
		var value any
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(want), &value); err != nil {
			t.Fatal(err)
		}
		path, _, _ := strings.Cut(comparison, " ")
		if strings.HasPrefix(comparison, "x:") {
			path = "x:'a b'.d[0].e"
		}
		if len(got.List) != 1 || got.List[0].Attribute != path || !reflect.DeepEqual(got.List[0].Value, value) {
			t.Errorf("%s: got %v, want %s of %s", comparison, got.List, want, path)
		}
	}
}

// TestOptionsAsThePeer compares the codes of answers with stix-shifter 8.1.3; "" stands for queries.
func TestOptionsAsThePeer(t *testing.T) {
	const good, bad = "[ipv4-addr:value = '1']", "[ipv4-addr:value in ('1')]"
	for _, c := range []struct{ pattern, options, code, message string }{
		{good, `{"time_range": 0}`, "", ""},
		{good, `{"timeout": 0, "batch_size": 0, "result_limit": 0}`, "", ""},
		{good, `{"time_range": -1}`, "translation_error", "value must be more than 1"},
		{good, `{"time_range": 1.5}`, "translation_error", `time_range "1.5" type must be a number`},
		{good, `{"language": 5}`, "invalid_parameter", "unsupported language : 5"},
		{good, `{"language": ""}`, "", ""},
		{good, `{"dialects": ["nosuch"], "language": "sql"}`, "invalid_parameter", "unknown dialect : nosuch"},
		{bad, `{"validate_pattern": true}`, "invalid_parameter", "=> stix validation error : "},
		{bad, `{"validate_pattern": "false"}`, "invalid_parameter", "=> stix validation error : "},
		{bad, `{"validate_pattern": 1}`, "invalid_parameter", "=> stix validation error : "},
		{bad, `{"validate_pattern": 0}`, "translation_error", "STIX translation error: "},
		{"[file:hashes.MD5 = 'zz']", `{"validate_pattern": true}`, "invalid_parameter", "MD5"},
		{"[file:hashes.'SHA-256' = 'a']", `{"dialects": ["vpcflow"]}`, "mapping_error", `["file:hashes.'SHA-256'"]`},
	} {
		o, err := connector.ParseOptions(c.options)
		var answer connector.Answer
		if err != nil {
			answer = connector.Refuse(err)
		} else {
			answer = connector.Translate(c.pattern, o, nil, time.Unix(1_772_445_600, 0))
		}
		text, err := answer.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Queries     []any
			Code, Error string
		}
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		if got.Code != c.code || !strings.Contains(got.Error, c.message) || (c.code == "") != (len(got.Queries) > 0) {
			t.Errorf("%s with %s: got %s %q, want %s %q", c.pattern, c.options, got.Code, got.Error, c.code, c.message)
		}
	}
}
