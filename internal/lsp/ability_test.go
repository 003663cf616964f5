package lsp

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestHover(t *testing.T) {
	for name, test := range map[string]struct{ from, to, want string }{ // each by itself
		"field":            {"        eventName:", "        event¦Name:", "**eventName** (field)\n\nAWS CloudTrail (`cloudtrail`) has it at `eventName`"},
		"unknown field":    {"        eventName:", "        event¦Naem:", "is not documented to have it. The nearest is `eventName`."},
		"modifier":         {"        eventName:", "        eventName|starts¦with:", "**startswith** (modifier): the field starts with the value"},
		"technique":        {"attack.t1078.004", "attack.t10¦78.004", "**T1078.004 Cloud Accounts** (technique of ATT&CK)"},
		"tactic":           {"attack.privilege-escalation", "attack.privilege-esc¦alation", "**TA0004 privilege-escalation** (tactic of ATT&CK)"},
		"old tactic":       {"attack.privilege-escalation", "attack.defense¦-evasion", "ATT&CK 19 has stealth and defense-impairment instead"},
		"replaced":         {"attack.t1078.004", "attack.t1562¦.008", "T1685.002 replaces it"},
		"key":              {"status: test", "sta¦tus: test", "**status**: how mature"},
		"key of a section": {"    product: aws", "    prod¦uct: aws", "**product**"},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, nil, "")
			text, at := marked(t, strings.Replace(rootLogin, test.from, test.to, 1))
			c.open("root_login.yml", text)
			var got *hover
			c.call("textDocument/hover", c.params("root_login.yml", at), &got)
			if got == nil || !strings.Contains(got.Contents.Value, test.want) {
				t.Errorf("got %+v, want %q", got, test.want)
			}
		})
	}
}

func TestHoverOfNothing(t *testing.T) {
	c := start(t, nil, "")
	text, at := marked(t, strings.Replace(rootLogin, "Security team", "Secu¦rity team", 1))
	c.open("root_login.yml", text)
	var got *hover
	c.call("textDocument/hover", c.params("root_login.yml", at), &got)
	if got != nil {
		t.Errorf("got %+v", got)
	}
}

func TestCompletion(t *testing.T) {
	for name, test := range map[string]struct{ from, to, want, without string }{ // each by itself
		"top":             {"level: high", "lev¦", "level:", "logsource:"},
		"level":           {"level: high", "level: ¦", "critical", "stable"},
		"status":          {"status: test", "status: ex¦", "experimental", "stable"},
		"field":           {"        eventName: ConsoleLogin", "        userId¦", "userIdentity.type:", "eventName:"},
		"modifier":        {"        eventName: ConsoleLogin", "        eventName|¦", "startswith:", "eventName:"},
		"second modifier": {"        eventName: ConsoleLogin", "        eventName|contains|a¦: x", "all", "all:"},
		"event":           {"        eventName: ConsoleLogin", "        eventName: Create¦\n        x: iam.amazonaws.com", "CreateAccessKey", "DeleteUser"},
		"event in a list": {"        eventName: ConsoleLogin", "        eventName:\n            - Create¦\n        x: iam.amazonaws.com", "CreateAccessKey", "DeleteUser"},
		"source":          {"signin.amazonaws.com", "iam¦", "iam.amazonaws.com", "s3.amazonaws.com"},
		"condition":       {"condition: selection", "condition: not sel¦", "selection", "and"},
		"tag":             {"attack.t1078.004", "attack.t1078¦", "attack.t1078.004", "attack.t1110"},
		"tag by name":     {"attack.t1078.004", "attack.Brute¦", "attack.t1110", "attack.t1078"},
		"tactic":          {"attack.t1078.004", "attack.init¦", "attack.initial-access", "attack.impact"},
		"service":         {"service: cloudtrail", "service: c¦", "cloudtrail", "sysmon"},
		"product":         {"product: aws", "product: ¦", "aws", "cloudtrail"},
		"log source key":  {"    service: cloudtrail", "    ¦", "category:", "title:"},
		"exists":          {"        eventName: ConsoleLogin", "        eventName|exists: ¦", "false", ""},
		"condition key":   {"    condition: selection", "    cond¦", "condition:", "selection:"},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, nil, "")
			text, at := marked(t, strings.Replace(rootLogin, test.from, test.to, 1))
			c.open("root_login.yml", text)
			var got completionList
			c.call("textDocument/completion", c.params("root_login.yml", at), &got)
			var texts []string
			for _, item := range got.Items {
				texts = append(texts, item.TextEdit.NewText)
				if item.TextEdit.Range.End.Line != at.Line || item.TextEdit.Range.Start.Line != at.Line {
					t.Errorf("%q replaces another line", item.Label)
				}
			}
			if !slices.Contains(texts, test.want) || test.without != "" && slices.Contains(texts, test.without) {
				t.Errorf("got %q, want %q without %q", texts, test.want, test.without)
			}
		})
	}
}

