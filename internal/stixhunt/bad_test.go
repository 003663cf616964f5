package stixhunt_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/stixhunt"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/stix"
)

// TestLargeBundle refuses a bundle of a gigabyte without reading it.
func TestLargeBundle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bundle.json")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(1 << 30); err != nil { // takes no space
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, _, err := stixhunt.Load(path, stix.V21); err == nil || !strings.Contains(err.Error(), "larger than 256 MB") {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

// TestHostilePatterns makes rules of patterns that could take much time or memory, or refuses them with a position.
func TestHostilePatterns(t *testing.T) {
	const deep = 100_000
	list := strings.Repeat("'192.0.2.1', ", testkit.Rounds(5000, 50_000, 50_000)) + "'192.0.2.2'"
	for _, c := range []struct {
		pattern string
		refused string // the code of the diagnostic, "" if it is hunted
	}{
		{strings.Repeat("(", deep) + "[ipv4-addr:value = '192.0.2.1']" + strings.Repeat(")", deep), "stix-syntax"},
		{"[" + strings.Repeat("(", deep) + "ipv4-addr:value = '192.0.2.1'" + strings.Repeat(")", deep) + "]", "stix-syntax"},
		{strings.Repeat("(", deep), "stix-syntax"},
		{"[ipv4-addr:value = '192.0.2.1'] REPEATS 1000000000 TIMES", ""},
		{"[ipv4-addr:value = '192.0.2.1'] REPEATS 999999999999999999999 TIMES", ""},
		{"[ipv4-addr:value = '192.0.2.1'] WITHIN 999999999999999999999 SECONDS", ""},
		{"[x-aws-api:api MATCHES '(a+)+$']", ""},
		{"[x-aws-api:api MATCHES '(?=a)b']", "stix-value"},
		{"[x-aws-api:api MATCHES '((a{1000}){1000}){1000}']", "stix-value"},
		{"[ipv4-addr:value IN (" + list + ")]", ""},
		{"[ipv4-addr:value = '192.0.2.1'" + strings.Repeat(" OR ipv4-addr:value = '192.0.2.1'", 5000) + "]", ""},
		{strings.Repeat("[ipv4-addr:value = '192.0.2.1'] OR ", 2000) + "[ipv4-addr:value = '192.0.2.1']", ""},
	} {
		began := time.Now()
		made, faults := stixhunt.Make([]*stixhunt.Indicator{stixhunt.Alone("pattern", c.pattern, stix.V21)}, stixhunt.Options{Schemas: schema.All()})
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%.60s took %v", c.pattern, took)
		}
		switch {
		case c.refused == "" && (made.Used != 1 || faults.HasErrors()):
			t.Errorf("%.60s: got %v", c.pattern, faults)
		case c.refused != "" && (made.Used != 0 || len(faults) == 0 || fmt.Sprint(faults[0].Code) != c.refused || faults[0].Span.IsZero()):
			t.Errorf("%.60s: got %d used, %.300v, want %s", c.pattern, made.Used, faults, c.refused)
		}
	}
}
