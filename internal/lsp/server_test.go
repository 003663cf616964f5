package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sourcegraph/jsonrpc2"
)

func TestDiagnosticsFollowTheText(t *testing.T) {
	c := start(t, map[string]string{"root_login.yml": rootLogin}, "")
	c.open("root_login.yml", rootLogin)
	c.wait("root_login.yml", "want none of errors", func(p publishParams) bool {
		return p.Version != nil && *p.Version == 1 && !slices.ContainsFunc(p.Diagnostics, func(d diagnostic) bool { return d.Severity == severityError })
	})
	// "level: high" becomes "level: hich", letter by letter.
	line := lineOf(rootLogin, "level:")
	c.change("root_login.yml", 2, contentChange{Range: &textRange{position{line, 9}, position{line, 10}}, Text: "c"})
	p := c.waitCode("root_login.yml", "unknown-level")
	i := slices.Index(codes(p), "unknown-level")
	if d := p.Diagnostics[i]; d.Range.Start != (position{line, 7}) || d.Range.End != (position{line, 11}) || d.Source != "egret" || !strings.HasSuffix(d.CodeDescription.Href, "/unknown-level.md") {
		t.Errorf("got %+v", d)
	}
	c.change("root_login.yml", 3, contentChange{Range: &textRange{position{line, 9}, position{line, 10}}, Text: "g"})
	c.waitNoCode("root_login.yml", 3, "unknown-level")
	c.notify("textDocument/didClose", documentParams{TextDocument: documentID{URI: c.uri("root_login.yml")}})
	c.wait("root_login.yml", "want none after closing", func(p publishParams) bool { return p.Version == nil && len(p.Diagnostics) == 0 })
}

func TestDiagnosticsCompareWithOtherFiles(t *testing.T) {
	c := start(t, map[string]string{"rules/root_login.yml": rootLogin, "rules/bursts.yml": bursts}, "")
	c.open("rules/other.yml", strings.Replace(rootLogin, "5d0d6b3a", "7d0d6b3a", 1))
	p := c.waitCode("rules/other.yml", "duplicate-title")
	d := p.Diagnostics[slices.Index(codes(p), "duplicate-title")]
	if len(d.RelatedInformation) != 1 || d.RelatedInformation[0].Location.URI != c.uri("rules/root_login.yml") {
		t.Errorf("related: %+v", d.RelatedInformation)
	}
	// The other file is changed in the editor, without being saved.
	c.open("rules/root_login.yml", strings.Replace(rootLogin, "title: Root login", "title: Another title", 1))
	c.waitNoCode("rules/other.yml", 1, "duplicate-title")
	c.open("rules/bursts.yml", strings.Replace(bursts, "- root_login", "- root_logon", 1))
	p = c.waitCode("rules/bursts.yml", "unknown-rule")
	if d := p.Diagnostics[slices.Index(codes(p), "unknown-rule")]; !strings.Contains(d.Message, "the nearest is root_login") {
		t.Errorf("message %q", d.Message)
	}
}

func TestSettingsAreHonoured(t *testing.T) {
	const id = "5d0d6b3a-3a0b-4c83-9d3c-0a1c5a2c1a11"
	settings := "rules: [rules]\ncheck:\n    ignore: [duplicate-title]\n    levels:\n        unknown-level: low\n    exclusions:\n        " + id + ": [sigmahq-filename-convention]\n"
	c := start(t, map[string]string{"egret.yaml": settings, "rules/root.yml": rootLogin, "rules/b.yml": rootLogin}, "")
	c.open("rules/root.yml", strings.Replace(rootLogin, "level: high", "level: hich", 1))
	c.waitCode("rules/root.yml", "identifier-uniqueness")
	p := c.wait("rules/root.yml", "want a lower level", func(p publishParams) bool {
		i := slices.Index(codes(p), "unknown-level")
		return i >= 0 && p.Diagnostics[i].Severity == severityInfo
	})
	if slices.Contains(codes(p), "duplicate-title") || slices.Contains(codes(p), "sigmahq-filename-convention") {
		t.Errorf("codes %q", codes(p))
	}
	c.open("egret.yaml", "rules: [rules]\nchek: {}\n")
	c.waitCode("egret.yaml", "unknown-config-key")
}

func TestOtherFilesHaveNoDiagnostics(t *testing.T) {
	c := start(t, nil, "")
	c.open("compose.yml", "services:\n  web:\n    image: nginx\n")
	c.wait("compose.yml", "want none", func(p publishParams) bool { return len(p.Diagnostics) == 0 })
}

func TestPositionsInBothEncodings(t *testing.T) {
	for abilities, column := range map[string]int{"": 10, `{"general":{"positionEncodings":["utf-8","utf-16"]}}`: 13} { // each by itself
		c := start(t, nil, abilities)
		// An emoji has two units of UTF-16 and four bytes, a letter with an accent one and two.
		text := strings.Replace(rootLogin, "level: high", `{"é😀": 1, level: hich}`, 1)
		text = strings.ReplaceAll(text, `{"é😀": 1, level: hich}`, "fields: [é😀, x]\nlevel: high")
		line := lineOf(text, "fields:")
		c.open("a_rule.yml", text)
		// What stands behind the emoji is replaced, so that the list is not closed.
		c.change("a_rule.yml", 2, contentChange{Range: &textRange{position{line, column + 2}, position{line, column + 5}}, Text: "["})
		p := c.waitCode("a_rule.yml", "yaml-syntax")
		if len(p.Diagnostics) == 0 {
			t.Error("no diagnostic")
		}
	}
}

func TestLifecycle(t *testing.T) {
	c := start(t, nil, "")
	var rpc *jsonrpc2.Error
	if err := c.conn.Call(context.Background(), "initialize", struct{}{}, nil); !errors.As(err, &rpc) || rpc.Code != jsonrpc2.CodeInvalidRequest {
		t.Errorf("a second initialize: %v", err)
	}
	if err := c.conn.Call(context.Background(), "textDocument/nothing", struct{}{}, nil); !errors.As(err, &rpc) || rpc.Code != jsonrpc2.CodeMethodNotFound {
		t.Errorf("an unknown method: %v", err)
	}
	if err := c.conn.Call(context.Background(), "textDocument/hover", []int{1}, nil); !errors.As(err, &rpc) || rpc.Code != jsonrpc2.CodeInvalidParams {
		t.Errorf("wrong parameters: %v", err)
	}
	var none json.RawMessage
	c.call("textDocument/hover", c.params("absent.yml", position{}), &none)
	if string(none) != "null" {
		t.Errorf("hover of a file that is not open: %s", none)
	}
	c.call("shutdown", nil, nil)
	if err := c.conn.Call(context.Background(), "textDocument/hover", struct{}{}, nil); !errors.As(err, &rpc) || rpc.Code != jsonrpc2.CodeInvalidRequest {
		t.Errorf("a request after shutdown: %v", err)
	}
	c.notify("exit", nil)
	if err := <-c.served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	c.served <- nil
}

func TestLeavingWithoutShutdown(t *testing.T) {
	c := start(t, nil, "")
	c.input.Close()
	if err := <-c.served; !errors.Is(err, ErrNoShutdown) {
		t.Errorf("Serve: %v", err)
	}
	c.served <- nil
}
