package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sourcegraph/jsonrpc2"
)

// client is an editor for tests.
type client struct {
	t    testing.TB
	conn *jsonrpc2.Conn
	// root is the folder of the editor.
	root   string
	served chan error
	input  io.Closer

	mutex     sync.Mutex
	published map[string]publishParams
	messages  []string
	refreshes int
	changed   chan struct{}
}

func (c *client) Handle(ctx context.Context, conn *jsonrpc2.Conn, r *jsonrpc2.Request) {
	c.mutex.Lock()
	switch r.Method {
	case "textDocument/publishDiagnostics":
		var p publishParams
		if err := json.Unmarshal(*r.Params, &p); err != nil {
			c.t.Errorf("diagnostics: %v", err)
		}
		c.published[p.URI] = p
	case "window/showMessage", "window/logMessage":
		c.messages = append(c.messages, string(*r.Params))
	case "workspace/codeLens/refresh":
		c.refreshes++
	}
	c.mutex.Unlock()
	if !r.Notif {
		_ = conn.Reply(ctx, r.ID, nil) // the test fails elsewhere
	}
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// start opens a folder with files in an editor with some abilities.
func start(t *testing.T, files map[string]string, abilities string) *client {
	t.Helper()
	root := t.TempDir()
	for name, text := range files { // each is written by itself
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(t.TempDir(), "none"))
	return connect(t, root, abilities, Options{})
}

func connect(t testing.TB, root, abilities string, options Options) *client {
	t.Helper()
	serverIn, clientOut := io.Pipe()
	clientIn, serverOut := io.Pipe()
	c := &client{t: t, root: root, served: make(chan error, 1), published: map[string]publishParams{}, changed: make(chan struct{}, 1), input: clientOut}
	options.Now = func() time.Time { return time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC) }
	go func() {
		err := Serve(context.Background(), serverIn, serverOut, options)
		serverOut.Close()
		c.served <- err
	}()
	c.conn = jsonrpc2.NewConn(context.Background(), newStream(clientIn, clientOut), c, jsonrpc2.SetLogger(log.New(io.Discard, "", 0)))
	t.Cleanup(func() {
		clientOut.Close()
		select {
		case <-c.served:
		case <-time.After(20 * time.Second):
			t.Error("the server does not end")
		}
	})
	if abilities == "" {
		abilities = "{}"
	}
	folder := ""
	if root != "" {
		folder = fmt.Sprintf(`,"workspaceFolders":[{"uri":%q,"name":"rules"}]`, uriOf(root))
	}
	c.call("initialize", json.RawMessage(`{"processId":null,"rootUri":null,"capabilities":`+abilities+folder+`}`), nil)
	c.notify("initialized", struct{}{})
	return c
}

func (c *client) call(method string, params, result any) {
	c.t.Helper()
	if err := c.conn.Call(context.Background(), method, params, result); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
}

func (c *client) notify(method string, params any) {
	c.t.Helper()
	if err := c.conn.Notify(context.Background(), method, params); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
}

func (c *client) uri(name string) string {
	return uriOf(filepath.Join(c.root, filepath.FromSlash(name)))
}

func (c *client) open(name, text string) {
	c.t.Helper()
	c.notify("textDocument/didOpen", didOpenParams{textDocumentItem{c.uri(name), "yaml", 1, text}})
}

func (c *client) change(name string, version int, changes ...contentChange) {
	c.t.Helper()
	c.notify("textDocument/didChange", didChangeParams{documentID{c.uri(name), version}, changes})
}

// wait waits until something holds of the diagnostics of a file.
func (c *client) wait(name, what string, holds func(p publishParams) bool) publishParams {
	c.t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		c.mutex.Lock()
		p, ok := c.published[c.uri(name)]
		c.mutex.Unlock()
		if ok && holds(p) {
			return p
		}
		select {
		case <-c.changed:
		case <-deadline:
			c.t.Fatalf("%s: %s: the diagnostics are %+v; messages %q", name, what, p, c.messages)
		}
	}
}

// waitFor waits until something holds of what the editor has got. holds is called with the lock.
func (c *client) waitFor(what string, holds func() bool) {
	c.t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		c.mutex.Lock()
		done := holds()
		c.mutex.Unlock()
		if done {
			return
		}
		select {
		case <-c.changed:
		case <-deadline:
			c.t.Fatalf("there is no %s", what)
		}
	}
}

func codes(p publishParams) []string {
	list := []string{}
	for _, d := range p.Diagnostics {
		list = append(list, d.Code)
	}
	return list
}

func (c *client) waitCode(name, code string) publishParams {
	c.t.Helper()
	return c.wait(name, "want "+code, func(p publishParams) bool { return slices.Contains(codes(p), code) })
}

func (c *client) waitNoCode(name string, version int, code string) publishParams {
	c.t.Helper()
	return c.wait(name, "want no "+code, func(p publishParams) bool {
		return p.Version != nil && *p.Version >= version && !slices.Contains(codes(p), code)
	})
}

// at returns the parameters of a request at a mark ¦ in a text, which is removed.
func marked(t *testing.T, text string) (string, position) {
	t.Helper()
	before, after, found := strings.Cut(text, "¦")
	if !found {
		t.Fatal("no mark")
	}
	l := newLines(before + after)
	return before + after, l.position(len(before), utf16Units)
}

func (c *client) params(name string, p position) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": c.uri(name)}, "position": p}
}

// lineOf returns the number of the line with a text.
func lineOf(text, part string) int {
	before, _, _ := strings.Cut(text, part)
	return strings.Count(before, "\n")
}

const rootLogin = `title: Root login
id: 5d0d6b3a-3a0b-4c83-9d3c-0a1c5a2c1a11
name: root_login
status: test
description: The root user signs in to the console, which nobody should do.
references:
    - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html
author: Security team
date: 2026-01-02
tags:
    - attack.privilege-escalation
    - attack.t1078.004
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventSource: signin.amazonaws.com
        eventName: ConsoleLogin
        userIdentity.type: Root
    condition: selection
falsepositives:
    - Unlikely
level: high
`

const bursts = `title: Many root logins
id: 6d0d6b3a-3a0b-4c83-9d3c-0a1c5a2c1a12
status: test
description: The root user signs in many times in a short while.
author: Security team
date: 2026-01-02
correlation:
    type: event_count
    rules:
        - root_login
    group-by:
        - recipientAccountId
    timespan: 10m
    condition:
        gte: 3
level: high
`
