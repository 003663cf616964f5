package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

// TestFollow: on every table of CloudTrail one statement asks for some identities, with the columns of links and things.
func TestFollow(t *testing.T) {
	set := rulesText(t, readsRule)
	traits := []plan.Trait{
		{Key: "AKIAEXAMPLE000000001"}, {Machine: "i-0123456789abcdef0"}, {Name: "ab"}, {Name: "backup"},
		{Principal: "arn:aws:iam::111122223333:user/ci", Address: "203.0.113.9"},
	}
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, name := range []string{"athena", "athena-partitioned", "files", "lake", "security-lake-v1", "security-lake-v2"} {
		p := plan.Build(set, layoutOf(t, "cloudtrail/"+name), athena(plan.Options{Table: "t"}))
		list := p.Follow(traits, from, from.AddDate(0, 0, 7))
		if len(list) != 1 {
			t.Errorf("%s: got %d statements, want 1", name, len(list))
			continue
		}
		sql := strings.ToLower(list[0].SQL(plan.Chunk{}))
		for _, text := range []string{"akiaexample000000001", "i-0123456789abcdef0", `"ab"`, "backup", "user/ci", "203.0.113.9"} {
			if name == "security-lake-v1" && text == `"ab"` { // its fields are not JSON text
				text = "ab"
			}
			if name == "files" && text == "user/ci" { // JSON text may escape the slash
				text = "111122223333"
			}
			if !strings.Contains(sql, text) {
				t.Errorf("%s: no %s in %s", name, text, sql)
			}
		}
		for _, path := range []string{"responseElements.credentials.accessKeyId", "requestParameters.roleArn", "sourceIPAddress", "userAgent", "errorCode"} {
			if !list[0].Has(path) && name != "security-lake-v1" { // it does not keep all
				t.Errorf("%s: the rows have no %s", name, path)
			}
		}
	}
	// A long list is cut into statements that engines accept, and a statement that is too complex into halves.
	p := plan.Build(set, layoutOf(t, "cloudtrail/athena"), athena(plan.Options{Table: "t"}))
	var many []plan.Trait
	for i := range 3000 {
		many = append(many, plan.Trait{Key: fmt.Sprintf("ASIA%016d", i)})
	}
	list := p.Follow(many, from, from.AddDate(0, 0, 7))
	if len(list) < 2 {
		t.Fatalf("got %d statements for 3000 keys", len(list))
	}
	a, z, ok := p.Split(list[0])
	if !ok || len(a.SQL(plan.Chunk{}))+len(z.SQL(plan.Chunk{})) > 2*len(list[0].SQL(plan.Chunk{})) {
		t.Errorf("got halves %v", ok)
	}
	for _, s := range list {
		if n := len(s.SQL(plan.Chunk{})); n > 250_000 {
			t.Errorf("got a statement of %d bytes, want one that Athena accepts (256 kB)", n)
		}
	}
	if got := plan.Build(set, layoutOf(t, "vpcflow/athena"), athena(plan.Options{Table: "t"})).Follow(traits, from, from); got != nil {
		t.Errorf("got statements for a log that ties no identities: %v", got)
	}
}

// TestFollowAnyCalls: calls of links may begin, end or both with stars.
func TestFollowAnyCalls(t *testing.T) {
	s, err := schema.Load([]byte(`
name: gateway
title: Gateway
logsource: {products: [gateway], services: {gate: []}}
detect: [{has: [event, session]}]
roots: [""]
time: [time]
id: [[id]]
principal: [user]
session: [session]
action: [event]
address: [ip]
links:
  - {link: session, actions: ["*Impersonate*", "*Switch", "Assume*", SignIn], identity: [role], key: [opened]}
layouts:
  - name: table
    title: Table
    table: gate
    columns: {id: string, time: string, user: string, session: string, event: string, ip: string, role: string, opened: string}
    time: {column: time, format: text}
`))
	if err != nil {
		t.Fatal(err)
	}
	p := plan.Build(&ruleset.Set{}, s.Layouts()[0], athena(plan.Options{Table: "gate"}))
	list := p.Follow([]plan.Trait{{Key: "S-1"}}, time.Time{}, time.Time{})
	if len(list) != 1 {
		t.Fatalf("got %d statements, want 1", len(list))
	}
	sql := list[0].SQL(plan.Chunk{})
	for _, want := range []string{`strpos(lower(event), 'impersonate')`, `LIKE '%switch'`, `starts_with(lower(event), 'assume')`, `= 'signin'`} {
		if !strings.Contains(sql, want) {
			t.Errorf("no %s in %s", want, sql)
		}
	}
}
