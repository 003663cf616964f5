package threat_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/threat"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

const spraying = `threat: password-spraying
title: Passwords sprayed over accounts
why: One address tries the same few passwords with many accounts.
status: test
level: high
attack: [credential-access, T1110.003]
references: [https://attack.mitre.org/techniques/T1110/003/]
falsepositives: [People behind one address]
correlation:
  type: value_count
  group-by: [address]
  timespan: 30m
  condition: {field: account, gte: 4}
vendors:
  one:
    name: One
    logsource: {product: aws, service: cloudtrail}
    fields: {account: userIdentity.userName, address: sourceIPAddress}
    detection:
      selection:
        eventName: ConsoleLogin
        responseElements.ConsoleLogin: Failure
      condition: selection
  two:
    level: medium
    logsource: {product: okta, service: okta}
    fields:
      address: client.ipAddress
      account: actor.alternateId
    correlation: {timespan: 1h, condition: {gte: 8}}
    detection:
      selection: {eventType: user.session.start, outcome.result: FAILURE}
      condition: selection
  three:
    rules: [89221a72-d353-459b-944c-3d5d19fe338f]
`

func parse(t *testing.T, text string) (*sigma.Collection, []*threat.Threat, diag.List) {
	t.Helper()
	return threat.Parse(source.NewFile("t.yml", text))
}

// faults returns diagnostics as "line:column code: message".
func faults(list diag.List) []string {
	var out []string
	for _, d := range list {
		at := d.Span.File.Position(d.Span.Start)
		out = append(out, strings.Join([]string{strconv.Itoa(at.Line), strconv.Itoa(at.Column), " " + d.Code + ": " + d.Message}, ":"))
	}
	return out
}

// TestExpansionIsWhatOneWritesByHand compares the expansion with rules written by hand from Sigma's specification.
func TestExpansionIsWhatOneWritesByHand(t *testing.T) {
	collection, threats, list := parse(t, spraying)
	if len(list) > 0 || len(threats) != 1 {
		t.Fatalf("got %d threats and %v", len(threats), faults(list))
	}
	text, err := sigma.Print(collection)
	if err != nil {
		t.Fatal(err)
	}
	meta := `description: One address tries the same few passwords with many accounts.
references: [https://attack.mitre.org/techniques/T1110/003/]
status: test
tags: [attack.credential-access, attack.t1110.003]
falsepositives: [People behind one address]
`
	ids := slices.Concat(threats[0].Vendors[0].Made, threats[0].Vendors[1].Made)
	want := `title: Passwords sprayed over accounts (One)
name: password-spraying/one/event
id: ` + ids[0] + `
level: informational
` + meta + `fields: [userIdentity.userName, sourceIPAddress]
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: ConsoleLogin, responseElements.ConsoleLogin: Failure}
  condition: selection
---
title: Passwords sprayed over accounts (One)
name: password-spraying/one
id: ` + ids[1] + `
level: high
` + meta + `fields: [userIdentity.userName, sourceIPAddress]
correlation:
  type: value_count
  rules: [password-spraying/one/event]
  group-by: [sourceIPAddress]
  timespan: 30m
  condition: {field: userIdentity.userName, gte: 4}
---
title: Passwords sprayed over accounts (two)
name: password-spraying/two/event
id: ` + ids[2] + `
level: informational
` + meta + `fields: [client.ipAddress, actor.alternateId]
logsource: {product: okta, service: okta}
detection:
  selection: {eventType: user.session.start, outcome.result: FAILURE}
  condition: selection
---
title: Passwords sprayed over accounts (two)
name: password-spraying/two
id: ` + ids[3] + `
level: medium
` + meta + `fields: [client.ipAddress, actor.alternateId]
correlation:
  type: value_count
  rules: [password-spraying/two/event]
  group-by: [client.ipAddress]
  timespan: 1h
  condition: {field: actor.alternateId, gte: 8}
`
	written, list := sigma.Parse(source.NewFile("hand.yml", want))
	if len(list) > 0 {
		t.Fatal(faults(list))
	}
	hand, err := sigma.Print(written)
	if err != nil {
		t.Fatal(err)
	}
	if order(text) != order(hand) {
		t.Errorf("got\n%s\nwant\n%s", order(text), order(hand))
	}
}

// order sorts documents, since rules of a threat are printed vendor by vendor.
func order(text string) string {
	documents := strings.Split(text, "---\n")
	slices.Sort(documents)
	return strings.Join(documents, "---\n")
}

