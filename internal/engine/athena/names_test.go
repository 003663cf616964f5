package athena

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
)

func TestTableNames(t *testing.T) {
	e := &Engine{options: Options{Catalog: "AwsDataCatalog", Database: "security"}}
	for _, c := range []struct {
		text string
		want place
	}{
		{"vpc", place{"AwsDataCatalog", "security", "vpc", "vpc"}},
		{"logs.vpc", place{"AwsDataCatalog", "logs", "vpc", "logs.vpc"}},
		{"lake.logs.vpc", place{"lake", "logs", "vpc", "lake.logs.vpc"}},
		{`"my-lake"."logs"."a.b"`, place{"my-lake", "logs", "a.b", `"my-lake".logs."a.b"`}},
		{`logs."say ""so"""`, place{"AwsDataCatalog", "logs", `say "so"`, `logs."say ""so"""`}},
		{"s3tablescatalog/bucket.db.t", place{"s3tablescatalog/bucket", "db", "t", `"s3tablescatalog/bucket".db.t`}},
		{"2024_logs", place{"AwsDataCatalog", "security", "2024_logs", `"2024_logs"`}},
	} {
		got, err := e.place(c.text)
		if err != nil || got != c.want {
			t.Errorf("%s: found %+v, %v; expected %+v", c.text, got, err, c.want)
		}
	}
	for _, text := range []string{"", ".", "a.", ".a", "a..b", `"a`, `"a"b`, `a"b"`, `""`, `a.""`, "a.b.c.d", "a\nb", "a\x00", strings.Repeat("x", 256)} {
		if got, err := e.place(text); engine.KindOf(err) != engine.Missing {
			t.Errorf("%.40q: found %+v, %v; expected that it is no name", text, got, err)
		}
	}
}

func TestTokens(t *testing.T) {
	fits := "hunt-2026-01-02-slice-0001-abcdefgh"
	if got := requestToken(fits); got != fits {
		t.Errorf("%q became %q", fits, got)
	}
	seen := map[string]bool{}
	for _, token := range []string{"x", "y", "hunt/1", strings.Repeat("x", 129), strings.Repeat("x", 31), "ä" + fits, fits + " "} {
		got := requestToken(token)
		if len(got) < 32 || len(got) > 128 || seen[got] || got != requestToken(token) {
			t.Errorf("%q became %q", token, got)
		}
		seen[got] = true
	}
}

func TestOptions(t *testing.T) {
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
			t.Errorf("%+v: found %v, expected that %s is wrong", c.options, err, c.thing)
		}
	}
	o := Options{Encryption: "cse-kms", KMSKey: "k"}
	if err := o.settle(); err != nil || o.Encryption != "CSE_KMS" || o.Workgroup != "primary" || o.Catalog != "AwsDataCatalog" || o.Dialect != "athena" {
		t.Errorf("found %+v, %v", o, err)
	}
}

// TestPauses: pauses grow, differ by chance, and end at the longest.
func TestPauses(t *testing.T) {
	var low, high []time.Duration
	for attempt := range 12 {
		for random, list := range map[float64]*[]time.Duration{0: &low, 1: &high} {
			o := Options{MaxBackoff: 20 * time.Second, Random: func() float64 { return random }}
			*list = append(*list, o.pause(attempt))
		}
	}
	if high[0] != 250*time.Millisecond || high[11] != 20*time.Second || !slices.IsSorted(high) {
		t.Errorf("pauses are at most %v", high)
	}
	for i := range low {
		if low[i] != high[i]/2 {
			t.Errorf("pause %d is from %v to %v", i, low[i], high[i])
		}
	}
}

// TestSymptoms: each matches some text, which no symptom before it takes, and its texts are whole.
func TestSymptoms(t *testing.T) {
	e := &Engine{options: Options{Region: "eu-west-1", Workgroup: "hunting", Output: "s3://results/", Role: "arn:x"}}
	for i, s := range symptoms {
		for _, text := range []string{s.thing, s.permission, s.help} {
			if filled := e.fill(text); strings.ContainsAny(filled, "{}") {
				t.Errorf("symptom %d: %q has a reference that nothing fills", i, filled)
			}
		}
		if s.kind == engine.Denied && s.help == "" {
			t.Errorf("symptom %d (%s) gives no help", i, s.says)
		}
	}
	if out, _ := e.diagnose(fmt.Sprintf("InvalidRequestException: %s", strings.Repeat("x", 1<<20)), subject{}); out != nil {
		t.Errorf("found %v in a text that says nothing", out)
	}
}
