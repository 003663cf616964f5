package coverage

import (
	"fmt"
	"strings"
	"testing"
)

// signatures follow the syntax of https://docs.suricata.io/en/latest/rules/intro.html and the metadata of Emerging Threats.
const signatures = `# comment
#alert tcp any any -> any any (msg:"off"; sid:1; metadata: mitre_technique_id T1071;)
alert http any any -> any any (msg:"Say \"hello\"; twice"; content:"x;sid:9;"; metadata:mitre_tactic_name Command_And_Control, mitre_technique_id T1071, signature_severity Major; sid:2000001; rev:1;)
alert dns any any -> any any (sid:2000002; \
  metadata: mitre_technique_id T1568_002; metadata: signature_severity Critical;)
`

func TestFromSuricata(t *testing.T) {
	list, err := FromSuricata("x.rules", []byte(signatures))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range list {
		got = append(got, fmt.Sprint(m.ID, "|", m.Title, "|", m.Level, "|", m.Tags))
	}
	want := "2000001|Say \"hello\"; twice|high|[command-and-control t1071]\n2000002|signature 2000002|critical|[t1568.002]"
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	if _, err := FromSuricata("x.rules", []byte(strings.Repeat("x", maxSignature+1))); err == nil {
		t.Error("a line that is too long is no error")
	}
}

func TestFromFindings(t *testing.T) {
	const lines = `{"rule":{"id":"1","title":"A","level":"low","attack":["T1485"]},"also":[{"id":"2","title":"B","level":"high","attack":["T1078.004"]}]}
{"rule":{"id":"1","title":"A","level":"high","attack":["T1485"]},"also":[]}
`
	list, err := FromFindings("f.jsonl", strings.NewReader(lines))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range list {
		got = append(got, fmt.Sprint(m.Title, m.Level, m.Tags))
	}
	if text := strings.Join(got, " "); text != "Ahigh[t1485] Bhigh[t1078.004]" {
		t.Errorf("got %s", text)
	}
	for text, want := range map[string]string{`{"title":"no finding"}`: "finding 1 has no rule", lines + `{"rule":`: "finding 3"} {
		if _, err := FromFindings("f.jsonl", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func FuzzFromSuricata(f *testing.F) {
	f.Add(signatures)
	f.Add(`alert (msg:"a\`)
	f.Fuzz(func(t *testing.T, text string) {
		list, _ := FromSuricata("x", []byte(text))
		m := NewMatrix(list, Options{})
		if m.Tagged > m.Marks {
			t.Errorf("%d of %d are tagged", m.Tagged, m.Marks)
		}
	})
}