// TestIdsAreStable: ids depend on nothing but names, so that a finding keeps its rule when a document is edited.
func TestIdsAreStable(t *testing.T) {
	_, before, _ := parse(t, spraying)
	_, after, _ := parse(t, strings.NewReplacer("Passwords sprayed", "Spraying", "30m", "20m", "gte: 4", "gte: 5", "ConsoleLogin", "X").Replace(spraying))
	if len(after) != 1 || !slices.Equal(before[0].Vendors[0].Made, after[0].Vendors[0].Made) {
		t.Errorf("got %v, want %v", after, before[0].Vendors[0].Made)
	}
	// uuid5 of the namespace and "password-spraying\x00one", computed with Python's uuid module.
	if got := before[0].Vendors[0].Made[1]; got != "eba5b8fc-32b8-5ddc-a6c4-c7d05ab514ac" {
		t.Errorf("got id %s", got)
	}
}

// TestFaultsHavePlaces checks line, column and the nearest name of faults. Each case changes one thing of a document without any.
func TestFaultsHavePlaces(t *testing.T) {
	for _, c := range []struct{ from, to, at, want, help string }{
		{"title: Passwords", "titel: Passwords", "titel", `threat-document: a threat document has no key "titel"`, `"title"`},
		{"  timespan: 30m\n", "", "type: value_count", "threat-document: the correlation has no timespan", ""},
		{"30m", "half an hour", "half an", "invalid-timespan: ", ""},
		{"value_count", "value_counts", "value_counts", "unknown-correlation-type: ", `"value_count"`},
		{"group-by: [address]", "group-by: [addresz]", "one:", `threat-document: the vendor one has no field for "addresz"`, `"address"`},
		{"T1110.003]", "T11]", "T11]", `threat-document: "T11" is not an id or tactic of ATT&CK`, ""},
		{"threat: password-spraying", "threat: Password spraying", "Password spraying", `threat-document: the threat is named "Password spraying"`, ""},
		{"logsource: {product: okta", "logsorce: {product: okta", "logsorce", `threat-document: a vendor has no key "logsorce"`, `"logsource"`},
		{"{product: okta, service", "{produkt: okta, service", "produkt", "unknown-key: ", `"product"`},
		{"outcome.result: FAILURE", "outcome.result|containz: FAILURE", "containz", "unknown-modifier: ", `"contains"`},
		{"condition: selection\n  three", "condition: selektion\n  three", "selektion", "unknown-search: ", ""},
		{"{timespan: 1h", "{timspan: 1h", "timspan", `threat-document: the correlation of a vendor has no key "timspan"`, `"timespan"`},
		{"gte: 8", "gte: many", "many}", "invalid-value: ", ""},
		{"rules: [89221a72-d353-459b-944c-3d5d19fe338f]", "name: Three", "three:", "threat-document: the vendor three has no detection", ""},
		{"why: One", "# why: One", "password-spraying", "threat-document: the threat has no why", ""},
		{"status: test", "status: tset", "tset", "unknown-status: ", `"test"`},
	} {
		text := strings.Replace(spraying, c.from, c.to, 1)
		if text == spraying {
			t.Fatalf("nothing replaced: %s", c.from)
		}
		offset := strings.Index(text, c.at)
		line := 1 + strings.Count(text[:offset], "\n")
		want := strconv.Itoa(line) + ":" + strconv.Itoa(offset-strings.LastIndex(text[:offset], "\n")) + ": " + c.want
		_, _, list := parse(t, text)
		got := faults(list)
		i := slices.IndexFunc(got, func(f string) bool { return strings.HasPrefix(f, want) })
		if i < 0 {
			t.Errorf("%s: got %q, want %s", c.to, got, want)
			continue
		}
		if c.help != "" && !strings.Contains(list[i].Help, c.help) {
			t.Errorf("%s: got help %q, want %s", c.to, list[i].Help, c.help)
		}
	}
}

// TestFaultOfAPartKeepsTheRest: a vendor with an error in its conditions has no rules, the others have theirs.
func TestFaultOfAPartKeepsTheRest(t *testing.T) {
	collection, threats, list := parse(t, strings.Replace(spraying, "outcome.result:", "outcome.result|containz:", 1))
	if len(collection.Rules) != 1 || len(collection.Correlations) != 1 || len(threats) != 1 || len(list) != 1 {
		t.Errorf("got %d rules, %d correlations, %d threats, %v", len(collection.Rules), len(collection.Correlations), len(threats), faults(list))
	}
	if len(threats[0].Vendors[1].Made) != 0 {
		t.Errorf("got rules %v of a vendor with an error", threats[0].Vendors[1].Made)
	}
}

// TestARuleWithAKeyNamedThreatIsARule: rules may have keys of their own.
func TestARuleWithAKeyNamedThreatIsARule(t *testing.T) {
	collection, threats, list := parse(t, `title: Rule
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: X}, condition: selection}
threat: low
---
`+spraying)
	if len(collection.Rules) != 3 || len(threats) != 1 || len(list) > 0 {
		t.Errorf("got %d rules, %d threats, %v", len(collection.Rules), len(threats), faults(list))
	}
}

