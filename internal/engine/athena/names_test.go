package athena

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
)

func TestTableNamesAreSplitAndQuoted(t *testing.T) {
	e := &Engine{options: Options{Catalog: "AwsDataCatalog", Database: "security"}}
	for _, c := range []struct {
		text string
		want tableLocation
	}{
		{"vpc", tableLocation{"AwsDataCatalog", "security", "vpc", "vpc"}},
		{"logs.vpc", tableLocation{"AwsDataCatalog", "logs", "vpc", "logs.vpc"}},
		{"lake.logs.vpc", tableLocation{"lake", "logs", "vpc", "lake.logs.vpc"}},
		{`"my-lake"."logs"."a.b"`, tableLocation{"my-lake", "logs", "a.b", `"my-lake".logs."a.b"`}},
		{`logs."say ""so"""`, tableLocation{"AwsDataCatalog", "logs", `say "so"`, `logs."say ""so"""`}},
		{"s3tablescatalog/bucket.db.t", tableLocation{"s3tablescatalog/bucket", "db", "t", `"s3tablescatalog/bucket".db.t`}},
		{"2024_logs", tableLocation{"AwsDataCatalog", "security", "2024_logs", `"2024_logs"`}},
	} {
		got, err := e.tableLocation(c.text)
		if err != nil || got != c.want {
			t.Errorf("%s: got %+v (error %v), want %+v", c.text, got, err, c.want)
		}
	}
	for _, text := range []string{"", ".", "a.", ".a", "a..b", `"a`, `"a"b`, `a"b"`, `""`, `a.""`, "a.b.c.d", "a\nb", "a\x00", strings.Repeat("x", 256)} {
		if got, err := e.tableLocation(text); engine.KindOf(err) != engine.Missing {
			t.Errorf("%.40q: got %+v (error %v), want an error", text, got, err)
		}
	}
}

func TestRequestTokensHaveValidLength(t *testing.T) {
	fits := "hunt-2026-01-02-slice-0001-abcdefgh"
	if got := requestToken(fits); got != fits {
		t.Errorf("token %q: got %q, want it unchanged", fits, got)
	}
	seen := map[string]bool{}
	for _, token := range []string{"x", "y", "hunt/1", strings.Repeat("x", 129), strings.Repeat("x", 31), "ä" + fits, fits + " "} {
		got := requestToken(token)
		if len(got) < 32 || len(got) > 128 || seen[got] || got != requestToken(token) {
			t.Errorf("token %q: got %q, want a valid and unique token", token, got)
		}
		seen[got] = true
	}
}

func TestOpenRejectsInvalidOptions(t *testing.T) {
	for _, c := range []struct {
		options Options
		thing   string
	}{
		{Options{Region: "Ireland"}, "region"},
		{Options{Region: "evil.example.com/#"}, "region"},
		{Options{Role: "hunt"}, "role"},
		{Options{ExternalID: "x"}, "external id"},
		{Options{Output: "results"}, "output"},
		{Options{Output: "s3://"}, "output"},
		{Options{Output: "https://example.com/x"}, "output"},
		{Options{Encryption: "rot13"}, "encryption"},
		{Options{Encryption: "SSE_KMS"}, "encryption"},
		{Options{Reuse: 8 * 24 * time.Hour}, "reuse"},
		{Options{Reuse: -1}, "reuse"},
	} {
		var fault *engine.Error
		if _, err := Open(t.Context(), c.options); !errors.As(err, &fault) || fault.Kind != engine.Misconfigured || fault.Thing != c.thing || fault.Help == "" {
			t.Errorf("%+v: got error %v, want one about %s", c.options, err, c.thing)
		}
	}
	o := Options{Encryption: "cse-kms", KMSKey: "k"}
	if err := o.settle(); err != nil || o.Encryption != "CSE_KMS" || o.Workgroup != "primary" || o.Catalog != "AwsDataCatalog" || o.Dialect != "athena" {
		t.Errorf("got %+v (error %v)", o, err)
	}
}

// TestSymptomsAreComplete checks that all placeholders in symptoms are filled in, and that denied permissions have
// help.
func TestSymptomsAreComplete(t *testing.T) {
	e := &Engine{options: Options{Region: "eu-west-1", Workgroup: "hunting", Output: "s3://results/", Role: "arn:x"}}
	for i, s := range symptoms {
		for _, text := range []string{s.thing, s.permission, s.help} {
			if filled := e.fill(text); strings.ContainsAny(filled, "{}") {
				t.Errorf("symptom %d: got unfilled placeholder in %q", i, filled)
			}
		}
		if s.kind == engine.Denied && s.help == "" {
			t.Errorf("symptom %d (%s): got no help", i, s.says)
		}
	}
	if out, _ := e.diagnose(fmt.Sprintf("InvalidRequestException: %s", strings.Repeat("x", 1<<20)), subject{}); out != nil {
		t.Errorf("got %v for a text without a symptom", out)
	}
}
