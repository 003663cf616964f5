package facts_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/facts"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// traced returns the records of a CloudTrail event, written as in gather.
func traced(t *testing.T, text string) []facts.Record {
	t.Helper()
	s := schema.ByName("cloudtrail")
	var parser value.Parser
	doc, err := parser.Parse([]byte(`{"recipientAccountId":"111122223333",` + text + "}"))
	if err != nil {
		t.Fatal(err)
	}
	var walker value.Walker
	e := facts.Event{Doc: doc, Subject: &finding.Subject{
		Account: s.Account.Text(&walker, doc), Principal: s.Principal.Text(&walker, doc), Action: s.Action.Text(&walker, doc),
		Service: s.Service.Text(&walker, doc), Error: s.Error.Text(&walker, doc),
	}}
	x := facts.NewTracer(s)
	if !x.Applies([]byte(e.Subject.Action)) {
		return nil
	}
	var list []facts.Record
	if err := x.Records(&e, value.Time{}, func(r *facts.Record) error { list = append(list, *r); return nil }); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	if err := x.Records(&e, value.Time{}, func(*facts.Record) error { return stop }); len(list) > 0 && !errors.Is(err, stop) {
		t.Errorf("the error of a consumer was lost: %v", err)
	}
	return list
}

// TestTraceBoundsHostileEvents: what an event says is bounded, and values of the wrong kind are left out.
func TestTraceBoundsHostileEvents(t *testing.T) {
	for name, request := range map[string]string{
		"null": "null", "text": `"x"`, "list": "[]", "object for a name": `{"userName":{"a":1}}`, "empty": `{"userName":""}`, "list of lists": `{"userName":[[[]]]}`,
	} {
		for _, r := range traced(t, call("iam", "CreateUser", request)) {
			if r.Thing != nil || r.Identity != "" {
				t.Errorf("%s: got %+v", name, r)
			}
		}
	}
	long := strings.Repeat("x", 1<<20)
	for _, r := range traced(t, call("iam", "CreateUser", fmt.Sprintf(`{"userName":%q}`, long))) {
		if len(r.Name) > 600 || len(r.Identity) > 600 {
			t.Errorf("a name of %d bytes", len(r.Name)+len(r.Identity))
		}
	}
}

// TestTraceOfManyParts: an event that shares with more accounts than are kept says so.
func TestTraceOfManyParts(t *testing.T) {
	var items []string
	for i := range 1500 {
		items = append(items, fmt.Sprintf(`{"userId":"%012d"}`, i))
	}
	list := traced(t, call("ec2", "ModifySnapshotAttribute", `{"snapshotId":"snap-1","createVolumePermission":{"add":{"items":[`+strings.Join(items, ",")+`]}}}`))
	if len(list) != 1001 || list[1000].Part != "further ones" {
		t.Errorf("got %d records, the last %q", len(list), list[len(list)-1].Part)
	}
}

// TestTraceOfFailedCalls: a call that failed makes and removes nothing, but its link says that it was refused.
func TestTraceOfFailedCalls(t *testing.T) {
	list := traced(t, call("iam", "CreateUser", `{"userName":"u"}`)+`,"errorCode":"AccessDenied"`)
	if len(list) != 1 || list[0].Link == nil || list[0].Outcome != finding.Refused {
		t.Errorf("got %+v", list)
	}
	if list := traced(t, call("ec2", "DescribeInstances", `{}`)); list != nil {
		t.Errorf("a call without links or things: %+v", list)
	}
}
