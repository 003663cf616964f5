package egret_test

import (
	"context"
	"fmt"
	"log"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret"
)

const rootLogin = `
title: Sign-in as root
id: 3f6e2a0c-54f3-4a57-9d5c-0f5b6d1a7c11
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventName: ConsoleLogin
        userIdentity.type: Root
    condition: selection
level: high
`

func Example() {
	rules, diagnostics, err := egret.Load(context.Background(), fstest.MapFS{"root-login.yml": {Data: []byte(rootLogin)}})
	if err != nil || diagnostics.HasErrors() {
		log.Fatal(err, diagnostics)
	}
	matcher, err := rules.Compile("cloudtrail")
	if err != nil {
		log.Fatal(err)
	}
	event := []byte(`{"eventName": "ConsoleLogin", "userIdentity": {"type": "Root"}, "sourceIPAddress": "192.0.2.7"}`)
	found, err := matcher.Match(event)
	if err != nil {
		log.Fatal(err)
	}
	for _, rule := range found {
		fmt.Printf("%s: %s\n", rule.Level, rule.Title)
	}
	// Output: high: Sign-in as root
}

func TestStarterPackLoads(t *testing.T) {
	rules, diagnostics, err := egret.Load(context.Background(), egret.Starter())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range diagnostics {
		t.Errorf("%v", d)
	}
	if rules.Len() == 0 {
		t.Error("no rules")
	}
}

func TestCompileNamesTheLogSources(t *testing.T) {
	rules, _, err := egret.Load(context.Background(), fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rules.Compile("cloudtrial"); err == nil {
		t.Error("an unknown log source was accepted")
	}
	matcher, err := rules.Compile("windows")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := matcher.Clone().Match([]byte(`{"cut":`)); err == nil {
		t.Error("a cut event was accepted")
	}
}
