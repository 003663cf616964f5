package egret_test

import (
	"context"
	"fmt"
	"io/fs"
	"log"
	"strings"
	"testing/fstest"

	"github.com/egret-hunt/egret"
)

const rootLogin = `
title: Sign-in as root
id: 3f6e2a0c-54f3-4a57-9d5c-0f5b6d1a7c11
name: root_login
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

const failedLogins = `
title: Failed sign-in
name: failed_login
logsource: {product: aws, service: cloudtrail}
detection:
    selection:
        eventName: ConsoleLogin
        errorMessage: Failed authentication
    condition: selection
level: low
---
title: Many failed sign-ins
id: 3f6e2a0c-54f3-4a57-9d5c-0f5b6d1a7c12
correlation:
    type: event_count
    rules: [failed_login]
    group-by: [sourceIPAddress]
    timespan: 10m
    condition: {gte: 3}
level: medium
`

// folder returns a file system with rule files. A program would use os.DirFS.
func folder(texts ...string) fs.FS {
	files := fstest.MapFS{}
	for i, text := range texts {
		files[fmt.Sprintf("%d.yml", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

func load(opt egret.LoadOptions, texts ...string) *egret.Rules {
	rules, diagnostics, err := egret.LoadWith(context.Background(), opt, folder(texts...))
	if err != nil || diagnostics.HasErrors() {
		log.Fatal(err, diagnostics)
	}
	return rules
}

func Example() {
	rules, diagnostics, err := egret.Load(context.Background(), folder(rootLogin))
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

func ExampleMatcher_Match() {
	rules := load(egret.LoadOptions{}, rootLogin, failedLogins)
	matcher, err := rules.Compile("cloudtrail")
	if err != nil {
		log.Fatal(err)
	}
	event := []byte(`{"eventName": "ConsoleLogin", "userIdentity": {"type": "Root"}, "errorMessage": "Failed authentication"}`)
	found, err := matcher.Match(event)
	if err != nil {
		log.Fatal(err)
	}
	for _, rule := range found {
		fmt.Printf("%s, only for correlations: %v\n", rule.Title, rule.BaseOnly)
	}
	// Output:
	// Sign-in as root, only for correlations: false
	// Failed sign-in, only for correlations: true
}

func ExampleRules_Hunt() {
	rules := load(egret.LoadOptions{}, rootLogin, failedLogins)
	// Events can come from any source and in any order. These are three failed sign-ins within five minutes.
	events := func(yield func([]byte, error) bool) {
		for minute := range 3 {
			event := fmt.Sprintf(`{"eventVersion": "1.08", "eventID": "11111111-0000-4000-8000-00000000000%d",
				"eventTime": "2026-03-10T11:%02d:00Z", "eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin",
				"awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.7", "errorMessage": "Failed authentication",
				"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice"}}`, minute, 2*minute)
			if !yield([]byte(event), nil) {
				return
			}
		}
	}
	result, err := rules.Hunt(context.Background(), events, egret.HuntOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer result.Close()
	for finding, err := range result.Findings() {
		if err != nil {
			log.Print(err)
			break
		}
		fmt.Printf("%s %s: %s, %d events of %s\n", finding.Time.Format("15:04"), finding.Rule.Level, finding.Rule.Title,
			finding.Count, finding.Group[0].Value)
	}
	ledger := result.Ledger()
	fmt.Printf("%d in, %d evaluated, %d duplicate\n", ledger.In, ledger.Evaluated, ledger.Duplicate)
	// Output:
	// 11:04 medium: Many failed sign-ins, 3 events of 192.0.2.7
	// 3 in, 3 evaluated, 0 duplicate
}

func ExampleLoadWith() {
	const named = `
title: Known bad address
id: 3f6e2a0c-54f3-4a57-9d5c-0f5b6d1a7c13
logsource: {product: aws, service: cloudtrail}
detection:
    selection:
        sourceIPAddress|expand: '%bad%'
    condition: selection
`
	const filter = `
title: Sign-ins of the office
logsource: {product: aws, service: cloudtrail}
filter:
    rules: [root_login]
    selection:
        sourceIPAddress: 198.51.100.4
    condition: not selection
`
	rules := load(egret.LoadOptions{
		Levels:       map[string]string{"3f6e2a0c-54f3-4a57-9d5c-0f5b6d1a7c13": "critical"},
		Placeholders: map[string][]string{"bad": {"192.0.2.7", "203.0.113.*"}},
	}, rootLogin, named, filter)
	matcher, err := rules.Compile("cloudtrail")
	if err != nil {
		log.Fatal(err)
	}
	for _, address := range []string{"203.0.113.9", "198.51.100.4"} {
		found, err := matcher.Match([]byte(`{"eventName": "ConsoleLogin", "userIdentity": {"type": "Root"}, "sourceIPAddress": "` + address + `"}`))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(address, len(found))
		for _, rule := range found {
			fmt.Println(" ", rule.Level, rule.Title)
		}
	}
	// Output:
	// 203.0.113.9 2
	//   high Sign-in as root
	//   critical Known bad address
	// 198.51.100.4 0
}

func ExampleRules_SQL() {
	rules := load(egret.LoadOptions{}, rootLogin)
	queries, err := rules.SQL(egret.SQLOptions{Target: "duckdb", Table: "events"})
	if err != nil {
		log.Fatal(err)
	}
	for _, query := range queries {
		if query.SQL == "" {
			fmt.Println(query.Rule.Title, "is refused:", query.Diagnostics)
			continue
		}
		fmt.Println(query.Rule.Title+":", strings.Contains(query.SQL, "FROM") && !query.Diagnostics.HasErrors())
	}
	// Output: Sign-in as root: true
}

func ExampleRules_Explain() {
	rules := load(egret.LoadOptions{}, `
title: Sign-in as root
name: root_login
logsource: {product: aws}
detection:
    selection:
        eventName: ConsoleLogin
        userIdentity.type: Root
    condition: selection
`)
	trace, err := rules.Explain("root_login", "cloudtrail", []byte(`{"eventName": "ConsoleLogin", "userIdentity": {"type": "IAMUser"}}`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("matches:", trace.Matched)
	for _, predicate := range trace.Operands {
		fmt.Println(predicate.Matched, predicate.Text, predicate.Fields)
	}
	// Output:
	// matches: false
	// true eventName equals "ConsoleLogin" [{eventName [ConsoleLogin]}]
	// false userIdentity.type equals "Root" [{userIdentity.type [IAMUser]}]
}