// TestStepsInOrder: an ordered correlation counts the detections of a vendor in the order of the steps.
func TestStepsInOrder(t *testing.T) {
	collection, _, list := parse(t, `threat: guessed
title: Password guessed
why: It worked.
correlation: {type: temporal_ordered, steps: [failed, succeeded], group-by: [who], timespan: 10m}
vendors:
  okta:
    logsource: {product: okta, service: okta}
    fields: {who: actor.alternateId}
    detections:
      succeeded: {selection: {outcome.result: SUCCESS}, condition: selection}
      failed: {selection: {outcome.result: FAILURE}, condition: selection}
`)
	if len(list) > 0 {
		t.Fatal(faults(list))
	}
	c := collection.Correlations[0]
	if len(c.Rules) != 2 || c.Rules[0].Value != "guessed/okta/failed" || c.Rules[1].Value != "guessed/okta/succeeded" || c.GroupBy[0].Value != "actor.alternateId" {
		t.Errorf("got %v by %v", c.Rules, c.GroupBy)
	}
}

// TestAcrossVendorsUsesAliases: one correlation counts the detections of all vendors, whose fields have different names.
func TestAcrossVendorsUsesAliases(t *testing.T) {
	const text = `threat: role-after-sign-in
title: Role taken after a sign-in elsewhere
why: A stolen session reaches the cloud.
correlation: {type: temporal_ordered, across: true, steps: [signin, role], group-by: [address], timespan: 1h}
vendors:
  okta:
    logsource: {product: okta, service: okta}
    fields: {address: client.ipAddress}
    detections:
      signin: {selection: {eventType: user.session.start}, condition: selection}
  aws:
    logsource: {product: aws, service: cloudtrail}
    fields: {address: sourceIPAddress}
    detections:
      role: {selection: {eventName: AssumeRoleWithSAML}, condition: selection}
`
	collection, threats, list := parse(t, text)
	if len(list) > 0 {
		t.Fatal(faults(list))
	}
	c := collection.Correlations[0]
	got := c.Name
	for _, a := range c.Aliases {
		for i := range a.Rules {
			got += " " + a.Name + ":" + a.Rules[i].Value + "=" + a.Fields[i].Value
		}
	}
	want := "role-after-sign-in address:role-after-sign-in/okta/signin=client.ipAddress address:role-after-sign-in/aws/role=sourceIPAddress"
	if got != want || c.GroupBy[0].Value != "address" || len(threats[0].Made) != 1 {
		t.Errorf("got %s by %v, want %s", got, c.GroupBy, want)
	}
	for _, bad := range []struct{ from, to, want string }{
		{"      role:", "      signin:", "two vendors have the detection \"signin\""},
		{"[signin, role]", "[signin, roll]", "no vendor has a detection \"roll\""},
		{"    fields: {address: sourceIPAddress}\n", "    fields: {address: sourceIPAddress}\n    correlation: {timespan: 5m}\n", "the vendor aws has no correlation of its own"},
	} {
		_, _, list := parse(t, strings.Replace(text, bad.from, bad.to, 1))
		if !slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return d.Message == bad.want }) {
			t.Errorf("got %v, want %s", faults(list), bad.want)
		}
	}
}

// TestHostileDocumentsEnd: a document that expands to far more than it says ends with a fault.
func TestHostileDocumentsEnd(t *testing.T) {
	var many strings.Builder
	many.WriteString("threat: many\ntitle: t\nwhy: w\nvendors:\n")
	for i := range 65 {
		many.WriteString("  v" + strconv.Itoa(i) + ": {rules: [x]}\n")
	}
	if _, threats, list := parse(t, many.String()); len(threats) > 0 || len(list) != 1 || !strings.Contains(list[0].Message, "65 vendors") {
		t.Errorf("got %v", faults(list))
	}
	var shared strings.Builder
	shared.WriteString("threat: shared\ntitle: t\nwhy: w\nvendors:\n  v: &v\n    logsource: {product: aws}\n    detection:\n      condition: s\n      s:\n")
	for i := range 5000 {
		shared.WriteString("        f" + strconv.Itoa(i) + ": [a, b, c]\n")
	}
	for i := range 60 {
		shared.WriteString("  w" + strconv.Itoa(i) + ": *v\n")
	}
	if _, _, list := parse(t, shared.String()); !slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return d.Code == "too-many-aliases" }) {
		t.Errorf("got %d faults, want one about aliases", len(list))
	}
}
