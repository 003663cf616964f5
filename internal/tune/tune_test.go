package tune

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

const rule = `title: Secrets read
id: 0a1b2c3d-0000-4000-8000-000000000001
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: GetSecretValue}, condition: selection}
`

func load(t *testing.T, texts ...string) *ruleset.Set {
	t.Helper()
	dir := fstest.MapFS{}
	for i, text := range texts {
		dir[fmt.Sprintf("%d.yml", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: dir}}, ruleset.Options{})
	if err != nil || list.HasErrors() || len(set.Rules) != 1 {
		t.Fatal(err, list)
	}
	return set
}

// logs writes a log; an event is its number, user, agent and address.
func logs(t *testing.T, events ...[3]string) string {
	t.Helper()
	var b strings.Builder
	for i, e := range events {
		fmt.Fprintf(&b, `{"eventVersion":"1.08","eventName":"GetSecretValue","eventSource":"secretsmanager.amazonaws.com","eventID":"e%d","eventTime":"2026-03-10T11:%02d:00Z","awsRegion":"eu-west-1","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/%s","accountId":"111122223333"},"userAgent":%q,"sourceIPAddress":%q,"requestID":"r%d"}`+"\n", i+1, i, e[0], e[1], e[2], i+1)
	}
	path := filepath.Join(t.TempDir(), "log.jsonl")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func ids(events []*Event) []string {
	var list []string
	for _, e := range events {
		list = append(list, e.ID)
	}
	return list
}

func TestProposalsDropAndKeep(t *testing.T) {
	for name, c := range map[string]struct {
		events     [][3]string
		drop, keep []string
		want       []string // the events that remain
		text       string
	}{
		"by user":                        {[][3]string{{"ci", "sdk", "192.0.2.1"}, {"ci", "sdk", "192.0.2.2"}, {"eve", "sdk", "192.0.2.1"}}, []string{"e1", "e2"}, []string{"e3"}, []string{"e3"}, "userIdentity.arn: arn:aws:iam::111122223333:user/ci"},
		"by agent":                       {[][3]string{{"ci", "Scanner*1?", "192.0.2.1"}, {"ci", "cli", "192.0.2.1"}}, []string{"e1"}, []string{"e2"}, []string{"e2"}, `Scanner\*1\?`},
		"by both":                        {[][3]string{{"ci", "sdk", "192.0.2.1"}, {"ci", "cli", "192.0.2.1"}, {"eve", "sdk", "192.0.2.1"}}, []string{"e1"}, []string{"e2", "e3"}, []string{"e2", "e3"}, "userAgent: sdk"},
		"two kinds":                      {[][3]string{{"ci", "sdk", "192.0.2.1"}, {"bob", "cli", "192.0.2.2"}, {"ci", "cli", "192.0.2.2"}, {"bob", "sdk", "192.0.2.1"}}, []string{"e1", "e2"}, []string{"e3", "e4"}, []string{"e3", "e4"}, "not 1 of known_*"},
		"unjudged ones stay if they can": {[][3]string{{"ci", "sdk", "192.0.2.1"}, {"ci", "cli", "192.0.2.1"}, {"eve", "cli", "192.0.2.9"}}, []string{"e1"}, []string{"e3"}, []string{"e2", "e3"}, "userAgent: sdk"},
		"nothing to keep":                {[][3]string{{"ci", "sdk", "192.0.2.1"}}, []string{"e1"}, nil, nil, "userIdentity.arn"},
	} {
		path, set := logs(t, c.events...), load(t, rule)
		events, err := Match(t.Context(), set.Rules[0], schema.All(), []string{path})
		if err != nil || len(events) != len(c.events) {
			t.Fatalf("%s: got %d events, %v", name, len(events), err)
		}
		p, err := Propose(set.Rules[0], events, c.drop, c.keep)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		filtered := load(t, rule, p.Text)
		events, err = Match(t.Context(), filtered.Rules[0], schema.All(), []string{path})
		if got := ids(events); err != nil || !slices.Equal(got, c.want) || !strings.Contains(p.Text, c.text) {
			t.Errorf("%s: the events %q remain, want %q (%v) by\n%s", name, got, c.want, err, p.Text)
		}
		again, err := Propose(set.Rules[0], must(Match(t.Context(), set.Rules[0], schema.All(), []string{path})), c.drop, c.keep)
		if err != nil || again.Text != p.Text {
			t.Errorf("%s: another filter the second time: %v", name, err)
		}
	}
}

func must(events []*Event, err error) []*Event {
	if err != nil {
		panic(err)
	}
	return events
}

func TestEqualEventsCollide(t *testing.T) {
	path, set := logs(t, [3]string{"ci", "sdk", "192.0.2.1"}, [3]string{"ci", "sdk", "192.0.2.1"}), load(t, rule)
	events, err := Match(t.Context(), set.Rules[0], schema.All(), []string{path})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Propose(set.Rules[0], events, []string{"e1"}, []string{"e2"})
	var collision *CollisionError
	if !errors.As(err, &collision) || !slices.Equal(collision.Pairs, [][2]string{{"e1", "e2"}}) {
		t.Errorf("got %v", err)
	}
}