func TestCompletionOfRules(t *testing.T) {
	c := start(t, map[string]string{"root_login.yml": rootLogin}, "")
	text, at := marked(t, strings.Replace(bursts, "- root_login", "- roo¦", 1))
	c.open("bursts.yml", text)
	c.waitCode("bursts.yml", "unknown-rule")
	var got completionList
	c.call("textDocument/completion", c.params("bursts.yml", at), &got)
	if len(got.Items) != 1 || got.Items[0].TextEdit.NewText != "root_login" {
		t.Errorf("got %+v", got)
	}
}

func TestDefinition(t *testing.T) {
	c := start(t, map[string]string{"aws/root_login.yml": rootLogin}, "")
	for _, reference := range []string{"root_lo¦gin", "5D0D6b3a-3a0b¦-4c83-9d3c-0a1c5a2c1a11", "'root_¦login'"} {
		text, at := marked(t, strings.Replace(bursts, "root_login", reference, 1))
		c.open("bursts.yml", text)
		c.waitNoCode("bursts.yml", 1, "unknown-rule")
		var got *location
		c.call("textDocument/definition", c.params("bursts.yml", at), &got)
		if want := (location{c.uri("aws/root_login.yml"), textRange{position{0, 7}, position{0, 17}}}); got == nil || *got != want {
			t.Errorf("%s: got %+v, want %+v", reference, got, want)
		}
		c.notify("textDocument/didClose", documentParams{TextDocument: documentID{URI: c.uri("bursts.yml")}})
	}
	text, at := marked(t, strings.Replace(rootLogin, "condition: selection", "condition: not (selec¦tion)", 1))
	c.open("aws/root_login.yml", text)
	var got *location
	c.call("textDocument/definition", c.params("aws/root_login.yml", at), &got)
	if got == nil || got.URI != c.uri("aws/root_login.yml") || got.Range.Start != (position{16, 4}) || got.Range.End != (position{16, 13}) {
		t.Errorf("search identifier: got %+v", got)
	}
}

// apply applies edits to a text.
func apply(t *testing.T, text string, edits []textEdit) string {
	t.Helper()
	l := newLines(text)
	for _, e := range slices.Backward(edits) {
		start, end := l.offset(e.Range.Start, utf16Units), l.offset(e.Range.End, utf16Units)
		text = text[:start] + e.NewText + text[end:]
	}
	return text
}

func TestQuickFix(t *testing.T) {
	for _, abilities := range []string{"", `{"workspace":{"workspaceEdit":{"documentChanges":true}}}`} {
		c := start(t, nil, abilities)
		text := strings.Replace(rootLogin, "level: high", "level: HIGH", 1)
		text = strings.Replace(text, "eventName:", "eventName|contains|all:", 1)
		c.open("root_login.yml", text)
		p := c.waitCode("root_login.yml", "sigmahq-invalid-all-modifier")
		d := p.Diagnostics[slices.Index(codes(p), "sigmahq-invalid-all-modifier")]
		var got []codeAction
		c.call("textDocument/codeAction", map[string]any{
			"textDocument": map[string]any{"uri": c.uri("root_login.yml")}, "range": d.Range, "context": map[string]any{"only": []string{"quickfix"}, "diagnostics": []diagnostic{d}},
		}, &got)
		if len(got) != 1 || got[0].Kind != quickFix {
			t.Fatalf("got %+v", got)
		}
		edits := got[0].Edit.Changes[c.uri("root_login.yml")]
		if abilities != "" {
			edits = got[0].Edit.DocumentChanges[0].Edits
			if got[0].Edit.DocumentChanges[0].TextDocument.Version != 1 {
				t.Error("the edit has no version")
			}
		}
		if after := apply(t, text, edits); after != strings.Replace(text, "eventName|contains|all:", "eventName|contains:", 1) {
			t.Errorf("the fix gives\n%s", after)
		}
		c.call("textDocument/codeAction", map[string]any{
			"textDocument": map[string]any{"uri": c.uri("root_login.yml")}, "range": textRange{}, "context": map[string]any{"only": []string{"source"}},
		}, &got)
		if len(got) != 1 || got[0].Kind != fixAll {
			t.Fatalf("got %+v", got)
		}
		edits = got[0].Edit.Changes[c.uri("root_login.yml")]
		if abilities != "" {
			edits = got[0].Edit.DocumentChanges[0].Edits
		}
		if after := apply(t, text, edits); !strings.Contains(after, "level: high\n") || !strings.Contains(after, "eventName|contains: ConsoleLogin") {
			t.Errorf("all fixes give\n%s", after)
		}
	}
}

func (c *client) lens(name string) []codeLens {
	c.t.Helper()
	var got []codeLens
	c.call("textDocument/codeLens", map[string]any{"textDocument": map[string]any{"uri": c.uri(name)}}, &got)
	return got
}

func TestCodeLens(t *testing.T) {
	files := map[string]string{"root_login.yml": rootLogin, "root_login.events.json": `{"match":[
		{"eventVersion":"1.08","eventTime":"2026-01-02T03:04:05Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","eventID":"a","awsRegion":"us-east-1","userIdentity":{"type":"Root"}}],
		"no_match":[
		{"eventVersion":"1.08","eventTime":"2026-01-02T03:04:05Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","eventID":"b","awsRegion":"us-east-1","userIdentity":{"type":"IAMUser"}},
		{"eventVersion":"1.08","eventTime":"2026-01-02T03:04:05Z","eventSource":"iam.amazonaws.com","eventName":"GetUser","eventID":"c","awsRegion":"us-east-1","userIdentity":{"type":"IAMUser"}}]}`}
	c := start(t, files, "")
	c.open("root_login.yml", rootLogin)
	got := c.lens("root_login.yml")
	if len(got) != 1 || got[0].Range.Start != (position{0, 7}) || got[0].Command.Title != "1 match in 3 test events, 3 tests passed" {
		t.Errorf("got %+v", got)
	}
	// The text in the editor counts.
	c.change("root_login.yml", 2, contentChange{Text: strings.Replace(rootLogin, "userIdentity.type: Root", "userIdentity.type: IAMUser", 1)})
	if got = c.lens("root_login.yml"); len(got) != 1 || got[0].Command.Title != "1 match in 3 test events, 2 of 3 tests failed" {
		t.Errorf("after a change: got %+v", got)
	}
}

func TestCodeLensWithoutTests(t *testing.T) {
	c := start(t, nil, "")
	c.open("root_login.yml", rootLogin)
	if got := c.lens("root_login.yml"); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestChangedFiles(t *testing.T) {
	c := start(t, map[string]string{"root_login.yml": rootLogin}, `{"workspace":{"codeLens":{"refreshSupport":true}}}`)
	c.open("other_rule.yml", strings.Replace(rootLogin, "5d0d6b3a", "7d0d6b3a", 1))
	c.waitCode("other_rule.yml", "duplicate-title")
	path := filepath.Join(c.root, "root_login.yml")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	changed := map[string]any{"changes": []map[string]any{{"uri": uriOf(path), "type": 3}}}
	c.notify("workspace/didChangeWatchedFiles", changed)
	c.waitNoCode("other_rule.yml", 1, "duplicate-title")
	if err := os.WriteFile(path, []byte(rootLogin), 0o600); err != nil {
		t.Fatal(err)
	}
	c.notify("workspace/didChangeWatchedFiles", changed)
	c.waitCode("other_rule.yml", "duplicate-title")
	settings := filepath.Join(c.root, "egret.yaml")
	if err := os.WriteFile(settings, []byte("check:\n    ignore: [duplicate-title]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.notify("workspace/didChangeWatchedFiles", map[string]any{"changes": []map[string]any{{"uri": uriOf(settings), "type": 1}}})
	c.waitNoCode("other_rule.yml", 1, "duplicate-title")
	c.waitFor("a refresh of code lenses", func() bool { return c.refreshes > 0 })
}

// A file of tests gets the faults that egret test would report, with the texts in the editor.
func TestFilesOfTests(t *testing.T) {
	const good = "tests:\n  - name: root\n    event: {eventSource: signin.amazonaws.com, eventName: ConsoleLogin, userIdentity: {type: Root}}\n    match: true\n"
	c := start(t, map[string]string{"root_login.yml": rootLogin, "bursts.yml": bursts}, "")
	for name, tt := range map[string]struct {
		text, code, says, place string
	}{
		"an unknown key":     {strings.Replace(good, "match:", "matches:", 1), "unknown-test-key", "matches", "matches"},
		"an unknown rule":    {"rule: rot_login\n" + good, "test-value", "root_login", "rot_login"},
		"a broken event":     {strings.Replace(good, "event: {eventSource", "event: [eventSource", 1), "test-syntax", "", ""},
		"an event as text":   {"tests:\n  - event: '{not JSON'\n    match: true\n", "test-value", "", "'{not JSON'"},
		"a missing file":     {"tests:\n  - file: nowhere.json\n    match: 1\n", "test-file", "", "nowhere.json"},
		"findings of a rule": {"tests:\n  - event: {a: b}\n    findings: []\n", "test-value", "findings are of correlations", "[]"},
	} {
		c.open("root_login.test.yaml", tt.text)
		p := c.wait("root_login.test.yaml", name, func(p publishParams) bool { return len(p.Diagnostics) > 0 })
		if !slices.ContainsFunc(p.Diagnostics, func(d diagnostic) bool {
			return d.Code == tt.code && strings.Contains(d.Message, tt.says) && (tt.place == "" || d.Range.Start.Line == lineOf(tt.text, tt.place))
		}) {
			t.Errorf("%s: got %+v, want %s at %q", name, p.Diagnostics, tt.code, tt.place)
		}
		c.notify("textDocument/didClose", map[string]any{"textDocument": map[string]any{"uri": c.uri("root_login.test.yaml")}})
		c.wait("root_login.test.yaml", "closed", func(p publishParams) bool { return len(p.Diagnostics) == 0 })
	}
	// A rule of another file may be named, by id, name or title.
	for _, words := range []string{"Many root logins", "6d0d6b3a-3a0b-4c83-9d3c-0a1c5a2c1a12", "root_login"} {
		c.open("root_login.test.yaml", "rule: "+words+"\n"+strings.Replace(good, "match: true", "match: 1", 1)+"    mach: 1\n")
		if p := c.waitCode("root_login.test.yaml", "unknown-test-key"); len(p.Diagnostics) != 1 {
			t.Errorf("rule: %s: got %+v", words, p.Diagnostics)
		}
		c.notify("textDocument/didClose", map[string]any{"textDocument": map[string]any{"uri": c.uri("root_login.test.yaml")}})
		c.wait("root_login.test.yaml", "closed", func(p publishParams) bool { return len(p.Diagnostics) == 0 })
	}
	c.open("lost.test.yaml", good)
	c.waitCode("lost.test.yaml", "test-file")
	// The rule appears in the editor.
	c.open("lost.yml", rootLogin)
	c.waitNoCode("lost.test.yaml", 1, "test-file")
}
